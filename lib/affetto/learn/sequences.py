"""Playlists → training sequences of item indices.

Two kinds.  Most sequences are a playlist as nobody knows it, from its first track on.  Some are
a playlist that is known already, asked for what joined it later: its old tracks are what was
heard, and only the new ones are targets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from affetto.learn.places import Group


@dataclass(frozen=True, slots=True)
class SequenceConfig:
    """How playlists are cut for training."""

    length: int = 80  # positions a sequence
    batch: int = 16  # sequences a batch
    shuffled: float = 0.2  # share of sequences in random order
    later: float = 0.5  # share of playlists that are asked for what joined them later
    common: float = 0.5  # share of the others reduced to tracks that other playlists hold too
    lone: float = 0.3  # weight of a target that no other playlist holds
    wanted: float = 0.5  # share of sequences told the mood of each next track
    # deviation added to that mood: a little wider than the moods of one playlist lie (0.39 and
    # 0.35), so that a wish for no more than what was heard does not mislead
    mood_noise: float = 0.45

    def __post_init__(self) -> None:
        if self.length < 2 or self.batch < 1:
            raise ValueError("A sequence needs two positions, a batch one sequence.")


@dataclass(frozen=True, slots=True)
class Piece:
    """One sequence: the first ``known`` tracks are no targets, but what a known playlist held.

    open : other tracks of the group may be wrong answers; they left before the targets came.
    """

    group: int
    tracks: np.ndarray
    known: int = 0
    open: bool = False


class PlaylistBatches(keras.utils.PyDataset):
    """One epoch of sequences; everything random depends on (seed, epoch) alone.

    groups : playlists by group; one version a group is drawn each epoch, so that a playlist with
    a hundred snapshots weighs no more than one with a single snapshot.
    counts : [n], how many groups hold each track.  moods : float32 [n, 2], nan where unknown.
    """

    def __init__(
        self,
        groups: Sequence[Group],
        counts: np.ndarray,
        moods: np.ndarray,
        config: SequenceConfig,
        *,
        seed: int,
        epoch: int,
    ):
        super().__init__()
        rng = np.random.default_rng((seed, epoch))
        self.config, self.moods, self.nothing = config, moods, len(moods)
        self.weights = np.where(counts > 1, 1.0, config.lone).astype(np.float32)
        self.rng_seed = (seed, epoch, 1)
        pieces = [
            piece
            for number, group in enumerate(groups)
            for piece in _pieces(number, group, counts, config, rng)
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
        weight, told = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        group, is_open = np.full(size, -1, np.int32), np.zeros(size, np.float32)
        for row, piece in enumerate(pieces):
            end = len(piece.tracks)
            target[row] = piece.tracks[-1]  # beyond the end it weighs nothing
            target[row, :end] = piece.tracks
            heard[row, 1:end] = piece.tracks[:-1]
            told[row, 1 : piece.known + 1] = 1.0
            weight[row, piece.known : end] = self.weights[piece.tracks[piece.known :]]
            group[row], is_open[row] = piece.group, piece.open
        inputs = {"heard": heard, "target": target, "told": told, "group": group, "open": is_open}
        inputs["wanted"] = wanted_moods(target, self.moods, self.config, rng)
        # the target stands first among the candidates
        return inputs, np.zeros(shape, np.int32), weight


def _pieces(
    number: int,
    group: Group,
    counts: np.ndarray,
    config: SequenceConfig,
    rng: np.random.Generator,
) -> Iterator[Piece]:
    if rng.random() < config.later:
        yield from _later(number, group, config, rng)
        return
    versions = [tracks for playlist in group for tracks in playlist]
    tracks = versions[rng.integers(len(versions))]
    if rng.random() < config.common:
        tracks = tracks[counts[tracks] > 1]
    if rng.random() < config.shuffled:
        tracks = rng.permutation(tracks)
    for start in range(0, len(tracks), config.length):
        piece = tracks[start : start + config.length]
        if len(piece) > 1:
            yield Piece(number, piece)


def _later(
    number: int, group: Group, config: SequenceConfig, rng: np.random.Generator
) -> Iterator[Piece]:
    """Half a sequence of what a playlist held, then what joined it; a few of them where much did.

    A playlist of one version is cut in two at random: its second part joined later.
    """
    dated = [playlist for playlist in group if len(playlist) > 1]
    split = _joined(dated[rng.integers(len(dated))], rng) if dated else None
    held, new = split or _halves(group, rng)
    for _ in range(min(3, max(1, len(new) // (config.length // 2))) if len(new) else 0):
        in_order = rng.random() >= config.shuffled
        half = config.length // 2
        before = held[-half:] if in_order else rng.permutation(held)[:half]
        room = config.length - len(before)
        first = int(rng.integers(max(1, len(new) - room + 1)))
        after = new[first : first + room] if in_order else rng.permutation(new)[:room]
        yield Piece(number, np.concatenate([before, after]), len(before), open=split is not None)


def _joined(
    versions: list[np.ndarray], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """The version before a random day, and what no version up to then had held; None if nothing."""
    day = int(rng.integers(1, len(versions)))
    old = np.concatenate(versions[:day])
    later = np.concatenate(versions[day:])
    first_seen = np.sort(np.unique(later, return_index=True)[1])
    new = later[first_seen][~np.isin(later[first_seen], old)]
    return (versions[day - 1], new) if len(new) else None


def _halves(group: Group, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    playlist = group[rng.integers(len(group))]
    tracks = rng.permutation(playlist[rng.integers(len(playlist))])
    cut = max(1, int(0.7 * len(tracks)))
    return tracks[:cut], tracks[cut:]


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
