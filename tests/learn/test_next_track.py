"""The ranking protocol on playlists small enough to rank by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affetto.learn import next_track
from affetto.learn.next_track import Challenge, Ranks


def challenge(history, targets):
    return Challenge("p", np.array(history), np.array(targets))


def fixed(scores):
    """A model that always answers the same scores."""
    return lambda history, targets: np.tile(np.array(scores, float), (len(targets), 1))


def test_ranks_leave_out_what_was_heard():
    # items 0 to 4 with scores 5 4 3 2 1.  History: 0.  Target 1 is then the best that is left;
    # target 4 competes with 2 and 3 alone, for 0 and 1 were heard: third.
    found = next_track.rank_playlist(challenge([0], [1, 4]), fixed([5, 4, 3, 2, 1]))
    assert found.ranks.tolist() == [1.0, 3.0]


def test_ties_take_their_expected_rank():
    # the target ties with two others behind one better item: ranks 2, 3, 4, on average 3
    found = next_track.rank_playlist(challenge([4], [1]), fixed([9, 5, 5, 5, 0]))
    assert found.ranks.tolist() == [3.0]


def test_unknown_targets_are_misses_and_repeats_are_not_asked_twice():
    found = next_track.rank_playlist(challenge([0, -1], [2, -1, 2, 0]), fixed([1, 2, 3]))
    assert found.ranks.tolist() == [1.0, np.inf]


def test_r_precision_is_taken_from_the_history_alone():
    # two targets, 1 and 3; the first two recommendations after history [0] are 1 and 2: one of two
    found = next_track.rank_playlist(challenge([0], [1, 3]), fixed([0, 9, 8, 7]))
    assert found.r_precision == 0.5


def test_summary_by_hand():
    results = [Ranks(np.array([1.0, np.inf]), 0.5), Ranks(np.array([20.0]), 0.0)]
    known = next_track.summarise(results)
    assert known["hr@10"] == pytest.approx(1 / 2)
    assert known["hr@50"] == 1.0
    assert known["mrr"] == pytest.approx((1 + 1 / 20) / 2)
    assert known["ndcg@100"] == pytest.approx((1 + 1 / np.log2(21)) / 2)
    everything = next_track.summarise(results, everything=True)
    assert everything["hr@10"] == pytest.approx(1 / 3)
    assert everything["mrr"] == pytest.approx((1 + 1 / 20) / 3)


def test_a_clear_lead_has_an_interval_above_zero_and_a_twin_has_none():
    rng = np.random.default_rng(0)
    ours = [Ranks(rng.integers(1, 40, 10).astype(float), 0.5) for _ in range(60)]
    theirs = [Ranks(rng.integers(30, 400, 10).astype(float), 0.1) for _ in range(60)]
    ahead = next_track.difference_intervals(ours, theirs, repeats=200)
    assert all(low > 0 for low, _ in ahead.values())
    same = next_track.difference_intervals(ours, ours, repeats=200)
    assert all(low == high == 0 for low, high in same.values())


@given(st.integers(2, 30).flatmap(lambda n: st.permutations(range(n))), st.data())
def test_without_ties_ranks_are_positions(order, data):
    item = data.draw(st.integers(0, len(order) - 1))
    scores = -np.array(order, float)
    assert next_track.expected_rank(scores, item) == order[item] + 1
