"""What every retrieval answers: the best tracks for a query, among those that may come.

A track's score is query · vector + bias.  Everywhere here a track is its item, its row in the
catalogue.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from affetto.errors import InputError
from affetto.music.catalogue import Catalogue
from affetto.recommend.filters import Filters

MOST = 16_384  # tracks in one answer; Milvus's own limit


class Found(NamedTuple):
    """Tracks with their scores, the best first, ties by item.

    items : [m] int64.  scores : [m] float32.
    """

    items: np.ndarray
    scores: np.ndarray


@runtime_checkable
class Retrieval(Protocol):
    """Finds the tracks with the highest scores.

    name : for reports.  size : number of tracks.  width : numbers in a query.
    """

    name: str
    size: int
    width: int

    def top(
        self,
        query: np.ndarray,
        k: int,
        *,
        among: np.ndarray | None = None,
        filters: Filters | None = None,
    ) -> Found:
        """The ``k`` best tracks; fewer only where fewer may come.

        query : [width] float32, finite.  k : 1 to MOST.
        among : items that may come, each once; None for all.  filters : what else they must pass.
        Raises ValueError for a query or a ``k`` that makes no sense, InputError for an unknown
        genre and where no track at all passes the filters.
        """
        ...


def checked_query(query: np.ndarray, k: int, *, width: int) -> np.ndarray:
    """The query as float32 [width].  Raises ValueError as ``Retrieval.top`` says."""
    numbers = np.ascontiguousarray(query, np.float32)
    if numbers.shape != (width,) or not np.isfinite(numbers).all():
        raise ValueError(f"a query is {width} finite numbers; got shape {numbers.shape}")
    if not 1 <= k <= MOST:
        raise ValueError(f"1 to {MOST} tracks can be asked for, not {k}")
    return numbers


def best_of(items: np.ndarray | None, scores: np.ndarray, k: int) -> Found:
    """The ``k`` highest scores in the order of ``Found``.

    items : [n] ascending, those that were scored; None for 0 to n - 1.
    """
    places = np.arange(len(scores))
    if k < len(scores):  # everything as good as the k-th, so that ties fall by item
        places = np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[-k])
    places = places[np.argsort(-scores[places], kind="stable")[:k]]
    return Found(places if items is None else np.asarray(items)[places], scores[places])


class Passing:
    """Which tracks of a catalogue pass a listener's filters; the latest answers are kept."""

    def __init__(self, catalogue: Catalogue | None) -> None:
        self._mask = lru_cache(maxsize=8)(lambda filters: filters.allowed(_there(catalogue)))

    def items(self, among: np.ndarray | None, filters: Filters | None) -> np.ndarray | None:
        """Ascending items that are in ``among`` and pass; None where all tracks may come.

        Raises InputError as ``Filters.allowed`` does, ValueError without a catalogue.
        """
        items = None if among is None else np.sort(np.asarray(among, np.int64))
        if filters is None or filters == Filters():
            return items
        mask = self._mask(filters)
        return np.flatnonzero(mask) if items is None else items[mask[items]]


def _there(catalogue: Catalogue | None) -> Catalogue:
    if catalogue is None:
        raise ValueError("this index was made without a catalogue, which filters need")
    return catalogue


def nothing_passes() -> InputError:
    """The error of an engine that cannot say which of the filters is to blame."""
    return InputError("No track passes these filters; loosen one of them.")
