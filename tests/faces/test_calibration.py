"""Temperature and the rule for being sure, against numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from affetto.faces.calibration import Calibration, SureRule, is_sure, softmax_temperature

LOGITS = hnp.arrays(np.float64, (3, 7), elements=st.floats(-80, 80))


def test_softmax_by_hand() -> None:
    # e^0 : e^ln3 is 1 : 3; halved logits give 1 : √3.
    logits = np.array([0, math.log(3)])
    assert np.allclose(softmax_temperature(logits, temperature=1), [0.25, 0.75])
    root = math.sqrt(3)
    expected = [1 / (1 + root), root / (1 + root)]
    assert np.allclose(softmax_temperature(logits, temperature=2), expected)


def test_softmax_of_large_logits_does_not_overflow() -> None:
    assert softmax_temperature(np.array([1e4, 0]), temperature=0.1).tolist() == [1, 0]


@given(logits=LOGITS, temperature=st.floats(0.1, 10))
def test_a_temperature_keeps_the_order_and_makes_a_distribution(logits, temperature) -> None:
    probabilities = softmax_temperature(logits, temperature=temperature)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert (probabilities >= 0).all()
    top = np.take_along_axis(probabilities, logits.argmax(axis=1)[:, None], axis=1)[:, 0]
    assert (top == probabilities.max(axis=1)).all()


@given(logits=LOGITS, shift=st.floats(-50, 50))
def test_only_differences_of_logits_count(logits, shift) -> None:
    moved = softmax_temperature(logits + shift, temperature=1.7)
    assert np.allclose(moved, softmax_temperature(logits, temperature=1.7))


@given(logits=LOGITS)
def test_a_higher_temperature_is_never_more_confident(logits) -> None:
    cold = softmax_temperature(logits, temperature=1).max(axis=1)
    warm = softmax_temperature(logits, temperature=2).max(axis=1)
    assert (warm <= cold + 1e-12).all()


@pytest.mark.parametrize("temperature", [0, -1, math.inf, math.nan])
def test_a_temperature_must_be_a_positive_number(temperature: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        softmax_temperature(np.zeros(7), temperature=temperature)


def test_logits_must_be_finite() -> None:
    with pytest.raises(ValueError, match="finite"):
        softmax_temperature(np.array([0, math.nan]), temperature=1)


def test_calibration_by_hand() -> None:
    # e^(0/2 + ln5) : e^(ln9/2 + 0) is 5 : 3
    own = Calibration(temperature=2.0, biases=(math.log(5), 0.0))
    assert np.allclose(own.probabilities(np.array([0, math.log(9)])), [5 / 8, 3 / 8])
    assert np.allclose(Calibration(2.0).probabilities(np.array([0, math.log(9)])), [1 / 4, 3 / 4])


@pytest.mark.parametrize("settings", [(0.0, ()), (math.nan, ()), (1.0, (0.0, math.inf))])
def test_a_calibration_that_makes_no_sense_is_refused(settings) -> None:
    with pytest.raises(ValueError, match=r"a (temperature|bias) is a"):
        Calibration(*settings)


def test_sure_needs_both_the_probability_and_the_margin() -> None:
    rule = SureRule(probability=0.5, margin=0.25)
    rows = np.array(
        [
            [0.75, 0.25, 0.0],  # both
            [0.5, 0.25, 0.25],  # both, exactly
            [0.5, 0.375, 0.125],  # leads by 0.125 only
            [0.4, 0.1, 0.1],  # leads by 0.3, but 0.4 is too little
        ]
    )
    assert is_sure(rows, rule).tolist() == [True, True, False, False]
    assert is_sure(rows[::-1, ::-1], rule).tolist() == [False, False, True, True]
    assert bool(is_sure(rows[0], rule)) is True


def test_without_thresholds_everything_is_sure() -> None:
    assert is_sure(np.full((1, 7), 1 / 7), SureRule.from_manifest({})).tolist() == [True]


def test_the_rule_comes_from_the_manifest() -> None:
    assert SureRule.from_manifest({"margin": 0.2}) == SureRule(probability=0.0, margin=0.2)
    assert SureRule.from_manifest({"probability": 0.4}) == SureRule(probability=0.4, margin=0.0)


@pytest.mark.parametrize("entry", [{"margn": 0.2}, {"margin": 1.2}, {"probability": -0.1}])
def test_a_rule_that_makes_no_sense_is_refused(entry: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="rule"):
        SureRule.from_manifest(entry)
