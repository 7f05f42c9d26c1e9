"""Popular tracks, the nearer to the mood the better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affetto.music.catalogue import Catalogue
from affetto.recommend.baselines.nearest_mood import distances, mean_mood
from affetto.recommend.recommender import Wish, checked_history


@dataclass(frozen=True, slots=True)
class MoodPopularityConfig:
    """strength : what a step of 1 on the mood plane costs, in units of ln(1 + playlists)."""

    strength: float = 1.0
    unknown: float = 0.7  # distance assumed of a track whose mood is unknown

    def __post_init__(self) -> None:
        if self.strength < 0 or self.unknown < 0:
            raise ValueError("A distance and its price are not negative.")


class MoodPopularityRecommender:
    """ln(1 + playlists) less the distance to the wanted mood, or to the history's mean mood."""

    name = "mood_popularity"
    vectors = None

    def __init__(self, catalogue: Catalogue, config: MoodPopularityConfig | None = None) -> None:
        self.size = len(catalogue)
        self.config = config or MoodPopularityConfig()
        self._mood = catalogue.mood
        self._popular = np.log1p(np.maximum(catalogue.popularity, 0)).astype(np.float32)

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores."""
        heard = checked_history(history, size=self.size)
        chosen = slice(None) if among is None else among
        gaps = distances(self._mood[chosen], wanted or mean_mood(self._mood, heard))
        gaps = np.nan_to_num(gaps, nan=self.config.unknown)
        return (self._popular[chosen] - self.config.strength * gaps).astype(np.float32)
