"""The protocol by which every recommender is judged: rank the next track of a real playlist.

Every target is ranked once against the whole vocabulary less its history (full ranking, never
sampled).  Its history is the playlist's history-only tracks and the targets before it.  Ties
take their expected rank.  Intervals are percentile bootstraps over playlists, since targets of
one playlist are not independent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

METRICS = ("hr@10", "hr@50", "hr@100", "mrr", "ndcg@100", "r_precision")

# history items [h], targets [t] → scores [t, n]; row i knows the history and targets[:i]
ScoreEach = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Challenge:
    """One playlist, as item indices; -1 stands for a track outside the vocabulary."""

    playlist_id: str
    history: np.ndarray  # int64 [h]
    targets: np.ndarray  # int64 [t]


@dataclass(frozen=True, slots=True)
class Ranks:
    """What one model did on one playlist."""

    ranks: np.ndarray  # float64 [t], from 1; inf for a target outside the vocabulary
    r_precision: float  # share of the first t recommendations that are among the t targets


def expected_rank(scores: np.ndarray, item: int) -> float:
    """Rank of ``item`` from 1, counting half of its ties; scores of -inf are no rivals."""
    own = scores[item]
    rivals = np.isfinite(scores)
    better = np.count_nonzero(scores[rivals] > own)
    equal = np.count_nonzero(scores[rivals] == own) - 1
    return 1.0 + better + equal / 2


def rank_playlist(challenge: Challenge, score_each: ScoreEach) -> Ranks:
    """Rank every target of one playlist.  A track that its own history holds is left out."""
    history = challenge.history[challenge.history >= 0]
    targets = _new_targets(history, challenge.targets)
    known = targets[targets >= 0]
    if not known.size:
        return Ranks(np.full(len(targets), np.inf), 0.0)
    ranks = np.full(len(targets), np.inf)
    where = np.flatnonzero(targets >= 0)
    scores = score_each(history, known)
    for row, item in enumerate(known):
        line = scores[row].copy()
        line[history] = -np.inf
        line[known[:row]] = -np.inf
        if row == 0:
            top = np.argpartition(-line, min(len(targets), len(line) - 1))[: len(targets)]
            r_precision = float(np.isin(known, top).sum() / len(targets))
        ranks[where[row]] = expected_rank(line, item)
    return Ranks(ranks, r_precision)


def _new_targets(history: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Targets less repeats and what the history holds; unknown tracks all stay."""
    seen, kept = set(history.tolist()), []
    for item in targets.tolist():
        if item < 0 or item not in seen:
            kept.append(item)
            seen.add(item)
    return np.array(kept, dtype=np.int64)


def _sums(result: Ranks, *, everything: bool) -> np.ndarray:
    """[7] sums of each metric over one playlist's targets, then their number.

    R-precision counts once a playlist, so it is carried times the targets.
    """
    ranks = result.ranks if everything else result.ranks[np.isfinite(result.ranks)]
    gain = np.where(ranks <= 100, 1 / np.log2(1 + ranks), 0.0)
    hits = [float((ranks <= k).sum()) for k in (10, 50, 100)]
    reciprocal = float((1 / ranks).sum())
    return np.array([*hits, reciprocal, gain.sum(), result.r_precision * len(ranks), len(ranks)])


def evaluate(
    challenges: Iterable[Challenge], models: dict[str, ScoreEach]
) -> dict[str, list[Ranks]]:
    """Every model on the same playlists, in the same order."""
    results: dict[str, list[Ranks]] = {name: [] for name in models}
    for challenge in challenges:
        for name, score_each in models.items():
            results[name].append(rank_playlist(challenge, score_each))
    return results


def summarise(results: list[Ranks], *, everything: bool = False) -> dict[str, float]:
    """Each metric over all targets; ``everything`` counts unknown tracks as misses."""
    sums = np.sum([_sums(result, everything=everything) for result in results], axis=0)
    return dict(zip(METRICS, (sums[:-1] / max(sums[-1], 1)).tolist(), strict=True))


def difference_intervals(
    ours: list[Ranks], theirs: list[Ranks], *, repeats: int = 1000, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """95 % interval of ours minus theirs, playlists resampled in pairs."""
    pairs = [np.array([_sums(r, everything=False) for r in results]) for results in (ours, theirs)]
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(ours), size=(repeats, len(ours)))
    means = []
    for sums in pairs:
        total = sums[draws].sum(axis=1)
        means.append(total[:, :-1] / np.maximum(total[:, -1:], 1))
    low, high = np.percentile(means[0] - means[1], [2.5, 97.5], axis=0)
    return {name: (float(a), float(b)) for name, a, b in zip(METRICS, low, high, strict=True)}
