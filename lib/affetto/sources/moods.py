"""What people say a song feels like: every label set in one table, joined to the catalogue.

Three kinds of evidence, never mixed up: annotators who rated songs (no public set here
has any), listeners' tags, and membership of a playlist that promises a mood.  They agree
on four quadrants for only two songs in three, so a learner must be told which it reads.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from affetto.sources.datasets import editorial_moods
from affetto.sources.datasets.rows import MusicRows
from affetto.sources.names import artist_candidates, title_key
from affetto.sources.schema import TRACK_MOODS

#: Sources whose playlists are mood playlists by their makers' own selection.
MOOD_PLAYLISTS = (editorial_moods.NAME,)


class NameIndex:
    """Finds a track by artist and title among all artists of all tracks."""

    def __init__(self, tracks: pa.Table) -> None:
        """tracks : the catalogue, schema TRACKS."""
        frame = tracks.select(
            ["track_id", "title", "artist_keys", "has_features", "features_from", "popularity"]
        ).to_pandas()
        frame = frame[frame["title"].notna()]
        frame["own"] = frame["features_from"] == frame["track_id"]
        frame["popularity"] = frame["popularity"].fillna(-1.0)
        best_first = frame.sort_values(
            ["has_features", "own", "popularity", "track_id"],
            ascending=[False, False, False, True],
        )
        self._found: dict[tuple[str, str], str] = {}
        for place in ("first", "other"):  # a first artist's song comes before a guest's
            for track, title, artists in zip(
                best_first["track_id"], best_first["title"], best_first["artist_keys"], strict=True
            ):
                key = title_key(title)
                for artist in artists[:1] if place == "first" else artists[1:]:
                    self._found.setdefault((artist, key), track)

    def find(self, artist: str, title: str) -> str | None:
        """The best-known id of this song, with features where any of its ids has them."""
        key = title_key(title)
        return next(
            (self._found[c, key] for c in artist_candidates(artist) if (c, key) in self._found),
            None,
        )


def build_moods(
    sources: Mapping[str, MusicRows], tracks: pa.Table, playlists: pa.Table
) -> pa.Table:
    """All mood labels that join the catalogue; schema TRACK_MOODS, sorted."""
    frames = [
        rows.moods.assign(source=name) for name, rows in sources.items() if rows.moods is not None
    ]
    frames.append(_promised(tracks, playlists))
    labels = pd.concat([f.astype(object) for f in frames], ignore_index=True)
    labels["joined_by"] = np.where(labels["track_id"].isna(), "name", "id")
    index = NameIndex(tracks)
    labels["track_id"] = [
        index.find(artist, title) if given is None or pd.isna(given) else given
        for given, artist, title in zip(
            labels["track_id"], labels["artist"], labels["title"], strict=True
        )
    ]
    labels = labels[labels["track_id"].notna()]
    recordings = dict(
        zip(tracks["track_id"].to_pylist(), tracks["recording_id"].to_pylist(), strict=True)
    )
    labels["recording_id"] = labels["track_id"].map(recordings)
    labels = labels.sort_values(
        ["track_id", "source", "label", "playlist_id", "title"], kind="stable", na_position="last"
    )
    arrays = [pa.array(list(labels[f.name]), type=f.type, from_pandas=True) for f in TRACK_MOODS]
    return pa.table(arrays, schema=TRACK_MOODS)


def _promised(tracks: pa.Table, playlists: pa.Table) -> pd.DataFrame:
    """Tracks of the mood playlists whose words promise one quadrant."""
    frame = playlists.to_pandas()
    frame = frame[frame["source"].isin(MOOD_PLAYLISTS) & frame["mood_context"].notna()]
    wide = frame[["playlist_id", "source", "name", "mood_context", "track_ids"]]
    wide = wide.explode("track_ids").reset_index(drop=True)
    ids = tracks["track_id"].to_pylist()
    titles = dict(zip(ids, tracks["title"].to_pylist(), strict=True))
    artists = dict(zip(ids, tracks["artists"].to_pylist(), strict=True))
    return pd.DataFrame(
        {
            "track_id": wide["track_ids"],
            "title": wide["track_ids"].map(titles),
            "artist": [", ".join(artists[track]) for track in wide["track_ids"]],
            "label": wide["name"],
            "mood": wide["mood_context"],
            "valence": np.nan,
            "arousal": np.nan,
            "evidence": "playlist membership",
            "playlist_id": wide["playlist_id"],
            "source": wide["source"],
        }
    )
