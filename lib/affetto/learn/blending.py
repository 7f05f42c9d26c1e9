"""Would a blend of the LSTM and a neighbour table be better than each?  Chosen on validation.

The table is item-to-item's: what it ships would be pairs of songs, and nobody's playlist.
"""

from __future__ import annotations

from typing import Any

from affetto.learn.baselines import AIMS, judge, objective
from affetto.learn.next_track import (
    LONGEST_HISTORY,
    Challenge,
    difference_intervals,
    evaluate,
    score_each,
    summarise,
)
from affetto.learn.playlist_worlds import World
from affetto.recommend.blend import BlendRecommender
from affetto.recommend.recommender import Recommender

WEIGHTS = (0.1, 0.2, 0.35, 0.5, 0.7, 0.9)  # of the neighbours


def choose_weight(validation: World, lstm: Recommender, other: Recommender) -> float:
    """The weight of WEIGHTS with the best geometric mean of HR@50 and NDCG@100."""

    def reached(weight: float) -> float:
        return objective({"it": judge(BlendRecommender(lstm, other, weight=weight), validation)})

    return max(WEIGHTS, key=reached)


def judge_blend(
    challenges: list[Challenge],
    lstm: Recommender,
    other: Recommender,
    *,
    weight: float,
    seed: int,
) -> dict[str, Any]:
    """The blend's figures, and what it gains over each of its parts, with intervals.

    The gain over ``other`` is the LSTM's share: where it lies above zero the LSTM adds something.
    """
    models = {"blend": BlendRecommender(lstm, other, weight=weight), "lstm": lstm, "other": other}
    asked = {name: score_each(model, longest=LONGEST_HISTORY) for name, model in models.items()}
    results = evaluate(challenges, asked)
    scores = {name: summarise(ranks) for name, ranks in results.items()}
    gains = {
        name: difference_intervals(results["blend"], results[part], seed=seed)
        for name, part in (("lstm", "lstm"), (other.name, "other"))
    }
    return {
        "weight": weight,
        "other": other.name,
        "models": {name: {aim: own[aim] for aim in AIMS} for name, own in scores.items()},
        "gain": {name: {aim: own[aim] for aim in AIMS} for name, own in gains.items()},
    }
