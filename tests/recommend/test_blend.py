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


def test_probabilities_are_mixed():
    # logits 0 and ln 3 are 1/4 and 3/4; votes 2 and 0 are 1 and 0; half of each: 5/8 and 3/8
    blend = BlendRecommender(Says([0, np.log(3)]), Says([2, 0]), weight=0.5)
    np.testing.assert_allclose(np.exp(blend.scores([])), [5 / 8, 3 / 8], rtol=1e-5)


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
