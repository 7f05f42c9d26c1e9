"""FER2013 (Goodfellow et al. 2013) and its crowd votes, FER+ (Barsoum et al. 2016).

FER2013 is ``emotion,pixels,Usage``: 48×48 grey faces scraped by key word, labelled once.
FER+ has ten voters a face.  The two are aligned by ROW; the image names of FER+ do not
match the index, so votes cannot be joined to the folder layout.

Layouts read: the challenge's ``fer2013.csv`` with or without its PrivateTest rows (plain,
``.gz``, ``.xz``, in a ``.zip`` or a folder), and images in ``train/<class>/*`` and
``test/<class>/*`` (a folder or a ``.zip`` of it).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
from PIL import Image, UnidentifiedImageError

from affetto.emotions import EMOTIONS
from affetto.errors import DataError
from affetto.sources.members import Member, is_empty_of, members

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
_MOST_VOTES = 1000  # for one emotion; ten people voted
# Folder layouts spell the classes in several ways, the splits too.
_FOLDERS = {
    **{name: name for name in FER2013_CLASSES},
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}
_SPLIT_FOLDERS = {
    "train": "Training",
    "training": "Training",
    "validation": "PublicTest",
    "publictest": "PublicTest",
    "test": "PrivateTest",
    "privatetest": "PrivateTest",
}
_IMAGES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True)
class LabelledFaces:
    """Faces with FER2013's labels, in file order."""

    pixels: np.ndarray  # uint8 [n, 48, 48]
    labels: np.ndarray  # int64 [n], index into EMOTIONS
    usage: np.ndarray  # str [n], one of USAGES
    in_file_order: bool = True  # whether FER+ votes belong to these rows

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


def read_fer2013(path: Path) -> LabelledFaces:
    """Read FER2013 in any of the layouts above, in file order (images: sorted by name).

    Images say their split by their own name (``PrivateTest_10131363.jpg``) and else by
    their folder; a bare ``test`` counts as PrivateTest, so that nothing is tuned on it.
    Raises DataError naming the column, the row or the image that is not as it should be.
    """
    if is_empty_of(path, (".csv",)):
        return _read_images(path)
    with _csv(path, "fer2013.csv") as member:
        return _read_csv(member)


def read_ferplus(path: Path) -> CrowdVotes:
    """Read ``fer2013new.csv`` of FER+ (packed or not).

    Raises DataError naming the column that is missing, or the row whose votes are no counts.
    """
    with _csv(path, "fer2013new.csv") as member:
        columns = (*FERPLUS_COLUMNS, *FERPLUS_OTHERS)
        table = _read_table(member, columns)[list(columns)].apply(pd.to_numeric, errors="coerce")
        votes = table.to_numpy(float)
        counts = (votes >= 0) & (votes < _MOST_VOTES)
        _refuse(~counts.all(axis=1), member, "every emotion needs its number of votes")
        _refuse((votes % 1 > 0).any(axis=1), member, "votes are whole numbers")
    ours = {emotion: column for column, emotion in FERPLUS_COLUMNS.items()}
    return CrowdVotes(
        emotions=table[[ours[name] for name in EMOTIONS]].to_numpy(np.int64),
        others=table[list(FERPLUS_OTHERS)].to_numpy(np.int64),
    )


@contextmanager
def _csv(path: Path, name: str) -> Iterator[Member]:
    """The table inside ``path``: the one called ``name``, or the only one there is."""
    with members(path) as found:
        named = [m for m in found if PurePosixPath(m.name).name == name]
        if not named and len(found) > 1:
            raise DataError(f"{path.name} holds several tables, and none is called {name}.")
        yield (named or found)[0]


def _read_table(member: Member, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        table = pd.read_csv(io.BytesIO(member.read()))
    except ValueError as error:  # a wrong delimiter, other bytes, nothing at all
        raise DataError(f"{member.name} cannot be read as a CSV file: {error}.") from error
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise DataError(
            f"{member.name} has no column {missing[0]!r}; it needs {', '.join(columns)} "
            f"and has {', '.join(map(str, table.columns[:6]))[:200]}."
        )
    return table


def _read_csv(member: Member) -> LabelledFaces:
    table = _read_table(member, ("emotion", "pixels", "Usage"))
    own = table["emotion"].to_numpy()
    usage = table["Usage"].astype(str).to_numpy()
    _refuse(
        ~np.isin(own, range(7)) | (own.dtype == bool),
        member,
        "emotion must be a number from 0 to 6",
    )
    _refuse(~np.isin(usage, USAGES), member, f"Usage must be one of {', '.join(USAGES)}")
    order = np.array([EMOTIONS.index(name) for name in FER2013_CLASSES])
    pixels = _parse_pixels(table["pixels"].astype(str).tolist(), name=member.name)
    return LabelledFaces(pixels=pixels, labels=order[own.astype(int)], usage=usage)


def _refuse(wrong: np.ndarray, member: Member, rule: str) -> None:
    if wrong.any():
        raise DataError(f"{member.name}, row {int(np.flatnonzero(wrong)[0]) + 2}: {rule}.")


def _parse_pixels(texts: list[str], *, name: str) -> np.ndarray:
    """2,304 grey values a text → uint8 [n, 48, 48].  Raises DataError naming the row."""
    pixels = np.empty((len(texts), SIDE * SIDE), dtype=np.uint8)
    for at, text in enumerate(texts):
        try:
            values = np.fromstring(text, dtype=np.int32, sep=" ")
        except ValueError:  # NumPy met something that is no number
            values = np.empty(0, dtype=np.int32)
        if values.size != SIDE * SIDE or values.min() < 0 or values.max() > 255:
            raise DataError(
                f"{name}, row {at + 2}, column 'pixels': expected 2304 whole numbers from 0 to 255."
            )
        pixels[at] = values
    return pixels.reshape(-1, SIDE, SIDE)


def _read_images(path: Path) -> LabelledFaces:
    """The folder layout.  Raises DataError for an image that has no class or split."""
    with members(path, suffix=_IMAGES) as found:
        places = [_place(member.name) for member in found]
        pixels = np.stack([_decode(member) for member in found])
    labels = np.array([EMOTIONS.index(emotion) for emotion, _ in places], dtype=np.int64)
    usage = np.array([u for _, u in places])
    return LabelledFaces(pixels=pixels, labels=labels, usage=usage, in_file_order=False)


def _place(name: str) -> tuple[str, str]:
    """Emotion and usage of ``train/happy/Training_1.jpg``."""
    *folders, file = (part.casefold() for part in PurePosixPath(name).parts)
    emotion = next((_FOLDERS[f] for f in reversed(folders) if f in _FOLDERS), None)
    named = next((u for u in USAGES if file.startswith(u.casefold())), None)
    usage = named or next((_SPLIT_FOLDERS[f] for f in folders if f in _SPLIT_FOLDERS), None)
    if emotion is None or usage is None:
        raise DataError(
            f"{name} lies in no folder like train/happy or test/sad, so its label is unknown."
        )
    return emotion, usage


def _decode(member: Member) -> np.ndarray:
    try:
        with Image.open(io.BytesIO(member.read())) as image:
            if image.size != (SIDE, SIDE):
                raise DataError(f"{member.name} is {image.size[0]}x{image.size[1]}, not 48x48.")
            return np.asarray(image.convert("L"), dtype=np.uint8)
    except (UnidentifiedImageError, OSError) as error:
        raise DataError(f"{member.name} is not a readable image.") from error


def rows_of(
    faces: LabelledFaces, votes: CrowdVotes | None, usage: str
) -> tuple[LabelledFaces, CrowdVotes | None]:
    """The rows of one ``usage``, with their votes.

    Raises DataError where the file has no such rows, or the votes are fewer than the faces.
    """
    rows = faces.usage == usage
    if not rows.any():
        held = ", ".join(sorted(set(faces.usage)))
        raise DataError(f"The file has no {usage} rows; it holds {held}.")
    picked = LabelledFaces(faces.pixels[rows], faces.labels[rows], faces.usage[rows])
    if votes is None:
        return picked, None
    if len(votes.emotions) < len(rows):
        raise DataError(
            f"FER+ has {len(votes.emotions)} rows, FER2013 {len(rows)}; "
            "they are aligned by row, so use the two original files."
        )
    kept = np.flatnonzero(rows)
    return picked, CrowdVotes(votes.emotions[kept], votes.others[kept])
