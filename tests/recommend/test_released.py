from __future__ import annotations

from pathlib import Path

import pytest

from affetto.bundled import read_bundled, read_manifest
from affetto.errors import DataError, ModelError
from affetto.music.catalogue import Catalogue
from affetto.recommend.baselines import PopularityRecommender
from affetto.recommend.released import (
    ITEMS,
    NEIGHBOURS,
    NETWORK,
    VOCABULARY,
    Released,
    open_released,
)
from tests import synthetic


def test_a_release_opens_from_files_that_the_manifest_vouches_for(tmp_path: Path) -> None:
    folder = synthetic.write_release(tmp_path)
    released = open_released(lambda name: read_bundled(name, folder), read_manifest(folder))
    assert len(released.catalogue) == released.recommender.size == 3000


@pytest.mark.parametrize("name", [VOCABULARY, ITEMS, NETWORK, NEIGHBOURS])
def test_a_damaged_file_is_refused(name: str, tmp_path: Path) -> None:
    folder = synthetic.write_release(tmp_path)
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ModelError, match=f"{name} is not the one that was released"):
        open_released(lambda name: read_bundled(name, folder), read_manifest(folder))


def test_a_vocabulary_of_another_training_is_refused() -> None:
    """Same size, same columns, and an honest hash of its own: only the rows are others."""
    other = synthetic.catalogue(seed=8).to_bytes()
    parts = {**synthetic.files(), VOCABULARY: other}
    manifest = {
        **synthetic.manifest(parts),
        "recommender": synthetic.manifest(synthetic.files())["recommender"],
    }
    with pytest.raises(ModelError, match="not the one that the recommender was trained on"):
        open_released(parts.__getitem__, manifest)


@pytest.mark.parametrize("manifest", [{}, {"recommender": {}}])
def test_a_manifest_that_names_no_vocabulary_is_refused(manifest: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="not the one that the recommender was trained on"):
        open_released(synthetic.files().__getitem__, manifest)


def test_a_vocabulary_that_cannot_be_read_is_refused() -> None:
    parts = {**synthetic.files(), VOCABULARY: b"not parquet"}
    with pytest.raises(DataError, match="not a readable Parquet file"):
        open_released(parts.__getitem__, synthetic.manifest(parts))


def test_sizes_that_differ_are_refused() -> None:
    two, three = Catalogue(synthetic.table({}, {})), Catalogue(synthetic.table({}, {}, {}))
    with pytest.raises(ModelError, match="knows 2 tracks and the vocabulary has 3"):
        Released(three, PopularityRecommender(two))


def test_neighbours_of_another_vocabulary_are_refused() -> None:
    parts = {**synthetic.files(), NEIGHBOURS: synthetic.neighbours(300).to_bytes()}
    with pytest.raises(ModelError, match="has 300 songs and the vocabulary 3,000"):
        open_released(parts.__getitem__, synthetic.manifest(parts))
