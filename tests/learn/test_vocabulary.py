"""The rule that chooses the vocabulary, on tables small enough to choose by hand."""

import numpy as np
import pandas as pd
import pytest

from affetto.learn.vocabulary import (
    CONTENT_FEATURES,
    build_catalogue,
    build_items,
    choose_tracks,
    group_counts,
    rank_moods,
)
from affetto.sources.genres import GENRES

IDS = [letter * 22 for letter in "abcd"]


def tracks():
    return pd.DataFrame(
        {
            "track_id": IDS,
            "title": ["One", "Two", "Three", None],
            "artists": [["A"], ["A", "B"], ["C"], ["D"]],
            "artist_keys": [["a"], ["a", "b"], ["c"], ["d"]],
            "year": [1999.0, np.nan, 2010.0, 2011.0],
            "explicit": [True, None, False, None],
            "genres": [["pop"], [], ["jazz"], []],
            "raw_genres": [["pop"], ["k-pop"], ["jazz"], []],
            "has_features": [True, False, True, True],
            **{name: [0.1, np.nan, 0.9, 0.5] for name in CONTENT_FEATURES},
        }
    )


def test_snapshots_of_a_playlist_count_once():
    playlists = pd.DataFrame(
        {"group_id": [1, 1, 2], "track_ids": [["x", "y"], ["x"], ["x"]], "playlist_id": list("ppq")}
    )
    assert group_counts(playlists) == {"x": 2, "y": 1}


def test_the_most_frequent_come_first_then_those_whose_mood_is_known():
    counts = {IDS[0]: 1, IDS[1]: 2, IDS[2]: 1, IDS[3]: 9}
    chosen = choose_tracks(tracks(), counts, size=10)
    # d is in most playlists but has no title to show; a and c tie and go by id
    assert chosen["track_id"].tolist() == [IDS[1], IDS[0], IDS[2]]
    assert choose_tracks(tracks(), counts, size=1)["track_id"].tolist() == [IDS[1]]


def test_moods_are_ranks_and_unknown_stays_unknown():
    table = pd.DataFrame(
        {
            "spotify_valence": [0.2, 0.9, 0.5, 0.5, np.nan],
            "energy": [0.99, 0.98, 0.97, 0.1, np.nan],
            "has_features": [True, True, True, True, False],
        }
    )
    moods = rank_moods(table)
    assert not moods.pop("labelled").any()
    found = moods.to_numpy()
    # four known tracks stand at -0.75, -0.25, 0.25, 0.75; a tie shares its mean rank
    assert found[:4, 0] == pytest.approx([-0.75, 0.75, 0.0, 0.0])
    assert found[:4, 1] == pytest.approx([0.75, 0.25, -0.25, -0.75])
    assert np.isnan(found[4]).all()


def test_the_catalogue_and_the_items_say_what_the_table_says():
    chosen = choose_tracks(tracks(), dict.fromkeys(IDS, 1), size=10)
    catalogue = build_catalogue(chosen)
    assert len(catalogue) == 3
    row = chosen["track_id"].tolist().index(IDS[1])
    assert catalogue.track(row).mood is None
    assert catalogue.track(row).language == "ko"  # by its genre
    shared = chosen["track_id"].tolist().index(IDS[0])
    items = build_items(chosen, [[[np.array([shared])]]])
    # one playlist holds track a; track b stands in none, but artist "a" plays on both
    assert items.own["playlists"].weight.sum(axis=1)[[shared, row]].tolist() == [1, 0]
    assert items.shared["artists"].weight[row, 0] == pytest.approx(np.log1p(1))
    # features, mood and its squares, year, whether features are known, genres
    assert items.content.shape == (3, len(CONTENT_FEATURES) + 5 + 1 + len(GENRES))
    assert (items.content[row] == 0).all()  # nothing is known of it
