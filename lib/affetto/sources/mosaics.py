"""FER2013 packed small, for training on another machine: lossless WebP mosaics and labels.

``labels.npz`` and ``faces-1.webp``, ``faces-2.webp``, …: every distinct image once, in
tiles of 48 by 48, left to right and top to bottom.  Reading them back takes Pillow and
NumPy only (``unpack`` below can be copied anywhere).  They hold FER2013's images and so are
never committed or published.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image

from affetto.emotions import EMOTIONS
from affetto.errors import DataError
from affetto.sources.datasets.fer2013 import SIDE, USAGES
from affetto.sources.faces import VOTE_NAMES, from_png

LARGEST = 26_000_000  # bytes of one mosaic
_COLUMNS = 128  # tiles side by side
_QUALITY, _METHOD = 50, 4  # of WebP's search; more effort gains 0.1 % and takes ten times as long


def pack(faces: pa.Table, folder: Path, *, parts: int = 2) -> list[Path]:
    """Write the mosaics and ``labels.npz`` of a table with the schema FACES.

    parts : how many mosaics; those of an earlier packing go.
    Returns the files.  Raises DataError where a mosaic passes LARGEST: ask for more parts.
    """
    if parts < 1:
        raise DataError("Faces are packed in one part or more.")
    folder.mkdir(parents=True, exist_ok=True)
    first, image_of = np.unique(faces["exact_group"].to_numpy(), return_inverse=True)
    pngs = faces["png"]
    pixels = np.stack([from_png(pngs[int(row)].as_py()) for row in first])
    written = [_write(folder / "labels.npz", lambda p: _labels(faces, image_of, parts, p))]
    for number, tiles in enumerate(np.array_split(pixels, parts), start=1):
        path = folder / f"faces-{number}.webp"
        written.append(_write(path, lambda p, tiles=tiles: _mosaic(tiles, p)))
    for surplus in set(folder.glob("faces-*.webp")) - set(written):
        surplus.unlink()
    large = [p for p in written if p.stat().st_size > LARGEST]
    if large:
        raise DataError(f"{large[0].name} is larger than 26 MB; pack in {parts + 1} parts.")
    return written


def unpack(folder: Path) -> dict[str, np.ndarray]:
    """Read a packed folder back.

    Returns ``pixels`` uint8 [n, 48, 48], ``labels`` int8 [n], ``usage`` int8 [n], ``votes``
    uint8 [n, 10], ``exact_group`` and ``near_group`` int32 [n], and their names as
    ``emotions``, ``usages`` and ``vote_names``.
    """
    with np.load(folder / "labels.npz", allow_pickle=False) as archive:
        data = {name: archive[name] for name in archive.files}
    mosaics = sorted(folder.glob("faces-*.webp"), key=lambda p: int(p.stem.split("-")[1]))
    tiles = []
    for path in mosaics:
        grey = np.asarray(Image.open(path).convert("RGB"))[:, :, 0]
        high, wide = grey.shape[0] // 48, grey.shape[1] // 48
        tiles.append(grey.reshape(high, 48, wide, 48).swapaxes(1, 2).reshape(-1, 48, 48))
    counts = data.pop("counts").tolist()
    images = np.concatenate([t[:n] for t, n in zip(tiles, counts, strict=True)])
    return {"pixels": images[data.pop("image_of")], **data}


def _labels(faces: pa.Table, image_of: np.ndarray, parts: int, path: Path) -> None:
    count = int(image_of.max()) + 1
    votes = [v or [0] * len(VOTE_NAMES) for v in faces["votes"].to_pylist()]
    with path.open("wb") as stream:
        np.savez_compressed(
            stream,
            labels=np.array([EMOTIONS.index(e) for e in faces["emotion"].to_pylist()], np.int8),
            usage=np.array([USAGES.index(u) for u in faces["usage"].to_pylist()], np.int8),
            votes=np.array(votes, np.uint8),
            exact_group=faces["exact_group"].to_numpy(),
            near_group=faces["near_group"].to_numpy(),
            image_of=image_of.astype(np.int32),
            counts=np.array([len(p) for p in np.array_split(np.arange(count), parts)]),
            emotions=np.array(EMOTIONS),
            usages=np.array(USAGES),
            vote_names=np.array(VOTE_NAMES),
        )


def _mosaic(tiles: np.ndarray, path: Path) -> None:
    rows = -(-len(tiles) // _COLUMNS)
    sheet = np.zeros((rows * _COLUMNS, SIDE, SIDE), dtype=np.uint8)
    sheet[: len(tiles)] = tiles
    grey = sheet.reshape(rows, _COLUMNS, SIDE, SIDE).swapaxes(1, 2)
    image = Image.fromarray(grey.reshape(rows * SIDE, _COLUMNS * SIDE))
    image.save(path, "WEBP", lossless=True, quality=_QUALITY, method=_METHOD)


def _write(path: Path, write: Callable[[Path], None]) -> Path:
    """Run ``write`` on a temporary neighbour of ``path`` and rename it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
