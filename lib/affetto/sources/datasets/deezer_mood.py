"""Deezer mood detection dataset (Delbouys et al. 2018): valence and arousal from listeners' tags.

The authors averaged the word ratings of each song's Last.fm tags and centred and scaled
both axes to unit variance.  No Spotify id is given: songs join by artist and title.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from affetto.emotions import Mood
from affetto.sources.datasets.rows import MOOD_COLUMNS, MusicRows, read_tables
from affetto.sources.tables import Columns

NAME = "deezer-mood-2018"
COLUMNS = Columns(
    text={"title": "track_name", "artist": "artist_name"},
    numbers={"z_valence": "valence", "z_arousal": "arousal"},
)
#: Standard deviations that span our half axis: every value of the set lies within ±3.
SPAN = 3.0


def read(path: Path) -> MusicRows:
    """Read ``train.csv``, ``validation.csv`` and ``test.csv`` as one table of labels.

    valence and arousal are z-scores / 3, so -1 to 1, and 0 is the mean song of the set.
    """
    table = read_tables(path, COLUMNS)
    for axis in ("valence", "arousal"):
        table[axis] = np.clip(table[f"z_{axis}"] / SPAN, -1.0, 1.0)
    moods = table.assign(
        track_id=None,
        label=None,
        mood=[Mood(v, a).quadrant for v, a in zip(table["valence"], table["arousal"], strict=True)],
        evidence="listeners' tags",
        playlist_id=None,
    )
    return MusicRows(len(table), moods=moods[list(MOOD_COLUMNS)])
