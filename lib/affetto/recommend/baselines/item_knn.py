"""Tracks that stand in the same playlists: item-to-item, from the whole history or its last track.

The similarity of two tracks is the cosine of the playlists that hold them, with a shrinkage
against chance; long playlists may count less, for they bring more strangers together (the
inverse frequency of Breese et al. 1998, by playlist).  Each track keeps its nearest neighbours:
a table of tracks, and nothing of any single playlist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
from scipy import sparse

from affetto.recommend.baselines.knowledge import PlaylistKnowledge, finish, recent_first
from affetto.recommend.recommender import Wish, checked_history

BLOCK = 4096  # items whose neighbours are sought at once
TABLE_FIELDS = slice(0, 4)  # of the settings: those that the table depends on


@dataclass(frozen=True, slots=True)
class ItemKnnConfig:
    """How tracks are compared and what their neighbours say."""

    neighbours: int = 100  # kept of each track
    snapshots: bool = True  # each a playlist of its own, or one a group
    idf: float = 0.0  # a playlist of m tracks counts 1 / ln(1 + m) to this power
    shrink: float = 0.0  # added to the product of the two lengths
    last: int = 0  # only so many of the latest tracks are asked; 0: all
    decay: float = 1.0  # what a track of the history counts less than the one after it
    artists: float = 0.0  # weight of the cosine of two tracks' artists beside their own
    own_artists: float = 0.0  # see ``finish``

    def __post_init__(self) -> None:
        if self.neighbours < 1 or self.last < 0 or self.shrink < 0:
            raise ValueError("A table needs a neighbour; last and shrink are not negative.")
        if not 0 < self.decay <= 1:
            raise ValueError("Decay lies in (0, 1].")


class ItemKnnRecommender:
    """What stands near the tracks heard, added up."""

    vectors = None

    def __init__(
        self,
        knowledge: PlaylistKnowledge,
        config: ItemKnnConfig | None = None,
        *,
        name: str = "item_item",
        tables: dict[tuple[object, ...], sparse.csr_matrix] | None = None,
    ) -> None:
        """``tables`` : neighbour tables of the same knowledge made before; ours is added."""
        self.name, self.size = name, knowledge.size
        self.config = config or ItemKnnConfig()
        self._makers, self._common = knowledge.artists, knowledge.common_scores()
        held = knowledge.matrix(snapshots=self.config.snapshots)
        lengths = np.maximum(np.asarray(held.sum(axis=1)).ravel(), 1)
        counts = (1 / np.log1p(lengths)) ** self.config.idf
        held = sparse.diags(np.sqrt(counts / counts.max())).astype(np.float32) @ held
        tables = {} if tables is None else tables
        key = astuple(self.config)[TABLE_FIELDS]
        if key not in tables:
            tables[key] = nearest_table(
                held, neighbours=self.config.neighbours, shrink=self.config.shrink
            )
        self.table = tables[key]
        by_artist = sparse.csr_matrix(held @ knowledge.artists)
        self._artists = _unit_columns(by_artist)

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores; the wish changes nothing."""
        items = checked_history(history, size=self.size)
        heard = np.array(items[-self.config.last :], np.int64)
        weights = recent_first(len(heard), self.config.decay)
        near = np.asarray(self.table[heard].T @ weights)
        if self.config.artists and len(heard):
            near = near + self.config.artists * self._by_artist(heard, weights)
        own = self.config.own_artists
        scores = finish(near, heard, weights, self._makers, self._common, own_artists=own)
        return scores if among is None else scores[among]

    def _by_artist(self, heard: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """[n] cosine of the playlists of each track's artists and of the artists heard."""
        of_artist = np.asarray(self._makers[heard].T @ weights)
        playlists = self._artists @ of_artist
        return np.asarray(self._makers @ (self._artists.T @ playlists))


def nearest_table(
    held: sparse.csr_matrix, *, neighbours: int, shrink: float = 0.0
) -> sparse.csr_matrix:
    """float32 [n, n]: of each track its most similar ones, never itself.

    held : [s, n] what playlists hold, already weighted.
    """
    columns = held.tocsc().astype(np.float32)
    lengths = np.sqrt(np.asarray(columns.power(2).sum(axis=0)).ravel())
    blocks = []
    for start in range(0, held.shape[1], BLOCK):
        stop = min(start + BLOCK, held.shape[1])
        together = (columns[:, start:stop].T @ held).tocoo()
        own = together.row + start != together.col
        rows, others = together.row[own], together.col[own]
        products = lengths[start:stop][rows] * lengths[others] + shrink
        cosines = together.data[own] / np.maximum(products, 1e-9)
        shape = (stop - start, held.shape[1])
        blocks.append(largest_of_rows(rows, others, cosines, shape, neighbours))
    return sparse.vstack(blocks, format="csr", dtype=np.float32)


def largest_of_rows(
    rows: np.ndarray, columns: np.ndarray, values: np.ndarray, shape: tuple[int, int], keep: int
) -> sparse.csr_matrix:
    """The ``keep`` largest values of each row; among equals the lower columns."""
    order = np.lexsort((columns, -values, rows))
    rows, columns, values = rows[order], columns[order], values[order]
    starts = np.searchsorted(rows, np.arange(shape[0]))
    kept = np.arange(len(rows)) - starts[rows] < keep
    return sparse.csr_matrix((values[kept], (rows[kept], columns[kept])), shape=shape)


def _unit_columns(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    lengths = np.sqrt(np.asarray(matrix.power(2).sum(axis=0)).ravel())
    return (matrix @ sparse.diags(1 / np.maximum(lengths, 1e-9))).tocsr()
