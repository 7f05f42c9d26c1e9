"""What Spotify says of a track, an album or an artist, as frozen values; for display only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from affetto.errors import DataError
from affetto.sources.spotify.ids import KINDS, link, parse_id

PROVENANCE = "spotify_api"  # what `learn` refuses: Spotify's policy forbids training on it
_COVER_WIDTH = 300  # pixels; the smallest cover that is at least this wide is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotifyTrack:
    """A track as Spotify gives it today.  ``None`` is unknown, never "no".

    cover : an https address of the unaltered cover.  linked_from : the id that was asked for,
    where Spotify plays another release of the same recording in the listener's market.
    Raises DataError without an id, a title or an artist.
    """

    track_id: str
    title: str
    artists: tuple[str, ...]
    artist_ids: tuple[str, ...] = ()
    album: str | None = None
    album_id: str | None = None
    year: int | None = None
    explicit: bool | None = None
    duration_ms: int | None = None
    cover: str | None = None
    playable: bool | None = None
    isrc: str | None = None
    linked_from: str | None = None

    def __post_init__(self) -> None:
        if not self.title or not self.artists:
            raise DataError(f"Spotify sent a track without a title or an artist: {self.track_id}.")

    @property
    def url(self) -> str:
        """The page on Spotify that plays it; every title and cover shown must lead there."""
        return link(self.track_id)

    @property
    def artist_line(self) -> str:
        """All artists in one line."""
        return ", ".join(self.artists)

    @classmethod
    def of(cls, row: Any) -> SpotifyTrack:
        """Spotify's JSON → a track.  Raises DataError where it is none."""
        row = _mapping(row, "track")
        album = row.get("album") if isinstance(row.get("album"), Mapping) else {}
        artists = [a for a in _list(row.get("artists")) if isinstance(a, Mapping) and a.get("name")]
        return cls(
            track_id=_id(row, "track"),
            title=_text(row.get("name")) or "",
            artists=tuple(str(artist["name"]) for artist in artists),
            artist_ids=tuple(str(artist["id"]) for artist in artists if artist.get("id")),
            album=_text(album.get("name")),
            album_id=_text(album.get("id")),
            year=_year(album.get("release_date")),
            explicit=_known(row.get("explicit"), bool),
            duration_ms=_known(row.get("duration_ms"), int),
            cover=_cover(album.get("images")),
            playable=_known(row.get("is_playable"), bool),
            isrc=_text(_nested(row, "external_ids", "isrc")),
            linked_from=_text(_nested(row, "linked_from", "id")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotifyItem:
    """An album, an artist or a playlist: its kind, id and name, and a cover or portrait."""

    kind: str
    item_id: str
    name: str
    image: str | None = None
    year: int | None = None  # of an album

    @property
    def url(self) -> str:
        """Its page on Spotify."""
        return link(self.item_id, kind=self.kind)

    @classmethod
    def of(cls, row: Any, *, kind: str) -> SpotifyItem:
        """Spotify's JSON → the item.  Raises DataError where it is none."""
        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind!r}")
        row = _mapping(row, kind)
        return cls(
            kind=kind,
            item_id=_id(row, kind),
            name=_text(row.get("name")) or "",
            image=_cover(row.get("images")),
            year=_year(row.get("release_date")),
        )


def tracks_of(rows: Any) -> list[SpotifyTrack]:
    """The tracks in a list of Spotify's; gaps, local files and episodes are left out."""
    found = []
    for row in _list(rows):
        try:
            found.append(SpotifyTrack.of(row))
        except DataError:
            continue  # Spotify's lists have gaps: null, a removed track, a listener's own file
    return found


def track_ids_of(rows: Iterable[Any]) -> list[str]:
    """The ids under which a listener knows some tracks: theirs, and those they were linked from."""
    ids = []
    for track in tracks_of(list(rows)):
        ids += [track.linked_from, track.track_id] if track.linked_from else [track.track_id]
    return list(dict.fromkeys(ids))


def _mapping(row: Any, kind: str) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise DataError(f"Spotify sent something that is no {kind}.")
    return row


def _list(rows: Any) -> list[Any]:
    return rows if isinstance(rows, list) else []


def _id(row: Mapping[str, Any], kind: str) -> str:
    try:
        return parse_id(str(row.get("id") or ""), kind=kind)
    except ValueError as error:
        raise DataError(f"Spotify sent a {kind} without an id.") from error


def _text(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _known(value: Any, kind: type) -> Any:
    """The value where it is of exactly this type; True is no number here."""
    return value if type(value) is kind else None


def _nested(row: Mapping[str, Any], outer: str, inner: str) -> Any:
    part = row.get(outer)
    return part.get(inner) if isinstance(part, Mapping) else None


def _year(date: Any) -> int | None:
    """``1998``, ``1998-05`` or ``1998-05-12`` → 1998; Spotify's 0000 means unknown."""
    match = re.match(r"\d{4}", date) if isinstance(date, str) else None
    return int(match[0]) or None if match else None


def _cover(images: Any) -> str | None:
    """The address of the smallest image that is wide enough, else of the widest; https only."""
    found = [
        (image.get("width") or 0, image["url"])
        for image in _list(images)
        if isinstance(image, Mapping) and str(image.get("url", "")).startswith("https://")
    ]
    wide = [image for image in found if image[0] >= _COVER_WIDTH]
    if wide:
        return min(wide)[1]
    return max(found)[1] if found else None
