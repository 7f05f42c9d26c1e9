"""FER2013 (Goodfellow et al. 2013) and its crowd votes, FER+ (Barsoum et al. 2016).

FER2013 is ``emotion,pixels,Usage``: 48×48 grey faces scraped by key word, labelled once.
FER+ has ten voters a face.  The two are aligned by ROW; the image names of FER+ do not
match the index.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from affetto.emotions import EMOTIONS
from affetto.errors import DataError

SIDE = 48
# FER2013 numbers its classes in an order of its own; position = its number.
FER2013_CLASSES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
USAGES = ("Training", "PublicTest", "PrivateTest")
# FER+ column → our emotion.  Contempt, unknown and "not a face" (NF) have none.
FERPLUS_COLUMNS = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprise",
    "neutral": "neutral",
}
FERPLUS_OTHERS = ("contempt", "unknown", "NF")


@dataclass(frozen=True, slots=True)
class LabelledFaces:
    """Faces with FER2013's labels, in file order."""

    pixels: np.ndarray  # uint8 [n, 48, 48]
    labels: np.ndarray  # int64 [n], index into EMOTIONS
    usage: np.ndarray  # str [n], one of USAGES

    def __post_init__(self) -> None:
        count = len(self.labels)
        if self.pixels.shape != (count, SIDE, SIDE) or self.pixels.dtype != np.uint8:
            raise DataError(f"Faces must be uint8 [{count}, 48, 48]; got {self.pixels.shape}.")
        if len(self.usage) != count:
            raise DataError("Faces, labels and usage must have the same length.")


@dataclass(frozen=True, slots=True)
class CrowdVotes:
    """FER+ votes, row-aligned with FER2013."""

    emotions: np.ndarray  # int64 [n, 7], votes per emotion in the order of EMOTIONS
    others: np.ndarray  # int64 [n, 3], votes for contempt, unknown, not a face


def _read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path.name} cannot be read as a CSV file: {error}.") from error
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise DataError(
            f"{path.name} has no column {missing[0]!r}; it needs {', '.join(columns)} "
            f"and has {', '.join(map(str, table.columns[:6]))}."
        )
    return table


def _parse_pixels(text: object, *, row: int, name: str) -> np.ndarray:
    values = np.array(str(text).split(), dtype=np.int64)
    if values.size != SIDE * SIDE or values.min() < 0 or values.max() > 255:
        raise DataError(
            f"{name}, row {row}: expected 2304 grey values from 0 to 255, got {values.size} values."
        )
    return values.astype(np.uint8)


def read_fer2013(path: Path) -> LabelledFaces:
    """Read ``fer2013.csv`` (plain, ``.gz``, ``.xz`` or ``.zip``).

    Raises DataError naming the column or the row that is not as it should be.
    """
    table = _read_table(path, ("emotion", "pixels", "Usage"))
    own = table["emotion"].to_numpy()
    if not np.isin(own, range(7)).all():
        row = int(np.flatnonzero(~np.isin(own, range(7)))[0]) + 2
        raise DataError(f"{path.name}, row {row}: emotion must be a number from 0 to 6.")
    usage = table["Usage"].astype(str).to_numpy()
    if not np.isin(usage, USAGES).all():
        row = int(np.flatnonzero(~np.isin(usage, USAGES))[0]) + 2
        raise DataError(f"{path.name}, row {row}: Usage must be one of {', '.join(USAGES)}.")
    pixels = [
        _parse_pixels(text, row=row, name=path.name)
        for row, text in enumerate(table["pixels"], start=2)
    ]
    order = np.array([EMOTIONS.index(name) for name in FER2013_CLASSES])
    return LabelledFaces(
        pixels=np.stack(pixels).reshape(-1, SIDE, SIDE), labels=order[own.astype(int)], usage=usage
    )


def read_ferplus(path: Path) -> CrowdVotes:
    """Read ``fer2013new.csv`` of FER+.  Raises DataError naming what is missing."""
    table = _read_table(path, (*FERPLUS_COLUMNS, *FERPLUS_OTHERS))
    ours = {emotion: column for column, emotion in FERPLUS_COLUMNS.items()}
    return CrowdVotes(
        emotions=table[[ours[name] for name in EMOTIONS]].to_numpy(np.int64),
        others=table[list(FERPLUS_OTHERS)].to_numpy(np.int64),
    )
