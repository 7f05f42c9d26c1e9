"""Choose a readout's calibration, and when to say "not sure", on validation data."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from affetto.faces.calibration import Calibration, SureRule, softmax_temperature
from affetto.learn.metrics import negative_log_likelihood

PRIOR = 1e-3  # on the biases' squares: without it a class that is never right would run away


def fit_calibration(logits: np.ndarray, labels: np.ndarray) -> Calibration:
    """The temperature and biases with the lowest negative log-likelihood (see ``Calibration``).

    logits : [n, k]; labels : int [n].
    """

    def loss(settings: np.ndarray) -> tuple[float, np.ndarray]:
        sharpness, biases = np.exp(settings[0]), settings[1:]
        chances = softmax_temperature(logits * sharpness + biases, temperature=1.0)
        errors = chances.copy()
        errors[np.arange(len(labels)), labels] -= 1
        slopes = [(errors * logits).sum(axis=1).mean() * sharpness, *errors.mean(axis=0)]
        value = negative_log_likelihood(chances, labels) + PRIOR * (biases**2).sum()
        return value, np.array(slopes) + np.append(0, 2 * PRIOR * biases)

    best = minimize(loss, np.zeros(1 + logits.shape[1]), jac=True, method="L-BFGS-B").x
    return Calibration(float(np.exp(-best[0])), tuple(map(float, best[1:])))


def cross_fitted(logits: np.ndarray, labels: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Probabilities [n, k] where each half of the rows has the other half's calibration.

    What was fitted on the faces that it is measured on looks a little too good; this does not.
    """
    halves = np.array_split(np.random.default_rng(seed).permutation(len(labels)), 2)
    chances = np.zeros(logits.shape)
    for own, other in (halves, halves[::-1]):
        chances[own] = fit_calibration(logits[other], labels[other]).probabilities(logits[own])
    return chances


def choose_sure_rule(
    probabilities: np.ndarray, labels: np.ndarray, *, even: float = 0.5, window: int = 150
) -> SureRule:
    """The confidence below which a guess is no better than even odds.

    Faces are ordered by confidence and judged in windows of ``window`` neighbours; the threshold
    is the confidence in the middle of the last window of which at most ``even`` are named
    rightly, or ``even`` itself where that is more: a calibrated probability below it says that the
    guess is rather wrong, however few such faces there are to judge.
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(confidence, kind="stable")
    right = (probabilities.argmax(axis=1) == labels)[order].astype(float)
    window = min(window, len(right))
    share = np.convolve(right, np.full(window, 1 / window), mode="valid")
    doubtful = np.flatnonzero(share <= even)
    middle = confidence[order][doubtful[-1] + window // 2] if doubtful.size else 0.0
    return SureRule(probability=round(max(float(middle), even), 4))
