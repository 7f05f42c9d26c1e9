"""What every recommender must do, whatever it has learned."""

from __future__ import annotations

import numpy as np
import pytest

from affetto.emotions import Mood
from affetto.recommend.baselines import (
    ItemKnnConfig,
    ItemKnnRecommender,
    MarkovConfig,
    MarkovRecommender,
    MoodPopularityRecommender,
    NearestMoodRecommender,
    PopularityRecommender,
    SessionKnnConfig,
    SessionKnnRecommender,
)
from affetto.recommend.lstm_with_neighbours import LstmWithNeighbours
from affetto.recommend.neighbours import NeighbourRecommender
from affetto.recommend.ranking import Ranker
from affetto.recommend.recommender import LstmRecommender, Recommender
from tests import synthetic

MAKERS = {
    "lstm": lambda: LstmRecommender(synthetic.network(), synthetic.items()),
    "popularity": lambda: PopularityRecommender(synthetic.catalogue()),
    "nearest_mood": lambda: NearestMoodRecommender(synthetic.catalogue()),
    "mood_popularity": lambda: MoodPopularityRecommender(synthetic.catalogue()),
    "item_item": lambda: ItemKnnRecommender(
        synthetic.knowledge(), ItemKnnConfig(decay=0.9, artists=0.1, own_artists=0.3)
    ),
    "last_track_knn": lambda: ItemKnnRecommender(
        synthetic.knowledge(), ItemKnnConfig(last=1), name="last_track_knn"
    ),
    "s_knn": lambda: SessionKnnRecommender(synthetic.knowledge()),
    "vs_knn": lambda: SessionKnnRecommender(
        synthetic.knowledge(),
        SessionKnnConfig(
            decay=0.9, idf=1, sample=50, artist_similarity=0.1, neighbour_artists=0.1, discount=0.2
        ),
        name="vs_knn",
    ),
    "markov": lambda: MarkovRecommender(
        synthetic.knowledge(), MarkovConfig(last=3, artists=0.3, own_artists=0.1)
    ),
    "neighbours": lambda: NeighbourRecommender(synthetic.neighbours(), synthetic.catalogue()),
    "lstm_with_neighbours": lambda: LstmWithNeighbours(
        LstmRecommender(synthetic.network(), synthetic.items()),
        NeighbourRecommender(synthetic.neighbours(), synthetic.catalogue()),
    ),
}
HISTORIES = [(), (5,), (5, 17, 5), tuple(range(40))]
WISHES = [None, Mood(0.5, -0.5)]


@pytest.fixture(params=MAKERS)
def recommender(request: pytest.FixtureRequest) -> Recommender:
    return MAKERS[request.param]()


def test_it_has_the_parts_of_the_protocol(recommender: Recommender) -> None:
    assert isinstance(recommender, Recommender)
    assert recommender.name in MAKERS
    assert recommender.size == len(synthetic.catalogue())
    assert recommender.vectors is None or len(recommender.vectors) == recommender.size


@pytest.mark.parametrize("history", HISTORIES)
@pytest.mark.parametrize("wanted", WISHES)
def test_every_item_gets_a_finite_score(
    recommender: Recommender, history: tuple[int, ...], wanted: Mood | None
) -> None:
    scores = recommender.scores(history, wanted)
    assert scores.shape == (recommender.size,)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


def test_scores_do_not_depend_on_what_was_asked_before(recommender: Recommender) -> None:
    asked = [(history, wanted) for history in HISTORIES for wanted in WISHES]
    first = [recommender.scores(*question) for question in asked]
    second = [recommender.scores(*question) for question in reversed(asked)][::-1]
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_two_of_a_kind_agree(recommender: Recommender) -> None:
    twin = MAKERS[recommender.name]()
    np.testing.assert_array_equal(
        recommender.scores((3, 9), Mood(0, 0)), twin.scores((3, 9), Mood(0, 0))
    )


def test_some_items_score_as_they_do_among_all(recommender: Recommender) -> None:
    some = np.array([7, 2999, 0, 7])
    whole, part = (recommender.scores((1, 2), Mood(0, 1), among=a) for a in (None, some))
    np.testing.assert_allclose(part, whole[some], rtol=1e-5, atol=1e-6)


def test_the_callers_own_data_stay_untouched(recommender: Recommender) -> None:
    history = [4, 8]
    recommender.scores(history)[:] = 0  # writing into an answer
    assert history == [4, 8]
    assert np.ptp(recommender.scores(history)) > 0


@pytest.mark.parametrize("history", [(-1,), (3000,), (5, 10**9)])
def test_an_item_outside_the_vocabulary_is_refused(
    recommender: Recommender, history: tuple[int, ...]
) -> None:
    with pytest.raises(IndexError, match="vocabulary of 3000"):
        recommender.scores(history)


def test_numpy_integers_are_as_good_as_plain_ones(recommender: Recommender) -> None:
    np.testing.assert_array_equal(recommender.scores(np.array([4, 8])), recommender.scores((4, 8)))


def test_a_ranker_can_make_a_list_with_it(recommender: Recommender) -> None:
    ranker = Ranker(synthetic.catalogue(), recommender)
    items = ranker.pick([Mood(0, 0)] * 20, allowed=np.ones(recommender.size, dtype=bool))
    assert len(set(items)) == 20
