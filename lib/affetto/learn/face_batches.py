"""The faces of a split as training sees them: targets, mini-batches, faces mixed in pairs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import cv2
import keras
import numpy as np

from affetto.emotions import EMOTIONS
from affetto.faces.network import SIDE
from affetto.sources.datasets.fer2013 import CrowdVotes, LabelledFaces, rows_of

TRAINED_ON = "Training"  # of FER2013's three splits


@dataclass(frozen=True, slots=True)
class FaceSplit:
    """One split, ready for the network."""

    pixels: np.ndarray  # uint8 [n, 48, 48]
    labels: np.ndarray  # int64 [n], FER2013's label as an index into EMOTIONS
    votes: np.ndarray  # float32 [n, 7], share of FER+ votes; zeros where nobody chose one of ours
    vote_weight: np.ndarray  # float32 [n], share of the ten voters who chose one of the seven


def split_faces(faces: LabelledFaces, votes: CrowdVotes | None, usage: str) -> FaceSplit:
    """The rows of one ``usage`` with both label sets.  Raises DataError where there are none."""
    faces, votes = rows_of(faces, votes, usage)
    nobody = np.zeros((len(faces.labels), 1))
    count = votes.emotions if votes else nobody.repeat(len(EMOTIONS), axis=1)
    others = votes.others if votes else nobody
    total = count.sum(axis=1, keepdims=True)
    cast = total[:, 0] + others.sum(axis=1)
    return FaceSplit(
        pixels=faces.pixels,
        labels=faces.labels,
        votes=(count / np.maximum(total, 1)).astype(np.float32),
        vote_weight=(total[:, 0] / np.maximum(cast, 1)).astype(np.float32),
    )


def resize_faces(pixels: np.ndarray, side: int) -> np.ndarray:
    """Faces [n, side, side] from uint8 [n, 48, 48]: each new pixel averages those it covers."""
    if side == pixels.shape[1]:
        return pixels
    size = (side, side)
    return np.stack([cv2.resize(face, size, interpolation=cv2.INTER_AREA) for face in pixels])


def label_chances(split: FaceSplit) -> np.ndarray:
    """How often FER2013 gives each label to faces with such votes: float64 [n, 7].

    A multinomial logistic regression from the votes of FER+ to FER2013's labels, fitted on the
    split's own rows (some hundred coefficients, so that no row is learned by heart).  Where many
    faces with the same votes have different labels, those differences are noise.
    """
    from sklearn.linear_model import LogisticRegression

    shares = split.votes * split.vote_weight[:, None]
    told = np.hstack([shares, np.sqrt(shares), split.vote_weight[:, None]])
    model = LogisticRegression(C=10.0, max_iter=500).fit(told, split.labels)
    chances = np.zeros(split.votes.shape)
    chances[:, model.classes_] = model.predict_proba(told)
    return chances


def soft_targets(split: FaceSplit, *, smoothing: float, share: float) -> np.ndarray:
    """What the fer2013 readout is asked for: float32 [n, 7], rows sum to 1.

    smoothing : spread evenly over the seven.  share : spread as ``label_chances`` has it.  The rest
    stays on FER2013's label.
    """
    even = np.full(split.votes.shape, 1 / len(EMOTIONS))
    told = label_chances(split) if share else even
    label = np.eye(len(EMOTIONS))[split.labels]
    return ((1 - smoothing - share) * label + smoothing * even + share * told).astype(np.float32)


def taught(
    split: FaceSplit, targets: np.ndarray, answers: dict[str, np.ndarray], *, share: float
) -> tuple[FaceSplit, np.ndarray]:
    """The split and its fer2013 targets with ``share`` of both told by a teacher's ``answers``.

    answers : {"fer2013": [n, 7], "crowd": [n, 7]}, probabilities.  A teacher's soft answers say
    how alike two emotions look on this face, which one label can't (Hinton et al. 2015); a
    student of its teacher's own shape still gains (Furlanello et al. 2018).
    """
    votes = (1 - share) * split.votes + share * answers["crowd"]
    told = (1 - share) * targets + share * answers["fer2013"]
    return dataclasses.replace(split, votes=votes.astype(np.float32)), told.astype(np.float32)


class Batches(keras.utils.PyDataset):
    """Shuffled mini-batches of one epoch; all that is random depends on (seed, epoch) alone."""

    def __init__(
        self,
        split: FaceSplit,
        targets: np.ndarray,
        *,
        batch: int,
        seed: int,
        epoch: int,
        side: int = SIDE,
        mixup: float = 0.0,
    ) -> None:
        """targets : [n, 7] for the fer2013 readout, as ``soft_targets`` gives them.

        mixup : each face is mixed with another of its batch, in shares drawn from Beta(mixup,
            mixup) (Zhang et al. 2018); 0 mixes none.
        """
        super().__init__()
        self.split, self.targets, self.batch = split, targets, batch
        self.pixels = resize_faces(split.pixels, side)
        self.seed, self.mixup = (seed, epoch), mixup
        self.order = np.random.default_rng(self.seed).permutation(len(split.labels))

    def __len__(self) -> int:
        return len(self.order) // self.batch  # the remainder waits for another epoch's order

    def __getitem__(self, index: int):
        rows = self.order[index * self.batch : (index + 1) * self.batch]
        image = self.pixels[rows, :, :, None].astype(np.float32)
        target, weight = self.targets[rows], self.split.vote_weight[rows]
        votes = self.split.votes[rows] * weight[:, None]
        if self.mixup:
            rng = np.random.default_rng((*self.seed, index))
            share = rng.beta(self.mixup, self.mixup, len(rows)).astype(np.float32)
            other = rng.permutation(len(rows))
            image, target, votes, weight = (
                _mixed(values, other, share) for values in (image, target, votes, weight)
            )
        return (
            image,
            {"fer2013": target, "crowd": votes / np.maximum(weight, 1e-6)[:, None]},
            {"fer2013": np.ones(len(rows), np.float32), "crowd": weight},
        )


def _mixed(values: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    """share × each row + (1 - share) × the row that ``other`` names for it."""
    share = share.reshape(-1, *[1] * (values.ndim - 1))
    return share * values + (1 - share) * values[other]
