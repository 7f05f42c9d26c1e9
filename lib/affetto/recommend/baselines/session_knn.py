"""Playlists like this one, and what stands in them: S-KNN and VS-KNN.

S-KNN (Jannach & Ludewig 2017) compares the history with every training playlist and adds up the
tracks of the nearest.  VS-KNN (Ludewig & Jannach 2018) lets recent tracks count more, and rare
ones.  Both may know artists: playlists are also alike by who plays in them, the neighbours' other
songs by the same artists are candidates, and so are more songs by whom the listener just heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from affetto.recommend.baselines.knowledge import PlaylistKnowledge, finish, recent_first
from affetto.recommend.recommender import Wish, checked_history


@dataclass(frozen=True, slots=True)
class SessionKnnConfig:
    """How neighbours are found and what they say."""

    neighbours: int = 100
    sample: int = 0  # only so many of the most recent playlists in common; 0: all
    snapshots: bool = True  # each a neighbour of its own, or one a group of playlists
    decay: float = 1.0  # what a track of the history counts less than the one after it
    idf: float = 0.0  # power of a track's inverse playlist frequency, in the similarity
    power: float = 1.0  # of the similarity, when neighbours vote
    discount: float = 0.0  # votes are divided by playlist frequency to this power
    artist_similarity: float = 0.0  # weight of artists in common beside tracks in common
    neighbour_artists: float = 0.0  # vote for other songs by a neighbour's artists
    own_artists: float = 0.0  # see ``finish``

    def __post_init__(self) -> None:
        if self.neighbours < 1 or self.sample < 0:
            raise ValueError("A neighbourhood needs a neighbour, a sample no less than none.")
        if not 0 < self.decay <= 1:
            raise ValueError("Decay lies in (0, 1].")


class SessionKnnRecommender:
    """Votes of the training playlists most like the history."""

    vectors = None

    def __init__(
        self,
        knowledge: PlaylistKnowledge,
        config: SessionKnnConfig | None = None,
        *,
        name: str = "s_knn",
    ) -> None:
        self.name, self.size = name, knowledge.size
        self.config = config or SessionKnnConfig()
        self._makers, self._common = knowledge.artists, knowledge.common_scores()
        self._held = knowledge.matrix(snapshots=self.config.snapshots)
        by_artist = self._held @ knowledge.artists
        by_artist.data = np.minimum(by_artist.data, 1)  # an artist's tenth song tells nothing new
        self._held_artists = by_artist.tocsr()
        self._rare = _rarity(self._held, self.config.idf)
        self._rare_artists = _rarity(self._held_artists, self.config.idf)
        self._columns = (self._held @ sparse.diags(self._rare)).tocsc()
        self._artist_columns = (self._held_artists @ sparse.diags(self._rare_artists)).tocsc()
        self._lengths = self._playlist_lengths()
        frequency = np.maximum(np.asarray(self._held.sum(axis=0)).ravel(), 1)
        self._crowd = frequency**self.config.discount

    def _playlist_lengths(self) -> np.ndarray:
        """[s] Euclidean length of each playlist's vector, so that the product is a cosine."""
        squares = np.asarray(self._columns.power(2).sum(axis=1)).ravel()
        artists = np.asarray(self._artist_columns.power(2).sum(axis=1)).ravel()
        return np.sqrt(squares + self.config.artist_similarity * artists) + 1e-9

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores; the wish changes nothing."""
        heard = np.array(checked_history(history, size=self.size), np.int64)
        weights = recent_first(len(heard), self.config.decay)
        likeness = self.similarities(heard, weights)
        near = self._nearest(likeness)
        votes = self._votes(near, likeness[near] ** self.config.power)
        own = self.config.own_artists
        scores = finish(votes, heard, weights, self._makers, self._common, own_artists=own)
        return scores if among is None else scores[among]

    def similarities(self, heard: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """[s] how alike each training playlist is, from 0; the history's own length left out."""
        likeness = self._columns[:, heard] @ (weights * self._rare[heard])
        if self.config.artist_similarity and len(heard):
            of_artist = np.asarray(self._makers[heard].T @ weights)
            held = np.flatnonzero(of_artist)
            told = np.minimum(of_artist[held], 1) * self._rare_artists[held]
            likeness = likeness + self.config.artist_similarity * (
                self._artist_columns[:, held] @ told
            )
        return likeness / self._lengths

    def _nearest(self, likeness: np.ndarray) -> np.ndarray:
        """Rows of the neighbours; of playlists equally near the more recent ones."""
        alike = np.flatnonzero(likeness > 0)
        if self.config.sample:
            alike = alike[-self.config.sample :]  # rows are oldest first
        order = np.lexsort((-alike, -likeness[alike]))
        return alike[order[: self.config.neighbours]]

    def _votes(self, near: np.ndarray, weights: np.ndarray) -> np.ndarray:
        votes = np.asarray(self._held[near].T @ weights)
        if self.config.neighbour_artists:
            by_artist = np.asarray(self._held_artists[near].T @ weights)
            by_artist = self._makers @ by_artist
            votes = votes + self.config.neighbour_artists * by_artist
        return votes / self._crowd


def _rarity(held: sparse.csr_matrix, power: float) -> np.ndarray:
    """float32 [n]: ln(1 + playlists / playlists with it) to ``power``."""
    frequency = np.maximum(np.asarray((held > 0).sum(axis=0)).ravel(), 1)
    return (np.log1p(held.shape[0] / frequency) ** power).astype(np.float32)
