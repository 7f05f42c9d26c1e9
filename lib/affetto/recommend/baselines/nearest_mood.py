"""The mood plane alone, and nothing of what people put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from affetto.emotions import Mood
from affetto.music.catalogue import Catalogue
from affetto.recommend.recommender import Wish, checked_history

ACROSS = 2 * 2**0.5  # from one corner of the plane to the other


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
        mood = self._mood if among is None else self._mood[among]
        gaps = distances(mood, wanted or mean_mood(self._mood, heard))
        return -np.nan_to_num(gaps, nan=ACROSS).astype(np.float32)


def distances(mood: np.ndarray, target: Mood) -> np.ndarray:
    """[n] distance of each mood [n, 2] to ``target``; nan where it is unknown."""
    gaps = mood - np.array([target.valence, target.arousal], np.float32)
    return np.hypot(gaps[:, 0], gaps[:, 1])


def mean_mood(mood: np.ndarray, heard: Sequence[int]) -> Mood:
    """The mean mood of what was heard, of mood [n, 2]; the plane's centre where none is known."""
    moods = mood[list(heard)] if len(heard) else np.empty((0, 2))
    known = moods[~np.isnan(moods[:, 0])]
    return Mood(*map(float, known.mean(axis=0))) if len(known) else Mood(0.0, 0.0)
