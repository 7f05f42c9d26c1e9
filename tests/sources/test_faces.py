"""FER2013 in every layout, FER+ votes, duplicates, and the packed mosaics."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affetto.emotions import EMOTIONS
from affetto.errors import DataError
from affetto.sources.datasets.fer2013 import (
    FER2013_CLASSES,
    LabelledFaces,
    read_fer2013,
    read_ferplus,
)
from affetto.sources.faces import (
    PUBLISHED_COUNTS,
    build_faces,
    duplicate_report,
    from_png,
    perceptual_hashes,
)
from affetto.sources.mosaics import pack, unpack
from affetto.sources.schema import FACES
from tests.sources import samples

PIXELS = samples.faces(7)
LABELS = [0, 1, 2, 3, 4, 5, 6]  # FER2013's own numbers, which are those of EMOTIONS
USAGE = ["Training"] * 4 + ["PublicTest"] * 2 + ["PrivateTest"]
CSV = samples.fer_csv(PIXELS, LABELS, USAGE)


def _zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


TABLE_FORMS = {
    "fer2013.csv": CSV.encode(),
    "fer2013.csv.gz": gzip.compress(CSV.encode()),
    "fer2013.csv.xz": lzma.compress(CSV.encode()),
    "fer2013.zip": _zip({"fer2013/fer2013.csv": CSV.encode(), "fer2013/README": b"x"}),
    "several.zip": _zip({"fer2013.csv": CSV.encode(), "example_submission.csv": b"a\n1\n"}),
}


@pytest.mark.parametrize("name", TABLE_FORMS)
def test_a_table_is_read_in_every_packing(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(TABLE_FORMS[name])
    _check_table(read_fer2013(path))


def test_a_folder_with_the_table_is_read(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "fer2013.csv").write_text(CSV)
    _check_table(read_fer2013(tmp_path))


def _check_table(faces: LabelledFaces) -> None:
    assert (faces.pixels == PIXELS).all()
    assert [EMOTIONS[label] for label in faces.labels] == list(FER2013_CLASSES)
    assert faces.usage.tolist() == USAGE
    assert faces.in_file_order


def test_a_table_without_private_test_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join(CSV.splitlines()[:-1]))
    assert set(read_fer2013(path).usage) == {"Training", "PublicTest"}


def _image(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


FOLDERS = {
    "train/happy/Training_1.png": _image(PIXELS[0]),
    "train/disgusted/im0.png": _image(PIXELS[1]),
    "test/fear/PublicTest_7.png": _image(PIXELS[2]),
    "test/angry/PrivateTest_9.png": _image(PIXELS[3]),
    "test/sad/im1.png": _image(PIXELS[4]),  # a bare "test": nothing is tuned on it
    "validation/neutral/im2.png": _image(PIXELS[5]),
}


@pytest.mark.parametrize("packed", [False, True])
def test_the_folder_layout_is_read(packed: bool, tmp_path: Path) -> None:
    path = tmp_path / "archive.zip" if packed else tmp_path / "faces"
    if packed:
        path.write_bytes(_zip({f"archive/{name}": data for name, data in FOLDERS.items()}))
    for name, data in FOLDERS.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True) if not packed else None
        (path / name).write_bytes(data) if not packed else None
    faces = read_fer2013(path)
    found = {
        (usage, EMOTIONS[label], image.tobytes())
        for usage, label, image in zip(faces.usage, faces.labels, faces.pixels, strict=True)
    }
    assert found == {
        ("Training", "happy", PIXELS[0].tobytes()),
        ("Training", "disgust", PIXELS[1].tobytes()),
        ("PublicTest", "fear", PIXELS[2].tobytes()),
        ("PrivateTest", "angry", PIXELS[3].tobytes()),
        ("PrivateTest", "sad", PIXELS[4].tobytes()),
        ("PublicTest", "neutral", PIXELS[5].tobytes()),
    }
    assert not faces.in_file_order  # so FER+ votes must not be laid beside them


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("emotion", "feeling"), "no column 'emotion'"),
        (("\n3,", "\n9,"), "row 5: emotion"),
        (("PublicTest", "Public"), "row 6: Usage"),
        ((f"{PIXELS[0, 0, 0]} ", "", 1), "row 2, column 'pixels'"),
        ((f"0,{PIXELS[0, 0, 0]} ", "0,256 ", 1), "row 2, column 'pixels'"),
        ((f"0,{PIXELS[0, 0, 0]} ", "0,x ", 1), "row 2, column 'pixels'"),
    ],
)
def test_a_wrong_table_names_row_and_column(change: tuple, words: str, tmp_path: Path) -> None:
    path = tmp_path / "fer2013.csv"
    path.write_text(CSV.replace(*change))
    with pytest.raises(DataError, match=words):
        read_fer2013(path)


def _flipped(data: bytes, place: int, bits: int = 0xFF) -> bytes:
    hurt = bytearray(data)
    hurt[place] ^= bits
    return bytes(hurt)


ZIPPED, GZIPPED = _zip({"fer2013.csv": CSV.encode()}), gzip.compress(CSV.encode())
DAMAGED = {
    "deflate.csv.gz": GZIPPED[:200] + b"\xff" * 50 + GZIPPED[250:],
    "short.csv.gz": GZIPPED[:-200],
    "headless.zip": _flipped(ZIPPED, 0),
    "no_directory.zip": _flipped(ZIPPED, ZIPPED.index(b"PK\x01\x02")),
    "locked.zip": _flipped(ZIPPED, ZIPPED.index(b"PK\x01\x02") + 8, 1),
    "short.csv.xz": lzma.compress(CSV.encode())[:-40],
}


@pytest.mark.parametrize("name", DAMAGED)
def test_what_cannot_be_unpacked_is_said_in_a_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(DAMAGED[name])
    with pytest.raises(DataError, match=f"{name} is damaged, cut short or locked"):
        read_fer2013(path)


def test_wrong_images_are_named(tmp_path: Path) -> None:
    (tmp_path / "train" / "happy").mkdir(parents=True)
    path = tmp_path / "train" / "happy" / "a.png"
    path.write_bytes(_image(PIXELS[0][:40]))
    with pytest.raises(DataError, match=r"a\.png is 48x40"):
        read_fer2013(tmp_path)
    path.write_bytes(b"no image")
    with pytest.raises(DataError, match=r"a\.png is not a readable image"):
        read_fer2013(tmp_path)
    path.rename(tmp_path / "train" / "a.png")
    with pytest.raises(DataError, match="its label is unknown"):
        read_fer2013(tmp_path)


VOTES = [[4, 1, 0, 0, 3, 2, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 10], [0] * 9 + [1]]


def test_ferplus_columns_become_our_order(tmp_path: Path) -> None:
    path = tmp_path / "fer2013new.csv"
    path.write_text(samples.ferplus_csv(VOTES))
    votes = read_ferplus(path)
    # angry, disgust, fear, happy, sad, surprise, neutral
    assert votes.emotions[0].tolist() == [3, 2, 0, 1, 0, 0, 4]
    assert votes.others[1].tolist() == [0, 0, 10]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("", "row 3: every emotion needs its number of votes"),
        ("x", "row 3: every emotion needs its number of votes"),
        ("-1", "row 3: every emotion needs its number of votes"),
        ("inf", "row 3: every emotion needs its number of votes"),
        ("1e30", "row 3: every emotion needs its number of votes"),
        ("1.5", "row 3: votes are whole numbers"),
    ],
)
def test_votes_that_are_no_counts_are_refused(cell: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "fer2013new.csv"
    lines = samples.ferplus_csv(VOTES).splitlines()
    lines[2] = lines[2].replace(",10", f",{cell}")
    path.write_text("\n".join(lines))
    with pytest.raises(DataError, match=words):
        read_ferplus(path)


def _build(pixels: np.ndarray, labels: list[int], usage: list[str], tmp_path: Path):
    path = tmp_path / "fer2013new.csv"
    path.write_text(samples.ferplus_csv((VOTES * 4)[: len(labels) + 1]))  # one row too many
    faces = LabelledFaces(pixels, np.array(labels), np.array(usage))
    return build_faces(faces, read_ferplus(path))


@pytest.fixture
def table(tmp_path: Path):
    """Rows 0-3: a face, its copy with another label, a brightened copy, a flat image; 4 another."""
    face, other = PIXELS[0], PIXELS[1]
    brighter = np.clip(face.astype(int) * 0.9 + 20, 0, 255).astype(np.uint8)
    flat = np.full((48, 48), 128, np.uint8)
    pixels = np.stack([face, face, brighter, flat, other])
    usage = ["Training", "PublicTest", "PublicTest", "Training", "PublicTest"]
    return _build(pixels, [3, 4, 3, 0, 6], usage, tmp_path)


def test_duplicates_are_marked_and_nothing_is_removed(table) -> None:
    assert table.schema == FACES
    assert table["exact_group"].to_pylist() == [0, 0, 2, 3, 4]
    assert table["near_group"].to_pylist() == [0, 0, 0, 3, 4]
    assert table["constant"].to_pylist() == [False, False, False, True, False]
    assert duplicate_report(table) == {
        "rows": 5,
        "distinct": 4,
        "exact_groups": 1,
        "exact_groups_with_conflicting_labels": 1,
        "public_test_also_in_training": 1,  # row 1
        "near_groups": 1,
        "rows_in_near_groups": 3,
        "near_groups_with_conflicting_labels": 1,
        "public_test_near_training": 2,  # rows 1 and 2
        "constant": 1,
        "mostly_not_a_face": 3,  # votes 1, 2 and again 1
    }


def test_pixels_survive_as_png(table) -> None:
    assert (from_png(table["png"][4].as_py()) == PIXELS[1]).all()


def test_too_few_votes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "fer2013new.csv"
    path.write_text(samples.ferplus_csv(VOTES[:2]))
    faces = LabelledFaces(PIXELS[:3], np.zeros(3, int), np.array(["Training"] * 3))
    with pytest.raises(DataError, match="votes for 2 rows"):
        build_faces(faces, read_ferplus(path))


def test_hashes_follow_the_picture_not_its_brightness() -> None:
    first = perceptual_hashes(PIXELS)
    dimmed = perceptual_hashes((PIXELS * 0.8).astype(np.uint8))
    apart = np.bitwise_count(first[:, None] ^ first[None]).astype(int)
    assert np.bitwise_count(first ^ dimmed).max() <= 6
    assert apart[~np.eye(len(first), dtype=bool)].min() > 10


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_packed_faces_come_back_whole(parts: int, table, tmp_path: Path) -> None:
    written = pack(table, tmp_path / "packed", parts=parts)
    assert [p.name for p in written] == [
        "labels.npz",
        *(f"faces-{n + 1}.webp" for n in range(parts)),
    ]
    data = unpack(tmp_path / "packed")
    assert (data["pixels"] == [from_png(png) for png in table["png"].to_pylist()]).all()
    assert data["emotions"][data["labels"]].tolist() == table["emotion"].to_pylist()
    assert data["usages"][data["usage"]].tolist() == table["usage"].to_pylist()
    assert data["votes"].tolist() == table["votes"].to_pylist()
    assert data["near_group"].tolist() == [0, 0, 0, 3, 4]


def test_packing_in_fewer_parts_leaves_none_of_the_old(table, tmp_path: Path) -> None:
    pack(table, tmp_path, parts=3)
    pack(table, tmp_path, parts=2)
    assert len(unpack(tmp_path)["pixels"]) == table.num_rows


@pytest.mark.needs_data
def test_the_real_faces_have_the_published_counts(mirror: Path) -> None:
    faces = read_fer2013(mirror / "faces" / "fer2013.csv.xz")
    assert set(faces.usage) == {"Training", "PublicTest"}
    for usage in ("Training", "PublicTest"):
        here = np.bincount(faces.labels[faces.usage == usage])
        assert tuple(here) == PUBLISHED_COUNTS[usage]
    seen = [image.tobytes() for image in faces.pixels]
    training = {p for p, u in zip(seen, faces.usage, strict=True) if u == "Training"}
    tested = [p for p, u in zip(seen, faces.usage, strict=True) if u == "PublicTest"]
    assert sum(p in training for p in tested) == 280
    assert len(read_ferplus(mirror / "faces" / "fer2013new.csv.xz").emotions) == len(faces.labels)
