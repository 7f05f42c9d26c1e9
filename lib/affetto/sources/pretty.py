"""The Markdown page of a playlist, as spotify-playlist-archive wrote it over the years.

A heading with the playlist's link, a description behind ``>``, and a table with a row a
track: number, title, artists, album, length.  The layouts differ in what stands around
these (a line of links above, likes and songs between, a snapshot id below), in lengths
under a minute (``45`` at first, ``0:45`` later) and in escaping (none until late 2021).
"""

from __future__ import annotations

import re
from typing import Any

from affetto.errors import DataError
from affetto.music.tracks import ID_PATTERN as _ID

_SITE = r"https://open\.spotify\.com"
_HEADING = re.compile(rf"^### \[(.*)\]\({_SITE}/(?:user/[^/)]*/)?playlist/({_ID})\)", re.M)
_TABLE = re.compile(r"^\| No\. \| Title \| Artist\(s\) \| Album \| Length \|\n\|[-|]+\|\n?", re.M)
_ROW_START = re.compile(r"^(?=\| \d+ \|)", re.M)
_ROW = re.compile(r"\| \d+ \| (?P<cells>.*) \| (?P<length>\d+(?::\d\d){0,2}|) \|")
_TRACK = re.compile(
    rf"\[(?P<title>.*?)\]\({_SITE}/track/(?P<id>{_ID})\) \| (?P<artists>.*?) \| "
    rf"(?:\[(?P<album>.*)\]\({_SITE}/album/{_ID}\)|(?P<unlinked>[^\[]*))"
)
_ARTIST = re.compile(rf"\[(.*?)\]\({_SITE}/artist/{_ID}\)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")  # CommonMark: a backslash before punctuation


def playlist_id(page: str) -> str | None:
    """The playlist that ``page`` shows; None where it shows none, or has no table."""
    heading = _HEADING.search(page)
    return heading.group(2) if heading and _TABLE.search(page) else None


def read_page(page: str, *, where: str) -> dict[str, Any]:
    """One page as ``{"playlist_id", "name", "description", "tracks"}``.

    A track is ``{"track_id", "title", "artists", "album", "duration_ms"}``, artists joined
    by ``"; "``, duration in whole seconds.  Rows without a Spotify track (local files,
    episodes), a title or a length (withdrawn tracks) are left out.  HTML entities stay.
    Raises DataError, naming ``where`` and the row, for a row that is damaged.
    """
    heading, table = _HEADING.search(page), _TABLE.search(page)
    if heading is None or table is None:
        raise DataError(f"{where} is not the page of a playlist.")
    rows = _rows(page[table.end() :])
    tracks = [_track(row, where=f"{where}: row {n}") for n, row in enumerate(rows, start=1)]
    return {
        "playlist_id": heading.group(2),
        "name": _plain(heading.group(1)).strip(),
        "description": _description(page[heading.end() : table.start()]),
        "tracks": [track for track in tracks if track is not None],
    }


def _rows(body: str) -> list[str]:
    """The table's rows, each on one line: a title may hold line ends."""
    *rows, last = _ROW_START.split(body)
    rows.append(last.split("\n\n")[0])  # what follows an empty line is no part of the table
    return [line for line in (row.replace("\n", " ").strip() for row in rows) if line]


def _description(between: str) -> str:
    blocks = (block.strip("\n") for block in between.split("\n\n"))
    quoted = next((block for block in blocks if block.startswith(">")), "")
    return _plain(" ".join(line.removeprefix(">").strip() for line in quoted.split("\n"))).strip()


def _track(row: str, *, where: str) -> dict[str, Any] | None:
    """One row of the table; None where it is no track of Spotify's."""
    parts = _ROW.fullmatch(row)
    if parts is None:
        raise DataError(f"{where} is damaged ({_short(row)}).")
    if "](https://open.spotify.com/track/" not in parts["cells"]:
        return None
    found = _TRACK.fullmatch(parts["cells"])
    if found is None:
        raise DataError(f"{where} is damaged ({_short(row)}).")
    if not found["title"].strip() or not parts["length"].strip("0:"):
        return None
    artists = found["artists"]
    return {
        "track_id": found["id"],
        "title": _plain(found["title"]),
        "artists": "; ".join(map(_plain, _ARTIST.findall(artists) or [artists])),
        "album": _plain(found["album"] or found["unlinked"] or ""),
        "duration_ms": _milliseconds(parts["length"]),
    }


def _milliseconds(length: str) -> int:
    """``"45"``, ``"4:23"`` or ``"1:02:03"`` in milliseconds."""
    seconds = 0
    for part in length.split(":"):
        seconds = 60 * seconds + int(part)
    return 1000 * seconds


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _short(row: str) -> str:
    return row if len(row) <= 60 else f"{row[:60]}…"
