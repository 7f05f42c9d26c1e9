"""Where the emotion network looked: what happens to its answer when a part of the face is covered.

Occlusion sensitivity (Zeiler & Fergus 2014), not Grad-CAM: it asks the released LiteRT file itself,
so it needs no gradients, no TensorFlow and no knowledge of the network's inside, and it means the
same for any network that takes its place.  A patch of the face's own blur is laid over 49 places in
turn; the answer's log-odds fall the more, the more the answer rested on what was covered.  One map
takes fifty answers of the network.

It shows what moved *this* answer, and not that the face felt anything there.
"""

from __future__ import annotations

import functools

import cv2
import numpy as np

from affetto.emotions import EMOTIONS, parse_emotion
from affetto.errors import InputError
from affetto.faces.classifier import CROP_SHAPE, EmotionClassifier

GRID = 7  # patches a side; more of them cost their square in answers
REACH = 7.0  # pixels from a patch's middle to its edge
# Of patches of 10 to 18 pixels, round or square, sharp or soft, squares of 14 with soft edges gave
# the maps whose brightest places, once removed, lowered the answer most.
BLUR = 8.0  # pixels; a face blurred so keeps its light and loses its features
TINT = (230, 159, 0)  # orange of Okabe & Ito: told from grey by every kind of colour vision
DIMMED = 0.45  # brightness that is left where the network did not look
PLACES = {"forehead": (0, 11), "eyes": (11, 24), "nose": (24, 32), "mouth": (32, 48)}
"""Rows of an aligned crop, whose eyes lie at row 18.5, the nose at 28 and the mouth at 36."""


def where_it_looked(
    classifier: EmotionClassifier,
    crop: np.ndarray,
    *,
    emotion: str | None = None,
    readout: str = "crowd",
) -> np.ndarray:
    """How much each place of a face spoke for an emotion.

    crop : uint8 [48, 48], as ``align_face`` cuts it.  emotion : one of EMOTIONS; the most
    probable one by default.  readout : ``crowd``, which people see, or ``fer2013``.
    Returns float32 [48, 48]: 1 where covering the face takes most from the emotion's log-odds,
    0 where covering changes nothing or speaks for the emotion; all 0 where no place speaks for it.
    Raises InputError for another shape, an unknown emotion or an unknown readout.
    """
    crop = np.asarray(crop)
    if crop.dtype != np.uint8 or crop.shape != CROP_SHAPE:
        raise InputError("A face crop is uint8 of shape [48, 48].")
    if readout not in classifier.calibration:
        raise InputError(f"There is no readout {readout!r}; choose crowd or fer2013.")
    patches = soft_patches()
    views = np.concatenate([crop[np.newaxis], covered(crop, patches)])
    odds = _log_odds(classifier, views, readout)
    asked = int(odds[0].argmax()) if emotion is None else EMOTIONS.index(parse_emotion(emotion))
    falls = odds[0, asked] - odds[1:, asked]
    spread = np.tensordot(falls, patches, axes=1) / patches.sum(axis=0)
    heights = np.maximum(spread, 0.0)
    return (heights / max(float(heights.max()), 1e-9)).astype(np.float32)


@functools.cache
def soft_patches() -> np.ndarray:
    """Squares with soft edges on a square grid; float32 [GRID², 48, 48], 0 to 1."""
    side = CROP_SHAPE[0]
    centres = (np.arange(GRID) + 0.5) * side / GRID - 0.5
    bumps = np.exp(-(((np.arange(side) - centres[:, np.newaxis]) / REACH) ** 6))
    patches = np.einsum("ay,bx->abyx", bumps, bumps).reshape(-1, side, side).astype(np.float32)
    patches.setflags(write=False)  # all callers share it
    return patches


def covered(crop: np.ndarray, patches: np.ndarray) -> np.ndarray:
    """The crop with each patch's place blurred away; uint8 [n, 48, 48].

    Blurred, not blackened: a black patch would be a feature of its own.
    """
    face = crop.astype(np.float32)
    blurred = cv2.GaussianBlur(face, (0, 0), BLUR, borderType=cv2.BORDER_REFLECT)
    return np.rint(face + patches * (blurred - face)).astype(np.uint8)


def _log_odds(classifier: EmotionClassifier, views: np.ndarray, readout: str) -> np.ndarray:
    """ln p/(1-p) of every emotion; [n, 7].  Unlike p itself it still moves near 1.

    Other views are left out: they would take six times the time, and a place of the mirror image is
    the other half of the face.
    """
    logits = classifier.logits(views, averaged=False)[readout]
    chances = classifier.calibration[readout].probabilities(logits)
    chances = np.clip(chances, 1e-9, 1 - 1e-9)
    return np.log(chances) - np.log1p(-chances)


def draw_over(crop: np.ndarray, looked: np.ndarray, *, side: int = 240) -> np.ndarray:
    """The face with the map on it: orange and bright where the network looked, dim elsewhere.

    crop : uint8 [48, 48].  looked : [48, 48], 0 to 1.  Returns uint8 RGB [side, side, 3].
    Brightness carries the map as well as the colour, so it also reads in grey.
    Raises InputError for another shape or a map outside 0 to 1.
    """
    looked = np.asarray(looked, np.float32)
    if np.shape(crop) != CROP_SHAPE or looked.shape != CROP_SHAPE:
        raise InputError("A face crop and its map are both of shape [48, 48].")
    if not (looked >= 0).all() or not (looked <= 1).all():
        raise InputError("A map lies between 0 and 1.")
    size = (side, side)
    face = cv2.resize(np.asarray(crop, np.float32), size, interpolation=cv2.INTER_CUBIC)
    face = np.clip(face, 0, 255)[..., np.newaxis]
    weight = cv2.resize(looked, size, interpolation=cv2.INTER_LINEAR)[..., np.newaxis]
    light = face * (DIMMED + (1 - DIMMED) * weight)
    colour = np.asarray(TINT, np.float32) * (0.35 + 0.65 * face / 255)
    mixed = light + 0.6 * weight * (colour - light)
    return np.rint(np.clip(mixed, 0, 255)).astype(np.uint8)


def strongest_place(looked: np.ndarray) -> str | None:
    """The part of the face that the map points at most, for people who cannot see the picture.

    Returns ``forehead``, ``eyes``, ``nose`` or ``mouth``: where the row with the highest mean lies,
    since the bands are not equally tall; None for a map that is 0 everywhere.
    """
    rows = looked.mean(axis=1)
    strongest = int(rows.argmax())
    if rows[strongest] <= 0:
        return None
    return next(name for name, (low, high) in PLACES.items() if low <= strongest < high)
