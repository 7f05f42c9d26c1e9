"""What the command, the app and ``from affetto import …`` call: bytes in, frozen values out.

The models are loaded on the first call and shared from then on; any thread may call.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from affetto.emotions import Mood, expected_mood
from affetto.errors import InputError
from affetto.faces.classifier import EmotionClassifier, EmotionReading
from affetto.faces.detector import Face, FaceDetector, align_face
from affetto.faces.photo import Photo, decode_photo

NO_FACE = (
    "No face was found; try a photo in which one looks towards the camera, well lit and not tiny."
)


@dataclass(frozen=True, slots=True)
class FaceReading:
    """One face and what was read in it; ``to_dict`` gives the words of ``affetto detect --json``.

    face : where it is; ``box`` is (x, y, width, height) in pixels of the upright photo.
    emotion, confidence, sure, probabilities : as in ``EmotionReading``.
    mood : the mean mood under the probabilities, so that a mixed face has a mixed mood.
    """

    face: Face
    emotion: str
    confidence: float
    sure: bool
    probabilities: Mapping[str, float]
    mood: Mood

    @classmethod
    def of(cls, face: Face, reading: EmotionReading) -> FaceReading:
        """Put together where a face is and what it shows."""
        return cls(
            face=face,
            emotion=reading.emotion,
            confidence=reading.confidence,
            sure=reading.sure,
            probabilities=reading.probabilities,
            mood=expected_mood(reading.probabilities),
        )

    @property
    def box(self) -> tuple[int, int, int, int]:
        """(x, y, width, height) in pixels of the upright photo."""
        return self.face.box

    @property
    def valence(self) -> float:
        """-1 (unpleasant) to 1 (pleasant)."""
        return self.mood.valence

    @property
    def arousal(self) -> float:
        """-1 (asleep) to 1 (frantic)."""
        return self.mood.arousal

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "box": list(self.box),
            "emotion": self.emotion,
            "confidence": self.confidence,
            "sure": self.sure,
            "probabilities": dict(self.probabilities),
            "valence": self.valence,
            "arousal": self.arousal,
        }


@dataclass(frozen=True, slots=True)
class PhotoReading:
    """The faces of one photo, the largest first.

    message : one sentence for the person when there is no face, else None.
    width, height : of the upright photo in pixels, which the boxes refer to.
    """

    faces: tuple[FaceReading, ...]
    message: str | None
    width: int
    height: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: ``faces`` and ``message``."""
        return {"faces": [face.to_dict() for face in self.faces], "message": self.message}


def detect(photo: bytes) -> PhotoReading:
    """Find the faces in a photo and read an emotion in each.

    photo : the bytes of a JPEG, PNG or WebP file, up to 10 MB and 40 megapixels.
    Returns a PhotoReading; without a face it has no ``faces`` and a ``message``.
    Raises PhotoError, one sentence, if the bytes cannot be read as a photo.
    """
    if not isinstance(photo, bytes | bytearray | memoryview):
        raise InputError(
            "detect takes a photo's bytes; read a file with pathlib.Path(name).read_bytes()."
        )
    return detect_decoded(decode_photo(bytes(photo)))


def detect_decoded(photo: Photo) -> PhotoReading:
    """``detect`` for a photo that is decoded already, for callers that show the pixels as well."""
    faces = _detector().find(photo)
    crops = [align_face(photo, face) for face in faces]
    readings = _classifier().read(crops) if crops else ()
    return PhotoReading(
        faces=tuple(map(FaceReading.of, faces, readings)),
        message=None if faces else NO_FACE,
        width=photo.width,
        height=photo.height,
    )


def warm_up() -> None:
    """Load the detector and the emotion network now rather than on the first photo.

    Raises ModelError if either is missing or damaged.
    """
    _detector()
    _classifier()


@functools.cache
def _detector() -> FaceDetector:
    return FaceDetector.load()


@functools.cache
def _classifier() -> EmotionClassifier:
    return EmotionClassifier.load()
