"""Score the released emotion network on labelled faces, one protocol a label set.

``fer2013`` against FER2013's labels; ``crowd`` against the FER+ majority over the seven emotions.
Rows whose majority is "not a face" or contempt, or is tied, have no right answer there: they are
left out and counted.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from affetto.emotions import EMOTIONS
from affetto.faces.calibration import is_sure
from affetto.faces.classifier import EmotionClassifier
from affetto.learn import metrics
from affetto.sources.datasets.fer2013 import CrowdVotes

HASHES_FILE = "fer2013_training_hashes.bin"
HASH_BYTES = 6  # a chance collision among 29,000 rows: one in ten thousand million a face
SELECTIVE_COVERAGE = 0.7


def pixel_hashes(pixels: np.ndarray) -> np.ndarray:
    """First six bytes of the SHA-256 of each face's 2,304 pixel bytes, as bytes [n]."""
    digests = [hashlib.sha256(face.tobytes()).digest()[:HASH_BYTES] for face in pixels]
    return np.array(digests, dtype=f"V{HASH_BYTES}")


def pack_hashes(pixels: np.ndarray) -> bytes:
    """The sorted distinct hashes of the training faces: the file that a release carries."""
    return np.unique(pixel_hashes(pixels)).tobytes()


def seen_in_training(pixels: np.ndarray, packed: bytes) -> np.ndarray:
    """bool [n]: whether exactly these pixels stand in the training rows."""
    known = np.frombuffer(packed, dtype=f"V{HASH_BYTES}")
    return np.isin(pixel_hashes(pixels), known)


def crowd_majority(votes: CrowdVotes) -> np.ndarray:
    """int64 [n]: the emotion with the most FER+ votes, -1 where none of the seven leads alone."""
    counts = np.concatenate([votes.emotions, votes.others[:, [0, 2]]], axis=1)  # contempt, NF
    ordered = np.sort(counts, axis=1)
    clear = ordered[:, -1] > ordered[:, -2]
    winner = counts.argmax(axis=1)
    return np.where(clear & (winner < len(EMOTIONS)), winner, -1)


def readout_metrics(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """What ``affetto evaluate faces`` says of one readout; probabilities calibrated."""
    predicted = probabilities.argmax(axis=1)
    hits = int((predicted == labels).sum())
    confusion = metrics.confusion_matrix(predicted, labels)
    recalls = metrics.recall(confusion)
    return {
        "n": len(labels),
        "accuracy": hits / len(labels),
        "accuracy_interval": list(metrics.wilson_interval(hits, len(labels))),
        "macro_f1": metrics.macro_f1(confusion),
        "ece": metrics.expected_calibration_error(probabilities, labels),
        "ece_expected": metrics.calibration_error_if_perfect(probabilities),
        "nll": metrics.negative_log_likelihood(probabilities, labels),
        "recall": {
            name: None if np.isnan(value) else float(value)
            for name, value in zip(EMOTIONS, recalls, strict=True)
        },
        "selective": {
            "coverage": SELECTIVE_COVERAGE,
            "accuracy": metrics.selective_accuracy(
                probabilities, labels, coverage=SELECTIVE_COVERAGE
            ),
        },
        "confusion": confusion.tolist(),
        "reliability": metrics.reliability(probabilities, labels),
        "coverage_curve": metrics.coverage_curve(probabilities, labels),
    }


@dataclass(frozen=True, slots=True)
class Views:
    """Logits of the same faces; readout → float [n, 7]."""

    averaged: dict[str, np.ndarray]  # what the released network answers
    single: dict[str, np.ndarray]  # its answer to the face as it is
    milliseconds: float  # a face, averaged


def look_at_all(classifier: EmotionClassifier, pixels: np.ndarray) -> Views:
    """The network's answers to faces, averaged and not.  pixels : uint8 [n, 48, 48]."""
    started = time.perf_counter()
    averaged = classifier.logits(pixels)
    milliseconds = (time.perf_counter() - started) / len(pixels) * 1000
    return Views(averaged, classifier.logits(pixels, averaged=False), milliseconds)


def evaluate_faces(
    classifier: EmotionClassifier,
    pixels: np.ndarray,
    labels: np.ndarray,
    votes: CrowdVotes | None,
    *,
    training_hashes: bytes,
    views: Views | None = None,
) -> dict[str, Any]:
    """Both readouts on the same faces, through the released LiteRT model, its views averaged.

    pixels : uint8 [n, 48, 48]; labels : int [n], index into EMOTIONS; votes row-aligned, or None.
    views : of ``look_at_all``, where they are at hand already.
    ``single_view`` has the accuracies of the image alone, and 95 % intervals of what averaging
    its views adds.
    """
    views = views or look_at_all(classifier, pixels)
    chances = {name: calibrated(classifier, own, name) for name, own in views.averaged.items()}
    alone = {name: calibrated(classifier, own, name) for name, own in views.single.items()}
    fresh = ~seen_in_training(pixels, training_hashes)
    result = readout_metrics(chances["fer2013"], labels)
    result |= _without_duplicates(chances["fer2013"], labels, fresh)
    result["duplicates"] = int((~fresh).sum())
    result["single_view"] = averaging_gain(alone["fer2013"], chances["fer2013"], labels)
    result["votes"] = None
    if votes is not None:
        majority = crowd_majority(votes)
        told = majority >= 0
        if told.any():
            result["votes"] = _against_the_crowd(
                chances["crowd"][told], majority[told], classifier, left_out=int((~told).sum())
            )
            result["votes"] |= _without_duplicates(
                chances["crowd"][told], majority[told], fresh[told]
            )
            result["votes"]["single_view"] = averaging_gain(
                alone["crowd"][told], chances["crowd"][told], majority[told]
            )
    result["ms_per_face"] = views.milliseconds
    return result


def _without_duplicates(
    probabilities: np.ndarray, labels: np.ndarray, fresh: np.ndarray
) -> dict[str, Any]:
    """Accuracy on the faces that do not stand in Training too, and its 95 % interval."""
    if not fresh.any():
        names = ("accuracy_without_duplicates", "accuracy_without_duplicates_interval")
        return dict.fromkeys(names)
    chances, told = probabilities[fresh], labels[fresh]
    return {
        "accuracy_without_duplicates": metrics.accuracy(chances, told),
        "accuracy_without_duplicates_interval": accuracy_interval(chances, told),
    }


def calibrated(classifier: EmotionClassifier, logits: np.ndarray, readout: str) -> np.ndarray:
    """Probabilities [n, 7] of one readout."""
    return classifier.calibration[readout].probabilities(logits)


def accuracy_interval(probabilities: np.ndarray, labels: np.ndarray) -> list[float]:
    """95 % interval of the accuracy (Wilson)."""
    hits = int((probabilities.argmax(axis=1) == labels).sum())
    return list(metrics.wilson_interval(hits, len(labels)))


def averaging_gain(alone: np.ndarray, averaged: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """What averaging the views adds; [n, 7] of the image alone and of the average.

    The interval is that of the mean of paired differences: the same faces, read twice.
    """
    before = (alone.argmax(axis=1) == labels).astype(float)
    gain = (averaged.argmax(axis=1) == labels) - before
    reach = 1.959964 * gain.std() / np.sqrt(len(labels))
    return {
        "accuracy": float(before.mean()),
        "gain": float(gain.mean()),
        "gain_interval": [float(gain.mean() - reach), float(gain.mean() + reach)],
    }


def _against_the_crowd(
    chances: np.ndarray, majority: np.ndarray, classifier: EmotionClassifier, *, left_out: int
) -> dict[str, Any]:
    """The crowd readout's metrics, with those of the answers that it calls sure."""
    result = readout_metrics(chances, majority)
    sure = is_sure(chances, classifier.rule)
    result["left_out"] = left_out
    result["sure"] = {
        "coverage": float(sure.mean()),
        "accuracy": metrics.accuracy(chances[sure], majority[sure]) if sure.any() else None,
    }
    return result
