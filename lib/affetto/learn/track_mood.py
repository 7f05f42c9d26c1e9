"""Valence and arousal as people hear them, learned from human labels; and what that must beat.

Every model fits on labelled songs with weights and answers valence and arousal, of which the
signs are its quadrant.  ``plain`` is the direct use of Spotify's ``spotify_valence`` and
``energy``, with thresholds fitted on the same labels; ``learned`` is what is released.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from affetto.learn.track_mood_evidence import Evidence
from affetto.sources.schema import FEATURES

AXES = ("valence", "arousal")
THRESHOLDS = np.linspace(0.05, 0.95, 37)
FOLDS = 4
# How much Spotify's own numbers add to what was learned, for each unit that a song lies from the
# mean of the labelled ones: chosen across sources (reports/cards/recommender-log.md, section 21).
PLAIN_SHARE = 0.3
# Sums over several threads round in another order, and whole trees turn out otherwise for it: the
# same labels would give other moods on a machine of more cores.
ONE_THREAD = 1


class MoodModel(Protocol):
    """Learns valence and arousal from evidence."""

    def fit(
        self, evidence: Evidence, targets: np.ndarray, weights: np.ndarray, groups: np.ndarray
    ) -> MoodModel:
        """Learn.  targets : [n, 2], nan where not told.  groups : [n], a number a song."""
        ...

    def predict(self, evidence: Evidence) -> np.ndarray:
        """float64 [n, 2], nan where this model knows nothing of a song."""
        ...


class DummyMood:
    """Always the quadrant with the greatest weight."""

    def fit(self, evidence, targets, weights, groups) -> DummyMood:
        """See MoodModel.fit."""
        told = ~np.isnan(targets).any(axis=1)
        which = (targets[told] > 0) @ (1, 2)
        best = int(np.bincount(which, weights[told], minlength=4).argmax())
        self._mood = np.array([2 * (best % 2) - 1, 2 * (best // 2) - 1], float)
        return self

    def predict(self, evidence: Evidence) -> np.ndarray:
        """See MoodModel.predict."""
        return np.tile(self._mood, (len(evidence), 1))


class PlainMood:
    """Spotify's own numbers, each less the threshold at which most quadrants come right."""

    def fit(self, evidence, targets, weights, groups) -> PlainMood:
        """See MoodModel.fit; tries every pair of 37 thresholds from 0.05 to 0.95."""
        told = ~np.isnan(targets).any(axis=1) & ~np.isnan(evidence.spotify).any(axis=1)
        right = [
            (evidence.spotify[told, axis, None] > THRESHOLDS) == (targets[told, axis, None] > 0)
            for axis in (0, 1)
        ]
        score = (right[0] * weights[told, None]).T @ right[1].astype(float)
        valence, energy = np.unravel_index(score.argmax(), score.shape)
        self.thresholds = THRESHOLDS[[valence, energy]]
        return self

    def predict(self, evidence: Evidence) -> np.ndarray:
        """See MoodModel.predict; nan without audio features."""
        return evidence.spotify - self.thresholds


class LinearMood:
    """A linear map from Spotify's two numbers to each axis."""

    def fit(self, evidence, targets, weights, groups) -> LinearMood:
        """See MoodModel.fit."""
        self._maps = []
        for axis in (0, 1):
            told = ~np.isnan(targets[:, axis]) & ~np.isnan(evidence.spotify).any(axis=1)
            line = Ridge(alpha=1.0)
            self._maps.append(
                line.fit(evidence.spotify[told], targets[told, axis], sample_weight=weights[told])
            )
        return self

    def predict(self, evidence: Evidence) -> np.ndarray:
        """See MoodModel.predict; nan without audio features."""
        found = np.full((len(evidence), 2), np.nan)
        known = ~np.isnan(evidence.spotify).any(axis=1)
        if known.any():
            found[known] = np.column_stack([m.predict(evidence.spotify[known]) for m in self._maps])
        return found


class RidgeMood:
    """One shrunken voice for every artist, word, genre and playlist, and for the sound."""

    def __init__(self, *, alpha: float = 10.0) -> None:
        self.alpha = alpha

    def fit(self, evidence, targets, weights, groups) -> RidgeMood:
        """See MoodModel.fit.  The intercept is the weighted mean and is not shrunken."""
        self._lines = []
        for axis in (0, 1):
            told = np.flatnonzero(~np.isnan(targets[:, axis]))
            mean = float(np.average(targets[told, axis], weights=weights[told]))
            line = Ridge(alpha=self.alpha, fit_intercept=False, solver="sparse_cg", tol=1e-3)
            with threadpool_limits(ONE_THREAD):
                line.fit(evidence.sparse[told], targets[told, axis] - mean, weights[told])
            self._lines.append((line, mean))
        return self

    def predict(self, evidence: Evidence) -> np.ndarray:
        """See MoodModel.predict; the mean where no voice speaks."""
        return np.column_stack([line.predict(evidence.sparse) + mean for line, mean in self._lines])


def boosted_trees(**constraints: np.ndarray) -> HistGradientBoostingRegressor:
    """The trees of both boosted models: few leaves, many songs in each, seeded."""
    return HistGradientBoostingRegressor(
        max_iter=50,
        learning_rate=0.1,
        max_leaf_nodes=12,
        min_samples_leaf=40,
        l2_regularization=5.0,
        random_state=0,
        **constraints,
    )


def _fit_trees(dense, targets, weights, monotonic=None) -> list[HistGradientBoostingRegressor]:
    models = []
    for axis in (0, 1):
        told = ~np.isnan(targets[:, axis])
        trees = boosted_trees(**({} if monotonic is None else {"monotonic_cst": monotonic[axis]}))
        with threadpool_limits(ONE_THREAD):
            models.append(trees.fit(dense[told], targets[told, axis], weights[told]))
    return models


class BoostedMood:
    """Gradient boosting on the song's own sound and genre alone."""

    def fit(self, evidence, targets, weights, groups) -> BoostedMood:
        """See MoodModel.fit."""
        self._trees = _fit_trees(evidence.sound, targets, weights)
        return self

    def predict(self, evidence: Evidence) -> np.ndarray:
        """See MoodModel.predict."""
        return np.column_stack([trees.predict(evidence.sound) for trees in self._trees])


class LearnedMood:
    """The released model: gradient boosting over all evidence and the voices' linear answer.

    The trees learn from answers that the linear model gave without the song itself (folds by
    song), so they know how far to trust it.  More ``spotify_valence`` never lowers valence, more
    ``energy`` never lowers arousal, and more of the linear answer never lowers its own axis: what
    one source says otherwise does not carry over to the next.  The answer is the mean of both, and
    ``PLAIN_SHARE`` of Spotify's own numbers, which no source bends.
    """

    def __init__(self, *, alpha: float = 10.0) -> None:
        self.alpha = alpha

    def fit(self, evidence, targets, weights, groups) -> LearnedMood:
        """See MoodModel.fit."""
        out_of_fold = np.zeros((len(evidence), 2))
        folds = GroupKFold(FOLDS, shuffle=True, random_state=0)
        for rest, held in folds.split(out_of_fold, groups=groups):
            voices = RidgeMood(alpha=self.alpha).fit(
                evidence.rows(rest), targets[rest], weights[rest], groups[rest]
            )
            out_of_fold[held] = voices.predict(evidence.rows(held))
        self._voices = RidgeMood(alpha=self.alpha).fit(evidence, targets, weights, groups)
        dense = np.concatenate([evidence.dense, out_of_fold], axis=1)
        self._trees = _fit_trees(dense, targets, weights, _monotonic(dense.shape[1]))
        heard = ~np.isnan(evidence.spotify).any(axis=1)
        self._centre = (
            np.average(evidence.spotify[heard], axis=0, weights=weights[heard])
            if heard.any()
            else np.zeros(2)
        )
        return self

    def predict(self, evidence: Evidence) -> np.ndarray:
        """See MoodModel.predict."""
        voices = self._voices.predict(evidence)
        dense = np.concatenate([evidence.dense, voices], axis=1)
        learned = (np.column_stack([trees.predict(dense) for trees in self._trees]) + voices) / 2
        return learned + PLAIN_SHARE * np.nan_to_num(evidence.spotify - self._centre)


def _monotonic(columns: int) -> np.ndarray:
    """int [2, columns]: +1 where an axis may only rise with a column."""
    rising = np.zeros((2, columns), int)
    for axis, name in enumerate(("spotify_valence", "energy")):
        rising[axis, FEATURES.index(name)] = 1
        rising[axis, columns - 2 + axis] = 1
    return rising


MODELS: Mapping[str, Callable[[], MoodModel]] = {
    "dummy": DummyMood,
    "plain": PlainMood,
    "linear": LinearMood,
    "boosted": BoostedMood,
    "ridge": RidgeMood,
    "learned": LearnedMood,
}
