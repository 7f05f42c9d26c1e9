"""Which tracks can be recommended, and what the network is told about them.

The rule: of all tracks in the training playlists, the 60,000 that stand in the most distinct
playlists; among equals, those with audio features first, then by id.  Popular tracks are the
ones that held-out playlists hold, so this rule covers more of them than any other of its size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from affetto.learn.places import Group, build_places, fact_places
from affetto.music.catalogue import SCHEMA, Catalogue
from affetto.recommend.network import ItemTable
from affetto.sources.first_years import first_years
from affetto.sources.genres import GENRES
from affetto.sources.languages import track_languages

SIZE = 60_000
MOOD = ["valence", "arousal", "labelled"]  # the last: whether people labelled the very song
ARTISTS_A_TRACK = 3
CONTENT_FEATURES = (
    "danceability",
    "energy",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "spotify_valence",
    "tempo",
)


def group_counts(playlists: pd.DataFrame) -> Counter[str]:
    """In how many groups of playlists each track stands.

    Snapshots of a playlist, and playlists that overlap by half, share a ``group_id`` and count
    as one, or a long-archived playlist would outweigh a hundred others.
    """
    counts: Counter[str] = Counter()
    for _, group in playlists.groupby("group_id", sort=True):
        counts.update({track for tracks in group["track_ids"] for track in tracks})
    return counts


def rank_moods(tracks: pd.DataFrame) -> pd.DataFrame:
    """A first mood from Spotify's own numbers: columns MOOD, nan without audio features.

    valence and arousal are where ``spotify_valence`` and ``energy`` rank among ``tracks``, from
    -1 (lowest) to 1 (highest), ties at their mean rank.  Ranks rather than values, because most
    songs are energetic: half of the tracks lie on either side of zero, so calm music is as easy
    to ask for as loud.
    """
    ranks = tracks[["spotify_valence", "energy"]].rank(pct=True, method="average")
    counts = tracks[["spotify_valence", "energy"]].count()
    centred = (2 * (ranks - 0.5 / counts) - 1).astype(np.float32)
    centred.columns = MOOD[:2]
    return centred.where(tracks["has_features"], np.nan).assign(labelled=False)


def choose_tracks(
    tracks: pd.DataFrame,
    counts: Counter[str],
    *,
    size: int = SIZE,
    moods: Callable[[pd.DataFrame], pd.DataFrame] = rank_moods,
) -> pd.DataFrame:
    """The rows of the vocabulary, in its order: by playlist count, then with features, then id.

    tracks : the catalogue.  moods : rows of it → columns MOOD of the same rows, nan where unknown.
    Adds ``playlists``, ``language`` and MOOD; ``year`` is the song's.
    """
    held = tracks[tracks["track_id"].isin(counts)].copy()
    held = held[held["title"].notna() & (held["artists"].str.len() > 0)]
    held["playlists"] = held["track_id"].map(counts).astype(np.float32)
    order = ["playlists", "has_features", "track_id"]
    held = held.sort_values(order, ascending=[False, False, True]).head(size)
    held["year"] = first_years(held, tracks).astype("Int64")
    held[MOOD] = moods(held)
    held["language"] = track_languages(held)
    return held.reset_index(drop=True)


def build_catalogue(chosen: pd.DataFrame) -> Catalogue:
    """What serving shows of the chosen tracks."""
    columns = {
        "track_id": chosen["track_id"],
        "title": chosen["title"],
        "artists": chosen["artists"].map(list),
        "year": chosen["year"].astype("Int16"),
        "explicit": chosen["explicit"].astype("boolean"),
        "genres": chosen["genres"].map(list),
        "tempo": chosen["tempo"].round(1),
        "valence": chosen["valence"].round(3),
        "arousal": chosen["arousal"].round(3),
        "popularity": chosen["playlists"],
        "language": chosen["language"],
        "labelled": chosen["labelled"].astype(bool),
    }
    arrays = [
        pa.Array.from_pandas(columns[field.name], type=field.type, safe=False) for field in SCHEMA
    ]
    return Catalogue(pa.Table.from_arrays(arrays, schema=SCHEMA))


def build_items(chosen: pd.DataFrame, groups: Sequence[Group]) -> ItemTable:
    """What the network is told of the chosen tracks; groups : the playlists that it learns from."""
    own, shared = build_places(groups, _number_artists(chosen["artist_keys"]))
    return ItemTable(
        content=_content(chosen),
        counts=chosen["playlists"].to_numpy(np.float32),
        own=own,
        shared=shared | fact_places(chosen["year"], chosen["language"]),
    )


def _number_artists(artist_keys: Iterable[Sequence[str]]) -> np.ndarray:
    """int32 [n, 3]: artists numbered from 1 by first appearance, 0 where there are fewer."""
    numbers: dict[str, int] = {}
    rows = [
        [numbers.setdefault(key, len(numbers) + 1) for key in list(keys)[:ARTISTS_A_TRACK]]
        for keys in artist_keys
    ]
    table = np.zeros((len(rows), ARTISTS_A_TRACK), np.int32)
    for row, found in enumerate(rows):
        table[row, : len(found)] = found
    return table


def _content(chosen: pd.DataFrame) -> np.ndarray:
    """float32 [n, f]: standardised features, mood, year and genres; zeros where unknown.

    The mood's squares stand beside it, so that a product with a query can be a distance.
    """
    numbers = chosen[[*CONTENT_FEATURES, "valence", "arousal", "year"]].astype(float)
    for axis in ("valence", "arousal"):
        numbers[f"{axis}_squared"] = numbers[axis] ** 2
    spread = numbers.std().replace(0, 1).fillna(1)
    standard = ((numbers - numbers.mean()) / spread).clip(-4, 4).fillna(0.0)
    known = chosen["has_features"].to_numpy(np.float32)[:, None]
    genres = np.array([[name in set(held) for name in GENRES] for held in chosen["genres"]])
    return np.concatenate([standard.to_numpy(), known, genres], axis=1).astype(np.float32)
