"""Editorial mood playlists, October 2022 (ReinisS): 100 playlists with tracks and features."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from pathlib import Path

from affetto.errors import DataError
from affetto.sources.datasets.rows import MusicRows, playlist_rows, track_rows
from affetto.sources.members import Member, members
from affetto.sources.tables import Columns, features, read_table

NAME = "mood-playlists-editorial-2022"
TRACKS = Columns(
    text={
        "track_id": "id_x",
        "title": "track.name",
        "artist": "track.artists",
        "playlist_id": "playlist_id",
        "name": "name",
    },
    numbers={"popularity": "track.popularity", "duration_ms": "duration_ms"} | features(),
)
PLAYLISTS = Columns(
    text={"playlist_id": "id", "description": "description", "snapshot": "snapshot_id"}
)


def read(path: Path) -> MusicRows:
    """Read ``tracks.csv`` (``dataset.csv`` upstream) and ``playlists.csv``."""
    with members(path) as found:
        tracks = read_table(_one(found, "tracks", "dataset"), TRACKS, name="tracks.csv")
        lists = read_table(_one(found, "playlists"), PLAYLISTS, name="playlists.csv")
    playlists = playlist_rows(tracks)
    facts = lists.drop_duplicates("playlist_id").set_index("playlist_id")
    playlists["description"] = playlists["playlist_id"].map(facts["description"]).fillna("")
    dates = facts["snapshot"].map(snapshot_date)
    playlists["date"] = playlists["playlist_id"].map(dates).where(lambda d: d.notna(), None)
    return MusicRows(
        len(tracks),
        tracks=track_rows(tracks, artists=[[a] if a else [] for a in tracks["artist"]], name=NAME),
        playlists=playlists,
        comma_artists=True,
    )


def snapshot_date(snapshot: str) -> dt.date | None:
    """The day that Spotify wrote into an editorial snapshot id (base64 of ``seconds,…``)."""
    try:
        seconds = int(base64.b64decode(snapshot, validate=True).split(b",")[0])
        return dt.datetime.fromtimestamp(seconds, dt.UTC).date()
    except (binascii.Error, ValueError, OverflowError, OSError):
        return None  # a user's playlist counts its edits there instead


def _one(found: list[Member], *stems: str) -> bytes:
    for member in found:
        if member.stem in stems:
            return member.read()
    raise DataError(f"{NAME} needs a file {stems[0]}.csv.")
