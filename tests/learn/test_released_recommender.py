"""The released recommender on playlists it was never trained on, and what its manifest says."""

from __future__ import annotations

import pytest

from affetto.bundled import read_manifest
from affetto.learn.next_track import LONGEST_HISTORY, evaluate, score_each, summarise
from affetto.learn.playlist_worlds import listed_by_playlist, to_challenges
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
    playlists = real.tables(mirror)["playlists.parquet"].to_pandas()
    released = load_released()
    splits = project_dir() / "data" / "splits"
    listed = listed_by_playlist(playlists, splits, part="test")
    challenges = to_challenges(listed, released.catalogue)
    assert len(challenges) == STATED["playlists"]
    assert sum(len(challenge.targets) for challenge in challenges) == STATED["targets"]
    models = {
        "released": score_each(released.recommender, longest=LONGEST_HISTORY),
        "popularity": score_each(PopularityRecommender(released.catalogue)),
    }
    found = {name: summarise(ranks) for name, ranks in evaluate(challenges, models).items()}
    for name, metrics in found.items():
        # the same files on the same playlists: only the arithmetic of another processor may differ
        assert metrics["hr@50"] == pytest.approx(STATED["models"][name]["hr@50"], abs=0.002)
        assert metrics["ndcg@100"] == pytest.approx(STATED["models"][name]["ndcg@100"], abs=0.002)
