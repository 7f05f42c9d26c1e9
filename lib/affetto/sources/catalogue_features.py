"""The local catalogue (``affetto data build``) as a source of audio features: by id, then by name.

The table has 264,000 rows.  Only the columns that are asked for are read, and rows are picked in
Arrow: a look-up takes a fraction of a second and no lasting memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from affetto.errors import DataError
from affetto.settings import processed_dir
from affetto.sources.features import AudioFeatures, Wanted, usable_values
from affetto.sources.names import artist_key, recording_key
from affetto.sources.schema import FEATURES

_FACTS = ["track_id", "title", "artist_keys", "has_features", "provenance", *FEATURES]


class CatalogueById:
    """A FeatureSource: the tracks that stand in the catalogue under this very id."""

    name = "catalogue, by id"

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or processed_dir() / "tracks.parquet"

    def features(self, wanted: Sequence[Wanted]) -> dict[str, AudioFeatures]:
        """See FeatureSource.  Raises DataError where the catalogue is not built."""
        ids = pa.array([track.track_id for track in wanted], pa.string())
        rows = _read(self._path, pc.field("track_id").isin(ids))
        return {row["track_id"]: _features(row["track_id"], row, "id") for row in rows}


class CatalogueByName:
    """A FeatureSource: another release with the same first artist and the same title.

    Remasters and "feat." credits count as the same; live takes and remixes do not.
    """

    name = "catalogue, by name"

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or processed_dir() / "tracks.parquet"

    def features(self, wanted: Sequence[Wanted]) -> dict[str, AudioFeatures]:
        """See FeatureSource.  Tracks without a title or an artist stay unknown."""
        named = {track.track_id: _key(track) for track in wanted if track.title and track.artists}
        if not named:
            return {}
        artists = {artist_key(t.artists[0]) for t in wanted if t.track_id in named}
        twins = [
            row["track_id"]
            for row in _by_artists(self._path, artists)
            if recording_key(row["artist_keys"], row["title"]) in named.values()
        ]
        donors: dict[str, dict[str, Any]] = {}
        for row in _read(self._path, pc.field("track_id").isin(pa.array(twins, pa.string()))):
            donors.setdefault(recording_key(row["artist_keys"], row["title"]), row)
        return {
            track_id: _features(track_id, donors[key], "name")
            for track_id, key in named.items()
            if key in donors
        }


def local_sources(path: Path | None = None) -> list[CatalogueById | CatalogueByName]:
    """The local end of the chain: by id, then by name; nothing where no catalogue is built."""
    path = path or processed_dir() / "tracks.parquet"
    return [CatalogueById(path), CatalogueByName(path)] if path.is_file() else []


def _key(track: Wanted) -> str:
    return recording_key([artist_key(name) for name in track.artists], track.title or "")


def _by_artists(path: Path, artists: Iterable[str]) -> list[dict[str, Any]]:
    """Id, title and artists of the tracks whose first artist is one of ``artists``."""
    named = pc.field("title").is_valid() & (pc.list_value_length(pc.field("artist_keys")) > 0)
    table = read_rows(path, ["track_id", "title", "artist_keys"], pc.field("has_features") & named)
    first = pc.list_element(table["artist_keys"], 0)
    wanted = pc.is_in(first, value_set=pa.array(sorted(artists), pa.string()))
    return table.filter(wanted).to_pylist()


def _read(path: Path, which: pc.Expression) -> list[dict[str, Any]]:
    """Whole rows with features, by track id."""
    table = read_rows(path, _FACTS, pc.field("has_features") & which)
    return table.sort_by("track_id").to_pylist()


def read_rows(path: Path, columns: list[str], which: pc.Expression | None = None) -> pa.Table:
    """Some columns of some rows.  Raises DataError where the catalogue cannot be read."""
    if not path.is_file():
        raise DataError(f"{path.name} is not built yet; run: affetto data build.")
    try:
        return pq.read_table(path, columns=columns, filters=which)
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
        raise DataError(f"{path.name} cannot be read; run: affetto data build.") from error


def _features(track_id: str, row: dict[str, Any], matched: str) -> AudioFeatures:
    return AudioFeatures(
        track_id=track_id,
        values=usable_values(row, valence="spotify_valence"),
        provenance=row["provenance"],
        matched=matched,
    )
