"""Spotify Tracks Dataset (maharshipandya, 2022): 114 genres with 1,000 rows each."""

from __future__ import annotations

from pathlib import Path

from affetto.sources.datasets.rows import MusicRows, read_tables, track_rows
from affetto.sources.names import split_on
from affetto.sources.tables import Columns, features

NAME = "spotify-tracks-114k"
COLUMNS = Columns(
    text={
        "track_id": "track_id",
        "title": "track_name",
        "artist": "artists",
        "album": "album_name",
        "genre": "track_genre",
    },
    numbers={"popularity": "popularity", "duration_ms": "duration_ms"} | features(),
    booleans={"explicit": "explicit"},
)


def read(path: Path) -> MusicRows:
    """Read ``dataset.csv``, or the same rows cut into one file a genre."""
    table = read_tables(path, COLUMNS)
    table["raw_genres"] = [[genre] for genre in table["genre"]]
    artists = [split_on(text, ";") for text in table["artist"]]
    return MusicRows(len(table), tracks=track_rows(table, artists=artists, name=NAME))
