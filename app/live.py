"""Live mode: what the camera sees from moment to moment, and when the music should follow it.

A face changes within a second and a mood does not, so the readings are smoothed, and the music
moves only when the smoothed mood has stayed elsewhere for a while.  No picture is kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from affetto.emotions import EMOTIONS, Mood, expected_mood
from affetto.recommend.request import Start
from affetto.service import detect

SMOOTHING = 2.5  # seconds in which an old reading loses two thirds of its weight
SETTLED = 3.0  # seconds of faces before the first list
ELSEWHERE = 0.35  # distance on the mood plane that is worth other music
LASTING = 5.0  # seconds for which the mood must stay there
REST = 20.0  # seconds between two lists
FORGOTTEN = 6.0  # seconds of pictures without a face after which smoothing begins anew


@dataclass(slots=True)
class Live:
    """Smoothed readings of the largest face.  All times are seconds of one monotonic clock."""

    answered: int = 0  # number of the last picture that was looked at
    probabilities: dict[str, float] | None = None  # smoothed; None before the first face
    since: float = 0.0  # when the present run of faces began
    seen: float = 0.0  # when a face was last seen
    face: bool = False  # whether the last picture showed one
    _moved: float = -math.inf  # when the music last followed
    _away: float | None = None  # since when the mood has been elsewhere

    def look(self, data: bytes, *, now: float) -> None:
        """Read one picture.  Raises PhotoError for bytes that are none."""
        faces = detect(data).faces
        self.take(faces[0].probabilities if faces else None, now=now)

    def take(self, read: Mapping[str, float] | None, *, now: float) -> None:
        """Let a reading, emotion → probability, weigh in by the time since the one before.

        read : None for a picture without a face.  Pictures that come late forget nothing: a slow
        machine is not an empty chair.
        """
        self.face = read is not None
        if read is None:
            if now - self.seen > FORGOTTEN:
                self.probabilities = self._away = None
            return
        if self.probabilities is None:
            self.probabilities, self.since = dict(read), now
        else:
            new = -math.expm1(-(now - self.seen) / SMOOTHING)
            self.probabilities = {
                name: (1 - new) * self.probabilities[name] + new * read[name] for name in EMOTIONS
            }
        self.seen = now

    @property
    def mood(self) -> Mood:
        """The smoothed mood.  Only after a face was seen."""
        return expected_mood(self.probabilities)

    @property
    def start(self) -> Start:
        """The smoothed reading as a place to start from.  Only after a face was seen."""
        emotion = max(self.probabilities, key=self.probabilities.__getitem__)
        return Start(mood=self.mood, emotion=emotion, confidence=self.probabilities[emotion])

    def due(self, playing: Mood | None, *, now: float) -> bool:
        """Whether the music should follow now.

        playing : the mood that the present list starts from; None where there is none.
        """
        if self.probabilities is None or not self.face or now - self.since < SETTLED:
            return False
        if playing is None:
            return True
        if self.mood.distance(playing) < ELSEWHERE:
            self._away = None
            return False
        self._away = now if self._away is None else self._away
        return now - self._away >= LASTING and now - self._moved >= REST

    def moved(self, *, now: float) -> None:
        """Note that the music has followed."""
        self._moved, self._away = now, None
