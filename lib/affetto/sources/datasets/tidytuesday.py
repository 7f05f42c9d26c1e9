"""TidyTuesday 2020-01-21: 471 genre playlists in their order, with audio features."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from affetto.sources.datasets.rows import MusicRows, playlist_genres, playlist_rows, track_rows
from affetto.sources.members import read_member
from affetto.sources.names import split_credits
from affetto.sources.tables import Columns, features, read_table, years

NAME = "tidytuesday-2020-01-21"
FILE = "spotify_songs.csv"
PUBLISHED = dt.date(2020, 1, 21)  # the lists were read shortly before; no date is given
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
    numbers={"popularity": "track_popularity", "duration_ms": "duration_ms"}
    | features(time_signature=""),
)


def read(path: Path) -> MusicRows:
    """Read ``spotify_songs.csv``.  A playlist that stands under two subgenres is one playlist."""
    table = read_table(read_member(path, FILE), COLUMNS, name=FILE)
    table["year"] = years(table["released"])
    table["raw_genres"] = [list(g) for g in zip(table["genre"], table["subgenre"], strict=True)]
    artists = [split_credits(name) for name in table["artist"]]
    return MusicRows(
        len(table),
        tracks=track_rows(table, artists=artists, name=FILE),
        playlists=playlist_rows(table, date=PUBLISHED),
        playlist_genres=playlist_genres(table),
    )
