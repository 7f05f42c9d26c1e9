"""What is special to each retrieval: ties, recall, collections, errors, and which one serves."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from affetto.emotions import Mood
from affetto.errors import DataError, InputError, ModelError
from affetto.recommend.filters import Filters
from affetto.recommend.ranking import Ranker, RankingWeights
from affetto.recommend.recommender import LstmRecommender
from affetto.recommend.retrieval import milvus
from affetto.recommend.retrieval.approximate import FaissIndex, lists_for
from affetto.recommend.retrieval.choice import open_index
from affetto.recommend.retrieval.exact import ExactIndex
from affetto.recommend.retrieval.interface import best_of
from affetto.recommend.retrieval.milvus import MilvusIndex, conditions
from tests import synthetic

SIZE = 600
ROWS = milvus._batches
GENRES = ("folk", "hip hop", 'the "new" jazz')


def _numbers() -> tuple[np.ndarray, np.ndarray]:
    items = synthetic.items(SIZE)
    return items.vectors, items.bias


def _query() -> np.ndarray:
    return np.random.default_rng(5).normal(size=synthetic.WIDTH).astype(np.float32)


# --- exact ---------------------------------------------------------------------------------------


def test_ties_fall_by_item_wherever_they_stand() -> None:
    scores = np.array([1, 3, 2, 3, 2, 2, 0], np.float32)
    assert best_of(None, scores, 4).items.tolist() == [1, 3, 2, 4]
    assert best_of(np.arange(10, 17), scores, 1).items.tolist() == [11]


def test_filters_need_a_catalogue() -> None:
    with pytest.raises(ValueError, match="without a catalogue"):
        ExactIndex(*_numbers()).top(_query(), 5, filters=Filters(explicit=False))


# --- FAISS ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "lists"), [(0, 1), (79, 1), (600, 8), (60_000, 512), (1_000_000, 2048)]
)
def test_lists_follow_the_square_root(size: int, lists: int) -> None:
    # 4 · 2^⌊log2(n)/2⌋: 60,000 → 4 · 2^7, a million → 4 · 2^9; 600 / 40 = 15 allow only 2^3
    assert lists_for(size) == lists


def test_probing_a_part_finds_most_of_the_best() -> None:
    items = synthetic.items(3000)
    exact, faiss = (kind(items.vectors, items.bias) for kind in (ExactIndex, FaissIndex))
    queries = np.random.default_rng(1).normal(size=(50, synthetic.WIDTH)).astype(np.float32)
    hits = [len({*exact.top(q, 20).items} & {*faiss.top(q, 20).items}) for q in queries]
    assert 0.8 < sum(hits) / 1000 < 1  # and it is approximate: a part of the lists is not all


def test_the_same_tracks_make_the_same_index() -> None:
    one, other = FaissIndex(*_numbers()), FaissIndex(*_numbers())
    assert one.top(_query(), 20).items.tolist() == other.top(_query(), 20).items.tolist()


@pytest.mark.parametrize("probed", [0.0, -1.0, 1.5])
def test_a_share_of_the_lists_must_make_sense(probed: float) -> None:
    with pytest.raises(ValueError, match="share of the lists"):
        FaissIndex(*_numbers(), probed=probed)


@pytest.mark.parametrize(
    ("module", "named", "words"), [("faiss", "faiss", "FAISS"), ("pymilvus", "t.db", "pymilvus")]
)
def test_without_the_extra_a_sentence_names_it(
    module: str, named: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # what Python itself keeps for "not there"
    with pytest.raises(DataError, match=f"{words}.*scale extra"):
        open_index(named, *_numbers(), catalogue=synthetic.catalogue(SIZE))


# --- Milvus --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Milvus Lite with our tracks in ``tracks`` and somebody else's in ``strangers``."""
    from pymilvus import MilvusClient

    name = str(tmp_path_factory.mktemp("milvus") / "tracks.db")
    MilvusIndex.create(name, "tracks", *_numbers(), synthetic.catalogue(SIZE)).close()
    client = MilvusClient(name)
    client.create_collection("strangers", dimension=4)
    client.close()
    return name


def test_a_filled_file_is_there_for_the_next_process(file: str) -> None:
    index = MilvusIndex(file, "tracks", genres=synthetic.catalogue(SIZE).genres)
    expected = ExactIndex(*_numbers()).top(_query(), 20).items.tolist()
    assert index.size == SIZE
    assert index.top(_query(), 20).items.tolist() == expected
    index.close()


def test_filling_anew_replaces_what_was_there(tmp_path: Path) -> None:
    file, (vectors, bias) = str(tmp_path / "tracks.db"), _numbers()
    MilvusIndex.create(file, "tracks", vectors, bias, synthetic.catalogue(SIZE)).close()
    upside_down = MilvusIndex.create(file, "tracks", -vectors, -bias, synthetic.catalogue(SIZE))
    worst = ExactIndex(-vectors, -bias).top(_query(), 5).items.tolist()
    assert upside_down.top(_query(), 5).items.tolist() == worst
    upside_down.close()


def test_a_collection_cut_short_is_not_taken_for_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, tracks = str(tmp_path / "tracks.db"), synthetic.catalogue(SIZE)
    with monkeypatch.context() as patch:
        patch.setattr(milvus, "_batches", _two_thirds_and_a_fault)
        with pytest.raises(OSError, match="pulled"):
            MilvusIndex.create(file, "tracks", *_numbers(), tracks)
    assert not MilvusIndex.holds(file, "tracks")
    MilvusIndex.create(file, "tracks", *_numbers(), tracks).close()  # and the next try works
    assert MilvusIndex.holds(file, "tracks")


def _two_thirds_and_a_fault(vectors, bias, catalogue):
    (rows,) = ROWS(vectors, bias, catalogue)
    yield rows[:400]
    raise OSError("the plug was pulled")


@pytest.mark.parametrize(
    ("collection", "words"), [("nothing", "no collection 'nothing'"), ("strangers", "not one that")]
)
def test_what_is_not_ours_is_refused(collection: str, words: str, file: str) -> None:
    with pytest.raises(DataError, match=words):
        MilvusIndex(file, collection, genres=())


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", "/no/such/folder/tracks.db"])
def test_an_engine_out_of_reach_is_one_sentence(uri: str) -> None:
    with pytest.raises(DataError, match=r"^Milvus \(.*\) could not do this: .*\.$") as caught:
        MilvusIndex(uri, "tracks", genres=())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), []),
        (Filters(genres=("Hip-Hop", "folk")), ['ARRAY_CONTAINS_ANY(genres, ["hip hop", "folk"])']),
        (Filters(genres=(GENRES[2],)), [r'ARRAY_CONTAINS_ANY(genres, ["the \"new\" jazz"])']),
        (Filters(year_from=1990), ["year >= 1990"]),
        (Filters(year_to=1990), ["year >= 1", "year <= 1990"]),  # year 0 means unknown
        (Filters(explicit=False), ["clean == true"]),
        (Filters(languages=("it",)), ['language in ["it"]']),
        (Filters(languages=("it",), unknown_language=True), ['language in ["it", ""]']),
    ],
)
def test_filters_in_the_words_of_the_engine(filters: Filters, expected: list[str]) -> None:
    assert conditions(filters, genres=GENRES) == expected


# --- which one serves ----------------------------------------------------------------------------


def test_settings_choose_the_retrieval(tmp_path: Path) -> None:
    tracks, file = synthetic.catalogue(SIZE), str(tmp_path / "tracks.db")
    kinds = {"exact": ExactIndex, "faiss": FaissIndex, file: MilvusIndex}
    for named, kind in kinds.items():
        assert isinstance(open_index(named, *_numbers(), catalogue=tracks), kind)


def test_another_release_gets_a_collection_of_its_own(tmp_path: Path) -> None:
    tracks, file, (vectors, bias) = synthetic.catalogue(SIZE), str(tmp_path / "t.db"), _numbers()
    for flipped in (vectors, -vectors, vectors):
        index = open_index(file, flipped, bias, catalogue=tracks)
        expected = ExactIndex(flipped, bias).top(_query(), 5).items.tolist()
        assert index.top(_query(), 5).items.tolist() == expected
        index.close()


def test_an_unknown_retrieval_names_the_known() -> None:
    with pytest.raises(InputError, match=r"exact, faiss, a file ending in \.db"):
        open_index("annoy", *_numbers(), catalogue=synthetic.catalogue(SIZE))


def test_an_index_of_other_tracks_is_refused() -> None:
    with pytest.raises(ModelError, match="other tracks"):
        LstmRecommender(synthetic.network(), synthetic.items(), index=ExactIndex(*_numbers()))


@pytest.mark.parametrize("named", ["exact", "faiss", "milvus"])
def test_lists_are_made_through_the_index(named: str, tmp_path: Path) -> None:
    """Where more compete than are looked at, the index says which; the list is exact search's."""
    tracks, items = synthetic.catalogue(SIZE), synthetic.items(SIZE)
    asked: list[int] = []

    class Watched:
        """The index, noting what it is asked for."""

        def __init__(self) -> None:
            place = str(tmp_path / "tracks.db") if named == "milvus" else named
            self._index = open_index(place, items.vectors, items.bias, catalogue=tracks)
            self.name, self.size, self.width = named, self._index.size, self._index.width

        def top(self, query, k, *, among=None, filters=None):
            asked.append(k)
            return self._index.top(query, k, among=among, filters=filters)

    path = [Mood(0.3, -0.3)] * 6
    made = [
        Ranker(
            tracks,
            LstmRecommender(synthetic.network(), items, index=index),
            weights=RankingWeights(candidates=5),
        ).pick(path, allowed=np.ones(SIZE, bool))
        for index in (None, Watched())
    ]
    assert made[0] == made[1]
    assert len(asked) >= len(path)


def test_of_very_many_only_the_best_candidates_are_ranked() -> None:
    tracks, items = synthetic.catalogue(SIZE), synthetic.items(SIZE)
    recommender = LstmRecommender(synthetic.network(), items)
    few = RankingWeights(candidates=5, noise=0.0, aside=0.0)
    (item,) = Ranker(tracks, recommender, weights=few).pick([None], allowed=np.ones(SIZE, bool))
    assert item in recommender.top((), k=5).items
