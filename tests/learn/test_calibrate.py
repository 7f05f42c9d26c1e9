import numpy as np
import pytest

from affetto.faces.calibration import softmax_temperature
from affetto.learn.calibrate import choose_sure_rule, fit_temperature


def drawn_labels(chances, rng):
    """One label a row, drawn from its probabilities: perfect calibration by construction."""
    return (chances.cumsum(axis=1) < rng.random((len(chances), 1))).sum(axis=1)


@pytest.mark.parametrize("truth", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found(truth):
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(20_000, 7)) * 2
    labels = drawn_labels(softmax_temperature(logits, temperature=truth), rng)
    assert fit_temperature(logits, labels) == pytest.approx(truth, rel=0.05)


def test_the_rule_finds_where_the_odds_turn_even():
    # two classes, right with exactly the probability stated: even odds stand at confidence 0.5,
    # and every face below 0.7 is made a coin toss, so the rule must end near 0.7
    rng = np.random.default_rng(2)
    top = rng.uniform(0.5, 1.0, 20_000)
    right = rng.random(20_000) < np.where(top < 0.7, 0.4, top)
    rule = choose_sure_rule(np.stack([top, 1 - top], axis=1), np.where(right, 0, 1))
    assert rule.probability == pytest.approx(0.7, abs=0.01)
    assert rule.margin == 0


def test_a_network_that_is_never_doubtful_needs_no_rule():
    chances = np.tile([0.9, 0.1], (500, 1))
    rule = choose_sure_rule(chances, np.zeros(500, int))
    assert (rule.probability, rule.margin) == (0.0, 0.0)
