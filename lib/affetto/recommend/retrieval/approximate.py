"""Approximate search on this machine: FAISS, which looks only where the best are likely to be.

The tracks are parted into lists around centres, and a query is compared with the tracks of the
lists whose centres answer it best.  ``make bench-retrieval`` measures what that loses.
"""

from __future__ import annotations

from types import ModuleType

import numpy as np

from affetto.errors import DataError
from affetto.music.catalogue import Catalogue
from affetto.recommend.filters import Filters
from affetto.recommend.retrieval.interface import Found, Passing, best_of, checked_query

PROBED = 3 / 16  # of the lists
SCANNED = 1 / 4  # where no larger share of the tracks may come, all lists are looked through
SAMPLE = 50  # tracks a list that its centre is found from
FEWEST = 40  # tracks a list
SEED = 7


class FaissIndex:
    """FAISS's IVF index over float32 vectors, the bias as one more dimension.

    Where filters leave few tracks, all lists are looked through, so that the answer is exact and
    as long as it was asked for.
    Raises DataError without the ``scale`` extra.
    """

    name = "faiss"

    def __init__(
        self,
        vectors: np.ndarray,
        bias: np.ndarray,
        *,
        catalogue: Catalogue | None = None,
        probed: float = PROBED,
    ) -> None:
        """Build from vectors [n, D] and bias [n]; ``probed`` is a share of the lists, 0 to 1."""
        if not 0 < probed <= 1:
            raise ValueError(f"a share of the lists lies above 0 and up to 1, not at {probed}")
        self.size, self.width = vectors.shape
        self._faiss = _faiss()
        self._passing = Passing(catalogue)
        self._lists = lists_for(self.size)
        self._probed = max(1, round(probed * self._lists))
        self._index = self._built(np.column_stack([vectors, bias]).astype(np.float32, copy=False))

    def _built(self, rows: np.ndarray):
        index = self._faiss.IndexIVFFlat(
            self._faiss.IndexFlatIP(rows.shape[1]),
            rows.shape[1],
            self._lists,
            self._faiss.METRIC_INNER_PRODUCT,
        )
        index.cp.seed = SEED
        sample = min(len(rows), SAMPLE * self._lists)
        chosen = np.random.default_rng(SEED).choice(len(rows), sample, replace=False)
        index.train(rows[np.sort(chosen)])
        index.add(rows)
        return index

    def top(
        self,
        query: np.ndarray,
        k: int,
        *,
        among: np.ndarray | None = None,
        filters: Filters | None = None,
    ) -> Found:
        """See Retrieval.top; a few of the best may be missed where most tracks may come."""
        query = checked_query(query, k, width=self.width)
        items = self._passing.items(among, filters)
        may_come = self.size if items is None else len(items)
        k = min(k, may_come)
        if not k:
            return best_of(None, np.empty(0, np.float32), k)
        all_lists = may_come <= max(SCANNED * self.size, k)
        found = self._search(query, k, items, self._lists if all_lists else self._probed)
        return found if len(found.items) == k else self._search(query, k, items, self._lists)

    def _search(self, query: np.ndarray, k: int, items: np.ndarray | None, probes: int) -> Found:
        chosen = None
        if items is not None:  # FAISS keeps no reference to the bits, so this name must live on
            bits = np.zeros(self.size, bool)
            bits[items] = True
            packed = np.packbits(bits, bitorder="little")
            chosen = self._faiss.IDSelectorBitmap(packed)
        wanted = self._faiss.SearchParametersIVF(nprobe=probes, sel=chosen)
        scores, found = self._index.search(np.append(query, np.float32(1))[None], k, params=wanted)
        known = found[0] >= 0  # FAISS fills an answer that is too short with -1
        found, scores = found[0][known], scores[0][known]
        order = np.lexsort((found, -scores))
        return Found(found[order], scores[order])


def lists_for(size: int) -> int:
    """How many lists: some four times the square root, a power of two, FEWEST tracks a list."""
    wanted = 4 * 2 ** int(np.log2(max(size, 1)) / 2)
    most = 2 ** int(np.log2(max(size / FEWEST, 1)))
    return min(wanted, most)


def _faiss() -> ModuleType:
    try:
        import faiss
    except ImportError as error:
        raise DataError(
            "Approximate search needs FAISS; install Affetto with its scale extra."
        ) from error
    return faiss
