"""Measures the building of the tables: ``python -m affetto.bench_build``, or ``make bench-build``.

Writes ``reports/metrics/build.json`` and the figures in ``data/README.md``: what `affetto data
build` takes, by step, and how pandas, Polars and DuckDB do at its heaviest piece of pure table
work, the merging of all sources' rows of one track (the first known fact of each kind in order of
trust, and all genre words).  Every measurement has a process of its own; the three must agree.
Polars and DuckDB are measured where they are installed; Affetto does not need them.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affetto.errors import AffettoError, DataError
from affetto.files import write_json, write_text
from affetto.measuring import machine
from affetto.settings import project_dir, reports_dir

FACTS = ("title", "album", "year", "explicit", "popularity", "duration_ms")
TARGETS = {"wall_s": 60.0, "peak_mb": 4096.0}


@contextmanager
def _clocked(figures: dict[str, Any]) -> Iterator[None]:
    """Seconds of the block on the clock and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    figures["wall_s"] = round(time.perf_counter() - wall, 1)
    figures["cpu_s"] = round(time.process_time() - cpu, 1)


def _peak_mb() -> float:
    """The most that this process has held.  Linux counts in kB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1024), 0)


# --- the whole build -----------------------------------------------------------------------------


def measure_build() -> dict[str, Any]:
    """Build all tables into the data folder at hand; seconds of the processor by step."""
    from affetto.sources.build import build, read_record

    figures: dict[str, Any] = {}
    steps: list[tuple[str, float]] = []
    with _clocked(figures):
        figures["rows"] = build(say=lambda step: steps.append((step, time.process_time())))
        ends = [at for _, at in steps[1:]] + [time.process_time()]
    record = read_record()
    return {
        **figures,
        "peak_mb": _peak_mb(),
        "step_cpu_s": {s: round(end - at, 1) for (s, at), end in zip(steps, ends, strict=True)},
        "sha256": {name: part["sha256"] for name, part in record["outputs"].items()},
    }


# --- one piece in three engines ------------------------------------------------------------------


def write_rows(path: Path) -> None:
    """Every source's track rows, in order of trust, as one Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from affetto.sources.build import _music_paths
    from affetto.sources.catalogue import _stack
    from affetto.sources.datasets import MUSIC_READERS

    rows = _stack({name: MUSIC_READERS[name](file) for name, file in _music_paths()})
    columns = ["track_id", *FACTS, "raw_genres"]
    table = pa.Table.from_pandas(rows[columns], preserve_index=False)
    place = table.schema.get_field_index("raw_genres")
    words = table.column("raw_genres").cast(pa.list_(pa.string()))
    table = table.set_column(place, "raw_genres", words)
    rank = pa.array(range(table.num_rows), pa.int64())
    pq.write_table(table.append_column("rank", rank), path)


def measure_engine(engine: str, rows: Path) -> dict[str, Any]:
    """Read the rows, merge them, hand them on as Arrow.  Raises DataError without the engine."""
    if importlib.util.find_spec(engine) is None:
        raise DataError(f"{engine} is not installed here.")
    importlib.import_module(engine)
    figures: dict[str, Any] = {"engine": engine}
    with _clocked(figures):
        merged = _ENGINES[engine](rows)
    columns = [merged.column(name).to_pylist() for name in ("track_id", *FACTS, "raw_genres")]
    digest = hashlib.sha256(repr(columns).encode()).hexdigest()
    return {**figures, "peak_mb": _peak_mb(), "rows": merged.num_rows, "sha256": digest}


def _pandas(path: Path):
    import pandas as pd
    import pyarrow as pa

    rows = pd.read_parquet(path, dtype_backend="pyarrow").sort_values("rank")
    facts = rows.groupby("track_id")[list(FACTS)].first()
    words = rows[["track_id", "raw_genres"]].explode("raw_genres").dropna().drop_duplicates()
    lists = words.sort_values("raw_genres").groupby("track_id")["raw_genres"].agg(list)
    facts["raw_genres"] = lists.reindex(facts.index)
    facts["raw_genres"] = [w if isinstance(w, list) else [] for w in facts["raw_genres"]]
    return pa.Table.from_pandas(facts.sort_index().reset_index(), preserve_index=False)


def _polars(path: Path):
    pl = importlib.import_module("polars")
    words = pl.col("raw_genres").explode().drop_nulls().unique().sort()
    facts = [pl.col(name).drop_nulls().first() for name in FACTS]
    rows = pl.scan_parquet(path).sort("rank").group_by("track_id", maintain_order=True)
    return rows.agg(*facts, words).sort("track_id").collect().to_arrow()


def _duckdb(path: Path):
    facts = ", ".join(f"first({f} ORDER BY rank) FILTER ({f} IS NOT NULL) AS {f}" for f in FACTS)
    query = (
        f"SELECT track_id, {facts}, "
        "list_sort(list_distinct(flatten(list(raw_genres)))) AS raw_genres "
        f"FROM read_parquet('{path}') GROUP BY track_id ORDER BY track_id"
    )
    answer = importlib.import_module("duckdb").sql(query)
    return answer.to_arrow_table() if hasattr(answer, "to_arrow_table") else answer.arrow()


_ENGINES: dict[str, Callable[[Path], Any]] = {
    "pandas": _pandas,
    "polars": _polars,
    "duckdb": _duckdb,
}


# --- all of it -----------------------------------------------------------------------------------


def measure() -> dict[str, Any]:
    """All figures.  Raises DataError where a measurement fails or two engines disagree."""
    from affetto.terminal import complain

    facts = machine()
    complain("Measuring the build")
    figures = {"build": _in_its_own("--build"), "engines": [], "machine": facts, "targets": TARGETS}
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.parquet"
        write_rows(rows)
        for engine in _ENGINES:
            if importlib.util.find_spec(engine) is not None:
                complain(f"Measuring {engine}")
                figures["engines"].append(_in_its_own("--engine", engine, "--rows", str(rows)))
    if len({found["sha256"] for found in figures["engines"]}) > 1:
        raise DataError("The engines disagree about the merged rows.")
    return figures


def _in_its_own(*words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "affetto.bench_build", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DataError((done.stderr.strip().splitlines() or [f"{words} failed"])[-1])
    return json.loads(done.stdout)


# --- the data card -------------------------------------------------------------------------------

MARKS = ("<!-- build -->", "<!-- /build -->")


def note(figures: dict[str, Any]) -> str:
    """The figures as the data card tells them, between its marks."""
    build, facts = figures["build"], figures["machine"]
    steps = sorted(build["step_cpu_s"].items(), key=lambda step: -step[1])[:4]
    longest = ", ".join(f"{name[0].lower()}{name[1:]} {seconds:.1f} s" for name, seconds in steps)
    lines = [
        f"`affetto data build` took {build['cpu_s']:.0f} s of processor time, "
        f"{build['wall_s']:.0f} s on the clock of {facts['cores']} cores with a load of "
        f"{facts['load_before']} when it began, and {build['peak_mb']:,.0f} MB at most. "
        f"Its longest steps: {longest}.",
    ]
    if len(figures["engines"]) > 1:
        told = "; ".join(
            f"{found['engine']} {found['cpu_s']:.1f} s of processor time and "
            f"{found['peak_mb']:,.0f} MB"
            for found in figures["engines"]
        )
        lines.append(
            f"Merging all sources' rows of each track ({figures['engines'][0]['rows']:,} tracks, "
            f"the same answer from each): {told}."
        )
    return "\n\n".join(lines)


def write_note(figures: dict[str, Any], card: Path) -> None:
    """Put the note between the card's marks.  Raises DataError where it has none."""
    text = card.read_text(encoding="utf-8")
    if any(text.count(mark) != 1 for mark in MARKS):
        raise DataError(f"{card.name} has no place for the figures ({' '.join(MARKS)}).")
    before, after = text.split(MARKS[0])[0], text.split(MARKS[1])[1]
    write_text(card, f"{before}{MARKS[0]}\n{note(figures)}\n{MARKS[1]}{after}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write the report.  Exit code 2 with one sentence where that cannot be."""
    from affetto.terminal import complain

    parser = argparse.ArgumentParser(prog="python -m affetto.bench_build", description=__doc__)
    default = reports_dir() / "metrics" / "build.json"
    parser.add_argument("--out", type=Path, default=default, metavar="FILE")
    card = project_dir() / "data" / "README.md"
    parser.add_argument("--card", type=Path, default=card, metavar="FILE", help="the data card")
    parser.add_argument("--build", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--engine", choices=list(_ENGINES), help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    try:
        if asked.build:
            print(json.dumps(measure_build()))
        elif asked.engine:
            print(json.dumps(measure_engine(asked.engine, asked.rows)))
        else:
            figures = measure()
            write_json(asked.out, figures)
            write_note(figures, asked.card)
    except AffettoError as error:
        complain(str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
