"""Two collections of tracks whose mood is that of the playlists they were taken from."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from affetto.errors import DataError
from affetto.sources.datasets.rows import MusicRows, membership_moods, track_rows
from affetto.sources.members import members
from affetto.sources.tables import Columns, features, read_table, years

SKERJANEC = "mood-playlists-skerjanec-2022"
GRACIEZ = "mood-playlists-graciez-2021"

# File name → quadrant.  "active" and "energetic" say how lively a song is, not how pleasant.
QUADRANTS: dict[str, str | None] = {
    "active": None,
    "energetic": None,
    "angry": "angry",
    "calm": "calm",
    "happy": "happy",
    "sad": "sad",
}
_SKERJANEC_COLUMNS = Columns(
    text={
        "track_id": "id",
        "title": "name",
        "artist": "artist_name",
        "album": "album_name",
        "released": "release_date",
    },
    numbers={"duration_ms": "duration_ms"} | features(),
    delimiter="|",
)
_GRACIEZ_COLUMNS = Columns(
    text={"track_id": "id", "title": "track_name", "artist": "artist_name"},
    numbers={"duration_ms": "duration_ms"} | features(),
)


def read_skerjanec(path: Path) -> MusicRows:
    """Five files separated by bars: active, angry, calm, happy, sad."""
    return _read(path, _SKERJANEC_COLUMNS, SKERJANEC)


def read_graciez(path: Path) -> MusicRows:
    """Four files: calm, energetic, happy, sad; header lines and rows repeat inside them."""
    return _read(path, _GRACIEZ_COLUMNS, GRACIEZ)


def _read(path: Path, columns: Columns, name: str) -> MusicRows:
    with members(path) as found:
        tables = [
            read_table(m.read(), columns, name=m.name).assign(label=m.stem)
            for m in found
            if m.stem in QUADRANTS
        ]
    if not tables:
        raise DataError(f"{path.name} holds none of {', '.join(QUADRANTS)} as a .csv file.")
    table = pd.concat(tables, ignore_index=True)
    if "released" in table:
        table["year"] = years(table["released"])
    artists = [[artist] if artist else [] for artist in table["artist"]]
    return MusicRows(
        len(table),
        tracks=track_rows(table, artists=artists, name=name),
        moods=membership_moods(table, quadrants=QUADRANTS),
    )
