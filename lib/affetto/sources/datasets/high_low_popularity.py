"""Spotify music dataset 2024: playlists of popular and of obscure tracks."""

from __future__ import annotations

from pathlib import Path

from affetto.sources.datasets.rows import (
    MusicRows,
    playlist_genres,
    playlist_rows,
    read_tables,
    track_rows,
)
from affetto.sources.tables import Columns, features, years

NAME = "high-low-popularity-2024"
COLUMNS = Columns(
    text={
        "track_id": "track_id",
        "title": "track_name",
        "artist": "track_artist",
        "album": "track_album_name",
        "released": "track_album_release_date",
        "name": "playlist_name",
        "playlist_id": "playlist_id",
        "genre": "playlist_genre",
        "subgenre": "playlist_subgenre",
    },
    numbers={"popularity": "track_popularity", "duration_ms": "duration_ms"} | features(),
)


def read(path: Path) -> MusicRows:
    """Read both files.  Each holds only the popular, or only the obscure, part of a playlist.

    A playlist in both files becomes one, popular part first; its order inside a part is
    the file's, which is not known to be the playlist's.
    """
    table = read_tables(path, COLUMNS)
    table["year"] = years(table["released"])
    table["raw_genres"] = [list(g) for g in zip(table["genre"], table["subgenre"], strict=True)]
    return MusicRows(
        len(table),
        tracks=track_rows(table, artists=[[a] for a in table["artist"]], name=NAME),
        playlists=playlist_rows(table),
        playlist_genres=playlist_genres(table),
        comma_artists=True,
    )
