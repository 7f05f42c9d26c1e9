"""A playlist as a value, in the words of the JSON contract, and as a file a player can open."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from affetto.emotions import Mood
from affetto.errors import InputError
from affetto.files import check_place, write_text
from affetto.music.tracks import Track

FORMATS = ("m3u", "m3u8", "csv", "json", "txt")
CSV_COLUMNS = (
    "position", "track_id", "title", "artists", "year", "url",
    "valence", "arousal", "wanted_valence", "wanted_arousal", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A track, the mood that its place in the list asked for, and why it stands there."""

    track: Track
    wanted: Mood
    reason: str

    @property
    def distance(self) -> float | None:
        """How far the track lies from the mood wanted at its step; None where it is unknown."""
        return None if self.track.mood is None else self.track.mood.distance(self.wanted)

    def to_dict(self) -> dict[str, object]:
        """One entry of ``tracks`` in the JSON contract; an unknown mood is null."""
        mood = self.track.mood
        return {
            "track_id": self.track.track_id,
            "title": self.track.title,
            "artists": list(self.track.artists),
            "url": self.track.url,
            "valence": None if mood is None else _rounded(mood.valence),
            "arousal": None if mood is None else _rounded(mood.arousal),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    """Where the listener is, where they want to be, and the tracks from here to there.

    Raises ValueError unless there is one step of the journey for each track.
    """

    emotion: str | None  # None where the start was a bare mood
    confidence: float | None  # of the face reading, 0 to 1; None where no face was read
    mood: Mood
    goal: str | Mood  # match, lift, calm, energise, or a point of the plane
    journey: tuple[Mood, ...]
    tracks: tuple[Suggestion, ...]
    messages: tuple[str, ...] = ()  # what the listener should know, one sentence each

    def __post_init__(self) -> None:
        if len(self.journey) != len(self.tracks) or not self.tracks:
            raise ValueError(f"{len(self.journey)} steps for {len(self.tracks)} tracks")

    def __len__(self) -> int:
        return len(self.tracks)

    def __iter__(self) -> Iterator[Suggestion]:
        return iter(self.tracks)

    @property
    def mean_distance(self) -> float | None:
        """Mean distance of the tracks from their steps, over those whose mood is known."""
        known = [step.distance for step in self.tracks if step.distance is not None]
        return sum(known) / len(known) if known else None

    @property
    def title(self) -> str:
        """A name for a saved list, such as "Affetto: sad, lift"."""
        start = self.emotion or _point_text(self.mood)
        goal = self.goal if isinstance(self.goal, str) else f"to {_point_text(self.goal)}"
        return f"Affetto: {start}, {goal}"

    def to_dict(self) -> dict[str, object]:
        """The JSON contract of ``affetto recommend --json``."""
        mean = self.mean_distance
        return {
            "emotion": self.emotion,
            "confidence": None if self.confidence is None else _rounded(self.confidence),
            "mood": _point(self.mood),
            "goal": self.goal if isinstance(self.goal, str) else _point(self.goal),
            "journey": [_point(step) for step in self.journey],
            "tracks": [step.to_dict() for step in self.tracks],
            "mean_distance": None if mean is None else _rounded(mean),
            "messages": list(self.messages),
        }

    def to_json(self) -> str:
        """``to_dict`` as JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2) + "\n"

    def to_m3u(self) -> str:
        """An extended M3U list of Spotify links; lengths are unknown, hence -1."""
        lines = ["#EXTM3U", f"#PLAYLIST:{self.title}"]
        for step in self.tracks:
            lines += [f"#EXTINF:-1,{_one_line(step.track)}", step.track.url]
        return "\n".join(lines) + "\n"

    def to_csv(self) -> str:
        """One row a track, artists joined by "; ", an unknown fact left empty."""
        sink = io.StringIO()
        rows = csv.writer(sink, lineterminator="\n")
        rows.writerow(CSV_COLUMNS)
        for position, step in enumerate(self.tracks, start=1):
            row = step.to_dict()
            rows.writerow(
                [
                    position, row["track_id"], row["title"], "; ".join(step.track.artists),
                    step.track.year, row["url"], row["valence"], row["arousal"],
                    *_point(step.wanted), row["reason"],
                ]
            )  # fmt: skip
        return sink.getvalue()

    def to_text(self) -> str:
        """Numbered lines to paste into a message."""
        lines = [self.title, ""]
        for position, step in enumerate(self.tracks, start=1):
            lines.append(f"{position}. {_one_line(step.track)}  {step.track.url}")
        return "\n".join(lines) + "\n"

    def save(self, path: Path) -> Path:
        """Write the list whole or not at all, in the format of the file's ending.

        Raises InputError where that is unknown or the place cannot be written to.
        """
        text = self.to_format(check_target(path))
        try:
            write_text(path, text)
        except OSError as error:
            raise InputError(f"I can't write {path}: {error.strerror or error}.") from error
        return path

    def to_format(self, name: str) -> str:
        """The list in one of FORMATS.  Raises InputError for any other."""
        writers = {
            "m3u": self.to_m3u, "m3u8": self.to_m3u, "csv": self.to_csv,
            "json": self.to_json, "txt": self.to_text,
        }  # fmt: skip
        return writers[parse_format(name)]()


def parse_format(name: str) -> str:
    """The playlist format that a file ending means.  Raises InputError, naming what is known."""
    word = name.strip().lower().removeprefix(".")
    if word in FORMATS:
        return word
    ending = f"the ending .{word}" if word else "a file without an ending"
    raise InputError(f"I can't write {ending}; use .{', .'.join(FORMATS)}.")


def check_target(path: Path) -> str:
    """The format in which a list would be saved at ``path``.

    Raises InputError if the ending is unknown, or the place is a folder or lies in none.
    """
    check_place(path, example="list.m3u")
    return parse_format(path.suffix)


def _rounded(value: float) -> float:
    return round(float(value), 4)


def _point(mood: Mood) -> list[float]:
    """Nine digits: fewer would let two steps of a journey drift apart past the longest stride."""
    return [round(float(mood.valence), 9), round(float(mood.arousal), 9)]


def _point_text(mood: Mood) -> str:
    return f"({mood.valence:+.2f}, {mood.arousal:+.2f})"


def _one_line(track: Track) -> str:
    """Artist and title without line breaks, which would tear an M3U apart."""
    return " ".join(f"{track.artist_line} - {track.title}".split())
