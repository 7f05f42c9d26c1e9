"""The small table of neighbours that is released beside the LSTM, from training playlists alone.

Two baselines' tables in one: the songs that stand in the same playlists, and those that follow
closely.  Each row of either counts up to 1, for its first; the nearest of their sum are kept.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from affetto.learn.places import Group, distinct_versions
from affetto.music.catalogue import Catalogue
from affetto.recommend.baselines import (
    ItemKnnConfig,
    ItemKnnRecommender,
    PlaylistKnowledge,
)
from affetto.recommend.baselines.item_knn import largest_of_rows
from affetto.recommend.baselines.knowledge import artist_matrix
from affetto.recommend.baselines.markov import follow_rules
from affetto.recommend.neighbours import KEPT, NeighbourTable

#: As the baselines were tuned when the table was chosen; here, so that tuning them again changes no
#: release.  ``neighbours`` companions of each song are looked at, followers up to STEPS behind it.
COMPANIONS = ItemKnnConfig(neighbours=60, snapshots=True, idf=1.0, shrink=1.0, artists=0.1)
STEPS = 30


def neighbour_table(knowledge: PlaylistKnowledge, *, kept: int = KEPT) -> NeighbourTable:
    """The ``kept`` nearest songs of each; fewer where fewer ever stood beside it, never itself."""
    companions = ItemKnnRecommender(knowledge, COMPANIONS).table
    both = _to_first(companions) + _to_first(follow_rules(knowledge, steps=STEPS))
    found = both.tocoo()
    apart = found.row != found.col
    nearest = largest_of_rows(
        found.row[apart], found.col[apart], found.data[apart], both.shape, kept
    )
    nearest.sort_indices()
    return NeighbourTable(
        nearest.indptr.astype(np.int64), nearest.indices.astype(np.int64), nearest.data
    )


def _to_first(table: sparse.csr_matrix) -> sparse.csr_matrix:
    """Rows as shares of their largest value."""
    largest = table.max(axis=1).toarray().ravel()
    return sparse.diags(1 / np.maximum(largest, 1e-9)).astype(np.float32) @ table


def knowledge_of_groups(groups: list[Group], catalogue: Catalogue) -> PlaylistKnowledge:
    """What training playlists say, each version of a group once."""
    held = [
        (number, tracks) for number, group in enumerate(groups)
        for tracks in distinct_versions(group)
    ]  # fmt: skip
    return PlaylistKnowledge(
        sequences=tuple(tracks for _, tracks in held),
        groups=np.array([number for number, _ in held], np.int64),
        artists=artist_matrix(catalogue.names()[1]),
        popularity=catalogue.popularity.astype(np.float32),
    )
