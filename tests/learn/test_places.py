"""Where tracks stand, on three playlists small enough to follow by hand."""

import numpy as np
import pandas as pd
import pytest

from affetto.learn.places import build_places, distinct_versions, fact_places
from affetto.recommend.network import NOBODYS, Places

# two groups; the first is one playlist with two versions, the second two playlists
GROUPS = [
    [[np.array([0, 1, 2]), np.array([1, 2, 3])]],
    [[np.array([3, 4])], [np.array([4, 3])]],
]
ARTISTS = np.array([[1, 0], [2, 0], [2, 1], [3, 0], [2, 0], [1, 0]], np.int32)


def held(places: Places, track: int) -> dict[int, float]:
    """Place → weight of a track, padding left out."""
    pairs = zip(places.where[track].tolist(), places.weight[track].tolist(), strict=True)
    return {place: weight for place, weight in pairs if weight}


def test_versions_and_copies_are_one_playlist():
    own, _ = build_places(GROUPS, ARTISTS)
    found = [held(own["playlists"], track) for track in range(6)]
    assert found == [{0: 1}, {0: 1}, {0: 1}, {0: 1, 1: 1}, {1: 1}, {}]


def test_stretches_are_cut_from_every_version_and_belong_to_its_group():
    own, _ = build_places(GROUPS, ARTISTS, stretch=2)
    stretches = own["stretches"]
    # 3 / 2 rounds to 2 stretches a version ([0, 1] [2], [1, 2] [3]), 2 / 2 to one
    assert stretches.owners.tolist() == [0, 0, 0, 0, 1, 1]
    found = [held(stretches, track) for track in range(6)]
    assert found == [{0: 1}, {0: 1, 2: 1}, {1: 1, 2: 1}, {3: 1, 4: 1, 5: 1}, {4: 1, 5: 1}, {}]


def test_artists_stand_where_their_songs_do():
    _, shared = build_places(GROUPS, ARTISTS)
    one, two, three = np.log1p([1.0, 2.0, 3.0])
    # group 0 holds tracks 0 to 3: artist 1 twice (0, 2), artist 2 twice (1, 2), artist 3 once;
    # group 1 holds 3 and 4: artist 3 once, artist 2 once
    company = shared["artists"]
    assert held(company, 0) == pytest.approx({0: two})
    assert held(company, 1) == pytest.approx({0: two, 1: one})
    assert held(company, 2) == pytest.approx({0: np.log1p(4.0), 1: one})  # both its artists'
    assert held(company, 3) == pytest.approx({0: one, 1: one})
    assert held(company, 5) == pytest.approx({0: two})  # in no playlist, but its artist is
    assert three not in company.weight


def test_what_stands_in_too_many_places_keeps_some_of_them_and_the_seed_says_which():
    many = [[[np.array([0, 1])]] for _ in range(40)]
    first, again = (build_places(many, ARTISTS, seed=3)[0]["playlists"] for _ in range(2))
    assert len(set(first.where[0].tolist())) == first.where.shape[1] == 16
    assert np.array_equal(first.where, again.where)
    assert not np.array_equal(
        first.where, build_places(many, ARTISTS, seed=4)[0]["playlists"].where
    )


def test_equal_versions_count_once():
    group = [[np.array([1, 2]), np.array([1, 2])], [np.array([2, 1]), np.array([1, 2])]]
    assert [tracks.tolist() for tracks in distinct_versions(group)] == [[1, 2], [2, 1]]


def test_a_place_that_is_nobodys_is_refused():
    with pytest.raises(ValueError, match="nobody's"):
        Places(np.array([[3]]), np.ones((1, 1)), np.array([0]))


def test_years_that_are_near_share_more_spans_and_the_unknown_stand_nowhere():
    years = pd.Series([1983, 1984, 1987, 1989, 1995, None], dtype="Int16")
    languages = pd.Series(["en", "es", "en", None, "en", None], dtype=object)
    facts = fact_places(years, languages)
    spans = [set(held(facts["years"], track)) for track in range(6)]
    # by fives, by fives from the third year on, by tens: 1983 is 1980-84, 1983-87, 1980-89
    shared = [len(spans[0] & other) for other in spans]
    assert shared == [3, 3, 2, 1, 0, 0]
    assert [len(own) for own in spans] == [3, 3, 3, 3, 3, 0]
    spoken = [set(held(facts["languages"], track)) for track in range(6)]
    assert spoken[0] == spoken[2] == spoken[4] != spoken[1]
    assert [len(own) for own in spoken] == [1, 1, 1, 0, 1, 0]
    for places in facts.values():  # no playlist's: leaving one out leaves them
        assert set(places.owners.tolist()) == {NOBODYS}
