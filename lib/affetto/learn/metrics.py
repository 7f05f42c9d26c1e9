"""Classification metrics in plain NumPy, with their conventions written down."""

from __future__ import annotations

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    """[n, k] logits → [n, k] probabilities; rows sum to 1."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Share of rows whose largest probability stands at the label; the first wins a tie."""
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def wilson_interval(successes: int, trials: int, *, z: float = 1.959964) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927).  Raises ValueError without trials."""
    if trials < 1:
        raise ValueError("An interval needs at least one trial.")
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    reach = z / scale * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return float(max(0.0, centre - reach)), float(min(1.0, centre + reach))


def confusion_matrix(predicted: np.ndarray, labels: np.ndarray, *, classes: int = 7) -> np.ndarray:
    """Counts [classes, classes]: row = label, column = prediction."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels, predicted), 1)
    return counts


def recall(confusion: np.ndarray) -> np.ndarray:
    """[k] share of each class found; nan for a class without rows."""
    totals = confusion.sum(axis=1)
    return np.where(totals > 0, np.diag(confusion) / np.maximum(totals, 1), np.nan)


def macro_f1(confusion: np.ndarray) -> float:
    """Unweighted mean of F1 over the classes that occur; a class never predicted scores 0."""
    hits = np.diag(confusion)
    present = confusion.sum(axis=1) > 0
    denominator = confusion.sum(axis=0) + confusion.sum(axis=1)
    scores = 2 * hits / np.maximum(denominator, 1)
    return float(scores[present].mean())


def negative_log_likelihood(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean -ln p(label), in nats; probabilities are floored at 1e-12."""
    picked = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(picked, 1e-12)).mean())


def _equal_mass_bins(confidence: np.ndarray, bins: int) -> list[np.ndarray]:
    """Row indices in ``bins`` groups of (nearly) equal size, by rising confidence."""
    order = np.argsort(confidence, kind="stable")
    return [group for group in np.array_split(order, bins) if group.size]


def expected_calibration_error(
    probabilities: np.ndarray, labels: np.ndarray, *, bins: int = 15
) -> float:
    """|confidence - accuracy|, averaged over equal-mass bins by their size (Naeini et al. 2015)."""
    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == labels
    gaps = [
        abs(confidence[group].mean() - hit[group].mean()) * group.size
        for group in _equal_mass_bins(confidence, bins)
    ]
    return float(sum(gaps) / len(labels))


def calibration_error_if_perfect(
    probabilities: np.ndarray, *, bins: int = 15, repeats: int = 200, seed: int = 0
) -> float:
    """What the expected calibration error would read were every confidence exactly true.

    Hits are drawn from the confidences themselves; the mean over ``repeats`` draws.  ECE is
    biased upwards at small n, so a measured value is read beside this one.
    """
    rng = np.random.default_rng(seed)
    confidence = probabilities.max(axis=1)
    groups = _equal_mass_bins(confidence, bins)
    hits = rng.random((repeats, len(confidence))) < confidence
    gaps = [
        np.abs(confidence[group].mean() - hits[:, group].mean(axis=1)) * group.size
        for group in groups
    ]
    return float(np.mean(np.sum(gaps, axis=0)) / len(confidence))


def selective_accuracy(
    probabilities: np.ndarray, labels: np.ndarray, *, coverage: float = 0.7
) -> float:
    """Accuracy on the ``coverage`` share of rows with the highest confidence."""
    if not 0 < coverage <= 1:
        raise ValueError(f"Coverage lies in (0, 1]; got {coverage}.")
    keep = max(1, round(coverage * len(labels)))
    chosen = np.argsort(-probabilities.max(axis=1), kind="stable")[:keep]
    return accuracy(probabilities[chosen], labels[chosen])


def reliability(
    probabilities: np.ndarray, labels: np.ndarray, *, bins: int = 15
) -> list[dict[str, float]]:
    """A reliability diagram's points, by rising confidence; the bins of the calibration error.

    Each has ``confidence`` (mean), ``accuracy``, its 95 % interval ``low`` and ``high``, and ``n``.
    """
    confidence = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == labels
    points = []
    for group in _equal_mass_bins(confidence, bins):
        low, high = wilson_interval(int(hit[group].sum()), group.size)
        shares = {"confidence": confidence[group].mean(), "accuracy": hit[group].mean()}
        shares |= {"low": low, "high": high}
        points.append({k: round(float(v), 4) for k, v in shares.items()} | {"n": int(group.size)})
    return points


def coverage_curve(
    probabilities: np.ndarray, labels: np.ndarray, *, points: int = 40
) -> list[dict[str, float]]:
    """Accuracy on the most confident share of rows, for ``points`` rising shares up to all.

    Each has ``coverage``, ``accuracy`` and ``threshold``, the lowest confidence still answered.
    El-Yaniv and Wiener 2010, "On the Foundations of Noise-free Selective Classification".
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    hits = np.cumsum((probabilities.argmax(axis=1) == labels)[order])
    kept = np.unique(np.maximum(1, np.round(np.linspace(0, 1, points + 1)[1:] * len(labels))))
    return [
        {
            "coverage": round(n / len(labels), 4),
            "accuracy": round(float(hits[n - 1]) / n, 4),
            "threshold": round(float(confidence[order[n - 1]]), 4),
        }
        for n in kept.astype(int)
    ]
