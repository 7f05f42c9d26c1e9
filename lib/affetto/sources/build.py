"""`affetto data build`: the sources on this machine → the four tables of ``data/processed``.

The same source files give the same bytes again.  Playlists that no committed split names
are left out (their own authors publish more of them than we may learn from), so a build
from public downloads holds the playlists of a build from the mirror.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from affetto.errors import DataError
from affetto.files import sha256_of, write_json
from affetto.settings import PACKAGE_DIR, data_dir, processed_dir, project_dir
from affetto.sources import store
from affetto.sources.catalogue import build_tracks, split_comma_artists
from affetto.sources.datasets import MUSIC_READERS
from affetto.sources.datasets.fer2013 import read_fer2013, read_ferplus
from affetto.sources.datasets.rows import MusicRows
from affetto.sources.faces import build_faces
from affetto.sources.moods import build_moods
from affetto.sources.playlists import build_playlists
from affetto.sources.registry import load_registry
from affetto.sources.schema import FEATURES, write_table
from affetto.sources.splits import (
    ARCHIVE,
    check_frozen,
    read_split,
    split_by_playlist,
    split_by_time,
    write_split,
)

log = logging.getLogger(__name__)
RECORD = "build.json"
MUSIC_TABLES = ("tracks.parquet", "playlists.parquet", "track_moods.parquet")
FACES_TABLE = "faces.parquet"
PARTS = ("music", "faces")
FACE_SOURCES = ("fer2013", "ferplus")
#: Rooms of this folder on whose code a table's rows depend.
_MAKES_TABLES = (
    "build",
    "catalogue",
    "contexts",
    "datasets",
    "faces",
    "genres",
    "members",
    "moods",
    "names",
    "playlists",
    "schema",
    "splits",
    "tables",
    "track_genres",
)
Say = Callable[[str], None]


def build(
    *, parts: Iterable[str] = PARTS, refreeze: bool = False, say: Say = log.info
) -> dict[str, int]:
    """Build the tables of ``parts`` from the sources on this machine.

    refreeze : make the splits anew instead of keeping the committed ones.
    say : told each step.  Returns file name → rows.
    Raises DataError where a source is missing, damaged or not in its layout; tables that
    were there before stay as they were.
    """
    parts = list(parts)
    inputs = verified_inputs(parts)
    tables: dict[str, pa.Table] = {}
    if "music" in parts:
        tables |= _music_tables(refreeze=refreeze, say=say)
    if "faces" in parts:
        tables |= _faces_table(say)
    say("Writing")
    for name, table in tables.items():
        write_table(table, processed_dir() / name)
    rows = {name: table.num_rows for name, table in tables.items()}
    record(inputs, rows)
    return rows


def verified_inputs(parts: Iterable[str]) -> dict[str, str]:
    """Source → checksum of what is about to be read.  Raises DataError for damaged bytes."""
    found = {}
    for source in load_registry().values():
        if source.kind in parts:
            store.locate(source)
            state = store.check(source)
            if state.state == "damaged":
                raise DataError(f"{source.name}: {state.detail}")
            found[source.name] = str(state.sha256)
    return found


def _music_tables(*, refreeze: bool, say: Say) -> dict[str, pa.Table]:
    frozen = None if refreeze else frozen_splits()
    sources = {}
    for name, path in _music_paths():
        say(f"Reading {name}")
        rows = MUSIC_READERS[name](path)
        sources[name] = only_frozen(rows, name, *frozen) if frozen else rows
    say("Merging tracks")
    tracks = build_tracks(split_comma_artists(sources))
    say("Grouping playlists")
    playlists = build_playlists(sources, tracks)
    if frozen is None:  # once more, now that it is known what is held out
        _freeze(playlists)
        return _music_tables(refreeze=False, say=say)
    check_frozen(playlists, frozen[0])
    say("Joining mood labels")
    moods = build_moods(sources, tracks, playlists)
    return dict(zip(MUSIC_TABLES, (tracks, playlists, moods), strict=True))


def _music_paths() -> list[tuple[str, Path]]:
    registry = load_registry()
    return [(name, store.locate(registry[name]).path) for name in MUSIC_READERS]


def splits_dir() -> Path:
    """The folder of the committed splits: beside the data, else the checkout's own."""
    beside = data_dir() / "splits"
    return beside if beside.is_dir() else project_dir() / "data" / "splits"


def frozen_splits() -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The committed splits by playlist and by time, or None where none are committed yet."""
    folder = splits_dir()
    if not (folder / "by_playlist.json").is_file():
        return None
    return read_split(folder / "by_playlist.json"), read_split(folder / "by_time.json")


def only_frozen(
    rows: MusicRows, name: str, by_playlist: dict[str, Any], by_time: dict[str, Any]
) -> MusicRows:
    """Leave out playlists that no split names, and archive snapshots after its last day.

    Tracks that stand in none of the playlists kept go with them, and so does what only
    held-out playlists tell of their songs.
    """
    if rows.playlists is None:
        return rows
    rows = without_held_out_facts(rows, by_playlist)
    named = {playlist for part in ("train", "validation", "test") for playlist in by_playlist[part]}
    keep = rows.playlists["playlist_id"].isin(named)
    if name == ARCHIVE:
        keep &= rows.playlists["date"] <= dt.date.fromisoformat(by_time["until"])
    if keep.all():
        return rows
    log.info(
        "%s: %d snapshots stand in no frozen split and are left out.", name, int((~keep).sum())
    )
    playlists = rows.playlists[keep].reset_index(drop=True)
    held = {track for ids in playlists["track_ids"] for track in ids}
    tracks = rows.tracks[rows.tracks["track_id"].isin(held)].reset_index(drop=True)
    return replace(rows, playlists=playlists, tracks=tracks)


def without_held_out_facts(rows: MusicRows, by_playlist: dict[str, Any]) -> MusicRows:
    """What a source says of its songs because of training playlists, and nothing more.

    A song that is rock because a test playlist is, or whose year is known because one lists it,
    tells the answer: who is asked which songs stand in that playlist hears every song's facts.
    Names stay.
    """
    held_out = {*by_playlist["validation"], *by_playlist["test"]}
    training = rows.playlists[~rows.playlists["playlist_id"].isin(held_out)]
    heard = {track for tracks in training["track_ids"] for track in tracks}
    tracks = rows.tracks.copy()
    hidden = ~tracks["track_id"].isin(heard)
    for column in ("year", "explicit", "popularity", *FEATURES):
        tracks[column] = tracks[column].mask(hidden)
    if rows.playlist_genres is not None:
        words: dict[str, set[str]] = {}
        for playlist, ids in zip(training["playlist_id"], training["track_ids"], strict=True):
            for track in ids:
                words.setdefault(track, set()).update(rows.playlist_genres.get(playlist, ()))
        tracks["raw_genres"] = [sorted(words.get(track, ())) for track in tracks["track_id"]]
    return replace(rows, tracks=tracks)


def _freeze(playlists: pa.Table) -> None:
    write_split(split_by_playlist(playlists), splits_dir() / "by_playlist.json")
    write_split(split_by_time(playlists), splits_dir() / "by_time.json")


def _faces_table(say: Say) -> dict[str, pa.Table]:
    registry = load_registry()
    say("Reading faces")
    faces, votes = (store.locate(registry[name]).path for name in FACE_SOURCES)
    labelled = read_fer2013(faces)
    crowd = read_ferplus(votes) if labelled.in_file_order else None
    say("Looking for duplicate faces")
    return {FACES_TABLE: build_faces(labelled, crowd)}


def record(inputs: dict[str, str], rows: dict[str, int]) -> None:
    """Write, beside the tables, what they were built from; parts not built now keep theirs."""
    path = processed_dir() / RECORD
    old = read_record() or {"inputs": {}, "outputs": {}}
    outputs = {
        name: {
            "rows": count,
            "sha256": sha256_of(processed_dir() / name),
            "code": code_fingerprint(),
        }
        for name, count in rows.items()
    }
    built = {
        "inputs": dict(sorted({**old["inputs"], **inputs}.items())),
        "outputs": dict(sorted({**old["outputs"], **outputs}.items())),
    }
    write_json(path, built)


def read_record() -> dict[str, Any] | None:
    """What the tables in ``data/processed`` were built from; None where nothing was built."""
    try:
        return json.loads((processed_dir() / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def count_rows(name: str, path: Path) -> int:
    """Rows that the reader of source ``name`` finds in ``path``.

    Raises DataError where ``path`` is not in a layout that it knows.
    """
    if name == "fer2013":
        return len(read_fer2013(path).labels)
    if name == "ferplus":
        return len(read_ferplus(path).emotions)
    return MUSIC_READERS[name](path).files_rows


def why_not_current() -> str | None:
    """One sentence on why the build does not match its sources, or None where it does."""
    record = read_record()
    if record is None:
        return "Nothing is built yet; run `affetto data build`."
    code = code_fingerprint()
    if any(output.get("code") != code for output in record["outputs"].values()):
        return "The code that builds has changed; run `affetto data build`."
    for name, source in load_registry().items():
        if record["inputs"].get(name) != store.check(source).sha256:
            return f"{name} is not what the tables were built from; run `affetto data build`."
    for name, output in record["outputs"].items():
        path = processed_dir() / name
        if not path.is_file() or sha256_of(path) != output["sha256"]:
            return f"{name} is missing or was changed after the build; run `affetto data build`."
    return None


def code_fingerprint() -> str:
    """SHA-256 over the modules that turn sources into tables."""
    digest = hashlib.sha256()
    folder = PACKAGE_DIR / "sources"
    modules = [p for p in folder.rglob("*.py") if _room(p, folder) in _MAKES_TABLES]
    for path in sorted(modules):
        digest.update(path.relative_to(PACKAGE_DIR).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _room(path: Path, folder: Path) -> str:
    """The module or sub-package of ``folder`` in which ``path`` lies."""
    return path.relative_to(folder).parts[0].removesuffix(".py")
