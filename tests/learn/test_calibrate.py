import numpy as np
import pytest

from affetto.faces.calibration import Calibration
from affetto.learn import metrics
from affetto.learn.calibrate import choose_sure_rule, cross_fitted, fit_calibration


def drawn_labels(chances, rng):
    """One label a row, drawn from its probabilities: perfect calibration by construction."""
    return (chances.cumsum(axis=1) < rng.random((len(chances), 1))).sum(axis=1)


@pytest.mark.parametrize("truth", [0.5, 1.0, 2.5])
def test_the_calibration_that_made_the_labels_is_found(truth):
    rng = np.random.default_rng(1)
    biases = np.array([-0.6, 0.9, 0, 0.2, -0.3, 0.1, -0.3])
    logits = rng.normal(size=(20_000, 7)) * 2
    labels = drawn_labels(Calibration(truth, tuple(biases)).probabilities(logits), rng)
    found = fit_calibration(logits, labels)
    assert found.temperature == pytest.approx(truth, rel=0.05)
    # only differences of biases count
    assert np.array(found.biases) - np.mean(found.biases) == pytest.approx(biases, abs=0.08)


def test_a_class_that_no_label_names_keeps_a_finite_bias():
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(500, 7))
    biases = fit_calibration(logits, np.zeros(500, int)).biases
    assert max(biases) < 10
    assert biases[0] == max(biases)


def test_the_other_halfs_calibration_gains_nothing_from_noise():
    """Labels without any relation to the logits: fitted on the very rows, they seem to have one."""
    rng = np.random.default_rng(4)
    logits, labels = rng.normal(size=(140, 7)), rng.integers(7, size=140)
    carried = cross_fitted(logits, labels)
    own = fit_calibration(logits, labels).probabilities(logits)
    assert np.allclose(carried.sum(axis=1), 1)
    losses = [metrics.negative_log_likelihood(chances, labels) for chances in (own, carried)]
    assert losses[0] < np.log(7) < losses[1]


def test_the_rule_finds_where_the_odds_turn_even():
    # two classes, right with exactly the probability stated: even odds stand at confidence 0.5,
    # and every face below 0.7 is made a coin toss, so the rule must end near 0.7
    rng = np.random.default_rng(2)
    top = rng.uniform(0.5, 1.0, 20_000)
    right = rng.random(20_000) < np.where(top < 0.7, 0.4, top)
    rule = choose_sure_rule(np.stack([top, 1 - top], axis=1), np.where(right, 0, 1))
    assert rule.probability == pytest.approx(0.7, abs=0.01)
    assert rule.margin == 0


def test_below_even_odds_nobody_is_sure_however_often_they_were_right():
    chances = np.tile([0.9, 0.1], (500, 1))
    rule = choose_sure_rule(chances, np.zeros(500, int))
    assert (rule.probability, rule.margin) == (0.5, 0.0)


def test_the_threshold_stands_in_the_middle_of_the_last_doubtful_window():
    top = np.linspace(0.6, 0.9, 300)
    right = np.arange(300) >= 200  # half of 125 to 274, more of any later 150
    rule = choose_sure_rule(np.stack([top, 1 - top], axis=1), np.where(right, 0, 1))
    assert rule.probability == round(top[125 + 75], 4)
