"""What the baselines learn from: the training playlists and who made each track."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

TIE = 1e-4  # popularity's say among equals, as a share of the best score


@dataclass(frozen=True, slots=True)
class PlaylistKnowledge:
    """Training playlists over a vocabulary of n tracks.  Raises ValueError where sizes differ.

    sequences : snapshots of playlists, oldest first, each the items of one in order.
    groups : int [s], equal for snapshots of one playlist and of playlists that overlap.
    artists : float32 [n, a], 1 where the artist takes part in the track.
    popularity : float32 [n], in how many groups of playlists a track stands.
    """

    sequences: tuple[np.ndarray, ...]
    groups: np.ndarray
    artists: sparse.csr_matrix
    popularity: np.ndarray

    def __post_init__(self) -> None:
        if len(self.sequences) != len(self.groups):
            raise ValueError(f"{len(self.sequences)} playlists with {len(self.groups)} groups")
        if self.artists.shape[0] != len(self.popularity):
            raise ValueError("Artists and popularity must describe the same tracks.")

    @property
    def size(self) -> int:
        """How many tracks the vocabulary has."""
        return len(self.popularity)

    def matrix(self, *, snapshots: bool) -> sparse.csr_matrix:
        """float32 [rows, n], 1 where a track stands, rows oldest first.

        snapshots : each on its own; otherwise one row a group, as old as its newest snapshot.
        """
        if snapshots:
            return _indicator([np.unique(s) for s in self.sequences], self.size)
        members: dict[int, list[np.ndarray]] = {}
        for group, sequence in zip(self.groups.tolist(), self.sequences, strict=True):
            members[group] = [*members.pop(group, []), sequence]  # the newest comes last
        return _indicator([np.unique(np.concatenate(held)) for held in members.values()], self.size)

    def common_scores(self) -> np.ndarray:
        """[n] float32 in 0 to 1: what to say of a history that says nothing."""
        scores = np.log1p(np.maximum(self.popularity, 0)).astype(np.float32)
        return scores / max(float(scores.max(initial=0)), 1e-9)


def artist_matrix(names: Iterable[Sequence[str]]) -> sparse.csr_matrix:
    """float32 [n, a]: 1 for each artist of each track, whatever the case of their name."""
    numbers: dict[str, int] = {}
    rows = [
        sorted({numbers.setdefault(name.casefold(), len(numbers)) for name in held})
        for held in names
    ]
    return _indicator([np.array(row, np.int64) for row in rows], max(len(numbers), 1))


def _indicator(rows: Sequence[np.ndarray], width: int) -> sparse.csr_matrix:
    ends = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.concatenate([*rows, np.empty(0, np.int64)]).astype(np.int64)
    ones = np.ones(len(columns), np.float32)
    return sparse.csr_matrix((ones, columns, ends), shape=(len(rows), width))


def recent_first(length: int, decay: float) -> np.ndarray:
    """float32 [length]: 1 for the latest track of a history, ``decay`` times less for each before.

    Where the oldest would count next to nothing they still count: never below 1e-6.
    """
    ages = np.arange(length - 1, -1, -1)
    return np.maximum(np.power(decay, ages), 1e-6).astype(np.float32)


def finish(
    scores: np.ndarray,
    heard: np.ndarray,
    weights: np.ndarray,
    artists: sparse.csr_matrix,
    common: np.ndarray,
    *,
    own_artists: float,
) -> np.ndarray:
    """Scores [n] from 0 up, with what the artists of the history add, ties by popularity.

    artists, common : ``PlaylistKnowledge.artists`` and ``common_scores()``.
    own_artists : what a track gains, in units of the best score, if all that was heard is by its
    artist.  Without any evidence the order is popularity's.
    """
    best = float(scores.max(initial=0.0))
    scale = best if best > 0 else 1.0
    scores = scores / scale
    if own_artists and len(heard):
        share = artists[heard].T @ (weights / weights.sum())
        scores = scores + own_artists * (artists @ share)
    return (scores + TIE * common).astype(np.float32)
