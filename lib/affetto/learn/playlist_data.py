"""From the built tables to what the recommender trains on and is judged on."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from affetto.errors import DataError
from affetto.learn.next_track import Challenge
from affetto.learn.places import Group
from affetto.learn.playlist_worlds import (
    listed_by_time,
    read_playlists,
    to_challenges,
    training_by_time,
)
from affetto.learn.provenance import refuse_spotify_api
from affetto.learn.track_mood_release import vocabulary_moods
from affetto.learn.vocabulary import build_catalogue, build_items, choose_tracks, playlist_counts
from affetto.recommend.network import ItemTable
from affetto.sources.splits import read_split

HISTORY_ONLY = 5  # tracks at the head of a playlist that are never targets


@dataclass(frozen=True, slots=True)
class PlaylistData:
    """Everything that training and judging need.

    chosen : the vocabulary's rows, in item order.  groups : training playlists as item indices,
    see ``places.Group``.  moods : float32 [n, 2], nan where unknown.
    challenges : part → playlists to predict ("validation", "test"; by time "test" alone).
    split : what was held out, "by_playlist" or "by_time test".
    """

    chosen: pd.DataFrame
    items: ItemTable
    moods: np.ndarray
    groups: list[Group]
    challenges: dict[str, list[Challenge]]
    split: str = "by_playlist"


def load_playlist_data(processed: Path, splits: Path, *, size: int) -> PlaylistData:
    """Read the built tables and the split by playlist.

    Raises DataError where they are missing, or hold rows from Spotify's Web API.
    """
    needed = [processed / "tracks.parquet", processed / "playlists.parquet", splits]
    for path in needed:
        if not path.is_file():
            raise DataError(f"{path.name} is not built yet; run: affetto data build.")
    tracks, playlists = pd.read_parquet(needed[0]), pd.read_parquet(needed[1])
    refuse_spotify_api(tracks)
    refuse_spotify_api(playlists)
    split = json.loads(splits.read_text(encoding="utf-8"))
    training = playlists[playlists["playlist_id"].isin(split["train"])]
    moods = vocabulary_moods(processed, splits)
    chosen = choose_tracks(tracks, playlist_counts(training), size=size, moods=moods)
    index = {track: item for item, track in enumerate(chosen["track_id"])}
    groups = _groups(training, index)
    return PlaylistData(
        chosen=chosen,
        items=build_items(chosen, groups),
        moods=chosen[["valence", "arousal"]].to_numpy(np.float32),
        groups=groups,
        challenges={
            name: _challenges(playlists[playlists["playlist_id"].isin(split[name])], index)
            for name in ("validation", "test")
        },
    )


def load_time_data(processed: Path, splits: Path, *, size: int, part: str = "test") -> PlaylistData:
    """The same by time: trained on the snapshots dated before the cut of ``part``, on no others.

    splits : the folder of the frozen splits.  There are no validation playlists: what came
    before the cut is trained on, so a run by time keeps to the recipe chosen by playlist.
    """
    needed = processed / "tracks.parquet"
    if not needed.is_file():
        raise DataError(f"{needed.name} is not built yet; run: affetto data build.")
    tracks, playlists = pd.read_parquet(needed), read_playlists(processed)
    refuse_spotify_api(tracks)
    training = training_by_time(playlists, splits, part=part)
    cut = dt.date.fromisoformat(read_split(splits / "by_time.json")["cuts"][part])
    moods = vocabulary_moods(processed, splits / "by_playlist.json", until=cut)
    chosen = choose_tracks(tracks, playlist_counts(training), size=size, moods=moods)
    index = {track: item for item, track in enumerate(chosen["track_id"])}
    groups = _groups(training, index)
    asked = to_challenges(listed_by_time(processed, splits, part=part), build_catalogue(chosen))
    return PlaylistData(
        chosen=chosen,
        items=build_items(chosen, groups),
        moods=chosen[["valence", "arousal"]].to_numpy(np.float32),
        groups=groups,
        challenges={part: asked},
        split=f"by_time {part}",
    )


def _groups(playlists: pd.DataFrame, index: dict[str, int]) -> list[Group]:
    """Known tracks of every version of every playlist, oldest first; undated ones come before."""
    ordered = playlists.assign(when=pd.to_datetime(playlists["date"])).sort_values(
        ["group_id", "playlist_id", "when"], na_position="first", kind="stable"
    )
    groups: dict[int, dict[str, list[np.ndarray]]] = {}
    for row in ordered.itertuples():
        items = np.array([index[track] for track in row.track_ids if track in index], np.int64)
        if len(items) > 1:
            groups.setdefault(row.group_id, {}).setdefault(row.playlist_id, []).append(items)
    return [list(own.values()) for own in groups.values()]


def _challenges(playlists: pd.DataFrame, index: dict[str, int]) -> list[Challenge]:
    """The newest snapshot of each playlist, its first five tracks as history only."""
    newest = playlists.sort_values(["date", "playlist_id"]).groupby("playlist_id").tail(1)
    found = []
    for playlist_id, tracks in zip(newest["playlist_id"], newest["track_ids"], strict=True):
        items = np.array([index.get(track, -1) for track in tracks], np.int64)
        if len(items) > HISTORY_ONLY:
            found.append(Challenge(playlist_id, items[:HISTORY_ONLY], items[HISTORY_ONLY:]))
    return sorted(found, key=lambda challenge: challenge.playlist_id)
