"""Judge the released recommender beside every baseline, on the same targets of the same playlists.

The protocol is ``next_track``'s.  The released recommender is asked without a wanted mood; what
it gains from one, from the order or from the length of the history are ablations, named so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from affetto.emotions import Mood
from affetto.learn.baselines import AIMS
from affetto.learn.next_track import (
    LONGEST_HISTORY,
    Challenge,
    Ranks,
    ScoreEach,
    difference_intervals,
    intervals,
    rank_playlist,
    ratio_intervals,
    score_each,
    summarise,
)
from affetto.learn.playlist_worlds import World
from affetto.recommend.baselines.nearest_mood import mean_mood
from affetto.recommend.recommender import MEMORY, LstmRecommender, Recommender, Wish

LENGTHS = (0, 1, 2, 5, 20, 50, LONGEST_HISTORY)  # of the history, in the ablation
BAR = 1.25  # times the best baseline: what the released recommender should reach
Tell = Callable[[str], None]
# history, targets, row of the target → what the recommender is told: the tracks, and a wish
Telling = Callable[[np.ndarray, int, int], tuple[np.ndarray, Wish]]


@dataclass(frozen=True, slots=True)
class Subject:
    """The released recommender, and its parts: the LSTM in it, and what stands beside that.

    Where nothing is blended the LSTM is the released one, and ``other`` is None.
    """

    released: Recommender
    lstm: Recommender
    other: Recommender | None = None

    @classmethod
    def of(cls, released: Recommender) -> Subject:
        """The subject whose parts are the recommender's own, ``lstm`` and ``other``, if any."""
        return cls(released, getattr(released, "lstm", released), getattr(released, "other", None))


def evaluate_playlists(
    world: World,
    subject: Subject,
    baselines: Mapping[str, Recommender],
    *,
    ablate: bool = False,
    seed: int = 0,
    tell: Tell = lambda doing: None,
) -> dict[str, Any]:
    """What ``affetto evaluate playlists`` says of one set of playlists.

    Beside the contract's keys: ``intervals`` of each model, ``best_baseline`` with the ratio to it,
    ``lstm_differences``, ``blend`` (where there is one) and ``ablations``.
    Raises ValueError where there is no playlist.
    """
    if not world.challenges:
        raise ValueError("There is nothing to predict.")
    results = _rank_all(world.challenges, subject, baselines, tell)
    ours, names = results["released"], list(baselines)
    known = sum(int(np.isfinite(one.ranks).sum()) for one in ours)
    targets = sum(len(one.ranks) for one in ours)
    found: dict[str, Any] = {
        "playlists": len(world.challenges),
        "targets": targets,
        "coverage": known / max(targets, 1),
        "vocabulary": len(world.catalogue),
        "models": {name: summarise(ranks) for name, ranks in results.items()},
        "models_all": {name: summarise(r, everything=True) for name, r in results.items()},
        "intervals": {name: intervals(ranks, seed=seed) for name, ranks in results.items()},
        "differences": {n: difference_intervals(ours, results[n], seed=seed) for n in names},
        "lstm_differences": {
            n: difference_intervals(results["lstm"], results[n], seed=seed) for n in names
        },
        "best_baseline": _against_the_best(results, names, seed=seed),
        "blend": _blend(results, subject, seed=seed),
        "ablations": None,
    }
    if ablate:
        found["ablations"] = _ablations(world, subject.lstm, results["lstm"], seed, tell)
    return found


def _rank_all(
    challenges: Sequence[Challenge],
    subject: Subject,
    baselines: Mapping[str, Recommender],
    tell: Tell,
) -> dict[str, list[Ranks]]:
    models = {"released": score_each(subject.released, longest=LONGEST_HISTORY)}
    if subject.other is not None:
        parts = {"lstm": subject.lstm, subject.other.name: subject.other}
        models |= {n: score_each(part, longest=LONGEST_HISTORY) for n, part in parts.items()}
    models |= {name: score_each(model) for name, model in baselines.items()}
    results = {}
    for name, ask in models.items():
        tell(name)
        results[name] = [rank_playlist(challenge, ask) for challenge in challenges]
        if name == "released" and subject.other is None:
            results["lstm"] = results["released"]
    return results


def _against_the_best(
    results: Mapping[str, list[Ranks]], names: Sequence[str], *, seed: int
) -> dict[str, Any]:
    """By metric of the bar: the best baseline, ours over its, the interval, and whether it holds.

    ``reached``: the ratio is BAR or more, and the difference's interval lies above zero.
    """
    scores = {name: summarise(ranks) for name, ranks in results.items()}
    found = {}
    for metric in AIMS:
        best = max(names, key=lambda name: scores[name][metric])
        pair = results["released"], results[best]
        ratio = scores["released"][metric] / max(scores[best][metric], 1e-9)
        above = difference_intervals(*pair, seed=seed)[metric][0] > 0
        found[metric] = {
            "name": best,
            "score": scores[best][metric],
            "ratio": ratio,
            "ratio_interval": ratio_intervals(*pair, seed=seed)[metric],
            "reached": bool(ratio >= BAR and above),
        }
    return found


def _blend(
    results: Mapping[str, list[Ranks]], subject: Subject, *, seed: int
) -> dict[str, Any] | None:
    """What the blend gains over each of its parts: what the other part adds to that one."""
    if subject.other is None:
        return None
    return {
        part: difference_intervals(results["released"], results[part], seed=seed)
        for part in ("lstm", subject.other.name)
    }


def _ablations(
    world: World, lstm: Recommender, plain: list[Ranks], seed: int, tell: Tell
) -> dict[str, Any]:
    """The LSTM with other moods, another order, and shorter histories; gain over plain each."""
    found = {}
    longer = lstm.remembering(LONGEST_HISTORY) if isinstance(lstm, LstmRecommender) else lstm
    lengths = {f"history_{length}" for length in LENGTHS}
    for name, telling in _tellings(world, seed).items():
        tell(f"ablation {name}")
        ask = _asking(longer if name in lengths else lstm, telling)
        ranks = [rank_playlist(challenge, ask) for challenge in world.challenges]
        scores, gain = summarise(ranks), difference_intervals(ranks, plain, seed=seed)
        found[name] = {aim: scores[aim] for aim in AIMS} | {"gain": {a: gain[a] for a in AIMS}}
    return found


def _asking(recommender: Recommender, telling: Telling) -> ScoreEach:
    def scores(history: np.ndarray, targets: np.ndarray) -> Iterable[np.ndarray]:
        heard = np.concatenate([history, targets])
        for end in range(len(history), len(heard)):
            told, wish = telling(heard[max(0, end - LONGEST_HISTORY) : end], int(heard[end]), end)
            yield recommender.scores(told.tolist(), wish)

    return scores


def _tellings(world: World, seed: int) -> dict[str, Telling]:
    """Name → what is told instead of the plain history.

    ``mood_true`` tells the mood of the very track that is sought: it shows how much the wish
    can do, and is no figure of the recommender's.
    """
    mood = world.catalogue.mood
    known = mood[~np.isnan(mood[:, 0])]

    def random_mood(heard: np.ndarray, target: int, end: int) -> tuple[np.ndarray, Wish]:
        if not len(known):
            return heard, None
        draw = np.random.default_rng((seed, target, end)).integers(len(known))
        return heard, Mood(*map(float, known[draw]))

    def true_mood(heard: np.ndarray, target: int, end: int) -> tuple[np.ndarray, Wish]:
        own = mood[target]
        return heard, None if np.isnan(own[0]) else Mood(*map(float, own))

    def mood_of_history(heard: np.ndarray, target: int, end: int) -> tuple[np.ndarray, Wish]:
        told = bool(len(heard)) and not np.isnan(mood[heard, 0]).all()
        return heard, mean_mood(mood, heard.tolist()) if told else None

    def shuffled(heard: np.ndarray, target: int, end: int) -> tuple[np.ndarray, Wish]:
        told = heard[-MEMORY:]  # what the LSTM is told, in another order
        return np.random.default_rng((seed, target, end)).permutation(told), None

    def last(length: int) -> Telling:
        return lambda heard, target, end: (heard[max(0, len(heard) - length) :], None)

    return {
        "mood_random": random_mood,
        "mood_of_history": mood_of_history,
        "mood_true": true_mood,
        "history_shuffled": shuffled,
        **{f"history_{length}": last(length) for length in LENGTHS},
    }
