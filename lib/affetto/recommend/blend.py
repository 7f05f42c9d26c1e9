"""Two recommenders with one voice: a network that generalises, neighbours that recall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from affetto.recommend.recommender import Recommender, Wish

_LEAST = 1e-6  # probability that no item falls below, so that neither part can forbid one


class BlendRecommender:
    """What both the LSTM and another recommender hold likely next: a weighted product of both.

    The LSTM's scores are logits, for it was trained with a softmax over the vocabulary; the
    other's are weights from 0 up.  A product (Hinton 2002) puts first what neither part doubts;
    on the validation playlists it did better than the sum of both at every weight.  Raises
    ValueError where the two don't share a vocabulary, or ``weight``, the other's say, is not in
    0 to 1.
    """

    name = "blend"

    def __init__(self, lstm: Recommender, other: Recommender, *, weight: float) -> None:
        if lstm.size != other.size:
            raise ValueError(f"{lstm.size} items of one and {other.size} of the other")
        if not 0 <= weight <= 1:
            raise ValueError("A weight lies in [0, 1].")
        self.lstm, self.size, self.vectors = lstm, lstm.size, lstm.vectors
        self.other = other.name
        self.weight = weight
        self._other = other

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores: the logarithm of the product, up to a constant."""
        logits = self.lstm.scores(history, wanted).astype(np.float64)
        likely = np.exp(logits - logits.max())
        votes = np.maximum(self._other.scores(history, wanted), 0).astype(np.float64)
        scores = (1 - self.weight) * _log_shares(likely) + self.weight * _log_shares(votes)
        scores = scores.astype(np.float32)
        return scores if among is None else scores[among]


def _log_shares(values: np.ndarray) -> np.ndarray:
    """Logarithms of each value's share of all, none below that of ``_LEAST``."""
    return np.log(values / max(values.sum(), _LEAST) + _LEAST)
