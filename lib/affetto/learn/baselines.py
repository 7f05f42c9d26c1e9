"""Choose the baselines' settings on validation playlists, and build them.

A baseline that was not tuned is easy to beat.  Each is tuned over a written grid by coordinate
search: one setting after another takes the value that does best with the others as they are,
until a whole round changes nothing.  What is maximised is the geometric mean of HR@50 and
NDCG@100 on the validation parts of both splits, so that neither split nor metric outweighs the
others; one choice of settings then serves both splits, as one released recommender does.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from affetto.errors import ModelError
from affetto.learn.next_track import Challenge, evaluate, score_each, summarise
from affetto.learn.playlist_worlds import World
from affetto.recommend import baselines
from affetto.recommend.baselines import (
    ItemKnnConfig,
    ItemKnnRecommender,
    MarkovConfig,
    MarkovRecommender,
    MoodPopularityConfig,
    MoodPopularityRecommender,
    NearestMoodRecommender,
    PopularityRecommender,
    SessionKnnConfig,
    SessionKnnRecommender,
)
from affetto.recommend.recommender import Recommender

log = logging.getLogger(__name__)

TUNED = Path(baselines.__file__).parent / "tuned.json"
ROUNDS = 2  # at most
TARGETS = 12  # of each playlist, the first in the vocabulary: enough to choose by
AIMS = ("hr@50", "ndcg@100")
_LEAST = 1e-4  # in the place of a zero, whose geometric mean says nothing

Settings = dict[str, Any]
Grid = Mapping[str, Sequence[Any]]

_SESSIONS: Grid = {
    "snapshots": (True, False),
    "neighbours": (50, 100, 200, 500),
    "sample": (0, 300),
    "power": (1.0, 1.5, 2.0),
    "discount": (0.0, 0.1, 0.2, 0.3),
    "own_artists": (0.0, 0.1, 0.3, 1.0),
    "neighbour_artists": (0.0, 0.03, 0.1, 0.3),
    "artist_similarity": (0.0, 0.1, 0.3),
}
_ITEMS: Grid = {
    "snapshots": (True, False),
    "own_artists": (0.0, 0.3, 1.0),
    "artists": (0.0, 0.1),
    "neighbours": (100, 300, 1000, 3000),
    "idf": (0.0, 1.0),
    "shrink": (0.0, 1.0),
}
GRIDS: dict[str, Grid] = {
    "popularity": {},
    "mood_popularity": {"strength": (0.0, 0.3, 1.0, 2.0, 4.0), "unknown": (0.3, 0.5, 0.7, 1.0)},
    "item_item": {"decay": (0.7, 0.8, 0.9, 1.0), "last": (0, 10), **_ITEMS},
    "last_track_knn": _ITEMS,
    "s_knn": _SESSIONS,
    "vs_knn": {"decay": (0.8, 0.85, 0.9, 0.95), "idf": (0.0, 0.5, 1.0), **_SESSIONS},
    "markov": {
        "steps": (1, 3, 10, 30),
        "last": (1, 3, 10, 30),
        "decay": (0.7, 0.9, 1.0),
        "popular": (0.0, 0.25, 0.5),
        "artists": (0.0, 0.1, 0.3, 1.0),
        "own_artists": (0.0, 0.1, 0.3, 1.0),
    },
    "nearest_mood": {},
}
# Where the search begins: what VS-KNN's own search found, where it carries over; and what a grid
# leaves alone, because it is the method.
_START: dict[str, Settings] = {
    "item_item": {"decay": 0.8, "own_artists": 1.0},
    "last_track_knn": {"last": 1, "own_artists": 1.0},
    "s_knn": {"neighbours": 200, "power": 2.0, "discount": 0.1, "own_artists": 1.0},
    "vs_knn": {"decay": 0.9, "idf": 1.0},
    "markov": {"last": 10, "own_artists": 1.0},
}


def make(name: str, world: World, settings: Settings) -> Recommender:
    """A baseline by its name in GRIDS.  Raises TypeError or ValueError for settings of another."""
    knowledge, catalogue = world.knowledge, world.catalogue
    if name in ("s_knn", "vs_knn"):
        return SessionKnnRecommender(knowledge, SessionKnnConfig(**settings), name=name)
    if name in ("item_item", "last_track_knn"):
        return ItemKnnRecommender(
            knowledge, ItemKnnConfig(**settings), name=name, tables=world.tables
        )
    if name == "markov":
        return MarkovRecommender(knowledge, MarkovConfig(**settings))
    if name == "mood_popularity":
        return MoodPopularityRecommender(catalogue, MoodPopularityConfig(**settings))
    plain = {"popularity": PopularityRecommender, "nearest_mood": NearestMoodRecommender}
    return plain[name](catalogue)


def build_baselines(world: World, settings: Mapping[str, Settings]) -> dict[str, Recommender]:
    """All of them, by name."""
    return {name: make(name, world, dict(settings[name])) for name in GRIDS}


def tuned_settings(path: Path = TUNED) -> dict[str, Settings]:
    """The settings chosen on validation.  Raises ModelError where the file is damaged."""
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        return {name: dict(settings[name]) for name in GRIDS}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError("The baselines' settings are damaged; reinstall Affetto.") from error


def thinned(challenges: Sequence[Challenge]) -> list[Challenge]:
    """Playlists with their first TARGETS alone, so that a search takes minutes, not hours."""
    return [
        dataclasses.replace(one, targets=one.targets[one.targets >= 0][:TARGETS])
        for one in challenges
        if (one.targets >= 0).any()
    ]


def judge(model: Recommender, world: World) -> dict[str, float]:
    """HR@50 and NDCG@100 on the world's playlists."""
    found = summarise(evaluate(world.challenges, {"it": score_each(model)})["it"])
    return {name: found[name] for name in AIMS}


def objective(scores: Mapping[str, Mapping[str, float]]) -> float:
    """Geometric mean over all splits and metrics."""
    values = [max(value, _LEAST) for own in scores.values() for value in own.values()]
    return math.exp(sum(map(math.log, values)) / len(values))


def search(
    name: str,
    worlds: Mapping[str, World],
    *,
    rounds: int = ROUNDS,
    tell: Callable[[str], None] = log.info,
) -> dict[str, Any]:
    """Tune one baseline: ``{"grid", "trials": [{"settings", split: {metric}, "objective"}],
    "chosen"}``.

    worlds : split → its validation world.  Nothing is random.
    """
    worlds = {
        split: dataclasses.replace(world, challenges=thinned(world.challenges))
        for split, world in worlds.items()
    }
    trials: dict[str, dict[str, Any]] = {}

    def attempt(settings: Settings) -> float:
        key = json.dumps(settings, sort_keys=True)
        if key not in trials:
            scores = {split: judge(make(name, w, settings), w) for split, w in worlds.items()}
            trials[key] = {"settings": settings, **scores, "objective": objective(scores)}
            tell(f"{name}: {trials[key]['objective']:.4f} with {key}")
        return trials[key]["objective"]

    chosen = coordinate_search(GRIDS[name], _start(name), attempt, rounds=rounds)
    grid = {setting: list(values) for setting, values in GRIDS[name].items()}
    return {"grid": grid, "trials": list(trials.values()), "chosen": chosen}


def coordinate_search(
    grid: Grid, start: Settings, attempt: Callable[[Settings], float], *, rounds: int = ROUNDS
) -> Settings:
    """The settings that no change of a single one within ``grid`` improves, from ``start``.

    Stops after ``rounds`` at the latest; among equals what stands stays.
    """
    best, reached = dict(start), attempt(dict(start))
    for _ in range(rounds):
        before = dict(best)
        for setting, values in grid.items():
            for value in values:
                score = attempt({**best, setting: value})
                if score > reached:
                    best, reached = {**best, setting: value}, score
        if best == before:
            break
    return best


def _start(name: str) -> Settings:
    """The defaults of what the grid may change, and what the method is."""
    configs = {
        "mood_popularity": MoodPopularityConfig, "markov": MarkovConfig,
        "item_item": ItemKnnConfig, "last_track_knn": ItemKnnConfig,
        "s_knn": SessionKnnConfig, "vs_knn": SessionKnnConfig,
    }  # fmt: skip
    if name not in configs:
        return {}
    return {**dataclasses.asdict(configs[name]()), **_START.get(name, {})}
