"""Where the listener wants to be, and the path of moods that leads there in small steps.

The ISO principle of music therapy: start where the listener is, then move gently.  Evidence
for it is mixed, so the goals are defaults that the listener can change, and we claim no therapy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral

from affetto.emotions import CALM, EMOTION_MOODS, Mood, parse_emotion
from affetto.errors import InputError

GOALS = ("match", "lift", "calm", "energise")
REACH = 0.2  # how far the path may begin from the listener and end from the goal
STRIDE = 0.25  # the longest step between two tracks
REST = 0.25  # the part of a list that stays at the goal, where there is room
MAX_TRACKS = 100

# Anger is not answered with rage, nor sadness with deeper sadness, unless the listener asks.
_DEFAULTS = {
    "happy": "match",
    "surprise": "match",
    "neutral": "match",
    "angry": "calm",
    "fear": "calm",
    "sad": "lift",
    "disgust": "lift",
}


def default_goal(emotion: str) -> str:
    """The goal for a listener who named none.  Raises InputError for an unknown emotion."""
    return _DEFAULTS[parse_emotion(emotion)]


def nearest_emotion(mood: Mood) -> str:
    """Which of the seven emotions lies nearest to a point of the plane."""
    return min(EMOTION_MOODS, key=lambda name: mood.distance(EMOTION_MOODS[name]))


def parse_mood(mood: str | Mood | Sequence[float]) -> Mood:
    """A Mood, a (valence, arousal) pair, or "valence,arousal".  InputError for anything else."""
    if isinstance(mood, Mood):
        return mood
    try:
        valence, arousal = map(float, mood.split(",") if isinstance(mood, str) else mood)
    except (TypeError, ValueError):
        raise InputError(
            f"I can't read the mood {mood!r}; write valence and arousal from -1 to 1, "
            "such as 0.5,-0.2."
        ) from None
    return Mood(valence, arousal)


def parse_goal(goal: str | Mood | Sequence[float]) -> str | Mood:
    """One of GOALS, or a mood in any form that ``parse_mood`` takes.  InputError otherwise."""
    if not isinstance(goal, str):
        return parse_mood(goal)
    word = goal.strip().lower().replace("energize", "energise")
    if word in GOALS:
        return word
    if "," in word:
        return parse_mood(word)
    raise InputError(
        f"I don't know the goal {goal!r}; choose {', '.join(GOALS)}, or a mood such as 0.5,-0.2."
    )


def goal_mood(goal: str | Mood, current: Mood) -> Mood:
    """The point that a goal leads to from ``current``.

    ``match`` stays where the listener is, so it never leads below their own valence.  ``lift``
    leads to where raters put "happy", ``energise`` to "surprise" (the most aroused of the
    pleasant emotions); a listener who is already more pleased or more lively than that stays so.
    ``calm`` leads to "calm", whose valence is lower than that of "happy"; who is calmer stays so.
    """
    goal = parse_goal(goal)
    if isinstance(goal, Mood):
        return goal
    if goal == "match":
        return current
    if goal == "calm":
        return Mood(CALM.valence, min(current.arousal, CALM.arousal))
    if goal == "lift":
        happy = EMOTION_MOODS["happy"]
        return Mood(max(current.valence, happy.valence), happy.arousal)
    lively = EMOTION_MOODS["surprise"]
    return Mood(max(current.valence, lively.valence), max(current.arousal, lively.arousal))


def check_length(n: int) -> int:
    """``n`` if a list can be that long.  Raises InputError unless it is 1 to 100."""
    if isinstance(n, bool) or not isinstance(n, Integral) or not 1 <= n <= MAX_TRACKS:
        raise InputError(f"A playlist has 1 to {MAX_TRACKS} tracks; got {n}.")
    return int(n)


def plan_journey(current: Mood, goal: Mood, *, n: int) -> tuple[Mood, ...]:
    """``n`` moods on the straight line from ``current`` to ``goal``.

    Where the steps suffice the path begins at ``current``, arrives after three quarters of the
    list and stays.  A shorter list takes strides of 0.25, begins and ends up to 0.2 off; where
    even that is too short, it ends as near to the goal as it can.
    Raises InputError unless n is 1 to 100.
    """
    check_length(n)
    distance = current.distance(goal)
    slack = max(0.0, distance - STRIDE * (n - 1))
    begin = min(slack / 2, REACH)
    travel = distance - slack
    strides = _strides(travel, n - 1)
    step = travel / strides if strides else 0.0
    return tuple(
        _between(current, goal, _share(begin + min(k, strides) * step, distance)) for k in range(n)
    )


def _strides(travel: float, available: int) -> int:
    """In how many of the available steps to cover ``travel``: the rest of the list stays put."""
    needed = math.ceil(travel / STRIDE - 1e-9)
    return min(available, max(needed, math.ceil((1 - REST) * available)))


def _share(covered: float, distance: float) -> float:
    return min(1.0, covered / distance) if distance > 0 else 0.0


def _between(start: Mood, end: Mood, share: float) -> Mood:
    """The point at ``share`` (0 to 1) of the way; clipped, as rounding may leave the plane."""
    valence = start.valence + share * (end.valence - start.valence)
    arousal = start.arousal + share * (end.arousal - start.arousal)
    return Mood(max(-1.0, min(1.0, valence)), max(-1.0, min(1.0, arousal)))
