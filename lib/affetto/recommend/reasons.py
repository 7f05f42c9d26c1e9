"""Why a track stands where it does: one short sentence, built only from what is true of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affetto.emotions import Mood
from affetto.music.tracks import Track
from affetto.recommend.ranking import NEAR, row_lengths

STEP = 0.03  # a smaller difference between neighbours is not called a step
ALIKE_SHARE = 0.01  # the nearest hundredth of the vocabulary counts as "close to" a seed track
_EVEN = 0.25  # nearer to the centre than this, a mood has no colour

# One word pair an octant, from pleasant (0°) counter-clockwise through lively (90°).
_COLOURS = (
    "Bright and easy",
    "Bright and lively",
    "Driving and alert",
    "Dark and intense",
    "Heavy-hearted",
    "Sad and quiet",
    "Quiet and still",
    "Calm and warm",
)
_JUST = 0.1  # as near as this, a song is where the listener is, or wants to be
_WAYS = {
    ("valence", 1): "brighter",
    ("valence", -1): "darker",
    ("arousal", 1): "livelier",
    ("arousal", -1): "calmer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A track's surroundings in its list: all that a reason may speak of."""

    track: Track
    wanted: Mood
    start: Mood
    goal: Mood
    before: Track | None = None  # the track just before it in the list
    seed_by_artist: Track | None = None  # a seed track that shares an artist
    seed_alike: Track | None = None  # a seed track whose likes it belongs to


def mood_colour(mood: Mood) -> str:
    """A mood in two or three words, such as "Calm and warm"."""
    if math.hypot(mood.valence, mood.arousal) < _EVEN:
        return "Even-tempered"
    octant = round(math.degrees(math.atan2(mood.arousal, mood.valence)) / 45) % 8
    return _COLOURS[octant]


def reason(place: Place) -> str:
    """One short true sentence without a full stop, "Bright and lively, just where you are"."""
    seed = _seed_words(place)
    if place.track.mood is None:
        return f"Mood unknown; {seed or 'chosen to go with the rest of the list'}"
    return f"{mood_colour(place.track.mood)}, {seed or _mood_words(place, place.track.mood)}"


def _seed_words(place: Place) -> str | None:
    if place.seed_by_artist:
        return f"by the artist of “{place.seed_by_artist.title}”"
    if place.seed_alike:
        return f"among the nearest to “{place.seed_alike.title}”"
    return None


def _mood_words(place: Place, mood: Mood) -> str:
    """How the track's mood relates to the listener, the goal, or the track before it."""
    if mood.distance(place.wanted) > NEAR:
        return "the mood you asked for is rare here"
    if mood.distance(place.start) <= NEAR:
        return _beside(place.start, mood)
    if mood.distance(place.goal) <= NEAR:
        just = mood.distance(place.goal) <= _JUST
        return f"{'just' if just else 'close to'} where you want to be"
    return _step_words(place, mood) or "on the way to where you want to be"


def _beside(start: Mood, mood: Mood) -> str:
    """Where a song near the listener lies from there, by the axis on which they differ more."""
    if mood.distance(start) <= _JUST:
        return "just where you are"
    return f"a little {_way(mood.valence - start.valence, mood.arousal - start.arousal)} than you"


def _way(valence: float, arousal: float) -> str:
    """Such as "calmer", for the larger of two differences."""
    axis, gain = max((("valence", valence), ("arousal", arousal)), key=lambda one: abs(one[1]))
    return _WAYS[axis, 1 if gain > 0 else -1]


def _step_words(place: Place, mood: Mood) -> str | None:
    """Such as "a step calmer": along the journey's main axis, from the track before."""
    if place.before is None or place.before.mood is None:
        return None
    way = {
        "valence": place.goal.valence - place.start.valence,
        "arousal": place.goal.arousal - place.start.arousal,
    }
    axis = max(way, key=lambda name: abs(way[name]))
    if not way[axis]:
        return None
    sign = 1 if way[axis] > 0 else -1
    gain = sign * (getattr(mood, axis) - getattr(place.before.mood, axis))
    return f"a step {_WAYS[axis, sign]}" if gain >= STEP else None


def alike_seeds(vectors: np.ndarray | None, seeds: Sequence[int], items: Sequence[int]) -> list:
    """For each item the first seed whose nearest hundredth of the vocabulary holds it, else None.

    vectors : [n, D] item vectors compared by cosine; None gives all None.
    """
    found: list[int | None] = [None] * len(items)
    if vectors is None or not len(seeds):
        return found
    lengths = row_lengths(vectors)
    count = max(1, int(len(vectors) * ALIKE_SHARE))
    for seed in seeds:
        likeness = vectors @ vectors[seed] / lengths
        bar = np.partition(likeness, -count)[-count]
        for place, item in enumerate(items):
            if found[place] is None and likeness[item] >= bar:
                found[place] = seed
    return found
