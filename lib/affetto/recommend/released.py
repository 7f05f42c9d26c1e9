"""The released recommender: catalogue and network, loaded together and checked to belong so."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from affetto.errors import ModelError
from affetto.music.catalogue import Catalogue
from affetto.recommend.lstm_with_neighbours import LstmWithNeighbours
from affetto.recommend.neighbours import NeighbourRecommender, NeighbourTable
from affetto.recommend.recommender import ItemVectors, LstmRecommender, Recommender
from affetto.recommend.retrieval.choice import open_index
from affetto.settings import milvus_token, retrieval

VOCABULARY, ITEMS, NETWORK, NEIGHBOURS = (
    "vocabulary.parquet", "recommender_items.npz", "recommender_lstm.tflite",
    "recommender_neighbours.npz",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Released:
    """A catalogue and a recommender over its rows.  Raises ModelError where the sizes differ."""

    catalogue: Catalogue
    recommender: Recommender

    def __post_init__(self) -> None:
        if self.recommender.size != len(self.catalogue):
            raise mismatch(self.recommender.size, len(self.catalogue))


def mismatch(known: int, listed: int) -> ModelError:
    """The error for a recommender of ``known`` tracks beside a vocabulary of ``listed``."""
    return ModelError(
        f"The recommender knows {known:,} tracks and the vocabulary has {listed:,}; "
        "they don't belong together."
    )


def recommender_section(vocabulary: bytes) -> dict[str, str]:
    """What the manifest's ``recommender`` section must hold so that the parts stay together."""
    return {"vocabulary_sha256": hashlib.sha256(vocabulary).hexdigest()}


def open_released(read: Callable[[str], bytes], manifest: Mapping) -> Released:
    """Build the recommender from its four files.

    read : file name → checked bytes.  manifest : its ``recommender`` section names the
    vocabulary that the network was trained on.
    Raises ModelError or DataError if a file is damaged or belongs to another release.
    """
    vocabulary = read(VOCABULARY)
    if not recommender_section(vocabulary).items() <= manifest.get("recommender", {}).items():
        raise ModelError(
            "The vocabulary is not the one that the recommender was trained on; "
            "install both from one release."
        )
    catalogue, items = Catalogue.from_bytes(vocabulary), ItemVectors.from_bytes(read(ITEMS))
    if len(items.bias) != len(catalogue):
        raise mismatch(len(items.bias), len(catalogue))
    index = open_index(
        retrieval(), items.vectors, items.bias, catalogue=catalogue, token=milvus_token()
    )
    lstm = LstmRecommender(read(NETWORK), items, index=index)
    neighbours = NeighbourRecommender(NeighbourTable.from_bytes(read(NEIGHBOURS)), catalogue)
    return Released(catalogue, LstmWithNeighbours(lstm, neighbours))


@lru_cache(maxsize=1)
def load_released() -> Released:
    """The bundled recommender, loaded once a process.  Raises ModelError if it is not whole."""
    from affetto.bundled import read_bundled, read_manifest

    return open_released(read_bundled, read_manifest())
