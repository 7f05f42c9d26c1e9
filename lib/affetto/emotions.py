"""The seven emotions in their one order, and where each lies on the mood plane.

Valence runs from -1 (unpleasant) to 1 (pleasant), arousal from -1 (asleep) to 1
(frantic).  The coordinates are the mean word ratings of Warriner, Kuperman &
Brysbaert (2013), "Norms of valence, arousal, and dominance for 13,915 English
lemmas", Behavior Research Methods 45: ratings on 1 to 9, centred on the corpus
mean (5.06, 4.21) and divided by half the scale (4).  Word norms are not face
norms, and people differ in arousal by 2 to 2.8 rating points.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass

from affetto.errors import InputError

EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
FEELING = {name: name for name in EMOTIONS} | {  # what somebody is who feels it
    "disgust": "disgusted",
    "fear": "afraid",
    "surprise": "surprised",
}
QUADRANTS = ("happy", "angry", "sad", "calm")

_CORPUS_CENTRE = (5.06, 4.21)
_HALF_SCALE = 4.0
_WARRINER = {
    "angry": (2.53, 6.20),
    "disgust": (3.32, 5.00),
    "fear": (2.93, 6.14),
    "happy": (8.47, 6.05),
    "sad": (2.10, 3.49),
    "surprise": (7.44, 6.57),
    "neutral": (5.50, 3.45),
    "calm": (6.89, 1.67),
}


@dataclass(frozen=True, slots=True)
class Mood:
    """A point on the mood plane.  Raises InputError outside -1 to 1."""

    valence: float  # -1 (unpleasant) to 1 (pleasant)
    arousal: float  # -1 (asleep) to 1 (frantic)

    def __post_init__(self) -> None:
        for name, value in (("valence", self.valence), ("arousal", self.arousal)):
            if not -1.0 <= value <= 1.0:  # also refuses NaN
                raise InputError(f"A mood's {name} lies between -1 and 1; got {value}.")

    def distance(self, other: Mood) -> float:
        """Euclidean distance on the plane, 0 to 2√2."""
        return math.hypot(self.valence - other.valence, self.arousal - other.arousal)

    @property
    def quadrant(self) -> str:
        """``happy`` (+,+), ``angry`` (-,+), ``sad`` (-,-) or ``calm`` (+,-); zero counts as +."""
        if self.valence >= 0:
            return "happy" if self.arousal >= 0 else "calm"
        return "angry" if self.arousal >= 0 else "sad"


def _from_ratings(valence: float, arousal: float) -> Mood:
    """1-to-9 ratings → the plane."""
    return Mood(
        (valence - _CORPUS_CENTRE[0]) / _HALF_SCALE, (arousal - _CORPUS_CENTRE[1]) / _HALF_SCALE
    )


EMOTION_MOODS: dict[str, Mood] = {name: _from_ratings(*_WARRINER[name]) for name in EMOTIONS}
CALM = _from_ratings(*_WARRINER["calm"])


def parse_emotion(name: str) -> str:
    """The emotion that ``name`` means, whatever its case.  Raises InputError for any other word."""
    word = name.strip().lower()
    if word in EMOTIONS:
        return word
    near = difflib.get_close_matches(word, EMOTIONS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise InputError(
        f"I don't know the emotion {name!r}; choose one of {', '.join(EMOTIONS)}.{hint}"
    )


def expected_mood(probabilities: Mapping[str, float]) -> Mood:
    """The mean mood under a distribution over emotions, so that a mixed face gets a mixed mood.

    probabilities : emotion → weight, not negative, not all zero; normalised here.
    Raises InputError for an unknown emotion or weights that do not describe a distribution.
    """
    weights = {parse_emotion(name): float(weight) for name, weight in probabilities.items()}
    total = sum(weights.values())
    if not math.isfinite(total) or total <= 0 or min(weights.values()) < 0:
        raise InputError("Emotion probabilities must be zero or more, and at least one above zero.")
    return Mood(
        sum(w * EMOTION_MOODS[name].valence for name, w in weights.items()) / total,
        sum(w * EMOTION_MOODS[name].arousal for name, w in weights.items()) / total,
    )
