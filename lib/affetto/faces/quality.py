"""What about a photo makes its reading less sure, so that the listener can be told what to do.

The limits were set on scikit-image's astronaut, whose face is 91 pixels wide: its crop's mean grey
is 144 and its sharpness 0.45; at a fifth of the light the mean is 29, and blurred by a Gaussian of
two pixels the sharpness is 0.06.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from affetto.faces.detector import Face
from affetto.faces.photo import Photo

FAULTS = ("small", "dark", "blurred", "turned")
SMALLEST = 36  # pixels of a box's shorter side: three quarters of what the network sees
DARKEST = 40.0  # mean grey, 0 to 255
SOFTEST = 0.10  # variance of the Laplacian of a crop with unit deviation
FURTHEST = 0.35  # the nose beside the middle of the eyes, in eye distances


def face_faults(face: Face, crop: np.ndarray) -> tuple[str, ...]:
    """What is wrong with a face, out of FAULTS; mostly nothing.

    crop : the face's uint8 [48, 48], as ``align_face`` cut it.  A small face is always soft, so
    that is not said as well.
    """
    small = min(face.box[2:]) < SMALLEST
    found = {
        "small": small,
        "dark": float(crop.mean()) < DARKEST,
        "blurred": not small and sharpness(crop) < SOFTEST,
        "turned": turned_away(face) > FURTHEST,
    }
    return tuple(name for name in FAULTS if found[name])


def sharpness(crop: np.ndarray) -> float:
    """Variance of the Laplacian, from 0, whatever the contrast.  crop : uint8 [48, 48]."""
    grey = crop.astype(np.float32)
    grey = (grey - grey.mean()) / max(float(grey.std()), 1.0)
    return float(cv2.Laplacian(grey, cv2.CV_32F)[4:-4, 4:-4].var())


def turned_away(face: Face) -> float:
    """How far the nose lies beside the middle of the eyes, in eye distances: 0 looks straight."""
    right, left, nose = (np.array(point) for point in face.landmarks[:3])
    distance = math.hypot(*(left - right))
    if distance == 0:
        return math.inf  # the eyes coincide: a full profile
    along = (left - right) / distance
    return abs(float(np.dot(nose - (left + right) / 2, along))) / distance


def is_dark(photo: Photo) -> bool:
    """Whether a whole photo is too dark to find a face in."""
    return float(photo.pixels.mean()) < DARKEST
