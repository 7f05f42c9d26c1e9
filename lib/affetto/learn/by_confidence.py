"""Confusion counts by confidence: enough for any threshold and a reliability diagram, no face.

Confidences fall into bins of equal width; each bin holds how often a class was taken for another,
and the mean confidence there.  Nothing in it can be traced to a row.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from affetto.faces.classifier import EmotionClassifier
from affetto.learn.faces_evaluation import crowd_majority
from affetto.learn.metrics import confusion_matrix
from affetto.sources.datasets.fer2013 import CrowdVotes

BINS = 20


def by_confidence(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Counts by the probability of the top class.

    probabilities : [n, 7], rows sum to 1.  labels : int [n].
    Returns ``edges`` [BINS + 1] from 0 to 1, ``confusion`` [BINS][7][7] (row = label, column =
    prediction) and ``mean_confidence`` [BINS], null where a bin is empty.  A confidence on an
    edge falls into the upper bin, and 1 into the last.
    """
    top = probabilities.max(axis=1)
    place = np.minimum((top * BINS + 1e-9).astype(int), BINS - 1)
    confusion, means = [], []
    for k in range(BINS):
        inside = place == k
        confusion.append(confusion_matrix(probabilities[inside].argmax(1), labels[inside]).tolist())
        means.append(round(float(top[inside].mean()), 6) if inside.any() else None)
    edges = [round(k / BINS, 4) for k in range(BINS + 1)]
    return {"edges": edges, "confusion": confusion, "mean_confidence": means}


def faces_by_confidence(
    classifier: EmotionClassifier,
    pixels: np.ndarray,
    labels: np.ndarray,
    votes: CrowdVotes | None,
) -> dict[str, Any]:
    """``by_confidence`` of both readouts: ``fer2013``, and ``crowd`` where there are votes.

    pixels : uint8 [n, 48, 48].  labels : int [n].  votes : row-aligned, or None.  Faces without a
    clear majority among the seven emotions stay out of ``crowd``, as in ``evaluate_faces``.
    """
    logits = classifier.logits(pixels)
    chances = {
        name: classifier.calibration[name].probabilities(values) for name, values in logits.items()
    }
    found = {"fer2013": by_confidence(chances["fer2013"], labels)}
    if votes is not None:
        majority = crowd_majority(votes)
        told = majority >= 0
        found["crowd"] = by_confidence(chances["crowd"][told], majority[told])
    return found
