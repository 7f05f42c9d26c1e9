"""The released neighbours are those that training playlists show, and no more than they show."""

from __future__ import annotations

import numpy as np

from affetto.learn.neighbour_table import knowledge_of_groups, neighbour_table
from affetto.music.catalogue import Catalogue
from tests import synthetic


def _catalogue(size: int) -> Catalogue:
    return Catalogue(synthetic.table(*({} for _ in range(size))))


def _playlists(*groups: list[list[int]]):
    """Each group: the versions of one playlist."""
    return [[[np.array(version) for version in group]] for group in groups]


def test_only_songs_that_stood_together_are_neighbours() -> None:
    found = neighbour_table(
        knowledge_of_groups(_playlists([[0, 1, 2]], [[0, 1, 3]], [[4, 5]]), _catalogue(7))
    )
    rows = [found.of(item)[0].tolist() for item in range(7)]
    assert rows == [[1, 2, 3], [0, 2, 3], [0, 1], [0, 1], [5], [4], []]


def test_the_nearest_are_kept_and_a_follower_is_nearer_than_who_went_before() -> None:
    # of song 1 all others are equal companions, but only 2 (one step) and 3 (two) follow it
    found = neighbour_table(knowledge_of_groups(_playlists([[0, 1, 2, 3]]), _catalogue(4)), kept=2)
    items, weights = found.of(1)
    assert items.tolist() == [2, 3]
    # a companion like every other counts 1; a follower one step away 1 more, two steps 1/2
    np.testing.assert_allclose(weights, [2, 1.5], rtol=1e-5)


def test_versions_that_repeat_count_once() -> None:
    once, twice = (
        neighbour_table(knowledge_of_groups(_playlists(versions, [[1, 2]]), _catalogue(3)))
        for versions in ([[0, 1]], [[0, 1], [0, 1]])
    )
    np.testing.assert_array_equal(once.weights, twice.weights)
    np.testing.assert_array_equal(once.items, twice.items)


def test_songs_of_a_scene_have_neighbours_of_their_scene() -> None:
    table = synthetic.neighbours()
    scenes = len(synthetic.SCENES)
    rows = np.repeat(np.arange(table.size), np.diff(table.starts))
    assert len(rows) > table.size
    assert (rows % scenes == table.items % scenes).all()  # playlists there keep to one scene
    assert (rows != table.items).all()
