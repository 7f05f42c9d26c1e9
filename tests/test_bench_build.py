"""The benchmark of the build: the engines agree on rows merged by hand, and the card's figures."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from affetto.bench_build import _ENGINES, FACTS, MARKS, measure_engine, note, write_note
from affetto.errors import DataError

REPOSITORY = Path(__file__).resolve().parents[1]
METRICS = REPOSITORY / "reports" / "metrics" / "build.json"
FIGURES = {
    "build": {
        "wall_s": 41.2, "cpu_s": 38.6, "peak_mb": 1800.0,
        "step_cpu_s": {"Reading a": 3.0, "Merging tracks": 12.0, "Writing": 1.0},
    },
    "engines": [
        {"engine": "pandas", "cpu_s": 4.0, "peak_mb": 700.0, "rows": 264_469},
        {"engine": "polars", "cpu_s": 1.0, "peak_mb": 500.0, "rows": 264_469},
    ],
    "machine": {"cores": 2, "load_before": 0.1},
}  # fmt: skip


def _rows(path: Path) -> Path:
    """Two tracks in four rows; the first known fact counts, in the order of ``rank``."""
    rows = [
        {"track_id": "b", "rank": 2, "title": "Second", "year": None, "raw_genres": ["rock"]},
        {"track_id": "b", "rank": 1, "title": None, "year": 1999, "raw_genres": ["rock", "folk"]},
        {"track_id": "a", "rank": 0, "title": "A", "year": 1980, "raw_genres": []},
        {"track_id": "b", "rank": 3, "title": "Third", "year": 2001, "raw_genres": ["blues"]},
    ]
    types = {"title": pa.string(), "album": pa.string(), "explicit": pa.bool_()}
    names = ["track_id", *FACTS, "raw_genres", "rank"]
    kinds = {"track_id": pa.string(), "raw_genres": pa.list_(pa.string()), "rank": pa.int64()}
    schema = pa.schema([(name, {**types, **kinds}.get(name, pa.float64())) for name in names])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


@pytest.mark.parametrize("engine", [e for e in _ENGINES if importlib.util.find_spec(e)])
def test_an_engine_merges_what_one_merges_by_hand(engine: str, tmp_path: Path) -> None:
    merged = _ENGINES[engine](_rows(tmp_path / "rows.parquet")).to_pylist()
    known = [{k: v for k, v in row.items() if v is not None} for row in merged]
    assert known == [
        {"track_id": "a", "title": "A", "year": 1980, "raw_genres": []},
        {"track_id": "b", "title": "Second", "year": 1999, "raw_genres": ["blues", "folk", "rock"]},
    ]


def test_an_engine_that_is_not_here_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="abacus is not installed"):
        measure_engine("abacus", tmp_path / "rows.parquet")


def test_the_note_goes_between_the_cards_marks(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text("before\n<!-- build -->\nold\n<!-- /build -->\nafter\n")
    write_note(FIGURES, card)
    text = card.read_text()
    assert text.startswith("before\n<!-- build -->\n`affetto data build` took 39 s of processor")
    assert "1,800 MB at most. Its longest steps: merging tracks 12.0 s, reading a 3.0 s" in text
    assert "pandas 4.0 s of processor time and 700 MB; polars 1.0 s" in text
    assert text.endswith("<!-- /build -->\nafter\n")
    card.write_text("no marks")
    with pytest.raises(DataError, match="no place"):
        write_note(FIGURES, card)


def test_the_data_card_says_what_the_json_says() -> None:
    """And nothing where nobody has measured yet."""
    text = (REPOSITORY / "data" / "README.md").read_text(encoding="utf-8")
    said = text.split(MARKS[0])[1].split(MARKS[1])[0]
    if not METRICS.is_file():
        assert said.strip() == ""
        return
    figures = json.loads(METRICS.read_text(encoding="utf-8"))
    assert said == f"\n{note(figures)}\n"
    assert figures["build"]["peak_mb"] <= 4096
    assert figures["build"]["cpu_s"] <= 60  # the clock also tells about the neighbours
