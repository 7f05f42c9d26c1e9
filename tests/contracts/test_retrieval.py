"""What every retrieval must answer: what a plain look at every track answers."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from affetto.errors import InputError
from affetto.recommend.filters import Filters
from affetto.recommend.retrieval.approximate import FaissIndex
from affetto.recommend.retrieval.exact import ExactIndex
from affetto.recommend.retrieval.interface import MOST, Found, Retrieval
from affetto.recommend.retrieval.milvus import MilvusIndex
from tests import synthetic

SIZE = 1200
FILTERS = {
    "one genre": Filters(genres=("jazz",)),
    "its name in capitals": Filters(genres=("Hip-Hop",)),
    "either of two": Filters(genres=("folk", "metal")),
    "from a year": Filters(year_from=1990),
    "to a year": Filters(year_to=1972),
    "two years": Filters(year_from=1961, year_to=1962),
    "clean": Filters(explicit=False),
    "a language": Filters(languages=("it",)),
    "two languages": Filters(languages=("it", "en")),
    "a language, or unknown": Filters(languages=("it",), unknown_language=True),
    "all at once": Filters(
        genres=("pop", "hip hop"), year_from=1998, year_to=2016, explicit=False, languages=("en",)
    ),
}
MAKERS = {
    "exact": lambda folder: ExactIndex(*_numbers(), catalogue=_catalogue()),
    "faiss": lambda folder: FaissIndex(*_numbers(), catalogue=_catalogue(), probed=1.0),
    "milvus": lambda folder: MilvusIndex.create(
        str(folder / "tracks.db"), "tracks", *_numbers(), _catalogue()
    ),
}


@functools.cache
def _catalogue():
    return synthetic.with_languages(synthetic.catalogue(SIZE))


def _numbers() -> tuple[np.ndarray, np.ndarray]:
    items = synthetic.items(SIZE)
    return items.vectors, items.bias


@pytest.fixture(scope="module", params=MAKERS)
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    made = MAKERS[request.param](tmp_path_factory.mktemp(request.param))
    yield made
    getattr(made, "close", lambda: None)()


def _queries(count: int = 4) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(count, synthetic.WIDTH)).astype(np.float32)


@functools.cache
def _tracks():
    return _catalogue().tracks(range(SIZE))


def _passes(filters: Filters) -> Callable[[int], bool]:
    """By the words of ``Filters``, a track at a time."""
    genres = {name.casefold().replace("-", " ") for name in filters.genres}

    def passes(item: int) -> bool:
        track = _tracks()[item]
        year = track.year or None
        return (
            (not genres or bool(genres & set(track.genres)))
            and (filters.year_from is None or (year is not None and year >= filters.year_from))
            and (filters.year_to is None or (year is not None and year <= filters.year_to))
            and (filters.explicit or track.explicit is False)
            and (
                not filters.languages
                or track.language in filters.languages
                or (filters.unknown_language and track.language is None)
            )
        )

    return passes


def _by_hand(query: np.ndarray, k: int, may_come: list[int]) -> list[int]:
    vectors, bias = _numbers()
    score = {i: float(vectors[i].astype("f8") @ query + bias[i]) for i in may_come}
    return sorted(may_come, key=lambda i: -score[i])[:k]


def _check(found: Found, query: np.ndarray, k: int, may_come: list[int]) -> None:
    """The expected tracks in their order, with their scores."""
    assert found.items.tolist() == _by_hand(query, k, may_come)
    vectors, bias = _numbers()
    expected = vectors[found.items] @ query + bias[found.items]
    assert found.scores.dtype == np.float32
    np.testing.assert_allclose(found.scores, expected, rtol=1e-4, atol=1e-4)


def test_it_has_the_parts_of_the_interface(index: Retrieval) -> None:
    assert isinstance(index, Retrieval)
    assert index.name in MAKERS
    assert (index.size, index.width) == (SIZE, synthetic.WIDTH)


@pytest.mark.parametrize("k", [1, 20, 500, SIZE])
def test_the_best_of_all_tracks(index: Retrieval, k: int) -> None:
    for query in _queries():
        _check(index.top(query, k), query, k, list(range(SIZE)))


@pytest.mark.parametrize(
    "among",
    [[7], [1199, 0, 12, 5], list(range(0, SIZE, 7)), list(range(40, SIZE)), list(range(SIZE))],
    ids=["one", "four, unordered", "a seventh", "nearly all", "all"],
)
def test_the_best_of_some_tracks(index: Retrieval, among: list[int]) -> None:
    for query in _queries():
        _check(index.top(query, 20, among=np.array(among)), query, 20, among)


@pytest.mark.parametrize("name", FILTERS)
def test_the_best_that_pass_a_filter(index: Retrieval, name: str) -> None:
    may_come = [item for item in range(SIZE) if _passes(FILTERS[name])(item)]
    assert 20 < len(may_come) < SIZE, "a filter that parts nothing tests nothing"
    for query in _queries():
        _check(index.top(query, 20, filters=FILTERS[name]), query, 20, may_come)


def test_filters_and_named_items_both_count(index: Retrieval) -> None:
    filters, among = FILTERS["clean"], list(range(0, SIZE, 3))
    may_come = [item for item in among if _passes(filters)(item)]
    for query in _queries():
        found = index.top(query, 20, among=np.array(among), filters=filters)
        _check(found, query, 20, may_come)


def test_filters_that_rule_nothing_out_rule_nothing_out(index: Retrieval) -> None:
    (query,) = _queries(1)
    _check(index.top(query, 20, filters=Filters()), query, 20, list(range(SIZE)))


def test_where_fewer_may_come_the_answer_is_shorter(index: Retrieval) -> None:
    (query,) = _queries(1)
    _check(index.top(query, 50, among=np.array([3, 1, 2])), query, 50, [1, 2, 3])


def test_where_none_may_come_the_answer_is_empty(index: Retrieval) -> None:
    (query,) = _queries(1)
    nobody = index.top(query, 5, among=np.array([], int))
    explicit = np.array([i for i in range(SIZE) if not _passes(FILTERS["clean"])(i)])
    no_one = index.top(query, 5, among=explicit, filters=FILTERS["clean"])
    assert len(nobody.items) == len(nobody.scores) == len(no_one.items) == 0


def test_filters_that_leave_nothing_are_told(index: Retrieval) -> None:
    with pytest.raises(InputError, match="loosen"):
        index.top(_queries(1)[0], 5, filters=Filters(year_from=2090))
    with pytest.raises(InputError, match="loosen"):
        index.top(_queries(1)[0], 5, filters=Filters(genres=("folk",), year_from=1999))


def test_an_unknown_genre_is_told_with_those_near_it(index: Retrieval) -> None:
    with pytest.raises(InputError, match=r"'jaz'; try jazz"):
        index.top(_queries(1)[0], 5, filters=Filters(genres=("jaz",)))


@pytest.mark.parametrize(
    ("query", "k"),
    [
        (np.zeros(synthetic.WIDTH + 1, "f4"), 5),
        (np.zeros((1, synthetic.WIDTH), "f4"), 5),
        (np.full(synthetic.WIDTH, np.nan, "f4"), 5),
        (np.zeros(synthetic.WIDTH, "f4"), 0),
        (np.zeros(synthetic.WIDTH, "f4"), MOST + 1),
    ],
)
def test_nonsense_is_refused(index: Retrieval, query: np.ndarray, k: int) -> None:
    with pytest.raises(ValueError, match=r"query is|can be asked for"):
        index.top(query, k)


def test_several_threads_get_the_answers_that_one_gets(index: Retrieval) -> None:
    queries = _queries(8)
    alone = [index.top(query, 20, filters=FILTERS["clean"]).items.tolist() for query in queries]
    wrong: list[int] = []

    def ask(number: int) -> None:
        for _ in range(3):
            found = index.top(queries[number], 20, filters=FILTERS["clean"])
            if found.items.tolist() != alone[number]:
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(queries))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
