"""The Spotify Hit Predictor Dataset: hits and flops of six decades, 1960 to 2019."""

from __future__ import annotations

from pathlib import Path

from affetto.sources.datasets.rows import MusicRows, read_tables, track_rows
from affetto.sources.names import split_credits
from affetto.sources.tables import Columns, features

NAME = "hit-predictor-1960-2019"
COLUMNS = Columns(
    text={"uri": "uri", "title": "track", "artist": "artist"},
    numbers={"duration_ms": "duration_ms"} | features(),
)


def read(path: Path) -> MusicRows:
    """Read the six files.  The decade is that of the chart, not of the release: no year is set."""
    table = read_tables(path, COLUMNS)
    table["track_id"] = table["uri"].str.removeprefix("spotify:track:")
    artists = [split_credits(name) for name in table["artist"]]
    return MusicRows(len(table), tracks=track_rows(table, artists=artists, name=NAME))
