"""The released recommender: LSTMs, and beside them a small table of neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from affetto.errors import ModelError
from affetto.recommend.neighbours import NeighbourRecommender
from affetto.recommend.recommender import LstmRecommender, Wish
from affetto.recommend.retrieval.interface import Found, best_of


class LstmWithNeighbours:
    """A network that generalises, neighbours that recall: the sum of both parts' scores.

    The LSTM's scores are logits and the neighbours' are logarithms, so the sum is a product of
    what each holds likely (Hinton 2002).  The neighbours only ever add, and to few songs: the
    best of all are among the LSTM's best and those few, whatever index finds the former.
    Raises ModelError where the two know different numbers of songs.
    """

    name = "lstm_with_neighbours"

    def __init__(self, lstm: LstmRecommender, neighbours: NeighbourRecommender) -> None:
        if lstm.size != neighbours.size:
            raise ModelError(
                f"The recommender knows {lstm.size:,} songs and the table of neighbours "
                f"{neighbours.size:,}; they don't belong together."
            )
        self.lstm, self.other = lstm, neighbours
        self.size, self.vectors = lstm.size, lstm.vectors

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores."""
        return self.lstm.scores(history, wanted, among=among) + self.other.scores(
            history, among=among
        )

    def top(
        self,
        history: Sequence[int],
        wanted: Wish = None,
        *,
        k: int,
        among: np.ndarray | None = None,
    ) -> Found:
        """The ``k`` items of ``among`` that follow best; as exact as the LSTM's index is."""
        if self.lstm.index is self.lstm.exact:  # all are scored anyway: nothing to put together
            among = None if among is None else np.sort(among)
            return best_of(among, self.scores(history, wanted, among=among), k)
        query = self.lstm.query(history, wanted)
        found = self.lstm.index.top(query, k, among=among)
        touched, gains = self.other.touched(history)
        gain = np.zeros(self.size, np.float32)
        gain[touched] = gains
        items, scores = found.items, found.scores + gain[found.items]
        if len(items) < (self.size if among is None else len(among)):
            passed_over = gain > 0
            passed_over[items] = False
            more = touched[passed_over[touched]] if among is None else among[passed_over[among]]
            items = np.concatenate([items, more])
            scores = np.concatenate(
                [scores, self.lstm.exact.scores(query, among=more) + gain[more]]
            )
        order = np.argsort(items)
        return best_of(items[order], scores[order], k)
