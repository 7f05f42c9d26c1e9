"""The released blend: a plain sum, searched exactly whatever index stands behind the LSTM."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affetto.emotions import Mood
from affetto.errors import ModelError
from affetto.recommend.lstm_with_neighbours import LstmWithNeighbours
from affetto.recommend.neighbours import NeighbourRecommender
from affetto.recommend.ranking import Ranker
from affetto.recommend.recommender import LstmRecommender, Searching
from affetto.recommend.retrieval.approximate import FaissIndex
from affetto.recommend.retrieval.exact import ExactIndex
from affetto.recommend.retrieval.milvus import MilvusIndex
from tests import synthetic

SIZE = 600


def blend(index=None) -> LstmWithNeighbours:
    items = synthetic.items(SIZE)
    return LstmWithNeighbours(
        LstmRecommender(synthetic.network(), items, index=index),
        NeighbourRecommender(synthetic.neighbours(SIZE), synthetic.catalogue(SIZE)),
    )


@pytest.fixture(scope="module", params=["its own", "exact", "faiss", "milvus"])
def searched(request, tmp_path_factory):
    items, tracks = synthetic.items(SIZE), synthetic.catalogue(SIZE)
    if request.param == "milvus":
        place = str(tmp_path_factory.mktemp("milvus") / "tracks.db")
        index = MilvusIndex.create(place, "tracks", items.vectors, items.bias, tracks)
    elif request.param == "faiss":
        index = FaissIndex(items.vectors, items.bias, probed=1.0)
    else:
        index = ExactIndex(items.vectors, items.bias) if request.param == "exact" else None
    yield blend(index)
    getattr(index, "close", lambda: None)()


@functools.cache
def plain() -> LstmWithNeighbours:
    return blend()


def test_it_is_the_sum_of_its_parts() -> None:
    whole, wish = plain(), Mood(0.5, 0.5)
    parts = whole.lstm.scores([3, 9], wish) + whole.other.scores([3, 9], wish)
    np.testing.assert_array_equal(whole.scores([3, 9], wish), parts)
    assert (whole.scores([3, 9]) >= whole.lstm.scores([3, 9])).all()
    assert (whole.scores([3, 9]) > whole.lstm.scores([3, 9])).any()


def test_it_can_search() -> None:
    assert isinstance(plain(), Searching)


@settings(max_examples=40)
@given(
    history=st.lists(st.integers(0, SIZE - 1), max_size=12),
    k=st.integers(1, 40),
    among=st.none() | st.sets(st.integers(0, SIZE - 1), max_size=80),
)
def test_its_best_are_those_of_all_scores_sorted(searched, history, k, among) -> None:
    may_come = np.arange(SIZE) if among is None else np.array(sorted(among), np.int64)
    found = searched.top(history, k=k, among=None if among is None else may_come)
    scores = plain().scores(history)
    assert len(found.items) == len(set(found.items)) == min(k, len(may_come))
    assert set(found.items) <= set(may_come)
    np.testing.assert_allclose(found.scores, np.sort(scores[may_come])[::-1][:k], atol=1e-5)
    np.testing.assert_allclose(found.scores, scores[found.items], atol=1e-5)


def test_a_list_made_by_search_is_the_one_made_of_all_scores() -> None:
    class Scoring:
        """The same recommender without its search."""

        def __init__(self) -> None:
            whole = plain()
            self.scores, self.size, self.vectors = whole.scores, whole.size, whole.vectors

    lists = [
        Ranker(synthetic.catalogue(SIZE), recommender).pick(
            [Mood(0.3, -0.3)] * 8, allowed=np.ones(SIZE, bool)
        )
        for recommender in (plain(), Scoring())
    ]
    assert lists[0] == lists[1]


def test_parts_of_different_vocabularies_are_refused() -> None:
    neighbours = NeighbourRecommender(synthetic.neighbours(300), synthetic.catalogue(300))
    with pytest.raises(ModelError, match="knows 600 songs and the table of neighbours 300"):
        LstmWithNeighbours(plain().lstm, neighbours)
