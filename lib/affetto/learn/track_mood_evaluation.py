"""How well track mood is learned: on other artists, on other sources, and beside Spotify's numbers.

Only songs with audio features and both axes told are judged, so that every model answers the
same questions.  Quadrant accuracy is the share of songs whose two signs come right; ``balanced``
is the mean over the quadrants that occur, which a source of one mood cannot flatter.  Intervals
are percentile bootstraps over artists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import permutations
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold

from affetto.errors import DataError
from affetto.learn.track_mood import AXES, MODELS
from affetto.learn.track_mood_data import KINDS, MoodWorld
from affetto.learn.track_mood_evidence import Evidence
from affetto.learn.track_mood_labels import MoodLabels, label_weights, quadrants_of

FOLDS = 3
REPEATS = 1000
WIDTH = 0.8  # share of labels that a width of uncertainty is to hold
Say = Callable[[str], None]


def figures(predicted: np.ndarray, targets: np.ndarray) -> dict[str, float | None]:
    """quadrant_accuracy, balanced, valence_r and arousal_r of [n, 2] against [n, 2].

    A correlation is None where either side does not vary.
    """
    right = quadrants_of(predicted) == quadrants_of(targets)
    return {
        "quadrant_accuracy": float(right.mean()),
        "balanced": float(_balanced(right, quadrants_of(targets), np.ones(len(right)))),
        **{f"{name}_r": correlation(predicted[:, k], targets[:, k]) for k, name in enumerate(AXES)},
    }


def correlation(ours: np.ndarray, theirs: np.ndarray) -> float | None:
    """Pearson's r; None for fewer than three pairs, or where a side does not vary."""
    if len(ours) < 3 or min(np.ptp(ours), np.ptp(theirs)) < 1e-12:
        return None
    return float(np.corrcoef(ours, theirs)[0, 1])


def _balanced(right: np.ndarray, quadrant: np.ndarray, counts: np.ndarray) -> float:
    """Mean over quadrants of the weighted share that is right."""
    total = np.bincount(quadrant, counts, minlength=4)
    hit = np.bincount(quadrant, counts * right, minlength=4)
    return float(np.mean(hit[total > 0] / total[total > 0]))


def difference(
    ours: np.ndarray,
    theirs: np.ndarray,
    targets: np.ndarray,
    artists: np.ndarray,
    *,
    sources: np.ndarray | None = None,
    seed: int = 0,
) -> dict[str, list[float]]:
    """95 % intervals of ours less theirs, artists resampled: quadrant_accuracy and balanced.

    sources : [n]; where given, a figure is the mean over the sources, each counted alike.
    """
    quadrant = quadrants_of(targets)
    right = [quadrants_of(moods) == quadrant for moods in (ours, theirs)]
    _, artist = np.unique(artists, return_inverse=True)
    source = (
        np.zeros(len(artist), int)
        if sources is None
        else np.unique(sources, return_inverse=True)[1]
    )
    rng = np.random.default_rng(seed)
    size = int(artist.max()) + 1
    found = []
    for _ in range(REPEATS):
        counts = np.bincount(rng.integers(size, size=size), minlength=size)[artist].astype(float)
        cell = np.bincount(4 * source + quadrant, counts, minlength=4 * (source.max() + 1))
        gain = np.bincount(
            4 * source + quadrant, counts * (right[0] * 1.0 - right[1]), minlength=len(cell)
        )
        cell, gain = cell.reshape(-1, 4), gain.reshape(-1, 4)
        shares = np.where(cell > 0, gain / np.maximum(cell, 1), np.nan)
        found.append(
            (np.mean(gain.sum(1) / np.maximum(cell.sum(1), 1)), np.mean(np.nanmean(shares, 1)))
        )
    low, high = np.percentile(found, [2.5, 97.5], axis=0)
    names = ("quadrant_accuracy", "balanced")
    return {n: [float(a), float(b)] for n, a, b in zip(names, low, high, strict=True)}


def judged(world: MoodWorld) -> np.ndarray:
    """Rows that every model can answer and every measure can use."""
    sounding = ~np.isnan(world.evidence.spotify).any(axis=1)
    return np.flatnonzero(sounding & (world.labels.quadrants >= 0))


def predict_apart(
    world: MoodWorld, groups: np.ndarray, names: Iterable[str], *, deaf: Evidence | None = None
) -> dict[str, np.ndarray]:
    """Each model's answer [n, 2] on every row, from the rows of other groups alone.

    deaf : the same rows described without sound; ``learned`` answers those too, as ``deaf``.
    """
    labels, evidence = world.labels, world.evidence
    answers = [*names, *([] if deaf is None else ["deaf"])]
    found = {name: np.full((len(labels), 2), np.nan) for name in answers}
    for rest, held in GroupKFold(FOLDS, shuffle=True, random_state=0).split(groups, groups=groups):
        for name in names:
            model = _fit(name, world, rest)
            found[name][held] = model.predict(evidence.rows(held))
            if name == "learned" and deaf is not None:
                found["deaf"][held] = model.predict(deaf.rows(held))
    return found


def _fit(name: str, world: MoodWorld, rows: np.ndarray):
    weights = label_weights(world.labels, rows)[rows]
    return MODELS[name]().fit(
        world.evidence.rows(rows), world.labels.targets[rows], weights, world.labels.songs[rows]
    )


def compare(
    found: dict[str, np.ndarray], labels: MoodLabels, rows: np.ndarray, artists: np.ndarray
) -> dict[str, Any]:
    """Every model on the same rows, with the intervals of ``learned`` less each other."""
    targets, ours = labels.targets[rows], found["learned"][rows]
    return {
        "n": len(rows),
        "artists": len(np.unique(artists[rows])),
        "models": {name: figures(moods[rows], targets) for name, moods in found.items()},
        "differences": {
            name: difference(ours, moods[rows], targets, artists[rows])
            for name, moods in found.items()
            if name != "learned"
        },
    }


def cross_validation(
    world: MoodWorld, found: dict[str, np.ndarray], artists: np.ndarray
) -> dict[str, Any]:
    """By source, and the mean over the sources, each counted alike."""
    labels, rows = world.labels, judged(world)
    sources = labels.sources[rows]
    found = {**found, "commonest": _commonest(labels, rows)}
    by_source = {
        str(source): compare(found, labels, rows[sources == source], artists)
        for source in np.unique(sources)
    }
    names = ("quadrant_accuracy", "balanced")
    mean = {
        model: {
            name: float(np.mean([part["models"][model][name] for part in by_source.values()]))
            for name in names
        }
        for model in found
    }
    differences = {
        model: difference(
            found["learned"][rows], moods[rows], labels.targets[rows], artists[rows],
            sources=sources,
        )
        for model, moods in found.items()
        if model != "learned"
    }  # fmt: skip
    return {"mean_of_sources": {"models": mean, "differences": differences}, "sources": by_source}


def _commonest(labels: MoodLabels, rows: np.ndarray) -> np.ndarray:
    """[n, 2]: for each row its source's most frequent quadrant, which no model could know."""
    moods = np.full((len(labels), 2), np.nan)
    for source in np.unique(labels.sources[rows]):
        held = rows[labels.sources[rows] == source]
        best = int(np.bincount(labels.quadrants[held], minlength=4).argmax())
        moods[held] = 2 * (best % 2) - 1, 2 * (best // 2) - 1
    return moods


def cross_source(world: MoodWorld, train: Sequence[str], test: str) -> dict[str, Any]:
    """Trained on the labels of some sources, tested on another, no artist on both sides.

    Raises DataError where no label is left to learn from.
    """
    labels, rows = world.labels, judged(world)
    artists = labels.artists
    held = rows[labels.sources[rows] == test]
    rest = np.flatnonzero(
        np.isin(labels.sources, train) & ~np.isin(artists, np.unique(artists[held]))
    )
    if not len(rest):
        raise DataError(f"Every artist of {', '.join(train)} stands in {test} too.")
    names = ("plain", "linear", "learned")
    found = {name: np.full((len(labels), 2), np.nan) for name in names}
    for name, moods in found.items():
        moods[held] = _fit(name, world, rest).predict(world.evidence.rows(held))
    return {"trained_on": len(rest), **compare(found, labels, held, artists)}


def all_directions(world: MoodWorld, say: Say) -> dict[str, Any]:
    """Every source against all others together, and every pair of sources both ways."""
    sources = sorted(np.unique(world.labels.sources).tolist())
    apart = {}
    for test in sources:
        say(f"Trained without {test}, tested on it")
        apart[test] = cross_source(world, [name for name in sources if name != test], test)
    pairs = {}
    for train, test in permutations(sources, 2):
        say(f"Trained on {train}, tested on {test}")
        pairs[f"{train} → {test}"] = cross_source(world, [train], test)
    return {"one_left_out": apart, "one_to_one": pairs}


def agreement(labels: MoodLabels) -> dict[str, dict[str, float]]:
    """How often two sources name the same quadrant for the songs that both label."""
    frame = labels.frame.assign(quadrant=labels.quadrants)
    frame = frame[frame["quadrant"] >= 0]
    wide = frame.pivot_table(index="song", columns="source", values="quadrant", aggfunc="first")
    found = {}
    for one, other in permutations(sorted(wide.columns), 2):
        if one < other:
            both = wide[[one, other]].dropna()
            if len(both):
                share = float((both[one] == both[other]).mean())
                found[f"{one} & {other}"] = {"songs": len(both), "agreement": share}
    songs = sum(part["songs"] for part in found.values())
    if songs:
        mean = sum(part["songs"] * part["agreement"] for part in found.values()) / songs
        found["all pairs"] = {"songs": songs, "agreement": float(mean)}
    return found


def own_label_weights(
    labels: MoodLabels, predicted: np.ndarray, weights: Sequence[float] = (0, 0.25, 0.5, 1, 2)
) -> dict[str, Any]:
    """How well another source's label of the same song helps, by the weight that it is given.

    predicted : [n, 2], answers that knew no label of the song.  Every song in two sources is
    asked both ways: model and one label together, against the other label.
    """
    frame = labels.frame.assign(row=np.arange(len(labels)), quadrant=labels.quadrants)
    frame = frame[(frame["quadrant"] >= 0) & (frame["recording_id"] >= 0)]
    pairs = frame.merge(frame, on="song", suffixes=("", "_other"))
    pairs = pairs[pairs["source"] != pairs["source_other"]]
    ours, told = predicted[pairs["row"]], labels.targets[pairs["row_other"]]
    asked = labels.targets[pairs["row"]]
    found = {
        str(weight): figures((ours + weight * told) / (1 + weight), asked) for weight in weights
    }
    return {"pairs": len(pairs), "weights": found}


def widths(
    world: MoodWorld, by_song: np.ndarray, by_artist: np.ndarray, deaf: np.ndarray
) -> dict[str, Any]:
    """How far labels lie from answers, by what an answer rested on (split conformal, 80 %).

    by_song, by_artist, deaf : answers [n, 2] that knew other songs of the artist; that did not;
    and that had neither the artist's labels nor the sound.  Half of the artists set the width,
    on the other half it is checked.
    """
    labels, rows = world.labels, judged(world)
    weights, targets = label_weights(labels), labels.targets
    half = np.random.default_rng(0).random(labels.artists.max() + 1)[labels.artists] < 0.5
    counts = np.bincount(labels.artists, minlength=labels.artists.max() + 1)[labels.artists]
    known = rows[counts[rows] > 1]
    found = {}
    for kind, answers, which in (
        (KINDS[1], by_song, known), (KINDS[2], by_artist, rows), (KINDS[4], deaf, rows),
    ):  # fmt: skip
        gaps = np.abs(answers[which] - targets[which])
        sets, checks = half[which], ~half[which]
        found[kind] = {"n": len(which), **figures(answers[which], targets[which])}
        for k, axis in enumerate(AXES):
            width = _quantile(gaps[sets, k], weights[which][sets])
            held = np.average(gaps[checks, k] <= width, weights=weights[which][checks])
            found[kind][axis] = {"half_width": width, "held": float(held)}
    return {"wanted": WIDTH, "kinds": found}


def _quantile(values: np.ndarray, weights: np.ndarray) -> float:
    """The weighted quantile that WIDTH of the weight lies at or below."""
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(share, WIDTH)])
