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
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from affetto.errors import InputError
from affetto.settings import processed_dir
from affetto.sources import build, store
from affetto.sources.catalogue import build_tracks, split_comma_artists
from affetto.sources.datasets import MUSIC_READERS
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
from affetto.sources.synthetic import made_up_faces, made_up_music

if TYPE_CHECKING:
    from affetto.sources.spotify.facts import SpotifyTrack

log = logging.getLogger(__name__)
ORIGINS = ("public", "spotify", "synthetic")
AUTO = "auto"
TAGS = "deezer-mood-2018"
SPOTIFY = "spotify_api"  # provenance of what Spotify answered
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
        return {SPOTIFY: _searched(queries, per_query)}
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
    """What Spotify's search finds, each track once, with features where our sources know them."""
    from affetto.sources.chain import feature_sources
    from affetto.sources.features import Wanted, find_features
    from affetto.sources.spotify.app import spotify_app

    client = spotify_app().catalogue
    answers = (client.search(query, limit=per_query) for query in queries)
    tracks = {track.track_id: track for answer in answers for track in answer}
    if not tracks:
        raise InputError("Spotify found nothing; give QUERIES that name songs, artists or genres.")
    wanted = [Wanted(track_id=i, title=t.title, artists=t.artists) for i, t in tracks.items()]
    known = find_features(wanted, feature_sources(client))
    for message in known.messages:
        log.warning(message)
    rows = [_row(t, known.found[i].values if i in known.found else {}) for i, t in tracks.items()]
    frame = pd.DataFrame(rows).reindex(columns=list(TRACK_COLUMNS))
    measured = {name: pd.to_numeric(frame[name]) for name in (*FEATURES, "popularity")}
    return MusicRows(len(frame), tracks=frame.assign(**measured))


def _row(track: SpotifyTrack, features: Mapping[str, float]) -> dict[str, Any]:
    return {
        "track_id": track.track_id,
        "title": track.title,
        "artists": list(track.artists),
        "album": track.album,
        "year": pd.NA if track.year is None else track.year,
        "explicit": pd.NA if track.explicit is None else track.explicit,
        "duration_ms": track.duration_ms,
        "raw_genres": [],
        **features,
    }
