"""The steps of `affetto data build`, one at a time, for notebooks that stop to look.

Three origins give the same columns: the public files; made-up rows, which need neither network
nor data; and Spotify's search, where an app is configured.  What Spotify answers is for showing:
it carries the provenance ``spotify_api``, which training refuses, and is kept beside the
catalogue, never in it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from affetto.errors import InputError
from affetto.settings import processed_dir
from affetto.sources import build, store
from affetto.sources.catalogue import build_tracks, split_comma_artists
from affetto.sources.datasets import MUSIC_READERS
from affetto.sources.datasets.deezer_mood import NAME as TAGS
from affetto.sources.datasets.fer2013 import (
    CrowdVotes,
    LabelledFaces,
    read_fer2013,
    read_ferplus,
)
from affetto.sources.datasets.rows import TRACK_COLUMNS, MusicRows
from affetto.sources.moods import build_moods
from affetto.sources.registry import load_registry
from affetto.sources.schema import FEATURES, PLAYLISTS, write_table
from affetto.sources.splits import (
    check_frozen,
    read_split,
    split_by_playlist,
    split_by_time,
    write_split,
)
from affetto.sources.spotify.facts import PROVENANCE
from affetto.sources.synthetic import made_up_faces, made_up_music

log = logging.getLogger(__name__)
ORIGINS = ("public", "spotify", "synthetic")
AUTO = "auto"
TRACKS_FILE, SPOTIFY_FILE = "tracks.parquet", "tracks_spotify.parquet"


def choose_origin(wanted: str = AUTO) -> str:
    """One of ORIGINS; ``auto`` is Spotify where an app is configured, else the public files.

    Raises InputError for any other word, and for ``spotify`` where no app is configured.
    """
    from affetto.sources.spotify.config import need_config, read_config

    if wanted == AUTO:
        config = read_config()
        return "spotify" if config is not None and config.client_secret else "public"
    if wanted not in ORIGINS:
        raise InputError(f"ORIGIN must be {AUTO}, {', '.join(ORIGINS)}; got {wanted!r}.")
    if wanted == "spotify":
        need_config()
    return wanted


def survey() -> pd.DataFrame:
    """Every source of the registry: title, kind, licence as stated, state of its files, rows."""
    facts = []
    for name, source in load_registry().items():
        state = store.check(source)
        facts.append((name, source.kind, source.title, source.licence, state.state, state.rows))
    columns = ["source", "kind", "title", "licence", "state", "rows"]
    return pd.DataFrame(facts, columns=columns).set_index("source")


def collect(
    origin: str,
    *,
    queries: Iterable[str] = (),
    per_query: int = 50,
    songs: int = 3000,
    seed: int = 7,
) -> dict[str, MusicRows]:
    """Source name → rows with the same columns, whatever the origin.

    origin : one of ORIGINS.  queries, per_query : what Spotify is asked, and tracks a query.
    songs, seed : of made-up rows.  Raises DataError where a public file is missing.
    """
    if origin == "synthetic":
        return made_up_music(songs=songs, playlists=max(40, songs // 25), seed=seed)
    if origin == "spotify":
        return {PROVENANCE: _searched(queries, per_query)}
    return read_public(MUSIC_READERS)


def read_public(names: Iterable[str]) -> dict[str, MusicRows]:
    """The named music sources from the files on this machine, in order of trust.

    Playlists that no frozen split names are left out, as `affetto data build` does.
    """
    wanted, registry, frozen = set(names), load_registry(), build.frozen_splits()
    found = {}
    for name, read in MUSIC_READERS.items():
        if name in wanted:
            rows = read(store.locate(registry[name]).path)
            found[name] = build.only_frozen(rows, name, *frozen) if frozen else rows
    return found


def playlist_sources() -> tuple[str, ...]:
    """The public sources that hold playlists or mood labels."""
    without = {"spotify-2024-by-genre", "spotify-tracks-114k", "hit-predictor-1960-2019"}
    return tuple(name for name in MUSIC_READERS if name not in without)


def listeners_tags(origin: str, tracks: pa.Table, *, songs: int = 3000, seed: int = 7) -> pa.Table:
    """What listeners say that songs feel like, joined to ``tracks``; schema TRACK_MOODS."""
    if origin == "public":
        sources = read_public([TAGS])
    else:
        sources = {TAGS: made_up_music(songs=songs, seed=seed)[TAGS]}
    return build_moods(sources, tracks, PLAYLISTS.empty_table())


def merge_tracks(sources: Mapping[str, MusicRows]) -> pa.Table:
    """All sources' tracks as one table with the schema TRACKS."""
    return build_tracks(split_comma_artists(sources))


def catalogue_file(origin: str) -> str:
    """The name under which an origin's tracks are kept."""
    return SPOTIFY_FILE if origin == "spotify" else TRACKS_FILE


def collect_faces(
    origin: str, *, faces: int = 1200, seed: int = 7
) -> tuple[LabelledFaces, CrowdVotes | None]:
    """Faces with FER2013's labels, and the crowd's votes where the rows allow them.

    origin : ``public`` or ``synthetic``.  faces, seed : of made-up ones.
    """
    if origin == "synthetic":
        return made_up_faces(faces, seed=seed)
    registry = load_registry()
    paths = [store.locate(registry[name]).path for name in build.FACE_SOURCES]
    labelled = read_fer2013(paths[0])
    return labelled, read_ferplus(paths[1]) if labelled.in_file_order else None


def freeze(
    playlists: pa.Table, folder: Path, *, anew: bool = False
) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """The splits by playlist and by time: those frozen in ``folder``, checked, else new ones.

    anew : freeze again, as made-up rows need.  Raises DataError where a frozen split leaks.
    """
    paths = folder / "by_playlist.json", folder / "by_time.json"
    if anew or not paths[0].is_file():
        write_split(split_by_playlist(playlists), paths[0])
        write_split(split_by_time(playlists), paths[1])
    by_playlist, by_time = (read_split(path) for path in paths)
    check_frozen(playlists, by_playlist)
    return by_playlist, by_time


def keep(tables: Mapping[str, pa.Table], folder: Path, *, origin: str, kind: str) -> None:
    """Write tables to ``folder``, each whole or not at all.

    kind : ``music`` or ``faces``.  Public tables in the project's own folder are recorded as
    `affetto data build` records them, so that `affetto data status` knows them.
    """
    for name, table in tables.items():
        write_table(table, folder / name)
    if origin == "public" and folder.resolve() == processed_dir().resolve():
        rows = {name: table.num_rows for name, table in tables.items()}
        build.record(build.verified_inputs((kind,)), rows)


def _searched(queries: Iterable[str], per_query: int) -> MusicRows:
    """What Spotify's search finds, each track once, with features where some source knows them."""
    from affetto.sources.chain import feature_sources
    from affetto.sources.spotify.app import spotify_app
    from affetto.sources.spotify.collected import search_with_features

    client = spotify_app().catalogue
    sources = feature_sources(client)
    rows: dict[str, dict[str, Any]] = {}
    for query in queries:
        found = search_with_features(client, sources, query=query, limit=per_query)
        rows |= {row["track_id"]: row for row in found.rows()}
        for message in found.messages:
            log.warning("%s: %s", query, message)
    if not rows:
        raise InputError("Spotify found nothing; give QUERIES that name songs, artists or genres.")
    frame = pd.DataFrame(list(rows.values())).reindex(columns=list(TRACK_COLUMNS))
    numbers = {name: pd.to_numeric(frame[name]) for name in (*FEATURES, "popularity")}
    no_genres = [[] for _ in range(len(frame))]
    return MusicRows(len(frame), tracks=frame.assign(**numbers, raw_genres=no_genres))
