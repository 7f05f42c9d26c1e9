"""The same order for everybody."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from affetto.music.catalogue import Catalogue
from affetto.recommend.recommender import Wish, checked_history


class PopularityRecommender:
    """The tracks that stand in most training playlists first."""

    name = "popularity"
    vectors = None

    def __init__(self, catalogue: Catalogue) -> None:
        self.size = len(catalogue)
        self._scores = np.log1p(np.maximum(catalogue.popularity, 0)).astype(np.float32)

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores; neither history nor wish changes them."""
        checked_history(history, size=self.size)
        return self._scores.copy() if among is None else self._scores[among]
