"""Playlists → training sequences of item indices."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np


@dataclass(frozen=True, slots=True)
class SequenceConfig:
    """How playlists are cut for training."""

    length: int = 60  # positions a sequence
    batch: int = 24  # sequences a batch
    shuffled: float = 0.7  # share of sequences in random order: order in playlists says little
    wanted: float = 0.5  # share of sequences told the mood of each next track
    mood_noise: float = 0.1  # deviation added to that mood, so that near is near enough

    def __post_init__(self) -> None:
        if self.length < 2 or self.batch < 1:
            raise ValueError("A sequence needs two positions, a batch one sequence.")


class PlaylistBatches(keras.utils.PyDataset):
    """One epoch of sequences; everything random depends on (seed, epoch) alone.

    groups : for each group of playlists that are one (snapshots, copies), its versions, each an
    int array of item indices in order.  One version a group is drawn each epoch, so that a
    playlist with a hundred snapshots weighs no more than one with a single snapshot.
    moods : float32 [n, 2], nan where unknown.
    """

    def __init__(
        self,
        groups: list[list[np.ndarray]],
        moods: np.ndarray,
        config: SequenceConfig,
        *,
        seed: int,
        epoch: int,
    ):
        super().__init__()
        rng = np.random.default_rng((seed, epoch))
        self.config, self.moods, self.nothing = config, moods, len(moods)
        self.rng_seed = (seed, epoch, 1)
        pieces = [
            piece
            for versions in groups
            for piece in _cut(versions[rng.integers(len(versions))], config, rng)
        ]
        self.pieces = [pieces[i] for i in rng.permutation(len(pieces))]

    def __len__(self) -> int:
        return -(-len(self.pieces) // self.config.batch)

    def __getitem__(self, index: int):
        rng = np.random.default_rng((*self.rng_seed, index))
        size = self.config.batch
        pieces = self.pieces[index * size : (index + 1) * size]
        shape = (size, self.config.length)
        target = np.zeros(shape, np.int32)
        heard = np.full(shape, self.nothing, np.int32)
        weight = np.zeros(shape, np.float32)
        for row, piece in enumerate(pieces):
            target[row, : len(piece)] = piece
            heard[row, 1 : len(piece)] = piece[:-1]
            weight[row, : len(piece)] = 1.0
        wanted = wanted_moods(target, self.moods, self.config, rng)
        return (
            {"heard": heard, "target": target, "wanted": wanted},
            np.zeros(shape, np.int32),  # the target stands first among the candidates
            weight,
        )


def _cut(items: np.ndarray, config: SequenceConfig, rng: np.random.Generator) -> list[np.ndarray]:
    """One playlist → pieces of at most ``length``, from a random start, some in random order."""
    if len(items) < 2:
        return []
    if rng.random() < config.shuffled:
        items = rng.permutation(items)
    else:
        items = np.roll(items, -int(rng.integers(len(items))) if len(items) > config.length else 0)
    pieces = [items[i : i + config.length] for i in range(0, len(items), config.length)]
    return [piece for piece in pieces if len(piece) >= 2]


def wanted_moods(
    target: np.ndarray, moods: np.ndarray, config: SequenceConfig, rng: np.random.Generator
) -> np.ndarray:
    """[b, t, 3] the mood of each target (valence, arousal, 1), or zeros.

    Zeros for a share of the sequences, and wherever the mood of a track is unknown.
    """
    mood = moods[target]
    told = (rng.random((len(target), 1)) < config.wanted) & ~np.isnan(mood).any(axis=-1)
    noisy = np.nan_to_num(mood) + rng.normal(0, config.mood_noise, mood.shape)
    noisy = np.clip(noisy, -1, 1) * told[..., None]
    return np.concatenate([noisy, told[..., None]], axis=-1).astype(np.float32)
