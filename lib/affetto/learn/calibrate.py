"""Choose a readout's temperature, and when to say "not sure", on validation data."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from affetto.faces.calibration import SureRule, softmax_temperature
from affetto.learn.metrics import negative_log_likelihood


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the lowest negative log-likelihood (Guo et al. 2017), 0.05 to 20.

    logits : [n, k]; labels : int [n].
    """

    def loss(log_temperature: float) -> float:
        probabilities = softmax_temperature(logits, temperature=float(np.exp(log_temperature)))
        return negative_log_likelihood(probabilities, labels)

    best = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(best.x))


def choose_sure_rule(
    probabilities: np.ndarray, labels: np.ndarray, *, even: float = 0.5, window: int = 150
) -> SureRule:
    """The confidence below which a guess is no better than even odds.

    Faces are ordered by confidence and judged in windows of ``window`` neighbours; the threshold
    is the confidence in the middle of the last window of which at most ``even`` are named
    rightly.  Where no window is that bad, the rule lets every answer be said.
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(confidence, kind="stable")
    right = (probabilities.argmax(axis=1) == labels)[order].astype(float)
    window = min(window, len(right))
    share = np.convolve(right, np.full(window, 1 / window), mode="valid")
    doubtful = np.flatnonzero(share <= even)
    if not doubtful.size:
        return SureRule()
    middle = confidence[order][doubtful[-1] + window // 2]
    return SureRule(probability=round(float(middle), 4))
