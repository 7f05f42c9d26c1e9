"""Tracks found on Spotify with audio features from wherever they are known: for looking at.

Every row carries the provenance ``spotify_api``, so that ``learn`` refuses it; where its audio
features came from stands beside it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from affetto.errors import InputError
from affetto.files import check_place, write_whole
from affetto.sources.features import FeatureSource, FoundFeatures, Wanted, find_features
from affetto.sources.schema import FEATURES
from affetto.sources.spotify.client import SpotifyClient
from affetto.sources.spotify.facts import PROVENANCE, SpotifyTrack

COLLECTED = pa.schema(
    [
        pa.field("track_id", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("artists", pa.list_(pa.string()), nullable=False),
        pa.field("album", pa.string()),
        pa.field("year", pa.int16()),
        pa.field("explicit", pa.bool_()),
        pa.field("duration_ms", pa.int32()),
        pa.field("isrc", pa.string()),
        pa.field("url", pa.string(), nullable=False),
        *(pa.field(name, pa.float32()) for name in FEATURES),
        pa.field("features_provenance", pa.string()),  # null where nobody knows them
        pa.field("features_matched", pa.string()),  # "id" or "name"
        pa.field("provenance", pa.string(), nullable=False),  # always spotify_api
    ]
)
FORMATS = (".parquet", ".csv")


@dataclass(frozen=True, slots=True)
class Collection:
    """What a search gave: a table with the schema COLLECTED, and what should be said of it."""

    table: pa.Table
    messages: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """One dict a track, as JSON would have it."""
        return self.table.to_pylist()

    def save(self, path: Path) -> Path:
        """Write the table whole or not at all, as .parquet or .csv.  Raises InputError."""
        check_target(path)
        data = _csv(self.table) if path.suffix.lower() == ".csv" else _parquet(self.table)
        try:
            write_whole(path, data)
        except OSError as error:
            raise InputError(f"I can't write {path}: {error.strerror or error}.") from error
        return path


def search_with_features(
    client: SpotifyClient,
    sources: Sequence[FeatureSource],
    *,
    query: str = "",
    genre: str | None = None,
    year: int | str | None = None,
    market: str | None = None,
    limit: int = 50,
) -> Collection:
    """Search Spotify and look up the audio features of what it found.

    sources : asked in turn (``chain.feature_sources``); none leaves the features empty.
    query, genre, year, market, limit : as in SpotifyClient.search.
    Raises InputError for a search that makes no sense; a ServiceError where Spotify does not
    answer.  A source of features that does not answer is only said.
    """
    tracks = client.search(query, genre=genre, year=year, market=market, limit=limit)
    if not tracks:
        return Collection(COLLECTED.empty_table(), ("Spotify found nothing; try other words.",))
    found = find_features(map(_wanted, tracks), sources) if sources else FoundFeatures()
    rows = [_row(track, found) for track in tracks]
    return Collection(pa.Table.from_pylist(rows, schema=COLLECTED), found.messages)


def check_target(path: Path) -> None:
    """Raise InputError unless a table can be written to ``path``."""
    check_place(path, example=f"tracks{FORMATS[0]}")
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"I can't write {path.name}; use {' or '.join(FORMATS)}.")


def _wanted(track: SpotifyTrack) -> Wanted:
    return Wanted(track_id=track.track_id, title=track.title, artists=track.artists)


def _row(track: SpotifyTrack, found: FoundFeatures) -> dict[str, Any]:
    features = found.found.get(track.track_id)
    return {
        "track_id": track.track_id,
        "title": track.title,
        "artists": list(track.artists),
        "album": track.album,
        "year": track.year,
        "explicit": track.explicit,
        "duration_ms": track.duration_ms,
        "isrc": track.isrc,
        "url": track.url,
        **(features.values if features else {}),
        "features_provenance": features.provenance if features else None,
        "features_matched": features.matched if features else None,
        "provenance": PROVENANCE,
    }


def _csv(table: pa.Table) -> bytes:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, table.column_names, lineterminator="\n")
    writer.writeheader()
    for row in table.to_pylist():
        writer.writerow({**row, "artists": "; ".join(row["artists"])})
    return sink.getvalue().encode("utf-8")


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
