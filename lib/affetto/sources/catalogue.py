"""Many data sets → one row per Spotify id, and one recording per artist and title."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from affetto.sources.datasets.rows import MusicRows
from affetto.sources.genres import families
from affetto.sources.names import artist_key, recording_key, split_commas
from affetto.sources.schema import CORE_FEATURES, FEATURES, TRACKS
from affetto.sources.track_genres import track_genres

_FACTS = ("title", "album", "year", "explicit", "popularity", "duration_ms")
#: A twin lends its features when it is at most this much longer or shorter.  Beyond, the
#: same name is more often a live take, an extended mix or another performance.
_TWIN_MS = 15_000


def split_comma_artists(sources: Mapping[str, MusicRows]) -> dict[str, MusicRows]:
    """Split the artists of sources that join them by commas, with the others' artists as guide."""
    known = {
        artist_key(name)
        for rows in sources.values()
        if rows.tracks is not None and not rows.comma_artists
        for names in rows.tracks["artists"]
        for name in names
    }
    return {
        name: replace(rows, comma_artists=False, tracks=_split(rows.tracks, known))
        if rows.comma_artists and rows.tracks is not None
        else rows
        for name, rows in sources.items()
    }


def _split(tracks: pd.DataFrame, known: set[str]) -> pd.DataFrame:
    artists = [
        [part for name in names for part in split_commas(name, known=known)]
        for names in tracks["artists"]
    ]
    return tracks.assign(artists=artists)


def build_tracks(sources: Mapping[str, MusicRows]) -> pa.Table:
    """Merge every source's tracks.

    sources : name → rows, in order of trust for audio features (MUSIC_READERS' order).
    Returns a table with the schema TRACKS, sorted by track id.
    """
    rows = _stack(sources)
    tracks = _facts(rows)
    tracks["recording_id"] = recording_ids(tracks)
    tracks = _with_features(tracks, rows)
    return _to_arrow(_with_genres(tracks, rows))


def _stack(sources: Mapping[str, MusicRows]) -> pd.DataFrame:
    """All sources' tracks below each other, trusted first; ``source`` says whose.

    ``of_artist`` says whether ``raw_genres`` are the artist's.
    """
    frames = [
        rows.tracks.assign(source=name, of_artist=rows.artist_genres)
        for name, rows in sources.items()
        if rows.tracks is not None
    ]
    stacked = pd.concat(
        [frame.astype({"title": object, "album": object}) for frame in frames], ignore_index=True
    )
    return stacked.sort_values("track_id", kind="stable", ignore_index=True)


def _facts(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a track: each fact from the first source that knows it, lists united."""
    facts = rows.groupby("track_id", sort=False)[list(_FACTS)].first().reset_index()
    artists: dict[str, list[str]] = {}
    genres: dict[str, set[str]] = {}
    sources: dict[str, list[str]] = {}
    for track, names, words, source in zip(
        rows["track_id"], rows["artists"], rows["raw_genres"], rows["source"], strict=True
    ):
        if len(names) > len(artists.get(track, ())):  # some sources name only the first
            artists[track] = names
        genres.setdefault(track, set()).update(words)
        sources.setdefault(track, []).append(source)
    return facts.assign(
        artists=[artists.get(track, []) for track in facts["track_id"]],
        artist_keys=[
            [artist_key(name) for name in artists.get(track, ())] for track in facts["track_id"]
        ],
        raw_genres=[sorted(genres[track]) for track in facts["track_id"]],
        sources=[sources[track] for track in facts["track_id"]],
    )


def _flat(lists: Iterable[list[str]]) -> Iterable[str]:
    return (word for words in lists for word in words)


def recording_ids(tracks: pd.DataFrame) -> np.ndarray:
    """int32 [n]: the same number for the same first artist and title.

    A track without a name is a recording of its own.
    """
    keys = [
        recording_key(artists, title) if title and artists else f"\0{track}"
        for track, artists, title in zip(
            tracks["track_id"], tracks["artist_keys"], tracks["title"], strict=True
        )
    ]
    return np.unique(np.array(keys, dtype=object), return_inverse=True)[1].astype(np.int32)


def _with_features(tracks: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Add the features: the track's own, else those of the twin nearest in duration.

    All features of a track come from one source, since Spotify measured anew over the years.
    """
    measured = rows[rows["energy"].notna()].copy()
    measured["complete"] = measured[list(CORE_FEATURES)].notna().all(axis=1)
    measured = measured.sort_values("complete", ascending=False, kind="stable")
    own = measured.drop_duplicates("track_id").set_index("track_id")
    donors = _donors(tracks, own)
    found = own.reindex(donors)
    for name in FEATURES:
        tracks[name] = found[name].to_numpy(dtype=np.float32)
    tracks["features_from"] = donors
    tracks["has_features"] = found["complete"].eq(True).to_numpy(dtype=bool)
    names_from = tracks["sources"].map(lambda names: names[0])
    tracks["provenance"] = found["source"].reset_index(drop=True).fillna(names_from)
    return tracks


def _donors(tracks: pd.DataFrame, own: pd.DataFrame) -> pd.Series:
    """For every track the id whose features it takes, its own or a near twin's, or NA."""
    has_own = tracks["track_id"].isin(own.index)
    wanting = tracks.loc[~has_own, ["track_id", "recording_id", "duration_ms"]]
    giving = tracks.loc[
        tracks["track_id"].isin(own.index[own["complete"]]),
        ["track_id", "recording_id", "duration_ms"],
    ]
    pairs = wanting.merge(giving, on="recording_id", suffixes=("", "_donor"))
    pairs["apart"] = (pairs["duration_ms"] - pairs["duration_ms_donor"]).abs()
    pairs = pairs[pairs["apart"] <= _TWIN_MS].sort_values(["track_id", "apart", "track_id_donor"])
    nearest = pairs.drop_duplicates("track_id").set_index("track_id")["track_id_donor"]
    return tracks["track_id"].where(has_own, tracks["track_id"].map(nearest))


def _with_genres(tracks: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    genres, origin = track_genres(tracks, rows)
    return tracks.assign(genres=genres, genres_from=origin)


def _to_arrow(tracks: pd.DataFrame) -> pa.Table:
    columns = []
    for field in TRACKS:
        series = tracks[field.name]
        if pa.types.is_list(field.type):
            columns.append(pa.array(list(series), type=field.type))
        else:
            columns.append(pa.Array.from_pandas(series, type=field.type, safe=False))
    return pa.table(columns, schema=TRACKS)


def genre_words(tracks: pa.Table) -> dict[str, tuple[str, ...]]:
    """Every raw genre word of the catalogue → its families, for the taxonomy's table."""
    words = sorted(set(_flat(tracks["raw_genres"].to_pylist())))
    return {word: families(word) for word in words}
