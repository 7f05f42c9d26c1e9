"""Spotify tracks of 149 genres, collected 2024-11-06 (Cristhianrg1), one file a genre."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

import pandas as pd

from affetto.errors import DataError
from affetto.sources.datasets.rows import MusicRows, track_rows
from affetto.sources.members import members
from affetto.sources.tables import Columns, features, read_table, years

NAME = "spotify-2024-by-genre"
COLUMNS = Columns(
    text={
        "track_id": "track_id",
        "title": "track_name",
        "artist": "artist_name",
        "album": "album_name",
        "released": "release_date",
        "artist_genres": "artist_genres",
    },
    numbers={"popularity": "popularity", "duration_ms": "duration_ms"} | features(),
    booleans={"explicit": "explicit"},
)


def read(path: Path) -> MusicRows:
    """Read the genre files; a track's raw genres are its artist's.

    A file's name is only what Spotify was searched for, and it found loosely ("fusion" brought
    reggae fusion, "swing" new jack swing), so the name is no genre.
    """
    with members(path) as found:
        files = [(member, member.read()) for member in found]
    tables = [
        read_table(data, COLUMNS, name=member.name)
        for member, data in files
        if data.strip(b'\xef\xbb\xbf", \r\n')  # three genres found nothing and left no table
    ]
    if not tables:
        raise DataError(f"{path.name} holds no table with rows.")
    table = pd.concat(tables, ignore_index=True)
    table["year"] = years(table["released"])
    table["raw_genres"] = [list(_words(text)) for text in table["artist_genres"]]
    artists = [[name] if name else [] for name in table["artist"]]
    tracks = track_rows(table, artists=artists, name=NAME)
    return MusicRows(len(table), tracks=tracks, artist_genres=True)


@lru_cache(maxsize=50_000)
def _words(text: str) -> tuple[str, ...]:
    """``"['acid jazz', 'funk']"`` → its words."""
    try:
        return tuple(str(word) for word in ast.literal_eval(text or "[]"))
    except (ValueError, SyntaxError) as error:
        raise DataError(f"{NAME}: {text[:60]!r} in 'artist_genres' is not a list.") from error
