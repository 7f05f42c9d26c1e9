"""The table of neighbours: read as written, refused when damaged, and counted by hand."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affetto.errors import ModelError
from affetto.music.catalogue import Catalogue
from affetto.recommend.neighbours import (
    ARTIST_GAIN,
    ARTIST_SHARE,
    DECAY,
    LAST,
    LEVELS,
    SHARE,
    NeighbourRecommender,
    NeighbourTable,
)
from tests import synthetic


def table(rows: list[dict[int, float]]) -> NeighbourTable:
    """A table whose rows are {neighbour: weight}."""
    starts = np.cumsum([0, *map(len, rows)])
    items = np.array([item for row in rows for item in row], np.int64)
    return NeighbourTable(starts, items, np.array([w for r in rows for w in r.values()], "f4"))


def strangers(size: int) -> Catalogue:
    """Songs by an artist each."""
    return Catalogue(synthetic.table(*({} for _ in range(size))))


@st.composite
def tables(draw) -> NeighbourTable:
    size = draw(st.integers(1, 300))
    row = st.dictionaries(st.integers(0, size - 1), st.floats(0.5, 8, width=32), max_size=5)
    return table([draw(row) if number < 12 else {} for number in range(size)])


@given(tables())
def test_what_is_read_is_what_was_written(written: NeighbourTable) -> None:
    read = NeighbourTable.from_bytes(written.to_bytes())
    assert read.size == written.size
    for item in range(written.size):
        items, weights = written.of(item)
        order = np.argsort(items)
        assert read.of(item)[0].tolist() == items[order].tolist()
        if len(items):  # shares of the row's largest, to half of one of 7 levels, none lost
            shares = np.maximum(weights[order] / weights.max(), 1 / LEVELS)
            assert np.abs(read.of(item)[1] - shares).max() <= 0.5 / LEVELS + 1e-6
            assert read.of(item)[1].min() > 0


def _parts(**changed: object) -> bytes:
    plain = {"counts": [1, 1], "gaps": _bytes_apart(1, 0), "weights": [7, 7]}
    kept = {name: value for name, value in {**plain, **changed}.items() if value is not None}
    sink = io.BytesIO()
    np.savez(sink, **{name: np.array(value) for name, value in kept.items()})
    return sink.getvalue()


def _bytes_apart(*gaps: int) -> np.ndarray:
    return np.array(gaps, "<i4")[:, None].view(np.uint8).T


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "cannot be read"),
        (b"not a table", "cannot be read"),
        (_parts()[:-40], "cannot be read"),
        (_parts(weights=None), "cannot be read"),
        (_parts(gaps=["one", "two"]), "cannot be read"),
        (_parts(counts=[1, 2]), "cannot be read"),
        (_parts(counts=[[1, 1]]), "cannot be read"),
        (_parts(counts=[1, 0]), "does not fit together"),
        (_parts(weights=[7]), "does not fit together"),
        (_parts(weights=[7, 0]), "does not fit together"),
        (_parts(weights=[7, np.nan]), "does not fit together"),
        (_parts(gaps=_bytes_apart(2, 0)), "outside its vocabulary"),
        (_parts(gaps=_bytes_apart(1, -1)), "outside its vocabulary"),
        (_parts(gaps=[1, 0]), "cannot be read"),
    ],
)
def test_a_damaged_table_is_refused_in_a_sentence(data: bytes, sentence: str) -> None:
    assert NeighbourTable.from_bytes(_parts()).of(0)[0].tolist() == [1]
    with pytest.raises(ModelError, match=sentence):
        NeighbourTable.from_bytes(data)


def test_a_table_of_other_songs_is_refused() -> None:
    with pytest.raises(ModelError, match="has 2 songs and the vocabulary 3"):
        NeighbourRecommender(table([{}, {}]), strangers(3))


def test_votes_are_shared_out_and_the_last_song_counts_most() -> None:
    # 0 votes for 2 and, being a song ago, counts DECAY; 1 votes for 3; both heard
    found = NeighbourRecommender(table([{2: 1}, {3: 1}, {}, {}, {}]), strangers(5))
    older, newer = DECAY / (1 + DECAY), 1 / (1 + DECAY)
    expected = [0, 0, np.log(1 + older / SHARE), np.log(1 + newer / SHARE), 0]
    np.testing.assert_allclose(found.scores([0, 1]), expected, rtol=1e-5)


def test_what_was_heard_gets_nothing_and_takes_no_share() -> None:
    found = NeighbourRecommender(table([{1: 9, 2: 1}, {}, {}]), strangers(3))
    assert found.scores([0])[1] > found.scores([0])[2] > 0
    np.testing.assert_allclose(found.scores([1, 0]), [0, 0, np.log(1 + 1 / SHARE)], rtol=1e-5)


def test_the_artists_just_heard_gain_by_their_share() -> None:
    rows = [{"artists": [name]} for name in ("Ann", "Ben", "Ann", "Ben", "Cleo")]
    found = NeighbourRecommender(table([{}] * 5), Catalogue(synthetic.table(*rows)))
    ann = ARTIST_GAIN * np.log(1 + DECAY / (1 + DECAY) / ARTIST_SHARE)
    ben = ARTIST_GAIN * np.log(1 + 1 / (1 + DECAY) / ARTIST_SHARE)
    np.testing.assert_allclose(found.scores([0, 1]), [0, 0, ann, ben, 0], rtol=1e-5)


def test_only_the_latest_songs_are_asked() -> None:
    size = LAST + 2
    found = NeighbourRecommender(table([{1: 1}, *[{}] * (size - 1)]), strangers(size))
    others = list(range(2, 2 + LAST))
    assert found.scores([0, *others[1:]])[1] > 0
    assert found.scores([0, *others])[1] == 0


@given(st.lists(st.integers(0, 299), max_size=15))
def test_it_only_ever_adds_and_names_all_that_it_adds_to(history: list[int]) -> None:
    found = NeighbourRecommender(synthetic.neighbours(300), synthetic.catalogue(300))
    items, gains = found.touched(history)
    assert (np.diff(items) > 0).all()
    assert (gains > 0).all()
    assert not set(items) & set(history)
    np.testing.assert_array_equal(np.flatnonzero(found.scores(history)), items)


def test_the_bytes_of_the_gaps_stand_apart_in_the_file() -> None:
    with np.load(io.BytesIO(table([{1: 1, 258: 1}, *[{}] * 299]).to_bytes())) as parts:
        assert parts["gaps"].tobytes()[:4] == bytes([1, 1, 0, 1])  # 1 and 257: low bytes first
