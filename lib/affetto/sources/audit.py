"""How good the joins by name are: samples for a person to read, and what durations say.

Two joins rest on spelling alone: a track without audio features that borrows a twin's, and
a listeners' tag label that names a song by artist and title.
"""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

SAME_SECONDS = 3.0  # two masters of one recording differ by less


def borrowed_features(tracks: pa.Table) -> pd.DataFrame:
    """Every track that borrows a twin's features, beside that twin.

    tracks : the catalogue, schema TRACKS.  Returns ``track_id, title, artists, album`` of
    both (the twin's end in ``_twin``) and ``apart``, their difference in seconds.
    """
    names = ["track_id", "title", "artists", "album", "duration_ms", "features_from"]
    frame = tracks.select(names).to_pandas()
    borrows = frame["features_from"].notna() & (frame["features_from"] != frame["track_id"])
    twins = frame.drop(columns="features_from").add_suffix("_twin")
    pairs = frame[borrows].merge(twins, left_on="features_from", right_on="track_id_twin")
    pairs["apart"] = (pairs["duration_ms"] - pairs["duration_ms_twin"]).abs() / 1000.0
    return pairs.drop(columns=["features_from", "duration_ms", "duration_ms_twin"])


def tagged_songs(tracks: pa.Table, moods: pa.Table) -> pd.DataFrame:
    """Every label joined by name: as its source spells the song, beside the track it joined.

    moods : schema TRACK_MOODS.  Returns ``artist, title`` and the track's ``artists,
    title_track, album``.
    """
    labels = moods.select(["track_id", "artist", "title", "joined_by"]).to_pandas()
    labels = labels[labels["joined_by"] == "name"].drop(columns="joined_by")
    facts = tracks.select(["track_id", "title", "artists", "album"]).to_pandas()
    return labels.merge(facts, on="track_id", suffixes=("", "_track"))


def sample(pairs: pd.DataFrame, *, count: int, seed: int) -> pd.DataFrame:
    """``count`` rows drawn without replacement, the same for the same seed and rows."""
    return pairs.sample(min(count, len(pairs)), random_state=seed).reset_index(drop=True)


def same_length_share(pairs: pd.DataFrame) -> float:
    """The share of ``borrowed_features`` whose durations agree within SAME_SECONDS."""
    return float((pairs["apart"] <= SAME_SECONDS).mean())
