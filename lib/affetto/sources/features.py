"""Audio features of tracks that we may not know yet: several sources, asked one after the other.

Each says where its numbers come from, and that stays with the track.  What nobody knows is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from affetto.errors import AffettoError
from affetto.sources.schema import FEATURE_RANGES, FEATURES


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A track whose features are wanted: its Spotify id, and its name where that is known."""

    track_id: str
    title: str | None = None
    artists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFeatures:
    """What was measured of one track, in Spotify's units; a feature that is unknown is absent.

    values : feature → number, within FEATURE_RANGES.  provenance : who measured it, such as
    ``spotify_api`` or the name of a data set.  matched : "id", or "name" where the numbers are
    those of another release with the same first artist and title.
    Raises ValueError for no values, an unknown feature or a number out of range.
    """

    track_id: str
    values: Mapping[str, float]
    provenance: str
    matched: str = "id"

    def __post_init__(self) -> None:
        if not self.values or not self.provenance or self.matched not in {"id", "name"}:
            raise ValueError(f"features of {self.track_id} without values or provenance")
        for name, value in self.values.items():
            if not in_range(name, value):
                raise ValueError(f"{name} = {value} of {self.track_id} is impossible")


class FeatureSource(Protocol):
    """Somebody who knows the audio features of some tracks."""

    name: str

    def features(self, wanted: Sequence[Wanted]) -> dict[str, AudioFeatures]:
        """Features by track id; unknown tracks are absent, whatever their order.

        Raises an AffettoError where it cannot answer at all.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeatures:
    """What a chain of sources found.

    found : by track id.  missing : ids that nobody knows, in the order asked.
    messages : one sentence for each source that could not answer, and one for what is missing.
    """

    found: dict[str, AudioFeatures] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


def find_features(wanted: Iterable[Wanted], sources: Sequence[FeatureSource]) -> FoundFeatures:
    """Ask each source for what those before it did not know.

    A source that fails is left out with its sentence; the next one goes on.
    """
    open_tracks = {track.track_id: track for track in wanted}
    order = list(open_tracks)
    found: dict[str, AudioFeatures] = {}
    messages = []
    for source in sources:
        if not open_tracks:
            break
        try:
            answers = source.features(list(open_tracks.values()))
        except AffettoError as error:
            messages.append(str(error))
            continue
        fresh = {track_id: answers[track_id] for track_id in open_tracks if track_id in answers}
        found |= fresh
        open_tracks = {i: track for i, track in open_tracks.items() if i not in fresh}
    if open_tracks:
        messages.append(_not_known(len(open_tracks), len(order)))
    return FoundFeatures(
        found={track_id: found[track_id] for track_id in order if track_id in found},
        missing=tuple(open_tracks),
        messages=tuple(messages),
    )


def usable_values(row: Mapping[str, Any], *, valence: str = "valence") -> dict[str, float]:
    """The features in a service's row that are numbers within their range, under our names.

    valence : what the row calls ``spotify_valence``.
    A tempo or time signature of 0 means that no beat was found: unknown.
    """
    names = {name: valence if name == "spotify_valence" else name for name in FEATURES}
    values = {ours: row.get(theirs) for ours, theirs in names.items()}
    return {
        name: float(value)
        for name, value in values.items()
        if _is_number(value)
        and in_range(name, value)
        and not (name in {"tempo", "time_signature"} and value == 0)
    }


def in_range(name: str, value: float) -> bool:
    """Whether ``value`` is possible for the feature ``name``; False for an unknown name."""
    if name not in FEATURE_RANGES or not math.isfinite(value):
        return False
    low, high = FEATURE_RANGES[name]
    return low <= value <= high


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _not_known(missing: int, asked: int) -> str:
    tracks = "the track" if asked == 1 else f"{missing} of {asked} tracks"
    return f"No source knows the audio features of {tracks}."
