"""A network and its twin on shuffled labels: what is learned must come from the faces.

Whatever leaks an answer past the labels, a slip in the splits or in the scoring, would lift the
twin above chance as well.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from affetto.learn import metrics
from affetto.learn.face_batches import FaceSplit
from affetto.learn.faces import TrainConfig, fit, predict_logits


def some_of(split: FaceSplit, count: int, *, seed: int) -> FaceSplit:
    """``count`` rows of a split at random, or all where it has fewer."""
    return _rows(split, np.random.default_rng(seed).permutation(len(split.labels))[:count])


def shuffled(split: FaceSplit, *, seed: int) -> FaceSplit:
    """The same faces, labels and votes dealt out among them anew."""
    rows = np.random.default_rng((seed, 1)).permutation(len(split.labels))
    return dataclasses.replace(
        split,
        labels=split.labels[rows],
        votes=split.votes[rows],
        vote_weight=split.vote_weight[rows],
    )


def true_and_shuffled(
    train: FaceSplit, validation: FaceSplit, config: TrainConfig, *, folder: Path
) -> dict[str, Any]:
    """Train both; how often each names the faces of one half of ``validation`` rightly.

    The other half chooses their epochs.  folder : of the two runs.  Returns ``true_labels`` and
    ``shuffled_labels`` (accuracies, fer2013 readout), ``commonest`` (always saying the half's
    commonest emotion), ``faces``, ``tested`` and ``epochs``.
    """
    rows = np.random.default_rng((config.seed, 2)).permutation(len(validation.labels))
    choose, test = (_rows(validation, half) for half in np.array_split(rows, 2))
    found = {
        name: _accuracy(fit(given, choose, config, run_dir=folder / name)[0], test)
        for name, given in (
            ("true_labels", train),
            ("shuffled_labels", shuffled(train, seed=config.seed)),
        )
    }
    return {
        **found,
        "commonest": float(np.bincount(test.labels).max() / len(test.labels)),
        "faces": len(train.labels),
        "tested": len(test.labels),
        "epochs": config.epochs,
    }


def _rows(split: FaceSplit, rows: np.ndarray) -> FaceSplit:
    return FaceSplit(
        split.pixels[rows], split.labels[rows], split.votes[rows], split.vote_weight[rows]
    )


def _accuracy(network: Any, split: FaceSplit) -> float:
    return metrics.accuracy(predict_logits(network, split.pixels)["fer2013"], split.labels)
