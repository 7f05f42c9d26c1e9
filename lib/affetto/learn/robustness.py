"""How the released emotion network bears disturbed pictures: accuracy against each disturbance.

Every disturbance is applied to the 48×48 crops themselves, one at a time, at fixed levels; chance
enters only where a place or a direction must be chosen, from a seed.  The same faces stand behind
every point of a curve, so neighbours on it differ by the disturbance and by nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from affetto.faces.classifier import EmotionClassifier
from affetto.learn import metrics
from affetto.learn.faces_evaluation import calibrated

FACES, SEED = 500, 7
Change = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One way to spoil a picture.

    apply : face uint8 [48, 48], level, generator → uint8 [48, 48].  clean : the level that would
    change nothing, shown as the undisturbed point.  levels : in the order of the axis, without it.
    """

    name: str
    unit: str
    clean: float
    levels: tuple[float, ...]
    apply: Change

    def __post_init__(self) -> None:
        if self.clean in self.levels or not self.levels:
            raise ValueError(f"{self.name} needs levels, and none of them clean.")


def rotated(face: np.ndarray, degrees: float, _: np.random.Generator) -> np.ndarray:
    """Turned about the middle, counter-clockwise; corners repeat the edge."""
    turn = cv2.getRotationMatrix2D((23.5, 23.5), degrees, 1.0)
    return cv2.warpAffine(face, turn, (48, 48), borderMode=cv2.BORDER_REPLICATE)


def lit(face: np.ndarray, factor: float, _: np.random.Generator) -> np.ndarray:
    """Darker below 1, brighter above; what leaves 0 to 255 is cut off, as a camera does."""
    return _grey(face.astype(np.float32) * factor)


def flattened(face: np.ndarray, factor: float, _: np.random.Generator) -> np.ndarray:
    """Contrast about the mean grey times ``factor``."""
    return _grey((face - face.mean()) * factor + face.mean())


def blurred(face: np.ndarray, pixels: float, _: np.random.Generator) -> np.ndarray:
    """Gaussian blur; ``pixels`` is its deviation."""
    return cv2.GaussianBlur(face, (0, 0), pixels, borderType=cv2.BORDER_REPLICATE)


def compressed(face: np.ndarray, quality: float, _: np.random.Generator) -> np.ndarray:
    """Through a JPEG file of this quality, 1 to 100."""
    encoded = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    return cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)


def noisy(face: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """With Gaussian noise of so many grey levels."""
    return _grey(face + rng.normal(0, deviation, face.shape))


def hidden(face: np.ndarray, side: float, rng: np.random.Generator) -> np.ndarray:
    """With a square of the mean grey at a random place; ``side`` in pixels of 48."""
    top, left = rng.integers(0, 48 - int(side) + 1, 2)
    spoiled = face.copy()
    spoiled[top : top + int(side), left : left + int(side)] = round(float(face.mean()))
    return spoiled


def shifted(face: np.ndarray, pixels: float, rng: np.random.Generator) -> np.ndarray:
    """Moved by so many pixels in a random one of eight directions; the edge is repeated."""
    angle = rng.integers(8) * np.pi / 4
    move = np.float32([[1, 0, pixels * np.cos(angle)], [0, 1, pixels * np.sin(angle)]])
    return cv2.warpAffine(face, move, (48, 48), borderMode=cv2.BORDER_REPLICATE)


def _grey(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


DISTURBANCES = (
    Disturbance("rotation", "degrees", 0, (-30, -20, -10, 10, 20, 30), rotated),
    Disturbance("crop shift", "pixels of 48", 0, (2, 4, 6, 8), shifted),
    Disturbance("occlusion", "side of a grey square, pixels of 48", 0, (8, 12, 16, 20, 24), hidden),
    Disturbance("blur", "deviation, pixels of 48", 0, (0.5, 1, 1.5, 2, 3), blurred),
    Disturbance("JPEG quality", "100 is best", 100, (5, 10, 20, 40, 70), compressed),
    Disturbance("noise", "deviation, grey levels", 0, (5, 10, 20, 40), noisy),
    Disturbance("brightness", "times", 1, (0.05, 0.1, 0.25, 0.5, 1.5, 2, 3), lit),
    Disturbance("contrast", "times", 1, (0.02, 0.05, 0.1, 0.25, 0.5), flattened),
)


def disturb(
    faces: np.ndarray, disturbance: Disturbance, level: float, *, seed: int = SEED
) -> np.ndarray:
    """All faces under one disturbance; uint8 [n, 48, 48].  Equal arguments give equal pixels."""
    rng = np.random.default_rng((seed, *map(ord, disturbance.name), round(abs(level) * 1000)))
    return np.stack([disturbance.apply(face, level, rng) for face in faces])


def some_faces(known: np.ndarray, *, faces: int, seed: int = SEED) -> np.ndarray:
    """Rows to test on: ``faces`` at random, in order, out of those that are ``known``.

    known : bool [n], rows that have a right answer for both readouts.
    """
    rows = np.flatnonzero(known)
    if len(rows) > faces:
        rows = np.sort(np.random.default_rng(seed).choice(rows, faces, replace=False))
    return rows


def robustness(
    classifier: EmotionClassifier,
    faces: np.ndarray,
    answers: dict[str, np.ndarray],
    *,
    disturbances: Sequence[Disturbance] = DISTURBANCES,
    seed: int = SEED,
    told: Callable[[str], None] = lambda name: None,
) -> dict[str, Any]:
    """Accuracy of every readout at every level.

    faces : uint8 [n, 48, 48].  answers : readout → int [n], the right class of each face.
    told : hears the name of each disturbance before it is measured.
    Returns ``n``, ``seed``, ``clean`` (readout → point) and ``curves``: name → ``unit``,
    ``levels`` with the clean one at its place, and readout → points; a point has ``accuracy``,
    ``low``, ``high`` (95 %) and ``confidence``, the mean calibrated probability of the answer.
    """
    clean = _points(classifier, faces, answers)
    curves = {}
    for disturbance in disturbances:
        told(disturbance.name)
        levels = sorted((*disturbance.levels, disturbance.clean))
        points = list(_curve(classifier, faces, answers, disturbance, levels, clean, seed))
        curves[disturbance.name] = {
            "unit": disturbance.unit,
            "clean": disturbance.clean,
            "levels": levels,
            **{name: [point[name] for point in points] for name in answers},
        }
    return {"n": len(faces), "seed": seed, "clean": clean, "curves": curves}


def _curve(
    classifier: EmotionClassifier,
    faces: np.ndarray,
    answers: dict[str, np.ndarray],
    disturbance: Disturbance,
    levels: Sequence[float],
    clean: dict[str, dict[str, float]],
    seed: int,
) -> Iterator[dict[str, dict[str, float]]]:
    for level in levels:
        if level == disturbance.clean:
            yield clean
        else:
            spoiled = disturb(faces, disturbance, level, seed=seed)
            yield _points(classifier, spoiled, answers)


def _points(
    classifier: EmotionClassifier, faces: np.ndarray, answers: dict[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    logits = classifier.logits(faces)
    found = {}
    for name, right in answers.items():
        chances = calibrated(classifier, logits[name], name)
        hits = int((chances.argmax(axis=1) == right).sum())
        low, high = metrics.wilson_interval(hits, len(right))
        shares = (hits / len(right), low, high, float(chances.max(axis=1).mean()))
        names = ("accuracy", "low", "high", "confidence")
        found[name] = {key: round(value, 4) for key, value in zip(names, shares, strict=True)}
    return found
