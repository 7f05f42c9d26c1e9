"""A few neighbours of each song, and what they and the artists just heard make likely next.

A network that generalises is vague about the pairs of songs that stood together; a small table
remembers exactly those.  It names songs alone; of a song that a single public playlist holds, the
neighbours are songs of that playlist.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affetto.errors import ModelError
from affetto.music.catalogue import Catalogue
from affetto.recommend.arrays import UNREADABLE, packed
from affetto.recommend.recommender import Wish, checked_history

LEVELS = 7  # of a weight in the file; its zero is no neighbour
_GAP = np.dtype("<u4")  # of which the upper bytes are nearly always zero

# Chosen on the validation playlists (reports/cards/recommender-log.md, sections 10 and 15).
KEPT = 25  # neighbours a song; 30 did alike, and took more room
LAST = 20  # songs that are asked, the latest
DECAY = 0.85  # what each counts less than the one after it
SHARE = 1e-3  # of the votes, from which they begin to count
ARTIST_GAIN, ARTIST_SHARE = 0.6, 1e-2  # the same for the artists just heard, and their weight


@dataclass(frozen=True, slots=True)
class NeighbourTable:
    """Song → its neighbours and how near each is.  Raises ModelError where the parts disagree.

    starts : int64 [n + 1], where each song's neighbours begin in the other two.
    items : int64 [m], the neighbours.  weights : float32 [m], above 0.
    """

    starts: np.ndarray
    items: np.ndarray
    weights: np.ndarray

    def __post_init__(self) -> None:
        ends = (self.starts[:1].tolist(), self.starts[-1:].tolist())
        if (
            ends != ([0], [len(self.items)])
            or (np.diff(self.starts) < 0).any()
            or self.weights.shape != self.items.shape
            or not (np.isfinite(self.weights) & (self.weights > 0)).all()
        ):
            raise ModelError("The table of neighbours does not fit together.")
        if ((self.items < 0) | (self.items >= self.size)).any():
            raise ModelError("The table of neighbours names songs outside its vocabulary.")

    @property
    def size(self) -> int:
        """How many songs have a row."""
        return len(self.starts) - 1

    def of(self, item: int) -> tuple[np.ndarray, np.ndarray]:
        """The neighbours of a song, ascending, and their weights."""
        row = slice(self.starts[item], self.starts[item + 1])
        return self.items[row], self.weights[row]

    @classmethod
    def from_bytes(cls, data: bytes) -> NeighbourTable:
        """Read what ``to_bytes`` wrote.  Raises ModelError if it is something else."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as parts:
                counts = parts["counts"].astype(np.int64)
                gaps = np.ascontiguousarray(parts["gaps"].T, np.uint8).view(_GAP).ravel()
                gaps = gaps.astype(np.int64)
                weights = parts["weights"].astype(np.float32) / LEVELS
            starts = np.concatenate([[0], np.cumsum(counts)])
            heads = starts[:-1][counts > 0]
            total = np.cumsum(gaps)
            items = total - np.repeat(total[heads] - gaps[heads], counts[counts > 0])
        except UNREADABLE as error:
            raise ModelError("The table of neighbours cannot be read.") from error
        return cls(starts, items, weights)

    def to_bytes(self) -> bytes:
        """``recommender_neighbours.npz``: gaps between ascending neighbours, weights in 7 levels.

        Each row's weights are kept as shares of its largest: what is asked is who is nearest.
        The gaps' bytes stand apart, all low ones first: so they compress better.
        """
        counts = np.diff(self.starts)
        rows = np.repeat(np.arange(self.size), counts)
        order = np.lexsort((self.items, rows))
        items, weights = self.items[order], self.weights[order]
        gaps = np.diff(items, prepend=0)
        heads = self.starts[:-1][counts > 0]
        gaps[heads] = items[heads]
        largest = np.zeros(self.size, np.float32)
        np.maximum.at(largest, rows, weights)
        levels = np.maximum(np.rint(weights / largest[rows] * LEVELS), 1)
        return packed(
            {
                "counts": counts.astype(np.min_scalar_type(counts.max(initial=0))),
                "gaps": np.ascontiguousarray(gaps.astype(_GAP)[:, None].view(np.uint8).T),
                "weights": levels.astype(np.uint8),
            }
        )


class NeighbourRecommender:
    """What stands near the songs just heard, and what their artists made beside them.

    An item's score is log(1 + share / SHARE) of its share of the neighbours' votes, and as much
    of the artists' (see ``ARTIST_GAIN``): never below zero, and zero for most.  Songs that were
    heard get nothing.  Raises ModelError where table and catalogue have other sizes.
    """

    name = "neighbours"
    vectors = None

    def __init__(self, table: NeighbourTable, catalogue: Catalogue) -> None:
        if table.size != len(catalogue):
            raise ModelError(
                f"The table of neighbours has {table.size:,} songs and the vocabulary "
                f"{len(catalogue):,}; they don't belong together."
            )
        self.size, self._table, self._catalogue = table.size, table, catalogue

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores; the wish changes nothing."""
        if among is not None:
            votes, own, total = self._votes(history)
            return _gains(votes[among] / total, own[among])
        items, gains = self.touched(history)
        scores = np.zeros(self.size, np.float32)
        scores[items] = gains
        return scores

    def touched(self, history: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Items that score above zero, ascending int64 [m], and their scores, float32 [m]."""
        votes, own, total = self._votes(history)
        items = np.flatnonzero((votes > 0) | (own > 0))
        return items, _gains(votes[items] / total, own[items])

    def _votes(self, history: Sequence[int]) -> tuple[np.ndarray, np.ndarray, float]:
        """The neighbours' votes and the artists', [n] float64 each, and the sum of the former."""
        heard = checked_history(history, size=self.size)
        last = heard[-LAST:]
        if not last:
            return np.zeros(self.size), np.zeros(self.size), 1.0
        ages = DECAY ** np.arange(len(last))[::-1]
        near = [self._table.of(item) for item in last]
        by_artist = [self._catalogue.by_its_artists(item) for item in last]
        votes = [weights * age for (_, weights), age in zip(near, ages, strict=True)]
        recent = np.repeat(ages / ages.sum(), [len(songs) for songs in by_artist])
        named = np.concatenate([items for items, _ in near])
        cast = np.bincount(named, np.concatenate(votes), self.size)
        own = np.bincount(np.concatenate(by_artist), recent, self.size)
        cast[list(heard)] = own[list(heard)] = 0.0
        return cast, own, max(float(cast.sum()), 1e-9)


def _gains(shares: np.ndarray, own: np.ndarray) -> np.ndarray:
    """What votes and artists' votes are worth: float32, zero where there are neither."""
    gains = np.log1p(shares / SHARE) + ARTIST_GAIN * np.log1p(own / ARTIST_SHARE)
    return gains.astype(np.float32)
