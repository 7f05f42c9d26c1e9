"""The numbers behind the figures, each worked out by hand on a few rows."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affetto import data_plots, explore
from affetto.emotions import EMOTIONS, Mood
from affetto.errors import DataError, InputError
from affetto.notebook import data_folder, need_table, record_metrics
from affetto.settings import project_dir


def songs(*rows: dict[str, object]) -> pd.DataFrame:
    """Tracks with what the functions look at; what a row leaves out is plain."""
    plain = {"recording_id": 0, "has_features": True, "genres": ["pop"], "year": 1994.0}
    plain |= {"spotify_valence": 0.5, "energy": 0.5}
    filled = [
        {"track_id": str(k), "features_from": str(k), **plain, **r} for k, r in enumerate(rows)
    ]
    return pd.DataFrame(filled)


def test_recording_sizes_count_ids() -> None:
    """Recordings 1, 1, 1 | 2, 2 | 3 | 4: two of one id, one of two, one of three."""
    table = songs(*[{"recording_id": n} for n in (1, 1, 1, 2, 2, 3, 4)])
    assert explore.recording_sizes(table).to_dict() == {1: 2, 2: 1, 3: 1}


def test_densities_are_shares() -> None:
    found = explore.densities(pd.DataFrame({"a": [0.0, 0.0, 0.0, 1.0, np.nan]}), bins=2)
    centres, shares = found["a"]
    assert shares.tolist() == [1.0] or shares.sum() == pytest.approx(1.0)
    assert len(centres) == 2
    with pytest.raises(InputError, match="b is unknown in every row"):
        explore.densities(pd.DataFrame({"b": [np.nan]}))


def test_the_plane_has_energy_upwards_and_valence_to_the_right() -> None:
    density = explore.plane_density(
        songs({"spotify_valence": 0.9, "energy": 0.1}), bins=10, blur=0.1
    )
    assert np.unravel_index(density.argmax(), density.shape) == (1, 9)
    assert density.sum() == pytest.approx(1.0)


def test_genre_profiles_take_the_median_of_each_genre_of_a_song() -> None:
    table = songs(
        {"genres": ["pop", "rock"], "energy": 0.2},
        {"genres": ["rock"], "energy": 0.6},
        {"genres": ["rock"], "energy": 0.9},
        {"genres": ["pop"], "energy": 0.9, "has_features": False},
    )
    profile = explore.genre_profiles(table, ["energy"], fewest=1)
    assert profile["energy"].to_dict() == {"rock": 0.6, "pop": 0.2}
    assert profile["songs"].to_dict() == {"rock": 3, "pop": 1}
    assert list(explore.genre_profiles(table, ["energy"], fewest=2).index) == ["rock"]


def test_decades_hold_their_ten_years() -> None:
    """1990 and 1999 are one decade, 2000 is the next; quartiles of 0, 1, 2, 3, 4 are 1, 2, 3."""
    years = [1990, 1999, 1994, 1994, 1994]
    nineties = [{"year": year, "energy": float(at)} for at, year in enumerate(years)]
    table = songs(*nineties, {"year": 2000, "energy": 9.0})
    profile = explore.decade_profiles(table, ["energy"], fewest=1)
    assert profile.loc[(1990, "energy")].tolist() == [1.0, 2.0, 3.0, 5.0]
    assert profile.loc[(2000, "energy"), "median"] == 9.0


def test_twins_are_compared_with_each_other_only() -> None:
    """Pairs (0.1, 0.2) and (0.8, 0.5): apart by 0.1 and 0.3, the median of which is 0.2."""
    table = songs(
        {"recording_id": 1, "energy": 0.1}, {"recording_id": 1, "energy": 0.2},
        {"recording_id": 2, "energy": 0.8}, {"recording_id": 2, "energy": 0.5},
        {"recording_id": 3, "energy": 0.9},
        {"recording_id": 2, "energy": 0.0, "features_from": "another"},
    )  # fmt: skip
    found = explore.remeasured(table, ["energy"])
    assert found.loc["energy", "median"] == pytest.approx(0.2)
    assert found.loc["energy", "pairs"] == 2
    with pytest.raises(InputError, match="No recording was measured under two ids"):
        explore.remeasured(table.iloc[[0, 2]], ["energy"])


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_quadrants_are_those_of_the_mood_plane(valence: float, arousal: float) -> None:
    found = explore.quadrant_of(pd.Series([valence]), pd.Series([arousal]))
    assert found.tolist() == [Mood(valence, arousal).quadrant]


def test_label_agreement_counts_shared_recordings() -> None:
    """a and b share recordings 1, 2, 3 and agree on two; with c they share nothing."""
    rows = [("a", 1, "happy"), ("a", 2, "sad"), ("a", 3, "calm"), ("a", 3, "calm"),
            ("b", 1, "happy"), ("b", 2, "sad"), ("b", 3, "angry"), ("c", 9, "sad")]  # fmt: skip
    moods = pd.DataFrame(rows, columns=["source", "recording_id", "mood"])
    share, count = explore.label_agreement(moods, fewest=1)
    assert share.loc["a", "b"] == share.loc["b", "a"] == pytest.approx(2 / 3)
    assert (count.loc["a", "b"], count.loc["a", "c"]) == (3, 0)
    assert math.isnan(share.loc["a", "c"])
    assert math.isnan(explore.label_agreement(moods, fewest=4)[0].loc["a", "b"])


def test_steps_see_an_order_where_there_is_one() -> None:
    """Eleven songs in a line, 0.1 apart: neighbours are 0.1 apart, shuffled ones farther."""
    table = songs(*[{"spotify_valence": k / 10, "energy": 0.5} for k in range(11)])
    lists = pd.DataFrame(
        {"playlist_id": ["p"], "date": [pd.NaT], "track_ids": [[str(k) for k in range(11)]]}
    )
    found = explore.steps_in_playlists(lists, table, seed=1)
    assert found["adjacent"].tolist() == pytest.approx([0.1] * 10)
    assert found["shuffled"].mean() > 0.2


def lists_of(**held: str) -> pd.DataFrame:
    return pd.DataFrame({"playlist_id": list(held), "track_ids": [list(t) for t in held.values()]})


def test_the_largest_overlap_is_of_the_smaller_playlist() -> None:
    """{0,1} and {1,2,3} share one of two: 0.5, whichever way one asks."""
    table = songs(*[{"recording_id": 10 + k} for k in range(4)])
    playlists = lists_of(a="01", b="123", c="1")
    found = explore.largest_overlap(playlists, table, {"train": ["a"], "test": ["b"]})
    assert found.loc["train", "test"] == found.loc["test", "train"] == 0.5
    assert math.isnan(found.loc["train", "train"])


def test_a_recording_counts_once_a_playlist() -> None:
    """Ids 0 and 1 are one recording: playlist a has it twice, and counts once."""
    table = songs({"recording_id": 7}, {"recording_id": 7}, {"recording_id": 8})
    counts = explore.playlist_counts(lists_of(a="012", b="0"), table)
    assert counts.to_dict() == {7: 2, 8: 1}


def test_rows_of_all_snapshots_are_known_by_sound_or_through_a_twin() -> None:
    """Songs 0 (measured), 1 (borrows from 0), 2 (neither); list a is there twice."""
    table = songs({}, {"features_from": "0"}, {"features_from": None, "has_features": False})
    lists = pd.DataFrame(
        {"source": ["a", "a", "b"], "track_ids": [["0", "1"], ["0", "1"], ["0", "1", "2", "2"]]}
    )
    found = explore.known_by_sound(lists, table)
    assert found.loc["a"].to_dict() == {"own": 0.5, "with_twins": 1.0, "rows": 4}
    assert found.loc["b"].to_dict() == {"own": 0.25, "with_twins": 0.5, "rows": 4}


# --- faces -------------------------------------------------------------------------------------


def test_class_averages_are_means_and_refuse_to_show_a_person() -> None:
    labels = np.repeat(np.arange(7), 10)
    pixels = np.full((70, 48, 48), 10, np.uint8)
    pixels[0] = 20  # one of ten angry faces: (20 + 9 × 10) / 10 = 11
    found = explore.class_averages(pixels, labels)
    assert list(found) == list(EMOTIONS)
    assert float(found["angry"][0, 0]) == 11.0
    with pytest.raises(InputError, match="angry has 9 faces; the mean of so few shows a person"):
        explore.class_averages(pixels[1:], labels[1:])


def test_entropy_of_votes_in_bits() -> None:
    """All agree: 0.  Two halves: 1.  Four quarters: 2."""
    votes = np.array([[10, 0, 0, 0], [5, 5, 0, 0], [2, 2, 2, 2]], float)
    assert explore.vote_entropy(votes).tolist() == pytest.approx([0.0, 1.0, 2.0])


def test_a_tie_is_no_majority() -> None:
    votes = np.array([[6, 4], [5, 5], [0, 10]])
    assert explore.most_voted(votes, ["a", "b"]).tolist() == ["a", explore.NO_MAJORITY, "b"]


def test_twins_across_splits_are_counted_from_both_sides() -> None:
    """Group 1: two training images and one test image.  Group 2: one alone."""
    groups = np.array([1, 1, 1, 2])
    usage = np.array(["Training", "Training", "PublicTest", "PublicTest"])
    found = explore.cross_split_pairs(groups, usage)
    assert found.loc["Training"].tolist() == [2, 2]
    assert found.loc["PublicTest"].tolist() == [1, 0]


def test_shares_by_row_sum_to_one() -> None:
    found = explore.shares_by_row(["a", "a", "b"], ["a", "b", "b"], ["a", "b"])
    assert found.to_numpy().tolist() == [[0.5, 0.5], [0.0, 1.0]]


# --- figures -----------------------------------------------------------------------------------


def test_bars_keep_the_numbers_and_quadrants_their_colours() -> None:
    table = pd.DataFrame({"happy": [1, 2], "sad": [3, 4]}, index=["x", "y"])
    figure = data_plots.bars(table, title="t", stacked=True)
    assert [list(bar.x) for bar in figure.data] == [[1, 2], [3, 4]]
    assert figure.data[0].marker.color == data_plots.QUADRANT_COLOURS["happy"]
    assert figure.layout.barmode == "stack"


def test_a_heatmap_leaves_unknown_cells_empty() -> None:
    figure = data_plots.heatmap(pd.DataFrame([[0.5, np.nan]]), title="t")
    assert figure.data[0].text == (("50%", ""),) or list(figure.data[0].text[0]) == ["50%", ""]


def test_the_mood_plane_shows_brightness_and_tells_songs() -> None:
    density = np.zeros((10, 10))
    density[2, 3] = 1.0
    figure = data_plots.mood_plane(density, songs=50, title="t")
    assert figure.data[0].customdata[2][3] == 50
    assert figure.data[0].z.max() <= 1.0


def test_words_of_neighbours_stand_apart() -> None:
    """Two points close to each other, one above the other: their words go to other sides."""
    profiles = pd.DataFrame(
        {"songs": [9, 9, 9], "spotify_valence": [0.5, 0.5, 0.9], "energy": [0.5, 0.51, 0.1],
         "acousticness": [0, 0, 1]}, index=["a", "b", "c"],
    )  # fmt: skip
    figure = data_plots.genre_map(profiles, title="t")
    first, second, _ = figure.data[0].textposition
    assert first != second


def test_a_word_does_not_lie_on_another_disc() -> None:
    """The small disc stands just above the large one: only below it is there one."""
    profiles = pd.DataFrame(
        {"songs": [1, 100, 1], "spotify_valence": [0.5, 0.5, 0.0], "energy": [0.56, 0.5, 0.0],
         "acousticness": [0, 0, 1]}, index=["a", "b", "c"],
    )  # fmt: skip
    small, large, _ = data_plots.genre_map(profiles, title="t").data[0].textposition
    assert small != "bottom center"
    assert large != "top center"


# --- metrics -----------------------------------------------------------------------------------


def test_metrics_are_plain_rounded_and_sorted(tmp_path: Path) -> None:
    numbers = {"b": np.float32(1 / 3), "a": {"n": np.int64(3), "ok": np.bool_(True)}, "c": None}
    record_metrics(numbers, name="m", folder=str(tmp_path))
    text = (tmp_path / "m.json").read_text()
    assert json.loads(text) == {"a": {"n": 3, "ok": True}, "b": 0.333333, "c": None}
    assert text.index('"a"') < text.index('"b"')


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), np.zeros(2)])
def test_what_is_no_number_is_not_recorded(tmp_path: Path, value: object) -> None:
    with pytest.raises((InputError, ValueError)):
        record_metrics({"x": value}, name="m", folder=str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_folders_are_taken_from_the_project(tmp_path: Path) -> None:
    assert data_folder("data/interim") == project_dir() / "data" / "interim"
    assert data_folder(str(tmp_path)) == tmp_path
    with pytest.raises(DataError, match=r"There is no .*x\.parquet; run the notebook 01_a first"):
        need_table(tmp_path / "x.parquet", made_by="01_a")
