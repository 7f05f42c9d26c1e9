"""Mood control on a made-up release, with expected values by hand."""

from __future__ import annotations

import numpy as np
import pytest

from affetto.emotions import EMOTION_MOODS, EMOTIONS
from affetto.learn.mood_control import (
    RUSSELL,
    _points,
    _pool,
    by_people,
    other_table,
    own_mood,
    price,
)
from affetto.learn.next_track import Challenge
from affetto.music.catalogue import Catalogue
from affetto.recommend.baselines import NearestMoodRecommender, PopularityRecommender
from affetto.recommend.journey import GOALS
from affetto.recommend.released import Released
from tests import synthetic
from tests.learn import mood_songs


def test_own_moods_are_counted_for_every_point_emotion_and_goal() -> None:
    tracks = Catalogue(synthetic.table(*[{"valence": 0.5, "arousal": 0.5}] * 12))
    found = own_mood(Released(tracks, PopularityRecommender(tracks)), seeds=(0,))
    assert set(found["emotions"]["each"]) == set(EMOTIONS)
    assert all(set(goals) == set(GOALS) for goals in found["emotions"]["each"].values())
    # every track lies at (0.5, 0.5): of a grid in steps of 0.25 that point and its four
    # neighbours are within 0.35 of it, the diagonal ones (0.354) are not
    assert found["grid"] == {"points": 49, "near": pytest.approx(5 / 49), "fewest_tracks": 0}
    assert len(found["sparse"]) == 44
    assert {(p["near"], p["tracks"]) for p in found["sparse"]} == {(0.0, 0)}


def test_another_table_keeps_the_strength_of_an_emotion_and_turns_it() -> None:
    found = other_table(synthetic.released(), seeds=(0,))
    assert set(found["emotions"]) == set(RUSSELL)
    happy, ours = found["emotions"]["happy"], EMOTION_MOODS["happy"]
    length = np.hypot(ours.valence, ours.arousal)
    assert happy["valence"] == pytest.approx(length * np.cos(np.radians(7.8)))
    assert happy["arousal"] == pytest.approx(length * np.sin(np.radians(7.8)))
    assert found["not_in_it"] == ["angry", "disgust", "fear", "neutral"]
    assert 0 <= found["overlap"] <= 1


def test_precision_is_the_share_of_the_ten_nearest_in_the_wanted_quadrant() -> None:
    # 20 happy and 20 sad songs; "good" puts them where they belong, "bad" the other way round
    quadrants = np.repeat([3, 0], 20)
    good = np.where(quadrants[:, None] == 3, 0.5, -0.5) * np.ones((40, 2))
    found = _pool({"good": good, "bad": -good}, quadrants, np.arange(40), seed=0)
    assert found["precision"] == {"good": 1.0, "bad": 0.0}
    assert found["draws"]["good"].min() > found["draws"]["bad"].max()


@pytest.mark.parametrize(
    ("quadrant", "valence", "arousal"), [(0, -1, -1), (1, 1, -1), (2, -1, 1), (3, 1, 1)]
)
def test_wished_points_lie_in_their_quadrant(quadrant: int, valence: int, arousal: int) -> None:
    assert all(tuple(np.sign(point)) == (valence, arousal) for point in _points(quadrant))


def test_artists_are_resampled_with_replacement() -> None:
    """The draws are as wide as precision is over new songs, which half the width would not be."""
    rng = np.random.default_rng(0)

    def pool(seed: int) -> dict:
        quadrants = rng.choice([0, 3], 200)
        signs = np.where(quadrants == 3, 1, -1)[:, None]
        moods = np.clip(signs * 0.2 + rng.normal(0, 0.4, (200, 2)), -1, 1)
        return _pool({"it": moods}, quadrants, np.arange(200), seed=seed)

    pools = [pool(seed) for seed in range(40)]
    among = np.std([one["precision"]["it"] for one in pools])
    within = np.mean([one["draws"]["it"].std() for one in pools])
    assert within == pytest.approx(among, rel=0.25)


def test_moods_from_words_and_playlists_hold_more_than_sound() -> None:
    found = by_people(mood_songs.world())
    assert found["precision@10"]["learned"] > found["precision@10"]["plain"]
    low, high = found["differences"]["plain"]
    assert 0 < low < high
    assert set(found["pools"]) == {"one", "other"}


def test_the_price_of_a_wish_is_measured_on_the_same_targets() -> None:
    tracks = synthetic.catalogue()
    scene = [item for item in range(0, 600, 6) if tracks.track(item).mood]
    challenges = [
        Challenge(f"p{k}", np.array(scene[k : k + 5]), np.array(scene[k + 5 : k + 15]))
        for k in range(0, 40, 10)
    ]
    found = price(NearestMoodRecommender(tracks), tracks, challenges)
    # this recommender wishes for the mean mood of the history by itself: the wish changes nothing
    assert found["ratio"] == 1.0
    assert found["difference_interval"] == [0.0, 0.0]
    assert found["playlists"] == 4
