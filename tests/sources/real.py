"""The real data sets, read and merged once for all tests that are marked ``needs_data``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pyarrow as pa

from affetto.sources.build import frozen_splits, only_frozen
from affetto.sources.catalogue import build_tracks, split_comma_artists
from affetto.sources.datasets import MUSIC_READERS
from affetto.sources.datasets.rows import MusicRows
from affetto.sources.moods import build_moods
from affetto.sources.playlists import build_playlists
from affetto.sources.registry import load_registry


@cache
def rows(name: str, mirror: Path) -> MusicRows:
    """What the reader of ``name`` makes of the mirror's file."""
    return MUSIC_READERS[name](mirror / load_registry()[name].mirror.file)


@cache
def tables(mirror: Path) -> dict[str, pa.Table]:
    """The three music tables, as `affetto data build` makes them from the mirror."""
    frozen = frozen_splits()
    sources = {name: only_frozen(rows(name, mirror), name, *frozen) for name in MUSIC_READERS}
    tracks = build_tracks(split_comma_artists(sources))
    playlists = build_playlists(sources, tracks)
    moods = build_moods(sources, tracks, playlists)
    return {
        "tracks.parquet": tracks,
        "playlists.parquet": playlists,
        "track_moods.parquet": moods,
    }
