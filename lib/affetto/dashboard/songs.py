"""The songs that can be explored: the built catalogue where it is, else the bundled vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from affetto.bundled import read_bundled
from affetto.recommend.released import VOCABULARY
from affetto.settings import processed_dir
from affetto.sources.catalogue_features import read_rows

HEARD = {
    "valence": "valence, estimated", "arousal": "arousal, estimated", "tempo": "tempo (BPM)",
    "year": "year", "popularity": "playlists that hold it",
}  # fmt: skip
MEASURED = {
    "spotify_valence": "Spotify's valence", "energy": "energy", "danceability": "danceability",
    "acousticness": "acousticness", "instrumentalness": "instrumentalness",
    "speechiness": "speechiness", "liveness": "liveness", "loudness": "loudness (dB)",
    "tempo": "tempo (BPM)",
}  # fmt: skip
RATED = {"year": "year", "popularity": "Spotify's popularity"}


@dataclass(frozen=True, slots=True, eq=False)
class Songs:
    """A table of songs, column by column.

    name : what it is, for people.  axes : column → how it is called.  numbers : column → float32
    [n], nan where unknown.  genre_rows : genre → rows.  table : title and artists, for the few
    songs that are named.
    """

    name: str
    axes: Mapping[str, str]
    numbers: Mapping[str, np.ndarray]
    genre_rows: Mapping[str, np.ndarray]
    table: pa.Table

    def __len__(self) -> int:
        return self.table.num_rows

    def matching(
        self,
        *,
        genre: str | None = None,
        years: tuple[int, int] | None = None,
        words: str = "",
        needs: tuple[str, ...] = (),
    ) -> np.ndarray:
        """Rows, rising, that pass every filter.

        genre : one of ``genre_rows``.  years : both included; songs of unknown year fall out.
        words : stand in the title or in an artist's name, whatever the case.
        needs : columns that must be known.
        """
        keep = np.ones(len(self), bool)
        if genre is not None:
            keep[:] = False
            keep[self.genre_rows[genre]] = True
        if years is not None:
            year = self.numbers["year"]
            keep &= (year >= years[0]) & (year <= years[1])
        for column in needs:
            keep &= ~np.isnan(self.numbers[column])
        if words.strip():
            keep &= self._mentions(words.strip())
        return np.flatnonzero(keep)

    def _mentions(self, words: str) -> np.ndarray:
        found = [
            pc.match_substring(self.table[column], words, ignore_case=True)
            for column in ("title", "artist_line")
        ]
        both = pc.fill_null(pc.or_kleene(*found), False)
        return np.asarray(both.combine_chunks().to_numpy(zero_copy_only=False), bool)

    def describe(self, row: int) -> tuple[str, str, str]:
        """(title, artists, track id) of one song."""
        facts = {name: self.table[name][row].as_py() for name in self.table.column_names}
        return facts["title"] or "untitled", facts["artist_line"] or "", facts["track_id"]


def built_catalogue(folder: Path | None = None) -> Songs | None:
    """Every recording of ``data/processed/tracks.parquet``; None where it is not built.

    Raises DataError where the file cannot be read.
    """
    path = (folder or processed_dir()) / "tracks.parquet"
    if not path.is_file():
        return None
    columns = ["track_id", "recording_id", "title", "artists", "genres", *MEASURED, *RATED]
    table = read_rows(path, columns)
    _, first = np.unique(table["recording_id"].to_numpy(), return_index=True)
    return _songs("full catalogue", table.take(np.sort(first)), {**MEASURED, **RATED})


def bundled_vocabulary() -> Songs:
    """The songs that the recommender ranks.  Raises ModelError where the file is not whole."""
    table = pq.read_table(pa.BufferReader(read_bundled(VOCABULARY)))
    return _songs("bundled vocabulary", table, HEARD)


def _songs(name: str, table: pa.Table, axes: Mapping[str, str]) -> Songs:
    table = table.combine_chunks()
    numbers = {
        column: table[column].cast(pa.float32()).to_numpy(zero_copy_only=False)
        if table.num_rows
        else np.zeros(0, np.float32)
        for column in axes
    }
    lines = pc.binary_join(table["artists"], ", ")
    shown = pa.table({"track_id": table["track_id"], "title": table["title"], "artist_line": lines})
    return Songs(name, axes, numbers, _genre_rows(table["genres"]), shown)


def _genre_rows(column: pa.ChunkedArray) -> dict[str, np.ndarray]:
    lists = column.combine_chunks()
    entries = pc.list_flatten(lists).dictionary_encode()
    rows = pc.list_parent_indices(lists).to_numpy()
    codes = entries.indices.to_numpy()
    names = entries.dictionary.to_pylist()
    return {names[k]: rows[codes == k] for k in sorted(range(len(names)), key=names.__getitem__)}
