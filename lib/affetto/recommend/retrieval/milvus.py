"""Search in Milvus: one file on this machine, or a cluster that holds more than a machine can.

The engine keeps the vectors beside what the filters look at, so that a filter is applied where
the tracks are and only answers travel.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from affetto.errors import DataError
from affetto.music.catalogue import Catalogue, match_genre
from affetto.recommend.filters import Filters
from affetto.recommend.retrieval.interface import Found, checked_query, nothing_passes

if TYPE_CHECKING:
    from pymilvus import MilvusClient

FIELDS = {"item", "vector", "genres", "year", "clean", "language"}
BATCH = 2_000  # rows a request
LONGEST = 64  # bytes of a genre's name
MOST_GENRES = 64  # of one track
UNKNOWN = 0  # the year of a track whose year is not known
SECONDS = 30.0  # that an answer may take


class MilvusIndex:
    """Tracks in a collection of Milvus, through pymilvus.

    Use ``create`` to fill a collection and ``MilvusIndex`` to ask one that is there already.
    Raises DataError where the engine cannot be reached or answers with an error.
    """

    name = "milvus"

    def __init__(
        self, uri: str, collection: str, *, genres: Sequence[str], token: str = ""
    ) -> None:
        """Open a collection that ``create`` filled.

        genres : those that its tracks have (``Catalogue.genres``), which filters may name.
        uri : a file's name (``tracks.db``, Milvus Lite) or a server's address (``http://…:19530``).
        token : what the server asks for, ``user:password`` or a key.
        Raises DataError where the collection is missing or is not ours.
        """
        self._client = _connect(uri, token)
        self._collection = collection
        with _told(collection):
            if not self._client.has_collection(collection):
                raise DataError(
                    f"Milvus at {uri} has no collection {collection!r}; fill one first."
                )
            self._client.load_collection(collection)
            told = self._client.describe_collection(collection)
            (count,) = self._client.query(collection, output_fields=["count(*)"])
        self.size = int(count["count(*)"])
        self.width = _width(told)
        self._genres = tuple(genres)

    @classmethod
    def create(
        cls,
        uri: str,
        collection: str,
        vectors: np.ndarray,
        bias: np.ndarray,
        catalogue: Catalogue,
        *,
        token: str = "",
        kind: str = "FLAT",
    ) -> MilvusIndex:
        """Fill a new collection with vectors [n, D], bias [n] and the catalogue's n rows.

        kind : Milvus's index type; FLAT searches exactly, HNSW, IVF_FLAT and AUTOINDEX do not.
        A collection of that name that was there is replaced, once the new one is whole.
        """
        client = _connect(uri, token)
        arriving = f"{collection}_arriving"
        with _told(collection):
            if client.has_collection(arriving):  # an earlier try was cut short
                client.drop_collection(arriving)
            _make(client, arriving, vectors.shape[1] + 1, kind=kind)
            for rows in _batches(vectors, bias, catalogue):
                client.insert(arriving, rows)
            client.flush(arriving)
            if client.has_collection(collection):
                client.drop_collection(collection)
            client.rename_collection(arriving, collection)
        client.close()
        return cls(uri, collection, genres=catalogue.genres, token=token)

    @staticmethod
    def holds(uri: str, collection: str, *, token: str = "") -> bool:
        """Whether Milvus at ``uri`` has a whole collection of that name."""
        client = _connect(uri, token)
        with _told(uri):
            there = client.has_collection(collection)
        client.close()
        return there

    def close(self) -> None:
        """Let go of the connection, and of the file where there is one."""
        self._client.close()

    def top(
        self,
        query: np.ndarray,
        k: int,
        *,
        among: np.ndarray | None = None,
        filters: Filters | None = None,
    ) -> Found:
        """See Retrieval.top; exact where the collection was made as FLAT."""
        query = checked_query(query, k, width=self.width)
        if among is not None and not len(among):
            return Found(np.empty(0, np.int64), np.empty(0, np.float32))
        wanted = [] if filters is None else conditions(filters, genres=self._genres)
        with _told(self._collection):
            (answer,) = self._client.search(
                self._collection,
                data=[np.append(query, np.float32(1))],
                limit=k,
                filter=" and ".join([*wanted, *_only(among, size=self.size)]),
                search_params={"metric_type": "IP"},
                timeout=SECONDS,
            )
        if wanted and not answer and not self._any(wanted):
            raise nothing_passes()
        items = np.array([hit["item"] for hit in answer], np.int64)
        scores = np.array([hit["distance"] for hit in answer], np.float32)
        order = np.lexsort((items, -scores))
        return Found(items[order], scores[order])

    def _any(self, wanted: list[str]) -> bool:
        """Whether any track at all passes the filters."""
        with _told(self._collection):
            return bool(self._client.query(self._collection, " and ".join(wanted), limit=1))


def conditions(filters: Filters, *, genres: Sequence[str]) -> list[str]:
    """A listener's filters in Milvus's own words, to be joined by ``and``.

    genres : those that the collection knows.  Raises InputError for another.
    """
    found = []
    if filters.genres:
        named = [match_genre(name, genres) for name in filters.genres]
        found.append(f"ARRAY_CONTAINS_ANY(genres, {json.dumps(named)})")
    if filters.year_from is not None or filters.year_to is not None:
        found.append(f"year >= {max(filters.year_from or 0, UNKNOWN + 1)}")
        if filters.year_to is not None:
            found.append(f"year <= {filters.year_to}")
    if filters.languages:
        sung = [*filters.languages, *([""] if filters.unknown_language else [])]
        found.append(f"language in {json.dumps(sung)}")
    if not filters.explicit:
        found.append("clean == true")
    return found


def _only(among: np.ndarray | None, *, size: int) -> list[str]:
    """The condition that keeps to some items, by naming them or, if they are fewer, the others."""
    if among is None:
        return []
    if len(among) <= size / 2:
        return [f"item in {np.asarray(among).tolist()}"]
    barred = np.setdiff1d(np.arange(size), among)
    return [f"item not in {barred.tolist()}"] if len(barred) else []


def _make(client: MilvusClient, collection: str, width: int, *, kind: str) -> None:
    """An empty collection in our layout."""
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("item", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=width)
    schema.add_field(
        "genres", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=MOST_GENRES,
        max_length=LONGEST,
    )  # fmt: skip
    schema.add_field("year", DataType.INT32)
    schema.add_field("clean", DataType.BOOL)
    schema.add_field("language", DataType.VARCHAR, max_length=LONGEST)
    indexes = client.prepare_index_params()
    indexes.add_index("vector", index_type=kind, metric_type="IP")
    client.create_collection(
        collection, schema=schema, index_params=indexes, consistency_level="Strong"
    )


def _batches(
    vectors: np.ndarray, bias: np.ndarray, catalogue: Catalogue
) -> Iterator[list[dict[str, object]]]:
    """The tracks as Milvus takes them, some at a time."""
    genres, languages = catalogue.column("genres"), catalogue.column("language")
    for start in range(0, len(bias), BATCH):
        some = range(start, min(start + BATCH, len(bias)))
        rows = np.column_stack([vectors[some], bias[some]]).astype(np.float32)
        yield [
            {
                "item": item,
                "vector": row,
                "genres": genres[item].as_py() or [],
                "year": int(catalogue.year[item]),
                "clean": bool(catalogue.clean[item]),
                "language": languages[item].as_py() or "",
            }
            for item, row in zip(some, rows, strict=True)
        ]


def _width(told: dict[str, Any]) -> int:
    """Numbers in a query.  Raises DataError for a collection that is not in our layout."""
    fields = {field["name"]: field for field in told["fields"]}
    if set(fields) != FIELDS:
        raise DataError(
            f"Milvus's collection {told['collection_name']!r} is not one that Affetto filled."
        )
    return int(fields["vector"]["params"]["dim"]) - 1


def _connect(uri: str, token: str) -> MilvusClient:
    """A connection.  Raises DataError, one sentence, where there is none."""
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise DataError("Milvus needs pymilvus; install Affetto with its scale extra.") from error
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs what it raises as well
    with _told(uri):
        return MilvusClient(uri, token=token, timeout=SECONDS)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Milvus's own errors as one sentence of ours."""
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except MilvusException as error:
        why = " ".join(str(error.message).split())
        raise DataError(f"Milvus ({what}) could not do this: {why}.") from error
