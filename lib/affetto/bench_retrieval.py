"""Measures the retrievals: ``python -m affetto.bench_retrieval``, or ``make bench-retrieval``.

Writes ``reports/metrics/retrieval.json`` and ``reports/cards/retrieval.md``, which says the same
to people.  Tracks are made up in scenes, with the spread of the released vectors and a spectrum
that falls slowly, which is hard on approximate search; the released tracks are searched too, with
queries of the LSTM.  Every index is built in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from affetto.errors import AffettoError, DataError
from affetto.files import write_json, write_text
from affetto.learn.cards import percent, table
from affetto.measuring import machine, timed
from affetto.music.catalogue import SCHEMA, Catalogue
from affetto.recommend.filters import Filters
from affetto.recommend.retrieval.approximate import FaissIndex
from affetto.recommend.retrieval.exact import ExactIndex
from affetto.settings import reports_dir

K, QUERIES, SEED = 20, 200, 7
FEWER = 20  # queries for Milvus Lite, which takes its time
WIDTH, SCENE = 256, 250  # numbers a vector; tracks a scene
LENGTH, BIAS = 3.4, 0.4  # mean length of the released vectors, deviation of their bias
SIZES = (60_000, 1_000_000)
LARGEST = 2_000_000  # for exact search alone: does its time grow as the tracks do?
COMPARED = 60_000  # tracks for the libraries that were not chosen
TARGET_MS, TARGET_RECALL = 50.0, 0.95  # twenty tracks out of a million
FILTER = Filters(year_from=2000, explicit=False)  # an eighth of the made-up tracks pass
LIBRARIES = ("faiss_hnsw", "faiss_sq8", "hnswlib", "usearch")
Search = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class World:
    """Tracks and queries to search with.

    vectors [n, D], bias [n], queries [m, D]: float32.  catalogue : what filters look at.
    """

    vectors: np.ndarray
    bias: np.ndarray
    queries: np.ndarray
    catalogue: Catalogue

    @property
    def rows(self) -> np.ndarray:
        """[n, D + 1], the bias as the last dimension, as libraries want it."""
        return np.column_stack([self.vectors, self.bias])


def made_up(size: int, *, seed: int = SEED) -> World:
    """Tracks in scenes: half of a vector's variance is its scene's, half its own."""
    rng = np.random.default_rng(seed)
    spread = np.arange(1, WIDTH + 1) ** -0.4
    spread *= LENGTH / np.sqrt(2 * (spread**2).sum())
    spread = spread.astype(np.float32)
    scenes = rng.standard_normal((max(size // SCENE, 1), WIDTH), np.float32) * spread

    def draw(count: int) -> np.ndarray:
        own = rng.standard_normal((count, WIDTH), np.float32) * spread
        return scenes[rng.integers(0, len(scenes), count)] + own

    vectors, bias = draw(size), BIAS * rng.standard_normal(size, np.float32)
    return World(vectors, bias, draw(QUERIES) / 2, _facts(size, rng))


def _facts(size: int, rng: np.random.Generator) -> Catalogue:
    """A catalogue in which FILTER keeps an eighth: a quarter is new enough, half is clean."""
    import pyarrow as pa

    columns: dict[str, Any] = {
        "track_id": [f"{number:022d}" for number in range(size)],
        "title": pa.nulls(size, pa.string()).fill_null("Song"),
        "artists": pa.ListArray.from_arrays(
            pa.array(np.arange(size + 1, dtype=np.int32)),
            pa.nulls(size, pa.string()).fill_null("Nobody"),
        ),
        "year": np.where(rng.random(size) < 0.25, 2010, 1980).astype(np.int16),
        "explicit": rng.random(size) < 0.5,
    }
    fields = [columns.get(field.name, pa.nulls(size, field.type)) for field in SCHEMA]
    return Catalogue(pa.table(fields, names=SCHEMA.names))


def released() -> World:
    """The released tracks, and the LSTM's queries after histories of up to eight of them."""
    from affetto.recommend.recommender import LstmRecommender
    from affetto.recommend.released import load_released

    found = load_released()
    network = getattr(found.recommender, "lstm", found.recommender)
    if not isinstance(network, LstmRecommender):
        raise DataError("The released recommender makes no queries that could be searched with.")
    rng = np.random.default_rng(SEED)
    known = np.argsort(-found.catalogue.popularity, kind="stable")[:5_000]
    lengths = rng.integers(0, 9, QUERIES)
    queries = [network.query(rng.choice(known, length, replace=False)) for length in lengths]
    return World(network.items.vectors, network.items.bias, np.array(queries), found.catalogue)


# --- one index, in a process of its own ----------------------------------------------------------


def measure_one(kind: str, tracks: str) -> dict[str, Any]:
    """Build one index and search it.

    kind : exact, faiss, milvus or one of LIBRARIES.  tracks : a number, or ``released``.
    Raises DataError where the library is not installed.
    """
    world = released() if tracks == "released" else made_up(int(tracks))
    queries = world.queries[: FEWER if kind == "milvus" else QUERIES]
    with tempfile.TemporaryDirectory() as folder:
        before, wall, cpu = _resident_mb(), time.perf_counter(), time.process_time()
        search, filtered = _BUILDERS[kind](world, Path(folder))
        search(world.queries[0])
        built = time.perf_counter() - wall, time.process_time() - cpu
        figures = {
            "tracks": len(world.bias),
            "build_s": round(built[0], 1),
            "build_cpu_s": round(built[1], 1),
            "memory_mb": round(max(_resident_mb() - before, 0.0), 0) or None,
            "search_ms": asdict(timed(search, queries)),
            "recall@20": _recall(search, queries, _truth(world)),
        }
        if filtered is not None and tracks != "released":
            passing = _truth(world, FILTER)
            figures["filtered_ms"] = asdict(timed(filtered, queries))
            figures["filtered_recall@20"] = _recall(filtered, queries, passing)
    if kind == "exact":  # its vectors are the world's own, which stood there before
        figures["memory_mb"] = round((world.vectors.nbytes + world.bias.nbytes) / 1e6, 0)
    return figures


def _truth(world: World, filters: Filters | None = None) -> list[set[int]]:
    exact = ExactIndex(world.vectors, world.bias, catalogue=world.catalogue)
    return [set(exact.top(query, K, filters=filters).items.tolist()) for query in world.queries]


def _recall(search: Search, queries: np.ndarray, truth: list[set[int]]) -> float:
    hits = [len(set(search(q).tolist()) & best) for q, best in zip(queries, truth, strict=False)]
    return round(sum(hits) / (K * len(queries)), 4)


def _resident_mb() -> float:
    """What this process holds, in MB.  Raises DataError where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    except (OSError, ValueError, IndexError) as error:
        raise DataError("Memory is measured through /proc, which this system lacks.") from error
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _of_index(index: Any) -> tuple[Search, Search]:
    return (
        lambda query: index.top(query, K).items,
        lambda query: index.top(query, K, filters=FILTER).items,
    )


def _exact(world: World, folder: Path) -> tuple[Search, Search]:
    return _of_index(ExactIndex(world.vectors, world.bias, catalogue=world.catalogue))


def _faiss(world: World, folder: Path) -> tuple[Search, Search]:
    return _of_index(FaissIndex(world.vectors, world.bias, catalogue=world.catalogue))


def _milvus(world: World, folder: Path) -> tuple[Search, Search]:
    from affetto.recommend.retrieval.milvus import MilvusIndex

    file = str(folder / "tracks.db")
    return _of_index(MilvusIndex.create(file, "tracks", world.vectors, world.bias, world.catalogue))


def _faiss_hnsw(world: World, folder: Path) -> tuple[Search, None]:
    faiss = _library("faiss")
    index = faiss.IndexHNSWFlat(WIDTH + 1, 16, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = 100, 128
    index.add(world.rows)
    return lambda query: index.search(_with_one(query), K)[1][0], None


def _faiss_sq8(world: World, folder: Path) -> tuple[Search, None]:
    faiss = _library("faiss")
    kind = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexScalarQuantizer(WIDTH + 1, kind, faiss.METRIC_INNER_PRODUCT)
    rows = world.rows
    index.train(rows)
    index.add(rows)
    return lambda query: index.search(_with_one(query), K)[1][0], None


def _hnswlib(world: World, folder: Path) -> tuple[Search, None]:
    index = _library("hnswlib").Index(space="ip", dim=WIDTH + 1)
    index.init_index(max_elements=len(world.bias), ef_construction=100, M=16, random_seed=SEED)
    index.add_items(world.rows)
    index.set_ef(128)
    return lambda query: index.knn_query(_with_one(query), K)[0][0], None


def _usearch(world: World, folder: Path) -> tuple[Search, None]:
    index = _library("usearch.index").Index(
        ndim=WIDTH + 1, metric="ip", dtype="f32", connectivity=16, expansion_add=100,
        expansion_search=128,
    )  # fmt: skip
    index.add(np.arange(len(world.bias)), world.rows)
    return lambda query: index.search(_with_one(query)[0], K).keys, None


def _with_one(query: np.ndarray) -> np.ndarray:
    return np.append(query, np.float32(1))[None]


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DataError(f"{name.partition('.')[0]} is not installed here.") from error


_BUILDERS: dict[str, Callable[[World, Path], tuple[Search, Search | None]]] = {
    "exact": _exact,
    "faiss": _faiss,
    "milvus": _milvus,
    "faiss_hnsw": _faiss_hnsw,
    "faiss_sq8": _faiss_sq8,
    "hnswlib": _hnswlib,
    "usearch": _usearch,
}


# --- all of them ---------------------------------------------------------------------------------


def plan(*, sizes: Sequence[int], largest: int, compared: int) -> Iterator[tuple[str, str]]:
    """What is measured: (kind, tracks), each in a process of its own.

    Milvus Lite is measured at the smallest size alone: a million belong into a server.
    """
    for size in sizes:
        yield from (("exact", str(size)), ("faiss", str(size)))
    yield "milvus", str(min(sizes))
    yield "exact", str(largest)
    yield from (("exact", "released"), ("faiss", "released"))
    for kind in LIBRARIES:
        package = kind.partition("_")[0]
        if importlib.util.find_spec(package) is not None:
            yield kind, str(compared)


def measure(
    *,
    sizes: Sequence[int] = SIZES,
    largest: int = LARGEST,
    compared: int = COMPARED,
    before: Path | None = None,
) -> dict[str, Any]:
    """All figures of ``retrieval.json``; progress on stderr.  Raises DataError where one fails.

    before : an earlier report, whose figures of libraries that are not installed here stay.
    """
    from affetto.terminal import complain

    facts, found = machine(), []
    for kind, tracks in plan(sizes=sizes, largest=largest, compared=compared):
        complain(f"Measuring {kind} on {tracks} tracks")
        found.append(_in_its_own(kind, tracks))
    return report([*found, *kept(before, found)], facts)


def kept(before: Path | None, found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The runs of an earlier report with libraries that were not measured again.

    None of them where that report searched vectors of another width.
    """
    if before is None or not before.is_file():
        return []
    earlier = json.loads(before.read_text(encoding="utf-8"))
    if earlier["width"] != WIDTH:
        return []
    again = {run["index"] for run in found}
    return [
        run for run in earlier["runs"] if run["index"] in LIBRARIES and run["index"] not in again
    ]


def report(found: Sequence[dict[str, Any]], facts: dict[str, Any]) -> dict[str, Any]:
    """The runs under what they have in common."""
    return {
        "k": K,
        "queries": QUERIES,
        "width": WIDTH,
        "runs": list(found),
        "machine": facts,
        "targets": {"tracks": 1_000_000, "p50_ms": TARGET_MS, "recall@20": TARGET_RECALL},
    }


def _in_its_own(kind: str, tracks: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "affetto.bench_retrieval", "--one", kind, "--tracks", tracks]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        raise DataError(f"{kind} on {tracks} tracks failed: {last}")
    data = "released" if tracks == "released" else "made up"
    return {"index": kind, "data": data, **json.loads(done.stdout)}


# --- the card ------------------------------------------------------------------------------------

# The card's lines are of its own length.
# ruff: noqa: E501
HEAD = """# Retrieval: which tracks answer a query best

Written by `make bench-retrieval` from [retrieval.json](../metrics/retrieval.json); a test holds it
to the letter. A query of {width} numbers is answered with the {k} tracks of the highest score
(query · vector + bias); recall@{k} is the share of exact search's answer that an index finds, over
{queries} queries ({fewer} of Milvus). Made-up tracks lie in scenes and are hard on approximate search; the released ones
are searched with the LSTM's own queries. Memory is the index's own. Measured on {cores} cores with
a load of {load} when it began: where that is above 1, the processor's time says more than the clock.

## Exact, approximate, and an engine
"""
CHOICE = """
With a filter (an eighth of the made-up tracks pass):

{filtered}

{words}
"""
WORDS = """
**Exact search is the default.** A query takes it {growth}. At {at_scale} tracks FAISS takes
{faiss_cpu} ms of processor time where exact search takes {exact_cpu} ms, and finds {faiss_recall}
of the same tracks. A list asks twenty times, so exact search stops being pleasant where a query
takes it more than some milliseconds; from there `AFFETTO_RETRIEVAL=faiss` is the better choice.
FAISS parts the tracks into lists and looks through three sixteenths of them; where filters leave a
quarter of the tracks or fewer it looks through all, so that such answers are exact.
"""
COMPARED_HEAD = """
## The libraries that were compared
"""
COMPARED_TAIL = """
FAISS's lists (IVF) were chosen: they are built in a small part of the time that graphs (HNSW) need,
take a filter as a bit mask, can be made exact by looking through all lists, and come along with
Milvus Lite anyway. (`faiss_sq8` is a full search over 8-bit numbers.)
"""
TAIL = """
## Beyond one machine

`AFFETTO_RETRIEVAL=tracks.db` searches in Milvus Lite (a file), `AFFETTO_RETRIEVAL=http://host:19530`
in a Milvus server or cluster (`AFFETTO_MILVUS_TOKEN` where it asks for one); both are filled on first
use, in a collection named after the tracks' checksum, so that no other release is ever asked. Genre,
years, language and explicit words can be filtered inside the engine (`filters=`), as is measured here; lists
name the songs that may come (`among=`). The tests run one contract over
exact search, FAISS and Milvus Lite, and want the same answers. A cluster was not at hand to be
measured; Milvus Lite is meant for trying things out, and its times here are not a cluster's.
"""


def card(figures: dict[str, Any]) -> str:
    """The figures as Markdown for people."""
    runs, facts = figures["runs"], figures["machine"]
    ours = [run for run in runs if run["index"] in ("exact", "faiss", "milvus")]
    at_scale = max((r["tracks"] for r in ours if r["index"] == "faiss"), default=0)
    exact, faiss = (_run(ours, name, at_scale) for name in ("exact", "faiss"))
    growth = ", ".join(
        f"{run['search_ms']['cpu_p50']:.1f} ms of processor time and {run['memory_mb']:,.0f} MB "
        f"at {run['tracks']:,} tracks"
        for run in sorted(ours, key=lambda run: run["tracks"])
        if (run["index"], run["data"]) == ("exact", "made up")
    )
    head = HEAD.format(cores=facts["cores"], load=facts["load_before"], fewer=FEWER, **figures)
    words = WORDS.format(
        growth=growth,
        at_scale=f"{at_scale:,}",
        exact_cpu=f"{exact['search_ms']['cpu_p50']:.1f}",
        faiss_cpu=f"{faiss['search_ms']['cpu_p50']:.1f}",
        faiss_recall=percent(round(faiss["recall@20"] + 1e-9, 3)),
    )
    choice = CHOICE.format(
        filtered=_table([run for run in ours if "filtered_ms" in run], "filtered_"),
        words=textwrap.fill(words.strip(), 100, break_on_hyphens=False, break_long_words=False),
    )
    compared = [run for run in runs if run["index"] in LIBRARIES]
    sizes = {run["tracks"] for run in compared}
    chosen = [r for r in ours if (r["index"], r["data"]) == ("faiss", "made up")]
    beside = [run for run in chosen if run["tracks"] in sizes] + compared
    part = [COMPARED_HEAD, _table(beside), COMPARED_TAIL] if compared else []
    return "\n".join([head, _table(ours), choice, *part, TAIL])


def _run(runs: list[dict[str, Any]], index: str, tracks: int) -> dict[str, Any]:
    return next(r for r in runs if r["index"] == index and r["tracks"] == tracks)


def _table(runs: list[dict[str, Any]], what: str = "") -> str:
    """One row a run; ``what`` is "" or "filtered_"."""
    times, recall = f"{what or 'search_'}ms", f"{what}recall@20"
    numbers = ("tracks", "median", "95th", "processor", "recall@20", "build, processor", "memory")
    rows = []
    for run in runs:
        ms = run[times]
        name = run["index"] + (", released tracks" if run["data"] == "released" else "")
        cells = (
            name, f"{run['tracks']:,}", f"{ms['p50']:.1f} ms", f"{ms['p95']:.1f} ms",
            f"{ms['cpu_p50']:.1f} ms", f"{run[recall]:.3f}", f"{run['build_cpu_s']:.1f} s",
            "" if run["memory_mb"] is None else f"{run['memory_mb']:,.0f} MB",
        )  # fmt: skip
        rows.append(cells)
    return table(("index", *(f">{name}" for name in numbers)), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write JSON and card.  Exit code 2 with one sentence where that cannot be."""
    from affetto.terminal import complain, native_chatter_muted

    parser = argparse.ArgumentParser(prog="python -m affetto.bench_retrieval", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), metavar="N")
    parser.add_argument("--largest", type=int, default=LARGEST, metavar="N")
    parser.add_argument("--compared", type=int, default=COMPARED, metavar="N")
    parser.add_argument("--out", type=Path, default=reports_dir(), metavar="FOLDER")
    parser.add_argument("--one", choices=list(_BUILDERS), help=argparse.SUPPRESS)
    parser.add_argument("--tracks", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    try:
        if asked.one:
            with native_chatter_muted():
                figures = measure_one(asked.one, asked.tracks)
            print(json.dumps(figures))
            return 0
        figures = measure(
            sizes=asked.sizes,
            largest=asked.largest,
            compared=asked.compared,
            before=asked.out / "metrics" / "retrieval.json",
        )
    except AffettoError as error:
        complain(str(error))
        return 2
    write_json(asked.out / "metrics" / "retrieval.json", figures)
    write_text(asked.out / "cards" / "retrieval.md", card(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
