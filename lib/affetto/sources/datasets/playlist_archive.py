"""Dated snapshots of public playlists (spotify-playlist-archive), one JSON object a line.

``{"playlist_id", "name", "description", "date", "tracks": [{"track_id", "title",
"artists", "album", "duration_ms"}, …]}``; artists are joined by ``;``.
"""

from __future__ import annotations

import datetime as dt
import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from affetto.errors import DataError
from affetto.music.tracks import is_track_id
from affetto.sources.datasets.rows import PLAYLIST_COLUMNS, MusicRows, track_rows
from affetto.sources.members import members
from affetto.sources.names import split_on

NAME = "playlist-archive"
_TEXTS = ("track_id", "title", "artists", "album")
_TRACK_FIELDS = (*_TEXTS, "duration_ms")


def read(path: Path) -> MusicRows:
    """Read the archive (plain, ``.gz`` or ``.xz``).  A track's names are those seen last."""
    snapshots = sorted(_snapshots(path), key=lambda s: (s["playlist_id"], s["date"]))
    playlists = pd.DataFrame([_playlist(s) for s in snapshots], columns=list(PLAYLIST_COLUMNS))
    by_age = sorted(snapshots, key=lambda s: (s["date"], s["playlist_id"]), reverse=True)
    tracks = pd.DataFrame(
        [[t[f] for f in _TRACK_FIELDS] for s in by_age for t in s["tracks"]],
        columns=list(_TRACK_FIELDS),
    )
    tracks["row"] = range(1, len(tracks) + 1)
    rows = len(tracks)
    tracks = tracks.drop_duplicates("track_id")
    for column in ("title", "album"):
        tracks[column] = tracks[column].map(html.unescape)
    tracks["duration_ms"] = tracks["duration_ms"].astype("float64")
    artists = [split_on(text, ";") for text in tracks["artists"]]
    return MusicRows(
        rows, tracks=track_rows(tracks, artists=artists, name=NAME), playlists=playlists
    )


def _playlist(snapshot: dict[str, Any]) -> list[Any]:
    return [
        snapshot["playlist_id"],
        html.unescape(snapshot["name"]).strip(),
        html.unescape(snapshot["description"]).strip(),
        snapshot["date"],
        list(dict.fromkeys(track["track_id"] for track in snapshot["tracks"])),
    ]


def _snapshots(path: Path) -> Iterator[dict[str, Any]]:
    with members(path, suffix=".jsonl") as found:
        for member in found:
            for number, line in enumerate(member.read().splitlines(), start=1):
                if line.strip():
                    yield _snapshot(line, where=f"{member.name}, line {number}")


def _snapshot(line: bytes, *, where: str) -> dict[str, Any]:
    """One line, checked.  Raises DataError naming the line and the field."""
    try:
        snapshot = json.loads(line)
        snapshot["date"] = dt.date.fromisoformat(snapshot["date"])
        snapshot["description"] = snapshot.get("description") or ""
        fields = [snapshot["playlist_id"], snapshot["name"], *snapshot["tracks"]]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{where} is not a playlist snapshot ({error!r}).") from error
    if not is_track_id(str(fields[0])):
        raise DataError(f"{where}: {fields[0]!r} is not a playlist id of 22 letters and digits.")
    for name in ("name", "description"):
        if not isinstance(snapshot[name], str):
            raise DataError(f"{where}: the {name} is no text.")
    for track in snapshot["tracks"]:
        if not isinstance(track, dict) or any(f not in track for f in _TRACK_FIELDS):
            raise DataError(f"{where}: every track needs {', '.join(_TRACK_FIELDS)}.")
        wrong = [f for f in _TEXTS if not isinstance(track[f], str)]
        if wrong:
            raise DataError(f"{where}: a track's {wrong[0]} is no text ({track[wrong[0]]!r}).")
        if type(track["duration_ms"]) not in (int, float, type(None)):
            raise DataError(f"{where}: a track's duration_ms is no number.")
    return snapshot
