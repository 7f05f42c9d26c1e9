"""Which retrieval serves: exact search, unless ``AFFETTO_RETRIEVAL`` names another."""

from __future__ import annotations

import hashlib
import logging

import numpy as np

from affetto.errors import DataError, InputError
from affetto.music.catalogue import Catalogue
from affetto.recommend.retrieval.exact import ExactIndex
from affetto.recommend.retrieval.interface import Retrieval

log = logging.getLogger(__name__)
EXACT, FAISS = "exact", "faiss"


def open_index(
    named: str,
    vectors: np.ndarray,
    bias: np.ndarray,
    *,
    catalogue: Catalogue,
    token: str = "",
) -> Retrieval:
    """The retrieval that ``named`` means, over these tracks.

    named : ``exact``, ``faiss``, or where Milvus is: a file ending in ``.db`` or a server's
    address, which is filled with these tracks if it does not hold them yet.
    Raises InputError for another word; DataError where the index cannot be had.
    """
    if named == EXACT:
        return ExactIndex(vectors, bias, catalogue=catalogue)
    if named == FAISS:
        from affetto.recommend.retrieval.approximate import FaissIndex

        return FaissIndex(vectors, bias, catalogue=catalogue)
    if "://" in named or named.endswith(".db"):
        return _in_milvus(named, vectors, bias, catalogue, token)
    raise InputError(
        f"AFFETTO_RETRIEVAL is {EXACT}, {FAISS}, a file ending in .db or the address of a Milvus "
        f"server, not {named!r}."
    )


def _in_milvus(
    uri: str, vectors: np.ndarray, bias: np.ndarray, catalogue: Catalogue, token: str
) -> Retrieval:
    """The collection of exactly these tracks, so that no other release's is ever asked."""
    from affetto.recommend.retrieval.milvus import MilvusIndex

    digest = hashlib.sha256(vectors.tobytes())
    digest.update(bias.tobytes())
    collection = f"affetto_{digest.hexdigest()[:16]}"
    if MilvusIndex.holds(uri, collection, token=token):
        index = MilvusIndex(uri, collection, genres=catalogue.genres, token=token)
        if index.size == len(bias):
            return index
        raise DataError(f"Milvus at {uri} holds {index.size:,} of {len(bias):,} tracks.")
    log.info("Filling Milvus at %s with %s tracks.", uri, f"{len(bias):,}")
    return MilvusIndex.create(uri, collection, vectors, bias, catalogue, token=token)
