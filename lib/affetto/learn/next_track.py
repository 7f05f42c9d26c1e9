"""The protocol by which every recommender is judged: rank the next track of a real playlist.

Every target is ranked once against the whole vocabulary less its history (full ranking, never
sampled).  Its history is the playlist's history-only tracks and the targets before it.  Ties
take their expected rank.  HR, MRR and NDCG are means over targets; R-precision, asked once a
playlist from its history-only tracks, is a mean over playlists.  Intervals are percentile
bootstraps over playlists, since targets of one playlist are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from affetto.recommend.recommender import Recommender

METRICS = ("hr@10", "hr@50", "hr@100", "mrr", "ndcg@100", "r_precision")
LONGEST_HISTORY = 100  # tracks that the network is given: it was trained on no longer ones
REPEATS = 1000  # of a bootstrap

# history items [h], targets [t] → one row of scores [n] a target; row i knows targets[:i]
ScoreEach: TypeAlias = Callable[[np.ndarray, np.ndarray], Iterable[np.ndarray]]
Interval: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Challenge:
    """One playlist, as item indices; -1 stands for a track outside the vocabulary."""

    playlist_id: str
    history: np.ndarray  # int64 [h]
    targets: np.ndarray  # int64 [t]


@dataclass(frozen=True, slots=True)
class Ranks:
    """What one model did on one playlist.

    r_precision : of the first k recommendations after the history-only tracks, the share that
    are targets; k is the number of targets in the vocabulary.  r_precision_all : the same with
    k the number of all targets.
    """

    ranks: np.ndarray  # float64 [t], from 1; inf for a target outside the vocabulary
    r_precision: float
    r_precision_all: float = 0.0


def score_each(recommender: Recommender, *, longest: int | None = None) -> ScoreEach:
    """How a served recommender is asked: one track after another, without a wanted mood.

    longest : of a longer history only the latest tracks are told.
    """

    def scores(history: np.ndarray, targets: np.ndarray) -> Iterable[np.ndarray]:
        heard = np.concatenate([history, targets]).tolist()
        for end in range(len(history), len(heard)):
            yield recommender.scores(heard[max(0, end - longest) if longest else 0 : end])

    return scores


def expected_rank(scores: np.ndarray, item: int) -> float:
    """Rank of ``item`` from 1, counting half of its ties; scores of -inf are no rivals."""
    own = scores[item]
    better = np.count_nonzero(scores > own)
    equal = np.count_nonzero(scores == own) - 1
    return 1.0 + better + equal / 2


def expected_hits(scores: np.ndarray, items: np.ndarray, *, first: int) -> float:
    """How many of ``items`` stand among the ``first`` best scores, on average over ties."""
    first = min(first, len(scores))
    if not first:
        return 0.0
    edge = np.partition(scores, -first)[-first]
    above = np.count_nonzero(scores > edge)
    tied = np.count_nonzero(scores == edge)
    own = scores[items]
    return float((own > edge).sum() + (own == edge).sum() * (first - above) / tied)


def rank_playlist(challenge: Challenge, ask: ScoreEach) -> Ranks:
    """Rank every target of one playlist.  A track that its own history holds is left out."""
    history = challenge.history[challenge.history >= 0]
    targets = _new_targets(history, challenge.targets)
    ranks = np.full(len(targets), np.inf)
    where = np.flatnonzero(targets >= 0)
    known = targets[where]
    precision = [0.0, 0.0]
    for row, scores in enumerate(ask(history, known) if len(known) else ()):
        line = np.array(scores)  # a copy: the model's own is not ours to write into
        line[history] = -np.inf
        line[known[:row]] = -np.inf
        if row == 0:
            sizes = (len(known), len(targets))
            precision = [expected_hits(line, known, first=size) / size for size in sizes]
        ranks[where[row]] = expected_rank(line, known[row])
    return Ranks(ranks, *precision)


def _new_targets(history: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Targets less repeats and what the history holds; unknown tracks all stay."""
    seen, kept = set(history.tolist()), []
    for item in targets.tolist():
        if item < 0 or item not in seen:
            kept.append(item)
            seen.add(item)
    return np.array(kept, dtype=np.int64)


def evaluate(
    challenges: Iterable[Challenge], models: Mapping[str, ScoreEach]
) -> dict[str, list[Ranks]]:
    """Every model on the same playlists, in the same order."""
    challenges = list(challenges)
    return {name: [rank_playlist(c, ask) for c in challenges] for name, ask in models.items()}


def _sums(results: Sequence[Ranks], *, everything: bool) -> tuple[np.ndarray, np.ndarray]:
    """Sum of each metric over each playlist [p, 6], and over how many things it is [p, 6].

    A playlist none of whose targets counts has no R-precision either.
    """
    above, below = np.zeros((2, len(results), len(METRICS)))
    for row, result in enumerate(results):
        ranks = result.ranks if everything else result.ranks[np.isfinite(result.ranks)]
        gain = np.where(ranks <= 100, 1 / np.log2(1 + ranks), 0.0)
        hits = [float((ranks <= k).sum()) for k in (10, 50, 100)]
        precision = result.r_precision_all if everything else result.r_precision
        above[row] = [*hits, (1 / ranks).sum(), gain.sum(), precision if len(ranks) else 0.0]
        below[row] = [len(ranks)] * 5 + [float(len(ranks) > 0)]
    return above, below


def summarise(results: Sequence[Ranks], *, everything: bool = False) -> dict[str, float]:
    """Each metric's mean; ``everything`` counts targets outside the vocabulary as misses."""
    above, below = (part.sum(axis=0) for part in _sums(results, everything=everything))
    return dict(zip(METRICS, (above / np.maximum(below, 1)).tolist(), strict=True))


def _resampled(results: Sequence[Ranks], *, repeats: int, seed: int) -> np.ndarray:
    """[repeats, 6] metrics of playlists drawn with replacement; the same draws for one seed."""
    draws = np.random.default_rng(seed).integers(len(results), size=(repeats, len(results)))
    counts = np.stack([np.bincount(draw, minlength=len(results)) for draw in draws])
    above, below = (counts @ part for part in _sums(results, everything=False))
    return above / np.maximum(below, 1)


def _percentiles(values: np.ndarray) -> dict[str, Interval]:
    low, high = np.percentile(values, [2.5, 97.5], axis=0)
    return {name: (float(a), float(b)) for name, a, b in zip(METRICS, low, high, strict=True)}


def intervals(
    results: Sequence[Ranks], *, repeats: int = REPEATS, seed: int = 0
) -> dict[str, Interval]:
    """95 % interval of each metric of one model."""
    return _percentiles(_resampled(results, repeats=repeats, seed=seed))


def difference_intervals(
    ours: Sequence[Ranks], theirs: Sequence[Ranks], *, repeats: int = REPEATS, seed: int = 0
) -> dict[str, Interval]:
    """95 % interval of ours minus theirs, playlists resampled in pairs."""
    ahead, behind = (_resampled(r, repeats=repeats, seed=seed) for r in (ours, theirs))
    return _percentiles(ahead - behind)


def ratio_intervals(
    ours: Sequence[Ranks], theirs: Sequence[Ranks], *, repeats: int = REPEATS, seed: int = 0
) -> dict[str, Interval]:
    """95 % interval of ours divided by theirs, playlists resampled in pairs."""
    ahead, behind = (_resampled(r, repeats=repeats, seed=seed) for r in (ours, theirs))
    return _percentiles(ahead / np.maximum(behind, 1e-9))
