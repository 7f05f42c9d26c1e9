"""What a listener asks for, as one value that can be kept, repeated and put in a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Integral

from affetto.emotions import EMOTION_MOODS, Mood, parse_emotion
from affetto.errors import InputError
from affetto.recommend.filters import Filters
from affetto.recommend.journey import check_length, default_goal, nearest_emotion, parse_goal


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where the listener is, and how we know.  Raises InputError for an unknown emotion."""

    mood: Mood
    emotion: str | None = None  # None where only a point is known
    confidence: float | None = None  # of a face reading, 0 to 1
    messages: tuple[str, ...] = ()
    grave: bool = False  # somebody may want to die: they are not to be cheered up

    def __post_init__(self) -> None:
        if self.emotion is not None:
            object.__setattr__(self, "emotion", parse_emotion(self.emotion))

    @classmethod
    def from_emotion(cls, name: str) -> Start:
        """At the coordinates of an emotion.  Raises InputError for an unknown one."""
        emotion = parse_emotion(name)
        return cls(mood=EMOTION_MOODS[emotion], emotion=emotion)

    @property
    def default_goal(self) -> str:
        """The goal for this start: that of its emotion, or of the one nearest to its mood."""
        if self.grave:
            return "calm"
        return default_goal(self.emotion or nearest_emotion(self.mood))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistRequest:
    """One request; the same request always gives the same list.

    goal : match, lift, calm, energise, or a mood in any form; None for the start's default.
    seed_tracks, liked, disliked : track ids, links or URIs.  seed : any integer from 0.
    kept : ids of tracks that stay at their places, empty texts where any may come; those that the
    filters or the rules on artists and versions forbid are let go.
    familiar : -1 (songs that few know) to 1 (songs that many know); 0 leans neither way.
    Raises InputError for a goal, length, seed or ``familiar`` that makes no sense.
    """

    start: Start
    goal: str | Mood | Sequence[float] | None = None
    n: int = 20
    filters: Filters = field(default_factory=Filters)
    seed_tracks: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    seed: int = 0
    familiar: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", check_length(self.n))
        goal = self.start.default_goal if self.goal is None else self.goal
        object.__setattr__(self, "goal", parse_goal(goal))
        if isinstance(self.seed, bool) or not isinstance(self.seed, Integral) or self.seed < 0:
            raise InputError(f"A seed is a whole number from 0 up; got {self.seed}.")
        object.__setattr__(self, "seed", int(self.seed))
        if not -1.0 <= self.familiar <= 1.0:
            raise InputError(
                "How familiar songs should be runs from -1 (to discover) to 1 (well known); "
                f"got {self.familiar}."
            )
