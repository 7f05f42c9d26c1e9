"""A track: the facts about one recording that serving shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from affetto.emotions import Mood
from affetto.errors import DataError
from affetto.music.names import plain, song_keys

TRACK_URL = "https://open.spotify.com/track/"
ID_PATTERN = "[0-9A-Za-z]{22}"  # of whatever Spotify numbers: tracks, albums, artists, playlists
_TRACK_ID = re.compile(ID_PATTERN)


def is_track_id(text: str) -> bool:
    """Whether ``text`` has the form of a Spotify track id: 22 letters and digits."""
    return _TRACK_ID.fullmatch(text) is not None


def bare_track_id(text: str) -> str:
    """The id in an id, a ``spotify:track:`` URI or an open.spotify.com link; else ``text``."""
    tail = text.strip().removeprefix("spotify:track:")
    if "/track/" in tail:
        tail = tail.split("/track/", 1)[1]
    return re.split(r"[?#/]", tail, maxsplit=1)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One recording.  Raises DataError where an id, title or artist is missing.

    ``None`` always means unknown, never "no".
    """

    track_id: str
    title: str
    artists: tuple[str, ...]
    year: int | None = None
    explicit: bool | None = None
    genres: tuple[str, ...] = ()
    tempo: float | None = None  # beats a minute
    mood: Mood | None = None
    popularity: float = 0.0  # how often it stands in playlists; only the order has a meaning
    language: str | None = None  # it is likely sung in, a code of ``music.languages``

    def __post_init__(self) -> None:
        if not self.track_id or not self.title or not self.artists:
            raise DataError(f"A track needs an id, a title and an artist; got {self.track_id!r}.")

    @property
    def url(self) -> str:
        """The page on Spotify that plays it."""
        return TRACK_URL + self.track_id

    @property
    def artist_line(self) -> str:
        """All artists in one line, as a cover prints them."""
        return ", ".join(self.artists)

    @property
    def artist_keys(self) -> frozenset[str]:
        """The artists as keys that ignore case, accents and signs."""
        return frozenset(plain(artist) for artist in self.artists)

    @property
    def song_keys(self) -> frozenset[tuple[str, str]]:
        """What tells versions of one song: two tracks that share a key are the same song."""
        return song_keys(self.artists, self.title)
