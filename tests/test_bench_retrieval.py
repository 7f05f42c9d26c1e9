"""The benchmark of the retrievals: what it makes up, what it measures, and the card it writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from affetto.bench_retrieval import (
    BIAS,
    FILTER,
    LENGTH,
    QUERIES,
    WIDTH,
    K,
    card,
    kept,
    made_up,
    plan,
)
from affetto.recommend.released import load_released

REPOSITORY = Path(__file__).resolve().parents[1]
METRICS = REPOSITORY / "reports" / "metrics" / "retrieval.json"
CARD = REPOSITORY / "reports" / "cards" / "retrieval.md"


def _figures() -> dict:
    return json.loads(METRICS.read_text(encoding="utf-8"))


def test_made_up_tracks_look_as_they_say() -> None:
    world = made_up(4000)
    assert world.vectors.shape == (4000, WIDTH)
    assert world.queries.shape == (QUERIES, WIDTH)
    assert world.vectors.dtype == world.bias.dtype == world.queries.dtype == np.float32
    length = np.linalg.norm(world.vectors, axis=1).mean()
    assert length == pytest.approx(LENGTH, rel=0.05)
    passing = FILTER.allowed(world.catalogue).mean()
    assert abs(passing - 1 / 8) < 0.02  # a quarter is new enough, half of those are clean
    np.testing.assert_array_equal(made_up(4000).vectors, world.vectors)


def test_made_up_tracks_are_like_the_released_ones() -> None:
    """A release of wider vectors once left the benchmark at half their width.

    Within 15 %: a new release need not be measured anew for a little more bias.
    """
    items = load_released().recommender.lstm.items
    assert items.vectors.shape[1] == WIDTH
    assert np.linalg.norm(items.vectors, axis=1).mean() == pytest.approx(LENGTH, rel=0.15)
    assert items.bias.std() == pytest.approx(BIAS, rel=0.15)


def test_every_index_is_measured() -> None:
    planned = list(plan(sizes=(10, 20), largest=30, compared=10))
    assert planned[:6] == [
        ("exact", "10"), ("faiss", "10"), ("exact", "20"), ("faiss", "20"), ("milvus", "10"),
        ("exact", "30"),
    ]  # fmt: skip
    assert ("faiss", "released") in planned


def test_one_measurement_in_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "affetto.bench_retrieval", "--one", "faiss", "--tracks"]
    done = subprocess.run([*command, "2000"], capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    assert figures["tracks"] == 2000
    assert figures["search_ms"]["runs"] == QUERIES
    assert 0.5 < figures["recall@20"] <= 1
    assert figures["filtered_recall@20"] == 1  # an eighth may come: all lists are looked through
    refused = subprocess.run([*command, "released", "--sizes", "x"], capture_output=True)
    assert refused.returncode == 2


def test_the_card_says_what_the_json_says() -> None:
    assert CARD.read_text(encoding="utf-8") == card(_figures())


def test_what_was_measured_meets_what_was_asked() -> None:
    """Recall does not depend on the machine's load; its processor's time hardly does."""
    figures = _figures()
    exact, faiss = (
        [run for run in figures["runs"] if run["index"] == name] for name in ("exact", "faiss")
    )
    assert figures["k"] == K == 20
    assert {run["recall@20"] for run in exact} == {1.0}
    assert {"made up", "released"} == {run["data"] for run in faiss}
    for run in faiss:
        assert run["recall@20"] >= 0.95
        assert run.get("filtered_recall@20", 1) >= 0.95
        assert run["search_ms"]["cpu_p50"] <= 50


def test_libraries_that_are_not_installed_keep_their_figures(tmp_path: Path) -> None:
    before = tmp_path / "retrieval.json"
    old = [{"index": name, "tracks": 1} for name in ("hnswlib", "usearch", "exact")]
    before.write_text(json.dumps({"width": WIDTH, "runs": old}))
    again = [{"index": "usearch", "tracks": 2}]
    assert kept(before, again) == [{"index": "hnswlib", "tracks": 1}]
    assert kept(tmp_path / "nowhere.json", again) == []
    before.write_text(json.dumps({"width": WIDTH // 2, "runs": old}))
    assert kept(before, again) == []  # of vectors of another width
