"""Exact search: one product with the matrix of all tracks, or of those that may come."""

from __future__ import annotations

import numpy as np

from affetto.music.catalogue import Catalogue
from affetto.recommend.filters import Filters
from affetto.recommend.retrieval.interface import Found, Passing, best_of, checked_query

FEW = 0.25  # share of the tracks up to which their rows are gathered rather than all multiplied


class ExactIndex:
    """The default, and what every other index is measured against; needs NumPy alone."""

    name = "exact"

    def __init__(
        self, vectors: np.ndarray, bias: np.ndarray, *, catalogue: Catalogue | None = None
    ) -> None:
        """Keep, not copy: vectors [n, D] float32, bias [n] float32; catalogue of n for filters."""
        self._vectors, self._bias = vectors, bias
        self.size, self.width = vectors.shape
        self._passing = Passing(catalogue)

    def top(
        self,
        query: np.ndarray,
        k: int,
        *,
        among: np.ndarray | None = None,
        filters: Filters | None = None,
    ) -> Found:
        """See Retrieval.top."""
        query = checked_query(query, k, width=self.width)
        items = self._passing.items(among, filters)
        return best_of(items, self.scores(query, among=items), k)

    def scores(self, query: np.ndarray, *, among: np.ndarray | None = None) -> np.ndarray:
        """[n] float32, the score of every track, or [m] of those in ``among``."""
        if among is None:
            return self._vectors @ query + self._bias
        if len(among) <= FEW * self.size:
            return self._vectors[among] @ query + self._bias[among]
        return (self._vectors @ query + self._bias)[among]
