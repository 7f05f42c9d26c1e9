"""Playlists of all sources as snapshots, and the groups that must not be split apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from affetto.sources.contexts import mood_context
from affetto.sources.datasets.rows import MusicRows
from affetto.sources.schema import PLAYLISTS

#: Playlists that share this much of the smaller one's recordings count as one.
SHARED = 0.5


def build_playlists(sources: Mapping[str, MusicRows], tracks: pa.Table) -> pa.Table:
    """All snapshots of all sources, with groups and mood contexts; schema PLAYLISTS.

    tracks : the catalogue, which names the recording of every track.
    """
    frames = [
        rows.playlists.assign(source=name)
        for name, rows in sources.items()
        if rows.playlists is not None
    ]
    snapshots = pd.concat([f.astype({"date": object}) for f in frames], ignore_index=True)
    snapshots = snapshots.sort_values(["playlist_id", "date", "source"], key=_sortable)
    snapshots = snapshots.reset_index(drop=True)
    recordings = dict(
        zip(tracks["track_id"].to_pylist(), tracks["recording_id"].to_pylist(), strict=True)
    )
    heard = [[recordings[track] for track in ids] for ids in snapshots["track_ids"]]
    snapshots["group_id"] = group_ids(snapshots["playlist_id"], heard)
    snapshots["mood_context"] = [
        mood_context(name, description)
        for name, description in zip(snapshots["name"], snapshots["description"], strict=True)
    ]
    arrays = [pa.array(list(snapshots[f.name]), type=f.type, from_pandas=True) for f in PLAYLISTS]
    return pa.table(arrays, schema=PLAYLISTS)


def _sortable(column: pd.Series) -> pd.Series:
    return column.map(lambda value: "9999" if pd.isna(value) else str(value))


def group_ids(playlist_ids: pd.Series, recordings: list[list[int]]) -> np.ndarray:
    """int32 [n]: one number for snapshots of one playlist, and for playlists that overlap.

    recordings : what each snapshot holds.  Two playlists overlap when any snapshot of one
    shares at least SHARED of the smaller of the two with any snapshot of the other.
    Overlap is passed on: if a overlaps b and b overlaps c, all three are one group.
    """
    playlist_of, names = pd.factorize(playlist_ids, sort=True)
    first, second = _overlapping(recordings)
    links = sparse.coo_matrix(
        (np.ones(len(first)), (playlist_of[first], playlist_of[second])), shape=(len(names),) * 2
    )
    component = connected_components(links, directed=False)[1]
    return pd.factorize(component[playlist_of])[0].astype(np.int32)


def _overlapping(recordings: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of snapshots that share at least SHARED of the smaller one's recordings."""
    sets = [sorted(set(held)) for held in recordings]
    row = np.repeat(np.arange(len(sets)), [len(s) for s in sets])
    column = np.concatenate([np.array(s, dtype=np.int64) for s in sets])
    holds = sparse.csr_matrix((np.ones(len(row), np.int32), (row, column)))
    shared = (holds @ holds.T).tocoo()
    size = np.array([len(s) for s in sets])
    smaller = np.minimum(size[shared.row], size[shared.col])
    close = shared.data >= SHARED * smaller
    return shared.row[close], shared.col[close]
