"""Whether a wanted mood steers what is played: by our own moods, by people's, and at what price.

1. ``own``: lists of ten for points of the plane and for every emotion and goal; how many tracks
   lie within 0.35 of the mood that their step wanted.
2. ``people``: only labelled songs compete, with moods learned from other artists; of the ten
   nearest to a wanted quadrant, how many people put into that quadrant.
3. ``price``: next tracks of held-out playlists, without a wish and with the mean mood of what
   was heard as the wish.
4. ``tables``: how far the lists depend on whose table places the emotions on the plane.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import numpy as np

from affetto.emotions import EMOTION_MOODS, EMOTIONS, Mood
from affetto.learn.next_track import (
    Challenge,
    ScoreEach,
    difference_intervals,
    evaluate,
    ratio_intervals,
    score_each,
    summarise,
)
from affetto.learn.track_mood import PlainMood
from affetto.learn.track_mood_data import MoodWorld
from affetto.learn.track_mood_evaluation import agreement, judged, predict_apart
from affetto.learn.track_mood_labels import label_weights, quadrants_of
from affetto.learn.track_mood_release import spread_moods
from affetto.music.catalogue import Catalogue
from affetto.music.playlists import Playlist
from affetto.recommend.curator import make_playlist
from affetto.recommend.journey import GOALS
from affetto.recommend.ranking import NEAR
from affetto.recommend.recommender import Recommender
from affetto.recommend.released import Released
from affetto.recommend.request import PlaylistRequest, Start

TOP = 10
AXIS = (-0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75)
SEEDS = (0, 1, 2)
QUADRANT_POINTS = (0.35, 0.7)  # distances from either axis at which a quadrant is asked for
REPEATS = 500
TARGETS = 40  # next tracks asked of one playlist, at most

#: Angles in degrees on the circle of Russell (1980), "A circumplex model of affect", Journal of
#: Personality and Social Psychology 39, Ross scaling of 28 words, from pleasure counter-clockwise
#: through arousal.  Only words that name one of the seven emotions, surprise by "astonished".
RUSSELL = {"happy": 7.8, "surprise": 69.8, "sad": 207.5}


def own_mood(released: Released, *, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Shares of tracks within 0.35 of what was wanted of them, on a grid and for the emotions.

    ``sparse`` names the grid points where fewer than nine in ten lie near, with how many tracks
    of the vocabulary are within reach.
    """
    points = [Mood(valence, arousal) for valence, arousal in product(AXIS, AXIS)]
    grid = [_near(_lists(released, Start(mood=point), "match", seeds)) for point in points]
    emotions = {
        emotion: {
            goal: _near(_lists(released, Start.from_emotion(emotion), goal, seeds))
            for goal in GOALS
        }
        for emotion in EMOTIONS
    }
    reach = [_within(released.catalogue, point) for point in points]
    sparse = [
        {"valence": p.valence, "arousal": p.arousal, "near": share, "tracks": count}
        for p, share, count in zip(points, grid, reach, strict=True)
        if share < 0.9
    ]
    return {
        "within": NEAR,
        "top": TOP,
        "seeds": len(seeds),
        "grid": {"points": len(points), "near": float(np.mean(grid)), "fewest_tracks": min(reach)},
        "emotions": {
            "near": float(np.mean([s for goals in emotions.values() for s in goals.values()])),
            "each": emotions,
        },
        "sparse": sparse,
    }


def _lists(released: Released, start: Start, goal: str, seeds: Iterable[int]) -> list[Playlist]:
    return [
        make_playlist(released, PlaylistRequest(start=start, goal=goal, n=TOP, seed=seed))
        for seed in seeds
    ]


def _near(lists: Iterable[Playlist]) -> float:
    """Share of tracks within reach of their step; an unknown mood is out of reach."""
    hits = [
        step.track.mood is not None and step.track.mood.distance(step.wanted) <= NEAR
        for playlist in lists
        for step in playlist
    ]
    return float(np.mean(hits))


def _within(catalogue: Catalogue, point: Mood) -> int:
    gaps = catalogue.mood - (point.valence, point.arousal)
    return int(np.count_nonzero(np.hypot(gaps[:, 0], gaps[:, 1]) <= NEAR))


def by_people(world: MoodWorld, *, seed: int = 0) -> dict[str, Any]:
    """Precision at 10 by people's labels: the learned mood beside Spotify's numbers.

    Each source is a pool of its own, and songs of one artist are never learned from and asked.
    ``plain`` is Spotify's numbers about thresholds fitted on all labels, which favours it;
    ``raw`` is 2x - 1 of each.  All but raw are spread over the plane alike.  Figures are means
    over the quadrants that a pool has, then over the pools; intervals resample artists.
    """
    labels, rows = world.labels, judged(world)
    learned = predict_apart(world, labels.artists, ("learned",))["learned"]
    plain = PlainMood().fit(
        world.evidence.rows(rows),
        labels.targets[rows],
        label_weights(labels, rows)[rows],
        labels.songs[rows],
    )
    answers = {
        "learned": lambda at: spread_moods(learned[at]),
        "plain": lambda at: spread_moods(plain.predict(world.evidence.rows(at))),
        "raw": lambda at: 2 * world.evidence.spotify[at] - 1,
    }
    pools = {
        str(source): _pool(
            {name: answer(at) for name, answer in answers.items()},
            quadrants_of(labels.targets[at]),
            labels.artists[at],
            seed=seed,
        )
        for source in np.unique(labels.sources[rows])
        for at in [rows[labels.sources[rows] == source]]
    }
    draws = {name: np.mean([p["draws"][name] for p in pools.values()], axis=0) for name in answers}
    return {
        "precision@10": {
            name: float(np.mean([pool["precision"][name] for pool in pools.values()]))
            for name in answers
        },
        "differences": {
            name: np.percentile(draws["learned"] - draws[name], [2.5, 97.5]).tolist()
            for name in ("plain", "raw")
        },
        "pools": {
            name: {"songs": pool["songs"], "precision@10": pool["precision"]}
            for name, pool in pools.items()
        },
        "agreement_of_sources": agreement(labels),
    }


def _pool(
    moods: dict[str, np.ndarray], quadrants: np.ndarray, artists: np.ndarray, *, seed: int
) -> dict[str, Any]:
    """Precision at 10 in one pool, and in resampled ones."""
    orders = {
        name: {
            int(quadrant): [
                np.argsort(np.hypot(*(found - point).T), kind="stable")
                for point in _points(int(quadrant))
            ]
            for quadrant in np.unique(quadrants)
        }
        for name, found in moods.items()
    }
    _, artist = np.unique(artists, return_inverse=True)
    rng, size = np.random.default_rng(seed), int(artist.max()) + 1
    draws: dict[str, list[float]] = {name: [] for name in moods}
    for _ in range(REPEATS):
        times = np.bincount(rng.integers(size, size=size), minlength=size)[artist]
        for name, order in orders.items():
            draws[name].append(_precision(order, quadrants, times))
    everyone = np.ones(len(artist), int)
    return {
        "songs": len(quadrants),
        "precision": {n: _precision(order, quadrants, everyone) for n, order in orders.items()},
        "draws": {name: np.array(values) for name, values in draws.items()},
    }


def _points(quadrant: int) -> list[np.ndarray]:
    """Four points of a quadrant: 0 sad, 1 calm, 2 angry, 3 happy."""
    signs = np.array([2 * (quadrant % 2) - 1, 2 * (quadrant // 2) - 1])
    return [signs * point for point in product(QUADRANT_POINTS, QUADRANT_POINTS)]


def _precision(order, quadrants: np.ndarray, times: np.ndarray) -> float:
    """Mean over quadrants and points: of the first ten drawn, the share in the quadrant.

    times : [n], how often each song was drawn; it stands as often in the list.
    """
    return float(
        np.mean(
            [
                np.mean([np.mean(_nearest(by, times, quadrants) == quadrant) for by in points])
                for quadrant, points in order.items()
            ]
        )
    )


def _nearest(by: np.ndarray, times: np.ndarray, quadrants: np.ndarray) -> np.ndarray:
    return quadrants[np.repeat(by, times[by])[:TOP]]


def price(recommender: Recommender, catalogue: Catalogue, challenges: list[Challenge]) -> dict:
    """HR@50 of next tracks without a wish, and with the mean mood of the history as the wish.

    At most 40 targets a playlist.  ``ratio`` is with over without; intervals over playlists.
    """
    short = [Challenge(c.playlist_id, c.history, c.targets[:TARGETS]) for c in challenges]
    models = {"without": score_each(recommender), "with": _wishing(recommender, catalogue.mood)}
    results = evaluate(short, models)
    found = {name: summarise(ranks)["hr@50"] for name, ranks in results.items()}
    both = results["with"], results["without"]
    return {
        "playlists": len(short),
        "hr@50": found,
        "ratio": found["with"] / found["without"] if found["without"] else None,
        "ratio_interval": list(ratio_intervals(*both)["hr@50"]),
        "difference_interval": list(difference_intervals(*both)["hr@50"]),
    }


def _wishing(recommender: Recommender, moods: np.ndarray) -> ScoreEach:
    """Asks for more of the mood of what was heard; without a wish where none of it is known."""

    def scores(history: np.ndarray, targets: np.ndarray) -> Iterable[np.ndarray]:
        heard = np.concatenate([history, targets]).astype(int)
        for end in range(len(history), len(heard)):
            mean = np.nanmean(moods[heard[:end]], axis=0) if _any(moods[heard[:end]]) else None
            wish = None if mean is None else Mood(*np.clip(mean, -1, 1).tolist())
            yield recommender.scores(heard[:end].tolist(), wish)

    return scores


def _any(moods: np.ndarray) -> bool:
    return bool(len(moods)) and not np.isnan(moods[:, 0]).all()


def other_table(released: Released, *, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """How many of the first ten tracks stay when Russell's circle places the emotion.

    His angles have no strength, so each emotion keeps the distance from the centre that it has
    in our table (Warriner et al. 2013).  Goal ``match``: the coordinates alone decide.
    """
    found = {}
    for emotion, degrees in RUSSELL.items():
        ours = EMOTION_MOODS[emotion]
        length, angle = math.hypot(ours.valence, ours.arousal), math.radians(degrees)
        theirs = Mood(length * math.cos(angle), length * math.sin(angle))
        shared = [
            len(_ids(a) & _ids(b)) / TOP
            for a, b in zip(
                _lists(released, Start(mood=ours), "match", seeds),
                _lists(released, Start(mood=theirs), "match", seeds),
                strict=True,
            )
        ]
        found[emotion] = {
            "overlap": float(np.mean(shared)),
            "distance": ours.distance(theirs),
            "valence": theirs.valence,
            "arousal": theirs.arousal,
        }
    return {
        "table": "Russell 1980, angles on the circumplex",
        "not_in_it": [name for name in EMOTIONS if name not in RUSSELL],
        "overlap": float(np.mean([part["overlap"] for part in found.values()])),
        "emotions": found,
    }


def _ids(playlist: Playlist) -> set[str]:
    return {step.track.track_id for step in playlist}
