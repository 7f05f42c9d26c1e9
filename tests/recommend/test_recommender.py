from __future__ import annotations

import threading

import numpy as np
import pytest

from affetto.emotions import Mood
from affetto.errors import ModelError
from affetto.recommend.recommender import MEMORY, ROUNDED_TO, ItemVectors, LstmRecommender
from tests import synthetic


def _by_hand(history: tuple[int, ...], wanted: Mood | None) -> np.ndarray:
    """The scores as the step contract words them, in NumPy: start, then each track heard."""
    items = synthetic.items()
    hidden = cell = np.zeros((1, synthetic.UNITS), np.float32)
    query = None
    for place in range(len(history) + 1):
        last = place == len(history)
        heard = items.vectors[list(history[:place])]
        query, hidden, cell = synthetic.lstm_step(
            item=(items.start if place == 0 else heard[-1])[None],
            hidden=hidden,
            cell=cell,
            mean=heard.mean(axis=0, keepdims=True) if place else np.zeros((1, synthetic.WIDTH)),
            wanted=np.array(
                [[wanted.valence, wanted.arousal, 1] if last and wanted else [0, 0, 0]]
            ),
        )
    return items.vectors @ query[0] + items.bias


@pytest.mark.parametrize("history", [(), (7,), (7, 21, 1400), tuple(range(MEMORY))])
@pytest.mark.parametrize("wanted", [None, Mood(-0.5, 0.75)])
def test_scores_equal_the_network_computed_by_hand(
    history: tuple[int, ...], wanted: Mood | None
) -> None:
    recommender = LstmRecommender(synthetic.network(), synthetic.items())
    np.testing.assert_allclose(
        recommender.scores(history, wanted), _by_hand(history, wanted), atol=1e-4
    )


def test_only_the_latest_songs_are_told() -> None:
    recommender = LstmRecommender(synthetic.network(), synthetic.items(), memory=3)
    told = recommender.scores((5, 6, 7, 8))
    np.testing.assert_array_equal(told, recommender.scores((6, 7, 8)))
    longer = recommender.remembering(4)
    np.testing.assert_allclose(longer.scores((5, 6, 7, 8)), _by_hand((5, 6, 7, 8), None), atol=1e-4)
    np.testing.assert_array_equal(told, recommender.scores((5, 6, 7, 8)))  # it stayed as it was


def test_a_history_grown_track_by_track_ends_where_a_fresh_one_does() -> None:
    grown = LstmRecommender(synthetic.network(), synthetic.items())
    for length in range(31):
        scores = grown.scores(tuple(range(length)), Mood(length / 31, 0))
    fresh = LstmRecommender(synthetic.network(), synthetic.items())
    np.testing.assert_array_equal(scores, fresh.scores(tuple(range(30)), Mood(30 / 31, 0)))


def test_forgotten_states_are_made_again() -> None:
    forgetful = LstmRecommender(synthetic.network(), synthetic.items(), kept_states=2)
    patient = LstmRecommender(synthetic.network(), synthetic.items())
    for history in [(1, 2, 3, 4), (9, 8), (1, 2, 3, 5), (), (1, 2)]:
        np.testing.assert_array_equal(forgetful.scores(history), patient.scores(history))
    assert len(forgetful._states) <= 2


def test_many_threads_get_the_answers_that_one_gets() -> None:
    shared = LstmRecommender(synthetic.network(), synthetic.items(), kept_states=16)
    asked = [tuple(range(start, start + 12)) for start in range(8)]
    alone = [shared.scores(history) for history in asked]
    wrong: list[int] = []

    def listen(number: int) -> None:
        for length in range(13):
            scores = shared.scores(asked[number][:length])
        if not np.array_equal(scores, alone[number]):
            wrong.append(number)

    threads = [threading.Thread(target=listen, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_item_vectors_survive_being_packed_within_half_a_step() -> None:
    items = synthetic.items()
    back = ItemVectors.from_bytes(items.to_bytes())
    step = ROUNDED_TO * np.sqrt(np.mean(items.vectors**2))
    assert (np.abs(back.vectors - items.vectors) <= 0.501 * step).all()
    assert back.vectors.flags["C_CONTIGUOUS"]  # as the search wants it
    np.testing.assert_allclose(back.bias, items.bias, atol=1e-3)
    np.testing.assert_array_equal(back.start, items.start)


def test_a_number_far_from_the_others_is_packed_as_well() -> None:
    vectors = np.ones((1000, 30), "f4")
    vectors[3, 4] = 900.0
    items = ItemVectors(vectors, np.zeros(1000, "f4"), np.zeros(30, "f4"))
    step = ROUNDED_TO * np.sqrt(np.mean(vectors**2))
    assert np.abs(ItemVectors.from_bytes(items.to_bytes()).vectors - vectors).max() <= 0.501 * step


def test_a_row_of_zeros_can_be_packed() -> None:
    items = ItemVectors(np.zeros((2, 3), "f4"), np.zeros(2, "f4"), np.zeros(3, "f4"))
    assert not ItemVectors.from_bytes(items.to_bytes()).vectors.any()


@pytest.mark.parametrize("data", [b"", b"not an archive", synthetic.items().to_bytes()[:5000]])
def test_damaged_item_vectors_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        ItemVectors.from_bytes(data)


@pytest.mark.parametrize(
    ("vectors", "bias", "start"),
    [
        (np.zeros((2, 3), "f4"), np.zeros(3, "f4"), np.zeros(3, "f4")),
        (np.zeros((2, 3), "f4"), np.zeros(2, "f4"), np.zeros(2, "f4")),
        (np.zeros(6, "f4"), np.zeros(2, "f4"), np.zeros(3, "f4")),
        (np.full((2, 3), np.nan, "f4"), np.zeros(2, "f4"), np.zeros(3, "f4")),
    ],
)
def test_item_vectors_that_make_no_sense_are_refused(
    vectors: np.ndarray, bias: np.ndarray, start: np.ndarray
) -> None:
    with pytest.raises(ModelError, match="item vectors"):
        ItemVectors(vectors, bias, start)


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ModelError, match="not a readable LiteRT model"):
        LstmRecommender(b"not a model", synthetic.items())


def test_a_network_of_another_width_is_refused() -> None:
    narrow = ItemVectors(np.zeros((2, 3), "f4"), np.zeros(2, "f4"), np.zeros(3, "f4"))
    with pytest.raises(ModelError, match="don't fit together"):
        LstmRecommender(synthetic.network(), narrow)
