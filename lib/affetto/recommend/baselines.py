"""Recommenders that learn nothing: what the LSTM has to beat, behind the same protocol."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from affetto.emotions import Mood
from affetto.music.catalogue import Catalogue
from affetto.recommend.recommender import Wish, checked_history


class PopularityRecommender:
    """The same order for everybody: the tracks that stand in most playlists first."""

    name = "popularity"
    vectors = None

    def __init__(self, catalogue: Catalogue) -> None:
        self.size = len(catalogue)
        self._scores = np.log1p(np.maximum(catalogue.popularity, 0)).astype(np.float32)

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores; neither history nor wish changes them."""
        checked_history(history, size=self.size)
        return self._scores.copy() if among is None else self._scores[among]


class NearestMoodRecommender:
    """The tracks nearest to the wanted mood, or to the mean mood of the history without a wish.

    A track of unknown mood scores as if it lay across the whole plane.
    """

    name = "nearest_mood"
    vectors = None

    def __init__(self, catalogue: Catalogue) -> None:
        self.size = len(catalogue)
        self._mood = catalogue.mood

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores; the negative distance on the mood plane."""
        heard = checked_history(history, size=self.size)
        target = wanted or self._mean_mood(heard)
        mood = self._mood if among is None else self._mood[among]
        gaps = mood - np.array([target.valence, target.arousal], np.float32)
        return -np.nan_to_num(np.hypot(gaps[:, 0], gaps[:, 1]), nan=2 * 2**0.5).astype(np.float32)

    def _mean_mood(self, heard: tuple[int, ...]) -> Mood:
        """The centre of the plane where no mood is known."""
        moods = self._mood[list(heard)] if heard else np.empty((0, 2))
        known = moods[~np.isnan(moods[:, 0])]
        return Mood(*map(float, known.mean(axis=0))) if len(known) else Mood(0.0, 0.0)
