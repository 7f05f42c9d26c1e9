"""Every expected value is worked out by hand beside it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affetto.learn import metrics


def test_softmax_of_equal_and_log_odds():
    # equal logits share evenly; a logit of ln 3 over 0 is three to one
    found = metrics.softmax(np.array([[5.0, 5.0], [np.log(3.0), 0.0]]))
    assert np.allclose(found, [[0.5, 0.5], [0.75, 0.25]])


def test_confusion_recall_and_macro_f1_by_hand():
    labels, predicted = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0])
    confusion = metrics.confusion_matrix(predicted, labels, classes=3)
    assert confusion.tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]
    found = metrics.recall(confusion)
    assert found[:2] == pytest.approx([2 / 3, 1 / 2])
    assert np.isnan(found[2])
    # class 0: 2·2/(3+3); class 1: 2·1/(2+2); class 2 does not occur and is left out
    assert metrics.macro_f1(confusion) == pytest.approx((4 / 6 + 2 / 4) / 2)


def test_wilson_interval_matches_the_published_example():
    # 5 of 10: centre (0.5 + 0.1921)/(1 + 0.3841) = 0.5; half width 0.2634 (Wilson 1927)
    low, high = metrics.wilson_interval(5, 10)
    assert (low, high) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    with pytest.raises(ValueError, match="at least one"):
        metrics.wilson_interval(0, 0)


def test_calibration_error_of_a_boaster():
    # ten answers at confidence 0.9 of which five are right: off by 0.4 in the only bin
    chances = np.tile([0.9, 0.1], (10, 1))
    labels = np.array([0, 1] * 5)
    assert metrics.expected_calibration_error(chances, labels, bins=1) == pytest.approx(0.4)


def test_calibration_error_is_taken_in_fifteen_bins():
    # fifteen answers, each a bin of its own: the mean of |confidence - right|
    top = np.linspace(0.55, 0.95, 15)
    right = np.arange(15) % 3 == 0
    found = metrics.expected_calibration_error(
        np.stack([top, 1 - top], axis=1), (~right).astype(int)
    )
    assert found == pytest.approx(np.abs(top - right).mean())
    chances = np.stack([top, 1 - top], axis=1)
    assert len(metrics.reliability(np.repeat(chances, 4, axis=0), np.zeros(60, int))) == 15


def test_perfect_calibration_reads_above_zero_and_shrinks_with_n():
    rng = np.random.default_rng(0)

    def expected(n):
        top = rng.uniform(0.5, 1.0, n)
        return metrics.calibration_error_if_perfect(np.stack([top, 1 - top], axis=1))

    assert expected(200) > 2 * expected(20_000) > 0


def test_log_likelihood_and_selective_accuracy_by_hand():
    chances = np.array([[0.5, 0.5], [0.75, 0.25], [0.1, 0.9], [0.6, 0.4]])
    labels = np.array([0, 0, 1, 1])
    expected = -np.mean(np.log([0.5, 0.75, 0.9, 0.4]))
    assert metrics.negative_log_likelihood(chances, labels) == pytest.approx(expected)
    # the two most confident rows (0.9, 0.75) are right, the third (0.6) is wrong
    assert metrics.selective_accuracy(chances, labels, coverage=0.5) == 1.0
    assert metrics.selective_accuracy(chances, labels, coverage=0.75) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="Coverage"):
        metrics.selective_accuracy(chances, labels, coverage=0)


@given(
    st.integers(1, 60).flatmap(
        lambda n: st.tuples(
            st.lists(st.integers(0, 6), min_size=n, max_size=n),
            st.lists(st.integers(0, 6), min_size=n, max_size=n),
        )
    )
)
def test_confusion_counts_every_row_once(rows):
    predicted, labels = (np.array(values) for values in rows)
    confusion = metrics.confusion_matrix(predicted, labels)
    assert confusion.sum() == len(labels)
    assert np.diag(confusion).sum() == (predicted == labels).sum()
    assert 0 <= metrics.macro_f1(confusion) <= 1


def test_the_coverage_curve_answers_the_surest_first():
    """Four rows, sure 0.9 0.8 0.7 0.6; right, right, wrong, right: 1, 1, 2/3, 3/4."""
    chances = np.array([[0.7, 0.3], [0.9, 0.1], [0.4, 0.6], [0.2, 0.8]])
    labels = np.array([1, 0, 1, 1])
    curve = metrics.coverage_curve(chances, labels, points=4)
    assert [point["coverage"] for point in curve] == [0.25, 0.5, 0.75, 1.0]
    assert [point["accuracy"] for point in curve] == [1.0, 1.0, 0.6667, 0.75]
    assert [point["threshold"] for point in curve] == [0.9, 0.8, 0.7, 0.6]


def test_a_curve_of_few_rows_has_each_share_once():
    assert len(metrics.coverage_curve(np.array([[0.6, 0.4]]), np.array([0]), points=40)) == 1


def test_reliability_has_the_bins_of_the_calibration_error():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 600)
    chances = np.stack([confidence, 1 - confidence], axis=1)
    labels = (rng.random(600) > confidence).astype(int)
    points = metrics.reliability(chances, labels, bins=10)
    assert [point["n"] for point in points] == [60] * 10
    by_hand = np.mean([abs(point["confidence"] - point["accuracy"]) for point in points])
    assert by_hand == pytest.approx(
        metrics.expected_calibration_error(chances, labels, bins=10), abs=1e-4
    )
    assert all(point["low"] < point["accuracy"] <= point["high"] for point in points)
