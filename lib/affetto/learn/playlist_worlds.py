"""What a judge needs of the built playlists: training playlists, a vocabulary, what to predict.

Read without Keras, so that the released recommender can be judged where only it is installed.
Training never sees what is predicted: by playlist it has the playlists of the training part; by
time the snapshots dated before the cut, and no others.
"""

from __future__ import annotations

import datetime as dt
import json
import lzma
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from affetto.errors import DataError, InputError
from affetto.learn.next_track import Challenge
from affetto.learn.provenance import refuse_spotify_api
from affetto.music.catalogue import Catalogue
from affetto.recommend.baselines.knowledge import PlaylistKnowledge, artist_matrix
from affetto.sources.splits import read_split, time_targets

HISTORY_ONLY = 5  # tracks at the head of a playlist without flags that are never targets
_FLAGS = {True: True, False: False}


@dataclass(frozen=True, slots=True)
class ListedPlaylist:
    """A playlist to predict, as track ids: what is told of it, and what is asked, in order."""

    playlist_id: str
    history: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class World:
    """A vocabulary, what may be learned from the training playlists, and what to predict.

    tables : neighbour tables made so far, so that a search makes each once.
    """

    catalogue: Catalogue
    knowledge: PlaylistKnowledge
    challenges: list[Challenge]
    tables: dict[tuple[object, ...], Any] = field(default_factory=dict, compare=False, repr=False)


def build_world(
    catalogue: Catalogue, training: pd.DataFrame, listed: Iterable[ListedPlaylist]
) -> World:
    """The world of one split.  Raises DataError where no training playlist has two known tracks."""
    knowledge = knowledge_of(training, catalogue)
    if not knowledge.sequences:
        raise DataError(
            "None of the built playlists has tracks of the recommender's vocabulary; "
            "build the data that it was trained on (affetto data build)."
        )
    return World(catalogue, knowledge, to_challenges(listed, catalogue))


def read_playlists(processed: Path) -> pd.DataFrame:
    """The built snapshots.  Raises DataError where they are not built, or come from the API."""
    return _read(processed / "playlists.parquet")


def read_tracks(processed: Path) -> pd.DataFrame:
    """The built catalogue.  Raises DataError where it is not built, or comes from the API."""
    return _read(processed / "tracks.parquet")


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise DataError(f"{path.name} is not built yet; run: affetto data build.")
    table = pd.read_parquet(path)
    refuse_spotify_api(table)
    return table


def training_by_playlist(
    playlists: pd.DataFrame, splits: Path, *, parts: Sequence[str] = ("train",)
) -> pd.DataFrame:
    """The snapshots of the playlists of ``parts`` of the split by playlist."""
    split = read_split(splits / "by_playlist.json")
    ids = {playlist for part in parts for playlist in split[part]}
    return playlists[playlists["playlist_id"].isin(ids)]


def training_by_time(playlists: pd.DataFrame, splits: Path, *, part: str) -> pd.DataFrame:
    """The snapshots dated before the cut of ``part``; those without a date are left out."""
    cut = dt.date.fromisoformat(read_split(splits / "by_time.json")["cuts"][part])
    dates = pd.to_datetime(playlists["date"])
    return playlists[dates.notna() & (dates < pd.Timestamp(cut))]


def listed_by_playlist(playlists: pd.DataFrame, splits: Path, *, part: str) -> list[ListedPlaylist]:
    """The newest snapshot of each playlist of ``part``, its first five tracks history only.

    One without a date counts as the newest: where others of its playlist have dates, of 2021 at
    the latest, it is from a source of 2024.
    """
    chosen = training_by_playlist(playlists, splits, parts=(part,))
    by_age = chosen.sort_values(["date", "playlist_id"], na_position="last")
    newest = by_age.groupby("playlist_id").tail(1)
    return [
        ListedPlaylist(row.playlist_id, *_head_and_rest(row.track_ids))
        for row in newest.sort_values("playlist_id").itertuples()
        if len(row.track_ids) > HISTORY_ONLY
    ]


def listed_by_time(processed: Path, splits: Path, *, part: str) -> list[ListedPlaylist]:
    """Playlists known before the cut of ``part``, and the tracks that came later."""
    table = pq.read_table(processed / "playlists.parquet")
    found = time_targets(table, read_split(splits / "by_time.json"), part)
    return [ListedPlaylist(t.playlist_id, t.history, t.targets) for t in found]


def read_archive(path: Path) -> list[ListedPlaylist]:
    """Playlists of a ``.jsonl`` or ``.jsonl.xz`` file in the archive's layout.

    A track with ``"target": false`` is history; in a playlist without such flags the first five
    are.  Snapshots of one playlist are read on, in the file's order, as one.  A track is asked
    once, and never if it is history.  Raises InputError, naming the line that is damaged.
    """
    tracks: dict[str, list[dict[str, Any]]] = {}
    for playlist_id, own in _archive_lines(path):
        tracks.setdefault(playlist_id, []).extend(own)
    if not tracks:
        raise InputError(f"{path} holds no playlist.")
    return [ListedPlaylist(name, *_told_and_asked(held)) for name, held in tracks.items()]


def _archive_lines(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    opened = lzma.open if path.suffix == ".xz" else open
    number = 0
    try:
        with opened(path, "rt", encoding="utf-8-sig") as lines:
            for line in lines:
                number += 1
                if line.strip():
                    row = json.loads(line)
                    for track in row["tracks"]:
                        str.strip(track["track_id"])  # a TypeError where it is no text
                        _FLAGS[track.get("target", True)]  # a KeyError where it is no flag
                    yield str(row["playlist_id"]), row["tracks"]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (lzma.LZMAError, EOFError) as error:
        raise InputError(f"{path.name} is damaged or cut short; nothing can unpack it.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        where = f"Line {max(number, 1)} of {path.name}"
        raise InputError(
            f"{where} is no playlist; each needs playlist_id and tracks with a track_id, "
            "whose target, if any, is true or false."
        ) from error


def _told_and_asked(tracks: Sequence[dict[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    ids = [track["track_id"] for track in tracks]
    flags = [_FLAGS[track.get("target", True)] for track in tracks]
    if not any("target" in track for track in tracks):
        return _head_and_rest(ids)
    history = [track for track, asked in zip(ids, flags, strict=True) if not asked]
    told = set(history)
    asked = [track for track, flag in zip(ids, flags, strict=True) if flag and track not in told]
    return tuple(dict.fromkeys(history)), tuple(dict.fromkeys(asked))


def _head_and_rest(ids: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    once = tuple(dict.fromkeys(ids))
    return once[:HISTORY_ONLY], once[HISTORY_ONLY:]


def to_challenges(listed: Iterable[ListedPlaylist], catalogue: Catalogue) -> list[Challenge]:
    """The same playlists as items of ``catalogue``; those with nothing to predict are left out."""
    listed = list(listed)
    index = item_index(catalogue, (t for one in listed for t in (*one.history, *one.targets)))
    return [
        Challenge(
            playlist.playlist_id,
            np.array([index.get(track, -1) for track in playlist.history], np.int64),
            np.array([index.get(track, -1) for track in playlist.targets], np.int64),
        )
        for playlist in listed
        if playlist.targets
    ]


def item_index(catalogue: Catalogue, track_ids: Iterable[str]) -> dict[str, int]:
    """Track id → item, for those of ``track_ids`` that are in the vocabulary."""
    distinct = list(dict.fromkeys(track_ids))
    items, unknown = catalogue.find(distinct)
    missing = set(unknown)
    return dict(zip((t for t in distinct if t not in missing), items, strict=True))


def knowledge_of(playlists: pd.DataFrame, catalogue: Catalogue) -> PlaylistKnowledge:
    """What the baselines may learn from training snapshots: their tracks in the vocabulary.

    Equal snapshots of one group count once.  Undated playlists come first, as the oldest.
    """
    index = item_index(catalogue, (t for held in playlists["track_ids"] for t in held))
    dates = pd.to_datetime(playlists["date"])
    ordered = playlists.assign(when=dates).sort_values(
        ["when", "playlist_id"], na_position="first", kind="stable"
    )
    found: dict[tuple[int, tuple[int, ...]], None] = {}
    for group, tracks in zip(ordered["group_id"], ordered["track_ids"], strict=True):
        items = tuple(index[track] for track in tracks if track in index)
        if len(items) > 1:
            found.setdefault((int(group), items))
    return PlaylistKnowledge(
        sequences=tuple(np.array(items, np.int64) for _, items in found),
        groups=np.array([group for group, _ in found], np.int64),
        artists=artist_matrix(catalogue.names()[1]),
        popularity=catalogue.popularity.astype(np.float32),
    )
