"""The released recommender on playlists it was never trained on, and what its manifest says."""

from __future__ import annotations

import json

import numpy as np
import pytest

from affetto.bundled import read_manifest
from affetto.learn.next_track import Challenge, evaluate, summarise
from affetto.learn.playlist_data import HISTORY_ONLY
from affetto.learn.recommender_release import score_each
from affetto.recommend.baselines import PopularityRecommender
from affetto.recommend.released import load_released
from affetto.settings import project_dir
from tests.sources import real

STATED = read_manifest()["recommender"]["metrics"]["test"]


@pytest.mark.parametrize("other", ["popularity", "untrained"])
@pytest.mark.parametrize("metric", ["hr@50", "ndcg@100"])
def test_it_is_ahead_by_an_interval_that_excludes_zero(other, metric):
    low, high = STATED["differences"][other][metric]
    assert 0 < low < high


@pytest.mark.needs_data
def test_it_finds_next_tracks_as_well_as_its_manifest_says(mirror):
    split = json.loads((project_dir() / "data" / "splits" / "by_playlist.json").read_text())
    table = real.tables(mirror)["playlists.parquet"].to_pandas()
    table = table[table["playlist_id"].isin(split["test"])].sort_values(["date", "playlist_id"])
    released = load_released()
    challenges = []
    for playlist_id, tracks in table.groupby("playlist_id")["track_ids"].last().items():
        index = {track: i for i, track in zip(*_known(released, tracks), strict=True)}
        items = np.array([index.get(track, -1) for track in tracks])
        if len(items) > HISTORY_ONLY:
            challenges.append(
                Challenge(str(playlist_id), items[:HISTORY_ONLY], items[HISTORY_ONLY:])
            )
    assert len(challenges) == STATED["playlists"]
    assert sum(len(challenge.targets) for challenge in challenges) == STATED["targets"]
    models = {
        "released": score_each(released.recommender),
        "popularity": score_each(PopularityRecommender(released.catalogue)),
    }
    found = {name: summarise(ranks) for name, ranks in evaluate(challenges, models).items()}
    for name, metrics in found.items():
        # the same files on the same playlists: only the arithmetic of another processor may differ
        assert metrics["hr@50"] == pytest.approx(STATED["models"][name]["hr@50"], abs=0.002)
        assert metrics["ndcg@100"] == pytest.approx(STATED["models"][name]["ndcg@100"], abs=0.002)


def _known(released, tracks):
    """(items, ids) of the tracks that stand in the vocabulary."""
    items, unknown = released.catalogue.find(tracks)
    return items, [track for track in tracks if track not in set(unknown)]
