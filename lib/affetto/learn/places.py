"""Where tracks stand: what the item tower is told of the training playlists.

Three kinds of places in playlists.  ``playlists``: the groups of playlists that hold the track.
``stretches``: twenty tracks in a row of one version of a playlist, because people put songs
together that belong together.  ``artists``: the groups that hold a song by one of its artists,
the more of them the weightier.  And two that are the song's own: ``years``, spans of years in
which it came out, and ``languages``; a place has a vector of its own, where a number could only
say later or earlier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from affetto.recommend.network import NOBODYS, Places

# The playlists that count as one (copies, charts of thirty countries); each is its versions,
# oldest first, as int arrays of item indices in order.
Group: TypeAlias = list[list[np.ndarray]]

STRETCH = 20  # tracks
SPANS = ((5, 0), (5, 2), (10, 0))  # years, and how far each kind is shifted
MOST = {"playlists": 16, "stretches": 8, "artists": 24}  # places a track, at random where more


def build_places(
    groups: Sequence[Group], artists: np.ndarray, *, stretch: int = STRETCH, seed: int = 0
) -> tuple[dict[str, Places], dict[str, Places]]:
    """The places of tracks themselves, and those known through their artists.

    artists : int [n, a], artist numbers from 1; 0 where a track has fewer.
    """
    rng = np.random.default_rng(seed)
    held = _held(groups, len(artists))
    owners = np.arange(len(groups), dtype=np.int32)
    pieces, piece_owners = _stretches(groups, len(artists), stretch)
    by = _by_artist(artists)
    company = (by @ (by.T @ held)).tocsr()  # [n, groups]: songs there by the track's artists
    company.data = np.log1p(company.data)
    own = {
        "playlists": _padded(held, owners, MOST["playlists"], rng),
        "stretches": _padded(pieces, piece_owners, MOST["stretches"], rng),
    }
    return own, {"artists": _padded(company, owners, MOST["artists"], rng)}


def fact_places(years: pd.Series, languages: pd.Series) -> dict[str, Places]:
    """The places of when a track came out and its language; [n] each, missing where unknown."""
    numbers = years.astype("Int64")
    spans = [(numbers + shift) // length for length, shift in SPANS]
    return {"years": _named(spans), "languages": _named([languages])}


def _named(columns: Sequence[pd.Series]) -> Places:
    """A place for each value of each column, and none for a missing one."""
    where, count = np.empty((len(columns[0]), len(columns)), np.int32), 0
    for number, column in enumerate(columns):
        codes, values = pd.factorize(column)
        where[:, number] = np.where(codes < 0, -1, codes + count)
        count += len(values)
    known = where >= 0
    owners = np.full(count, NOBODYS, np.int32)
    return Places(np.where(known, where, count), known.astype(np.float32), owners)


def distinct_versions(group: Group) -> Iterator[np.ndarray]:
    """Each version that some playlist of the group had, once."""
    seen: set[bytes] = set()
    for versions in group:
        for tracks in versions:
            if tracks.tobytes() not in seen:
                seen.add(tracks.tobytes())
                yield tracks


def _held(groups: Sequence[Group], size: int) -> sparse.csr_matrix:
    """[n, groups]: 1 where some version of the group holds the track."""
    found = [np.unique(np.concatenate([t for v in group for t in v])) for group in groups]
    return _indicator(found, size)


def _stretches(
    groups: Sequence[Group], size: int, stretch: int
) -> tuple[sparse.csr_matrix, np.ndarray]:
    """[n, stretches]: 1 where the stretch holds the track; and each stretch's group."""
    found, owners = [], []
    for number, group in enumerate(groups):
        for tracks in distinct_versions(group):
            pieces = np.array_split(tracks, max(1, round(len(tracks) / stretch)))
            found += [np.unique(piece) for piece in pieces]
            owners += [number] * len(pieces)
    return _indicator(found, size), np.array(owners, np.int32)


def _indicator(found: Sequence[np.ndarray], size: int) -> sparse.csr_matrix:
    """[size, len(found)]: 1 in column c for the rows found[c]."""
    rows = np.concatenate([*found, np.empty(0, np.int64)]).astype(np.int64)
    columns = np.repeat(np.arange(len(found)), [len(one) for one in found])
    ones = np.ones(len(rows), np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape=(size, len(found)))


def _by_artist(artists: np.ndarray) -> sparse.csr_matrix:
    """[n, artists + 1]: 1 where the track is by the artist."""
    tracks, places = np.nonzero(artists)
    numbers = artists[tracks, places]
    ones = np.ones(len(tracks), np.float32)
    shape = (len(artists), int(artists.max(initial=0)) + 1)
    return sparse.csr_matrix((ones, (tracks, numbers)), shape=shape)


def _padded(
    held: sparse.csr_matrix, owners: np.ndarray, most: int, rng: np.random.Generator
) -> Places:
    """Rows of a sparse matrix as at most ``most`` places each, no more than the longest needs."""
    most = max(1, min(most, int(np.diff(held.indptr).max(initial=0))))
    where = np.full((held.shape[0], most), held.shape[1], np.int32)
    weight = np.zeros(where.shape, np.float32)
    for row in range(held.shape[0]):
        entries = np.arange(held.indptr[row], held.indptr[row + 1])
        if len(entries) > most:
            entries = np.sort(rng.choice(entries, most, replace=False))
        where[row, : len(entries)] = held.indices[entries]
        weight[row, : len(entries)] = held.data[entries]
    return Places(where, weight, owners)
