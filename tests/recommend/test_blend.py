"""What a blend says follows from its two parts."""

from __future__ import annotations

import numpy as np
import pytest

from affetto.recommend.blend import BlendRecommender


class Says:
    """A recommender that always answers the same."""

    name, vectors = "fixed", None

    def __init__(self, scores):
        self._scores, self.size = np.array(scores, np.float32), len(scores)

    def scores(self, history, wanted=None, *, among=None):
        return self._scores if among is None else self._scores[among]


def test_probabilities_are_multiplied():
    # logits 0 and ln 3 are 1/4 and 3/4; votes 2 and 2 are 1/2 and 1/2; at a weight of one half
    # the second is ahead by the square root of 3
    blend = BlendRecommender(Says([0, np.log(3)]), Says([2, 2]), weight=0.5)
    first, second = blend.scores([])
    assert second - first == pytest.approx(np.log(3) / 2, abs=1e-4)


def test_what_both_hold_likely_beats_what_one_is_certain_of():
    # 0.9 and 0.0001 against 0.3 and 0.3: a sum would prefer the first
    blend = BlendRecommender(Says(np.log([0.9, 0.3])), Says([0.0001, 0.3]), weight=0.5)
    first, second = blend.scores([])
    assert second > first


def test_a_weight_of_none_or_all_is_one_part_alone():
    lstm, other = Says([3, 1, 2]), Says([0.1, 0.9, 0.5])
    order = np.argsort(BlendRecommender(lstm, other, weight=0).scores([]))
    assert order.tolist() == [1, 2, 0]
    order = np.argsort(BlendRecommender(lstm, other, weight=1).scores([]))
    assert order.tolist() == [0, 2, 1]


def test_neighbours_that_know_nothing_leave_the_order_to_the_lstm():
    scores = BlendRecommender(Says([3, 1, 2]), Says([0, 0, 0]), weight=0.9).scores([])
    assert np.argsort(scores).tolist() == [1, 2, 0]
    assert np.isfinite(scores).all()


def test_parts_of_different_vocabularies_and_weights_beyond_reason_are_refused():
    with pytest.raises(ValueError, match="2 items of one and 3"):
        BlendRecommender(Says([1, 2]), Says([1, 2, 3]), weight=0.5)
    with pytest.raises(ValueError, match="0, 1"):
        BlendRecommender(Says([1]), Says([1]), weight=1.5)
