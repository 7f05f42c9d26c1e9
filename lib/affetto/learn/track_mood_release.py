"""The learned mood as the recommender's vocabulary carries it: spread over the whole plane."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from affetto.learn.track_mood_data import catalogue_moods
from affetto.learn.vocabulary import MOOD, rank_moods


def spread_moods(moods: np.ndarray) -> np.ndarray:
    """Learned moods over the whole plane: float32 [n, 2], nan where unknown.

    A regression keeps near the mean.  Each axis becomes the rank of a track among those on its
    own side of zero, evenly from 0 to 1 or to -1: the signs that were learned stay, strong moods
    can be asked for, and a doubtful mood lies near the centre.  Ties take their mean rank.
    """
    spread = np.full(moods.shape, np.nan, np.float32)
    known = ~np.isnan(moods).any(axis=1)
    for axis in (0, 1):
        for side in (-1, 1):
            here = known & ((moods[:, axis] > 0) == (side > 0))
            ranks = pd.Series(np.abs(moods[here, axis])).rank(pct=True, method="average")
            spread[here, axis] = side * (ranks - 0.5 / max(here.sum(), 1))
    return spread


def vocabulary_moods(
    processed: Path, split: Path, *, until: datetime.date | None = None
) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """What ``choose_tracks`` asks for the mood of its rows: rows → columns MOOD.

    Valence and arousal as people hear them where they could be learned (``catalogue_moods``,
    also for ``until``), by Spotify's numbers where the data hold too few labels.
    """
    learned = catalogue_moods(processed, split, until=until)
    if learned is None:
        return rank_moods
    by_track = learned.set_index("track_id")

    def moods(rows: pd.DataFrame) -> pd.DataFrame:
        own = by_track.reindex(rows["track_id"]).set_axis(rows.index)
        spread = spread_moods(own[MOOD[:2]].to_numpy(float))
        return own.assign(valence=spread[:, 0], arousal=spread[:, 1], labelled=own["labels"] > 0)[
            MOOD
        ]

    return moods
