"""What comes after what: sequential rules, of which a first-order Markov chain is the shortest.

Each pair of tracks in order counts by how few steps lie between them (SR of Ludewig & Jannach
2018).  Artists follow artists in the same way, for pairs of tracks that were never seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from affetto.recommend.baselines.knowledge import PlaylistKnowledge, finish, recent_first
from affetto.recommend.recommender import Wish, checked_history


@dataclass(frozen=True, slots=True)
class MarkovConfig:
    """How far rules reach, and how far back they are asked."""

    steps: int = 10  # at most so far apart; a pair k apart counts 1 / k
    last: int = 1  # how many of the latest tracks are asked
    decay: float = 0.8  # what each counts less than the one after it
    popular: float = 0.5  # counts are divided by the followers' playlists to this power
    artists: float = 0.0  # weight of artist after artist, in units of the best track's score
    own_artists: float = 0.0  # see ``finish``

    def __post_init__(self) -> None:
        if min(self.steps, self.last) < 1 or not 0 < self.decay <= 1:
            raise ValueError("Rules need a step and a track to ask; decay lies in (0, 1].")


class MarkovRecommender:
    """What followed the latest tracks in training playlists."""

    name = "markov"
    vectors = None

    def __init__(self, knowledge: PlaylistKnowledge, config: MarkovConfig | None = None) -> None:
        self.size = knowledge.size
        self.config = config or MarkovConfig()
        self._makers, self._common = knowledge.artists, knowledge.common_scores()
        self.rules = follow_rules(knowledge, steps=self.config.steps)
        self._artist_rules = (knowledge.artists.T @ self.rules @ knowledge.artists).tocsr()
        self._crowd = np.maximum(knowledge.popularity, 1) ** self.config.popular

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores; the wish changes nothing."""
        items = checked_history(history, size=self.size)
        heard = np.array(items[-self.config.last :], np.int64)
        weights = recent_first(len(heard), self.config.decay)
        scores = np.asarray(self.rules[heard].T @ weights) / self._crowd
        if self.config.artists and len(heard):
            of_artist = np.asarray(self._makers[heard].T @ weights)
            follows = np.asarray(self._makers @ (self._artist_rules.T @ of_artist))
            follows = follows / self._crowd
            scores = _unit(scores) + self.config.artists * _unit(follows)
        own = self.config.own_artists
        found = finish(scores, heard, weights, self._makers, self._common, own_artists=own)
        return found if among is None else found[among]


def follow_rules(knowledge: PlaylistKnowledge, *, steps: int) -> sparse.csr_matrix:
    """float32 [n, n]: how often, and how closely, the column's track followed the row's.

    A group of playlists counts once, however many snapshots it has.
    """
    _, which, times = np.unique(knowledge.groups, return_inverse=True, return_counts=True)
    rows, columns, values = [], [], []
    for place, sequence in enumerate(knowledge.sequences):
        for gap in range(1, min(steps, len(sequence) - 1) + 1):
            rows.append(sequence[:-gap])
            columns.append(sequence[gap:])
            values.append(np.full(len(sequence) - gap, 1 / gap / times[which[place]], np.float32))
    nothing = np.empty(0, np.int64)
    where = (np.concatenate([*rows, nothing]), np.concatenate([*columns, nothing]))
    found = np.concatenate([*values, np.empty(0, np.float32)])
    return sparse.coo_matrix((found, where), shape=(knowledge.size,) * 2).tocsr()


def _unit(scores: np.ndarray) -> np.ndarray:
    return scores / max(float(scores.max(initial=0.0)), 1e-9)
