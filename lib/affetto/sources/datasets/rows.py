"""What every music reader hands over, and the few steps that readers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from affetto.errors import DataError
from affetto.sources.members import members
from affetto.sources.schema import EVIDENCE, FEATURES
from affetto.sources.tables import Columns, check_ids, merge_repeats, read_table

TRACK_COLUMNS = (
    "track_id",
    "title",
    "artists",
    "album",
    "year",
    "explicit",
    "popularity",
    "duration_ms",
    "raw_genres",
    *FEATURES,
)
PLAYLIST_COLUMNS = ("playlist_id", "name", "description", "date", "track_ids")
MOOD_COLUMNS = (
    "track_id",
    "title",
    "artist",
    "label",
    "mood",
    "valence",
    "arousal",
    "evidence",
    "playlist_id",
)
_MISSING = {
    "title": None,
    "album": None,
    "year": pd.NA,
    "explicit": pd.NA,
    "popularity": np.nan,
    "duration_ms": np.nan,
    **dict.fromkeys(FEATURES, np.nan),
}


@dataclass(frozen=True, slots=True)
class MusicRows:
    """One data set in our words.

    tracks : TRACK_COLUMNS, one row a track id, in the file's order.
    playlists : PLAYLIST_COLUMNS, one row a snapshot.  moods : MOOD_COLUMNS, one row a label.
    comma_artists : whether ``artists`` holds one comma-joined text that is still to be split.
    artist_genres : whether ``raw_genres`` are what Spotify says of the artist, not of a playlist.
    playlist_genres : where they are those of the playlists that a track stands in: playlist id →
    words.
    files_rows : rows in the files, before repeats were merged.
    """

    files_rows: int
    tracks: pd.DataFrame | None = None
    playlists: pd.DataFrame | None = None
    moods: pd.DataFrame | None = None
    comma_artists: bool = False
    artist_genres: bool = False
    playlist_genres: Mapping[str, tuple[str, ...]] | None = None

    def __post_init__(self) -> None:
        for frame, columns in (
            (self.tracks, TRACK_COLUMNS),
            (self.playlists, PLAYLIST_COLUMNS),
            (self.moods, MOOD_COLUMNS),
        ):
            if frame is not None and tuple(frame.columns) != columns:
                raise DataError(f"A reader must give the columns {columns}.")
        if self.tracks is not None and self.tracks["track_id"].duplicated().any():
            raise DataError("A reader must give every track id once.")
        if self.moods is not None and not self.moods["evidence"].isin(EVIDENCE).all():
            raise DataError(f"Mood evidence must be one of {', '.join(EVIDENCE)}.")


def read_tables(path: Path, columns: Columns) -> pd.DataFrame:
    """All tables of a data set, one below the other; DataError as ``members``, ``read_table``."""
    with members(path) as found:
        tables = [read_table(member.read(), columns, name=member.name) for member in found]
    return pd.concat(tables, ignore_index=True)


def track_rows(table: pd.DataFrame, *, artists: list[list[str]], name: str) -> pd.DataFrame:
    """A reader's table → TRACK_COLUMNS: ids checked, repeats merged, unknowns made null.

    table : our column names; ``raw_genres`` lists where the source has genres.
    artists : one list a row.  name : the source, for messages.
    """
    check_ids(table, name=name)
    table = table.assign(artists=artists)
    genres = table["raw_genres"] if "raw_genres" in table else [[]] * len(table)
    merged = merge_repeats(table.drop(columns="raw_genres", errors="ignore"), genres=genres)
    for column, nothing in _MISSING.items():
        if column not in merged:
            merged[column] = nothing
    return _unknowns_to_null(merged)[list(TRACK_COLUMNS)]


def _unknowns_to_null(tracks: pd.DataFrame) -> pd.DataFrame:
    """Spotify writes 0 where it measured nothing; a reader of means must not meet those.

    Tempo 0 and time signature 0: no beat was found.  Danceability, valence and
    speechiness 0 with tempo 0: they were derived from that beat.  Duration 0: unknown.
    """
    no_beat = tracks["tempo"] == 0
    for column in ("danceability", "spotify_valence", "speechiness"):
        tracks[column] = tracks[column].mask(no_beat & (tracks[column] == 0))
    for column in ("tempo", "time_signature", "duration_ms"):
        tracks[column] = tracks[column].mask(tracks[column] == 0)
    nameless = tracks["title"].isin(["", "NA"]) & tracks["artists"].map(
        lambda names: names in ([], ["NA"])
    )
    tracks["title"] = tracks["title"].astype(object).mask(nameless, None)
    tracks["artists"] = [
        [] if gone else a for gone, a in zip(nameless, tracks["artists"], strict=True)
    ]
    no_album = (tracks["album"] == "") | (nameless & (tracks["album"] == "NA"))
    tracks["album"] = tracks["album"].astype(object).mask(no_album, None)
    return tracks


def playlist_rows(table: pd.DataFrame, *, date: object = None) -> pd.DataFrame:
    """Rows in playlist order → one row a playlist, repeats of a track dropped.

    table : ``playlist_id, name, track_id``.  date : of the snapshot, where the source states one.
    """
    table = table.drop_duplicates(["playlist_id", "track_id"])
    lists = table.groupby("playlist_id", sort=False)
    out = lists.agg(name=("name", "first"), track_ids=("track_id", list)).reset_index()
    return out.assign(description="", date=date)[list(PLAYLIST_COLUMNS)]


def playlist_genres(table: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Playlist id → the genre words that it stands under.

    table : one row a playlist and track: ``playlist_id``, ``raw_genres``.
    """
    words = table[["playlist_id", "raw_genres"]].explode("raw_genres").dropna().drop_duplicates()
    return words.groupby("playlist_id")["raw_genres"].agg(tuple).to_dict()


def membership_moods(table: pd.DataFrame, *, quadrants: dict[str, str | None]) -> pd.DataFrame:
    """Tracks of mood playlists → mood labels.

    table : ``track_id, title, artist, label``; quadrants : label → quadrant, None where a
    word says how lively but not how pleasant ("energetic").
    """
    moods = table.drop_duplicates(["track_id", "label"]).reset_index(drop=True)
    moods = moods.assign(
        mood=moods["label"].map(quadrants).astype(object).where(lambda m: m.notna(), None),
        valence=np.nan,
        arousal=np.nan,
        evidence="playlist membership",
    )
    if "playlist_id" not in moods:
        moods["playlist_id"] = None
    return moods[list(MOOD_COLUMNS)]
