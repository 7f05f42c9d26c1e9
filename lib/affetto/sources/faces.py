"""FER2013 and FER+ → one Parquet of PNG bytes, with every duplicate found and marked.

Splits stay as published.  Nothing is removed: a row that repeats another, is of one grey
value, or is "not a face" to most voters keeps its place and says so in its columns.
"""

from __future__ import annotations

import hashlib
import io
import logging

import numpy as np
import pyarrow as pa
from PIL import Image
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from affetto.emotions import EMOTIONS
from affetto.errors import DataError
from affetto.sources.datasets.fer2013 import FERPLUS_OTHERS, CrowdVotes, LabelledFaces
from affetto.sources.schema import FACES

log = logging.getLogger(__name__)

#: Faces a split and class, in the order of EMOTIONS (Goodfellow et al. 2013).
PUBLISHED_COUNTS = {
    "Training": (3995, 436, 4097, 7215, 4830, 3171, 4965),
    "PublicTest": (467, 56, 496, 895, 653, 415, 607),
    "PrivateTest": (491, 55, 528, 879, 594, 416, 626),
}
#: What the ten numbers of a row's ``votes`` count.
VOTE_NAMES = (*EMOTIONS, *FERPLUS_OTHERS)
#: Two images are nearly the same when their 64-bit hashes differ in at most this many bits
#: and their pixels correlate at least so.  Of 28 such pairs looked at between 0.90 and 0.95,
#: all showed one photograph (recropped, watermarked, brightened); below, the first two people
#: appear.
NEAR_BITS = 10
NEAR_CORRELATION = 0.90
_BLOCK = 512  # hashes compared at once


def build_faces(faces: LabelledFaces, votes: CrowdVotes | None = None) -> pa.Table:
    """One row a face, in file order; schema FACES.

    votes : FER+ for the same rows; rows beyond the last face are left out (FER+ covers
    PrivateTest even where the faces do not).  Raises DataError where votes are too few.
    """
    count = len(faces.labels)
    flat = faces.pixels.reshape(count, -1)
    constant = flat.max(axis=1) == flat.min(axis=1)
    digests = [hashlib.sha256(image.tobytes()).hexdigest() for image in faces.pixels]
    exact = first_of(digests)
    hashes = perceptual_hashes(faces.pixels)
    check_counts(faces)
    columns = {
        "row": np.arange(count),
        "usage": faces.usage.astype(object),
        "emotion": [EMOTIONS[label] for label in faces.labels],
        "votes": _votes(votes, count),
        "png": [to_png(image) for image in faces.pixels],
        "sha256": digests,
        "phash": hashes,
        "exact_group": exact,
        "near_group": near_groups(faces.pixels, hashes, exact, constant),
        "constant": constant,
    }
    return pa.table([pa.array(columns[f.name], type=f.type) for f in FACES], schema=FACES)


def _votes(votes: CrowdVotes | None, count: int) -> list[np.ndarray] | pa.Array:
    if votes is None:
        return [None] * count
    every = np.concatenate([votes.emotions, votes.others], axis=1)
    if len(every) < count:
        raise DataError(f"FER+ has votes for {len(every)} rows, and FER2013 has {count} faces.")
    return list(every[:count].astype(np.uint8))


def check_counts(faces: LabelledFaces) -> None:
    """Warn for every split whose class counts are not the published ones."""
    for usage, published in PUBLISHED_COUNTS.items():
        here = np.bincount(faces.labels[faces.usage == usage], minlength=len(EMOTIONS))
        if here.any() and tuple(here) != published:
            told = (usage, here.tolist(), published)
            log.warning("%s has class counts %s, published are %s.", *told)


def to_png(image: np.ndarray) -> bytes:
    """A grey image [h, w] uint8 → PNG bytes, the same for the same pixels."""
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "PNG", compress_level=6)
    return stream.getvalue()


def from_png(png: bytes) -> np.ndarray:
    """PNG bytes → uint8 [h, w]."""
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image, dtype=np.uint8)


def first_of(keys: list[str]) -> np.ndarray:
    """For every key the position of its first appearance; int32 [n]."""
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(key, at) for at, key in enumerate(keys)], dtype=np.int32)


def perceptual_hashes(pixels: np.ndarray) -> np.ndarray:
    """64-bit hashes that small changes of crop, light or compression leave nearly alone.

    pixels : uint8 [n, s, s].  Returns uint64 [n].  Signs, against their median, of the 64
    lowest cosine coefficients of the image shrunk to 32 by 32, the mean left out
    (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions").
    """
    basis = _cosines(9, 32) @ _shrink(pixels.shape[-1], 32)
    spectrum = np.einsum("ai,nij,bj->nab", basis, pixels.astype(np.float32), basis, optimize=True)
    low = np.concatenate([spectrum[:, :8, :8].reshape(-1, 64)[:, 1:], spectrum[:, 8:, 0]], axis=1)
    bits = low > np.median(low, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8").ravel().astype(np.uint64)


def _cosines(count: int, size: int) -> np.ndarray:
    """The first ``count`` rows of a cosine transform; float32 [count, size]."""
    places = np.arange(size) + 0.5
    return np.cos(np.pi * np.arange(count)[:, None] * places / size).astype(np.float32)


def _shrink(size: int, to: int) -> np.ndarray:
    """Area averaging from ``size`` to ``to`` pixels; float32 [to, size], rows sum to 1."""
    edges = np.arange(to + 1)[:, None] * size / to
    cover = np.clip(edges[1:], np.arange(size), np.arange(1, size + 1)) - np.clip(
        edges[:-1], np.arange(size), np.arange(1, size + 1)
    )
    return (cover * to / size).astype(np.float32)


def near_groups(
    pixels: np.ndarray, hashes: np.ndarray, exact: np.ndarray, constant: np.ndarray
) -> np.ndarray:
    """For every row the first row that shows the same photograph; int32 [n].

    pixels : uint8 [n, s, s].  hashes : uint64 [n].  exact : first row with the same pixels.
    constant : rows of one grey value, which are only grouped when equal.
    """
    rows = np.flatnonzero((exact == np.arange(len(exact))) & ~constant)
    first, second = _close_hashes(hashes[rows])
    unit = pixels[rows].reshape(len(rows), -1).astype(np.float32)
    unit -= unit.mean(axis=1, keepdims=True)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    alike = np.einsum("ij,ij->i", unit[first], unit[second]) >= NEAR_CORRELATION
    ones = np.ones(int(alike.sum()), dtype=np.int8)
    links = sparse.coo_matrix(
        (ones, (rows[first[alike]], rows[second[alike]])), shape=(len(exact),) * 2
    )
    return first_of(list(connected_components(links, directed=False)[1][exact]))


def _close_hashes(hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of positions, first < second, whose hashes differ in at most NEAR_BITS bits."""
    found = []
    for start in range(0, len(hashes), _BLOCK):
        block = hashes[start : start + _BLOCK, None]
        row, column = np.nonzero(np.bitwise_count(block ^ hashes[None, start:]) <= NEAR_BITS)
        found.append(np.stack([row, column])[:, column > row] + start)
    pairs = np.concatenate(found, axis=1) if found else np.empty((2, 0), dtype=np.int64)
    return pairs[0], pairs[1]


def duplicate_report(table: pa.Table) -> dict[str, int]:
    """What a reader of results must know of the repeats; counts of rows unless named groups."""
    exact = table["exact_group"].to_numpy()
    near = table["near_group"].to_numpy()
    usage = np.array(table["usage"].to_pylist())
    emotion = np.array(table["emotion"].to_pylist())
    in_exact = np.unique(exact, return_counts=True)[1]
    in_near = np.unique(near, return_counts=True)[1]
    training = usage == "Training"
    tested = usage == "PublicTest"
    return {
        "rows": len(exact),
        "distinct": len(in_exact),
        "exact_groups": int((in_exact > 1).sum()),
        "exact_groups_with_conflicting_labels": _conflicts(exact, emotion),
        "public_test_also_in_training": int(np.isin(exact[tested], exact[training]).sum()),
        "near_groups": int((in_near > 1).sum()),
        "rows_in_near_groups": int(in_near[in_near > 1].sum()),
        "near_groups_with_conflicting_labels": _conflicts(near, emotion),
        "public_test_near_training": int(np.isin(near[tested], near[training]).sum()),
        "constant": int(np.sum(table["constant"].to_numpy())),
        "mostly_not_a_face": _not_faces(table),
    }


def _conflicts(groups: np.ndarray, emotion: np.ndarray) -> int:
    """Groups whose rows do not all carry one label."""
    pairs = {(g, e) for g, e in zip(groups.tolist(), emotion.tolist(), strict=True)}
    counts = np.unique([g for g, _ in pairs], return_counts=True)[1]
    return int((counts > 1).sum())


def _not_faces(table: pa.Table) -> int:
    """Rows for which "not a face" got more votes than anything else."""
    at = VOTE_NAMES.index("NF")
    votes = [v for v in table["votes"].to_pylist() if v is not None]
    return sum(v[at] > max(v[:at]) for v in votes)
