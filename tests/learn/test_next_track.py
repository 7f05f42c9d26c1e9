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


def test_only_the_first_hundred_count():
    at = {
        rank: next_track.summarise([Ranks(np.array([rank]), 0.0)]) for rank in (51.0, 100.0, 101.0)
    }
    assert [at[rank]["hr@50"] for rank in at] == [0, 0, 0]
    assert [at[rank]["hr@100"] for rank in at] == [1, 1, 0]
    assert at[100.0]["ndcg@100"] == pytest.approx(1 / np.log2(101))
    assert at[101.0]["ndcg@100"] == 0


def test_r_precision_of_all_takes_as_many_as_there_are_targets():
    # known are 1 and 3: of the first two, 1 and 2, one is sought; of the first three both are
    found = next_track.rank_playlist(challenge([0], [1, 3, -1]), fixed([0, 9, 8, 7]))
    assert (found.r_precision, found.r_precision_all) == (1 / 2, 2 / 3)


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


def test_hits_on_a_tie_count_for_their_share():
    scores = np.array([5.0, 4.0, 4.0, 4.0, 1.0])
    # the first two: item 0, and one of three equals; of these 1 and 2 are sought: 2/3 on average
    assert next_track.expected_hits(scores, np.array([0, 1, 2]), first=2) == pytest.approx(
        1 + 2 / 3
    )
    assert next_track.expected_hits(scores, np.array([4]), first=4) == 0
    assert next_track.expected_hits(scores, np.array([4]), first=50) == 1
    assert next_track.expected_hits(scores, np.array([0]), first=0) == 0


def test_r_precision_counts_a_playlist_once_however_long():
    results = [Ranks(np.full(99, 7.0), 0.2, 0.1), Ranks(np.array([3.0]), 0.6, 0.3)]
    assert next_track.summarise(results)["r_precision"] == pytest.approx(0.4)
    assert next_track.summarise(results, everything=True)["r_precision"] == pytest.approx(0.2)
    # a playlist with no known target has no R-precision, and is a zero where all count
    lost = Ranks(np.array([np.inf]), 0.0, 0.0)
    assert next_track.summarise([*results, lost])["r_precision"] == pytest.approx(0.4)
    everything = next_track.summarise([*results, lost], everything=True)
    assert everything["r_precision"] == pytest.approx(0.4 / 3)


def test_a_recommender_is_told_the_latest_of_a_long_history():
    heard = []

    class Listening:
        def scores(self, history, wanted=None):
            heard.append((list(history), wanted))
            return np.zeros(9)

    rows = next_track.score_each(Listening(), longest=3)(np.arange(5), np.array([7, 8]))
    assert len(list(rows)) == 2
    assert heard == [([2, 3, 4], None), ([3, 4, 7], None)]


def test_intervals_hold_the_figure_and_ratios_compare_it():
    rng = np.random.default_rng(1)
    ours = [Ranks(rng.integers(1, 100, 8).astype(float), 0.5) for _ in range(80)]
    found = next_track.intervals(ours, repeats=300)
    means = next_track.summarise(ours)
    assert all(low <= means[name] <= high for name, (low, high) in found.items())
    assert next_track.ratio_intervals(ours, ours, repeats=50)["hr@50"] == (1.0, 1.0)


def test_a_ratio_is_ours_over_theirs():
    ours, theirs = ([Ranks(np.array([rank, 1.0]), 0.5)] * 5 for rank in (1.0, 99.0))
    assert next_track.ratio_intervals(ours, theirs, repeats=20)["hr@50"] == (2.0, 2.0)
