"""Train the recommender LSTM, and export it for serving.

As in ``affetto.learn.faces``, one epoch at a time: what is random in an epoch comes from
(seed, epoch), so a run that stops and resumes ends where an unbroken one does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from affetto.learn.checkpoints import load_arrays, load_state, save_arrays, save_state
from affetto.learn.environment import save_settings
from affetto.learn.next_track import LONGEST_HISTORY, Challenge, ScoreEach, evaluate, summarise
from affetto.learn.places import Group
from affetto.learn.seeding import begin, reseed
from affetto.learn.sequences import PlaylistBatches, SequenceConfig
from affetto.recommend.network import ItemTable, RecommenderConfig, RecommenderNetwork

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecommenderTrainConfig:
    """How the recommender is fitted."""

    epochs: int = 24
    rate: float = 3e-3  # AdamW; after the warm-up a cosine to a thirtieth
    warm_up: int = 100  # steps
    weight_decay: float = 1e-2  # decoupled, on all embeddings and weights
    seed: int = 7
    network: RecommenderConfig = field(default_factory=RecommenderConfig)
    sequences: SequenceConfig = field(default_factory=SequenceConfig)

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.warm_up < 0:
            raise ValueError(f"Training takes an epoch at least; got {self.epochs}.")
        if not (self.rate > 0 and self.weight_decay >= 0):
            raise ValueError("The rate lies above 0, weight decay at 0 or above.")


def build_network(items: ItemTable, config: RecommenderTrainConfig) -> RecommenderNetwork:
    """A built, untrained network; the same one for the same seed."""
    begin(config.seed)
    network = RecommenderNetwork(items, config.network)
    network.build()
    return network


def _compile(network: RecommenderNetwork, config: RecommenderTrainConfig, *, steps: int) -> None:
    warm_up = min(config.warm_up, max(1, steps * config.epochs // 4))
    rate = keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, steps * config.epochs - warm_up),
        alpha=0.03,
        warmup_target=config.rate,
        warmup_steps=warm_up,
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=config.weight_decay, global_clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["gain", "power", "shares", "start"])
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    )
    network.compile(optimizer, loss=loss)
    optimizer.build(network.trainable_variables)


def fit(
    groups: Sequence[Group],
    items: ItemTable,
    moods: np.ndarray,
    config: RecommenderTrainConfig,
    *,
    run_dir: Path,
    judge: Callable[[RecommenderNetwork], float],
    judge_every: int = 2,
    stop_after: int | None = None,
) -> tuple[RecommenderNetwork, list[dict]]:
    """Train, or go on with what ``run_dir`` holds; the best network by ``judge`` and the history.

    groups : see ``PlaylistBatches``; moods : float32 [n, 2], nan where unknown; judge : network →
    validation score, higher is better.
    Raises InputError where the run was begun with another seed.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    network = build_network(items, config)
    first = PlaylistBatches(
        groups, items.counts, moods, config.sequences, seed=config.seed, epoch=0
    )
    _compile(network, config, steps=len(first))
    save_settings(run_dir, config)
    last, best = run_dir / "last.npz", run_dir / "best.npz"
    history = load_state(last, network) if last.exists() else []
    end = min(config.epochs, len(history) + (stop_after or config.epochs))
    for epoch in range(len(history), end):
        started = time.monotonic()
        reseed(network, seed=config.seed, epoch=epoch)
        batches = PlaylistBatches(
            groups, items.counts, moods, config.sequences, seed=config.seed, epoch=epoch
        )
        losses = network.fit(batches, epochs=1, verbose=0, shuffle=False).history
        row = {"epoch": epoch + 1, "loss": float(losses["loss"][0])}
        if (epoch + 1) % judge_every == 0 or epoch + 1 == config.epochs:
            row["validation"] = judge(network)
            before = [earlier["validation"] for earlier in history if "validation" in earlier]
            if not before or row["validation"] > max(before):
                save_arrays(best, named_weights(network), meta=row)
        history.append({**row, "seconds": round(time.monotonic() - started, 1)})
        save_state(last, network, history)
        log.info("recommender %s", history[-1])
    if best.is_file():  # no epoch was judged yet where it is not
        arrays, _ = load_arrays(best)
        for variable in network.weights:
            variable.assign(arrays[variable.path])
    return network, history


def named_weights(network: keras.Model) -> dict[str, np.ndarray]:
    """Path → array for every weight."""
    return {v.path: keras.ops.convert_to_numpy(v) for v in network.weights}


def score_at_once(network: RecommenderNetwork, *, window: int = LONGEST_HISTORY) -> ScoreEach:
    """How ``next_track`` asks the Keras network, without a wanted mood: a whole playlist at once.

    A history longer than ``window`` tracks is cut to the latest.  Serving tells still fewer, which
    one pass over a playlist cannot.
    """
    vectors, bias = network.tower.table()

    def scores(history: np.ndarray, targets: np.ndarray) -> np.ndarray:
        heard = np.concatenate([[network.count], history, targets[:-1]]).astype(np.int32)
        queries = []
        for start in range(0, len(heard), window // 2):
            piece = heard[max(0, start - window // 2) : start + window // 2][None]
            padded = np.full((1, window), network.count, np.int32)  # one shape, one compilation
            padded[:, : piece.shape[1]] = piece
            answer = network.queries(padded, np.zeros((1, window, 3), np.float32))
            fresh = len(heard[start : start + window // 2])
            end = piece.shape[1]
            queries.append(keras.ops.convert_to_numpy(answer)[0, end - fresh : end])
        return np.concatenate(queries)[len(history) :] @ vectors.T + bias

    return scores


def judge_on(challenges: list[Challenge]) -> Callable[[RecommenderNetwork], float]:
    """NDCG@100 on validation playlists, for ``fit``."""
    return lambda network: summarise(
        evaluate(challenges, {"lstm": score_at_once(network)})["lstm"]
    )["ndcg@100"]


def later_is_better() -> Callable[[RecommenderNetwork], float]:
    """A judge for a run with nothing to choose by: the number of steps taken so far."""
    return lambda network: float(keras.ops.convert_to_numpy(network.optimizer.iterations))
