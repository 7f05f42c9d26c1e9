"""From the built tables to what the recommender trains on and is judged on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from affetto.learn.next_track import Challenge
from affetto.learn.places import Group
from affetto.learn.playlist_worlds import (
    ListedPlaylist,
    listed_by_playlist,
    listed_by_time,
    read_playlists,
    read_tracks,
    to_challenges,
    training_by_playlist,
    training_by_time,
)
from affetto.learn.track_mood_release import vocabulary_moods
from affetto.learn.vocabulary import build_catalogue, build_items, choose_tracks, group_counts
from affetto.recommend.network import ItemTable
from affetto.sources.splits import read_split


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
    """Read the built tables, split by playlist.

    splits : the folder of the frozen splits.
    Raises DataError where something is missing, or holds rows from Spotify's Web API.
    """
    tracks, playlists = read_tracks(processed), read_playlists(processed)
    training = training_by_playlist(playlists, splits)
    listed = {
        part: listed_by_playlist(playlists, splits, part=part) for part in ("validation", "test")
    }
    moods = vocabulary_moods(processed, splits / "by_playlist.json")
    chosen = choose_tracks(tracks, group_counts(training), size=size, moods=moods)
    return _put_together(chosen, training, listed, split="by_playlist")


def load_time_data(processed: Path, splits: Path, *, size: int, part: str = "test") -> PlaylistData:
    """The same by time: trained on the snapshots dated before the cut of ``part``, on no others.

    There are no validation playlists: what came before the cut is trained on, so a run by time
    keeps to the recipe chosen by playlist.
    """
    tracks, playlists = read_tracks(processed), read_playlists(processed)
    training = training_by_time(playlists, splits, part=part)
    listed = {part: listed_by_time(processed, splits, part=part)}
    cut = dt.date.fromisoformat(read_split(splits / "by_time.json")["cuts"][part])
    moods = vocabulary_moods(processed, splits / "by_playlist.json", until=cut)
    chosen = choose_tracks(tracks, group_counts(training), size=size, moods=moods)
    return _put_together(chosen, training, listed, split=f"by_time {part}")


def _put_together(
    chosen: pd.DataFrame,
    training: pd.DataFrame,
    listed: dict[str, list[ListedPlaylist]],
    *,
    split: str,
) -> PlaylistData:
    index = {track: item for item, track in enumerate(chosen["track_id"])}
    groups = _groups(training, index)
    catalogue = build_catalogue(chosen)
    return PlaylistData(
        chosen=chosen,
        items=build_items(chosen, groups),
        moods=chosen[["valence", "arousal"]].to_numpy(np.float32),
        groups=groups,
        challenges={part: to_challenges(asked, catalogue) for part, asked in listed.items()},
        split=split,
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
