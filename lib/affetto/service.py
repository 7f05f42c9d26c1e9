"""What the command, the app and ``from affetto import …`` call: bytes in, frozen values out.

The models are loaded on the first call and shared from then on; any thread may call.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from affetto.emotions import Mood, expected_mood
from affetto.errors import InputError, NoFaceError
from affetto.faces.classifier import EmotionClassifier, EmotionReading
from affetto.faces.detector import Face, FaceDetector, align_face
from affetto.faces.photo import Photo, decode_photo

if TYPE_CHECKING:  # detect needs no music, so that is imported where it is used
    from affetto.music.playlists import Playlist
    from affetto.recommend.request import Start

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


def recommend(
    photo: bytes | None = None,
    *,
    emotion: str | None = None,
    mood: Mood | Sequence[float] | str | None = None,
    text: str | None = None,
    goal: str | Mood | Sequence[float] | None = None,
    n: int = 20,
    genre: str | Sequence[str] = (),
    year_from: int | None = None,
    year_to: int | None = None,
    explicit: bool = True,
    language: str | Sequence[str] = (),
    unknown_language: bool = False,
    familiar: float = 0.0,
    seed_tracks: Sequence[str] = (),
    liked: Sequence[str] = (),
    disliked: Sequence[str] = (),
    seed: int = 0,
) -> Playlist:
    """Choose ``n`` tracks that start at the listener's mood and lead to a goal.

    photo, emotion, mood, text : where the listener is; exactly one of them.  A mood is a Mood, a
    (valence, arousal) pair or "V,A", each from -1 to 1; of a photo the largest face counts.
    goal : match, lift, calm, energise or a mood; by default what the emotion suggests.
    n : 1 to 100.  genre : one or several; a track needs one of them.
    year_from, year_to : both included.  explicit : False keeps to tracks known to be clean.
    language : one or several, codes or English names ("es", "Spanish"); a track is known to be
    sung in one of them, or with unknown_language nothing is known of its language.
    familiar : -1 (songs that few know) to 1 (songs that many know).
    seed_tracks, liked, disliked : Spotify ids, links or URIs; unknown ones are skipped and said.
    seed : the same seed gives the same list, another one another list.
    Raises InputError, one sentence, for a request that makes no sense or that nothing fits;
    PhotoError for bytes that are no photo.
    """
    from affetto.recommend.curator import make_playlist
    from affetto.recommend.filters import Filters
    from affetto.recommend.journey import check_length
    from affetto.recommend.released import load_released
    from affetto.recommend.request import PlaylistRequest

    check_length(n)  # before the photo is looked at, which takes longer
    filters = Filters(
        genres=_several(genre),
        year_from=year_from,
        year_to=year_to,
        explicit=explicit,
        languages=_several(language),
        unknown_language=unknown_language,
    )
    request = PlaylistRequest(
        start=find_start(photo, emotion=emotion, mood=mood, text=text),
        goal=goal,
        n=n,
        filters=filters,
        seed_tracks=_several(seed_tracks),
        liked=_several(liked),
        disliked=_several(disliked),
        seed=seed,
        familiar=familiar,
    )
    return make_playlist(load_released(), request)


def _several(words: str | Iterable[str]) -> tuple[str, ...]:
    """One word or several, as a tuple: a string is one, not its letters."""
    return (words,) if isinstance(words, str) else tuple(words)


def find_start(
    photo: bytes | None = None,
    *,
    emotion: str | None = None,
    mood: Mood | Sequence[float] | str | None = None,
    text: str | None = None,
) -> Start:
    """Where the listener is, from exactly one of four ways to say it.

    Raises InputError if none or several are given, or if the one given says nothing.
    """
    from affetto.recommend.journey import parse_mood
    from affetto.recommend.request import Start
    from affetto.text.grave import HELP
    from affetto.text.reader import read_text

    ways = {"a photo": photo, "an emotion": emotion, "a mood": mood, "a text": text}
    given = [name for name, value in ways.items() if value is not None]
    if len(given) != 1:
        raise InputError(
            "Say where to start in exactly one way (a photo, an emotion, a mood or a text); "
            f"got {' and '.join(given) or 'none'}."
        )
    if photo is not None:
        return start_of(detect(photo))
    if emotion is not None:
        return Start.from_emotion(emotion)
    if text is not None:
        reading = read_text(text)
        told = [f"Read from your words: {', '.join(reading.words)}."]
        told += [HELP] if reading.grave else []
        return Start(
            mood=reading.mood,
            emotion=reading.emotion,
            messages=tuple(told),
            grave=reading.grave,
        )
    return Start(mood=parse_mood(mood))


def start_of(reading: PhotoReading, *, face: int = 0) -> Start:
    """The start that a photo gives: the mean mood of one of its faces, the largest by default.

    Raises NoFaceError for a photo without a face.
    """
    from affetto.recommend.request import Start

    if not reading.faces:
        raise NoFaceError(f"{NO_FACE[:-1]}, or name the emotion yourself.")
    chosen = reading.faces[face]
    told = []
    if len(reading.faces) > 1 and face == 0:
        told.append(f"The photo has {len(reading.faces)} faces; the largest one was used.")
    if not chosen.sure:
        told.append(
            f"I am not sure about this face ({chosen.emotion} at {chosen.confidence:.0%}); "
            "name the emotion yourself if that is wrong."
        )
    return Start(
        mood=chosen.mood,
        emotion=chosen.emotion,
        confidence=chosen.confidence,
        messages=tuple(told),
    )


def where_it_looked(crop: np.ndarray, *, emotion: str) -> np.ndarray:
    """Which places of a face spoke for an emotion, by the network that ``detect`` asks.

    crop : uint8 [48, 48], as ``align_face`` cuts it.  Returns float32 [48, 48], 0 to 1; some fifty
    answers of the network, so ask for it only where somebody wants to see it.
    """
    from affetto.faces import saliency

    return saliency.where_it_looked(_classifier(), crop, emotion=emotion)


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
