"""Whose votes are whose: files that start together, one split alone, images, other headers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from affetto.emotions import EMOTIONS
from affetto.errors import DataError
from affetto.learn.face_files import look_alikes, read_split

SPLITS = ["Training", "Training", "PublicTest", "PrivateTest", "PrivateTest"]
COLUMNS = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


def write_faces(path: Path, splits: list[str], *, header: str = "emotion,pixels,Usage") -> Path:
    """One face a split; its grey is 10 × its place among ``SPLITS``'s rows, to tell it by."""
    rows = [f"{k % 7},{' '.join([str(10 * k)] * 2304)},{name}" for k, name in enumerate(splits)]
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def write_votes(path: Path, splits: list[str], *, usage: bool = True, first: int = 0) -> Path:
    """The k-th face of FER+ has k + 1 votes for happiness."""
    rows = [f"{name},x.png,0,{first + k + 1},0,0,0,0,0,0,0,0" for k, name in enumerate(splits)]
    header = f"Usage,Image name,{COLUMNS}"
    if not usage:
        rows, header = [row.split(",", 2)[2] for row in rows], COLUMNS
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def happy_votes(data: Path, votes: Path, usage: str) -> list[int]:
    faces, crowd = read_split(data, votes, usage)
    assert crowd is not None
    assert len(faces.labels) == len(crowd.emotions) == len(crowd.others)
    return crowd.emotions[:, EMOTIONS.index("happy")].tolist()


def test_whole_files_join_by_row(tmp_path: Path) -> None:
    data = write_faces(tmp_path / "fer2013.csv", SPLITS)
    votes = write_votes(tmp_path / "fer2013new.csv", SPLITS)
    assert happy_votes(data, votes, "PublicTest") == [3]
    assert happy_votes(data, votes, "PrivateTest") == [4, 5]


def test_faces_may_stop_before_the_votes(tmp_path: Path) -> None:
    data = write_faces(tmp_path / "fer2013.csv", SPLITS[:3])
    votes = write_votes(tmp_path / "fer2013new.csv", SPLITS)
    assert happy_votes(data, votes, "PublicTest") == [3]


def test_one_split_alone_gets_the_votes_of_that_split(tmp_path: Path) -> None:
    """By position it would get those of the first two training faces: 1 and 2."""
    data = write_faces(tmp_path / "private.csv", SPLITS[3:])
    votes = write_votes(tmp_path / "fer2013new.csv", SPLITS)
    assert happy_votes(data, votes, "PrivateTest") == [4, 5]


def test_both_files_may_hold_one_split_only(tmp_path: Path) -> None:
    data = write_faces(tmp_path / "private.csv", SPLITS[3:])
    votes = write_votes(tmp_path / "fer2013new.csv", SPLITS[3:], first=3)
    assert happy_votes(data, votes, "PrivateTest") == [4, 5]


def test_votes_without_a_split_column_join_where_the_lengths_agree(tmp_path: Path) -> None:
    data = write_faces(tmp_path / "private.csv", SPLITS[3:])
    alike = write_votes(tmp_path / "fer2013new.csv", SPLITS[3:], usage=False)
    assert happy_votes(data, alike, "PrivateTest") == [1, 2]
    longer = write_votes(tmp_path / "longer.csv", SPLITS, usage=False)
    with pytest.raises(DataError, match="which votes belong to which face"):
        read_split(data, longer, "PrivateTest")


def test_votes_of_another_number_of_faces_are_refused(tmp_path: Path) -> None:
    data = write_faces(tmp_path / "private.csv", SPLITS[3:4])
    votes = write_votes(tmp_path / "fer2013new.csv", SPLITS)
    with pytest.raises(DataError, match="which votes belong to which face"):
        read_split(data, votes, "PrivateTest")


def test_images_have_no_row_to_join_votes_by(tmp_path: Path) -> None:
    folder = tmp_path / "test" / "happy"
    folder.mkdir(parents=True)
    Image.fromarray(np.full((48, 48), 90, np.uint8)).save(folder / "PrivateTest_1.png")
    faces, crowd = read_split(tmp_path, None, "PrivateTest")
    assert faces.labels.tolist() == [EMOTIONS.index("happy")]
    assert crowd is None
    votes = write_votes(tmp_path.parent / "fer2013new.csv", SPLITS)
    with pytest.raises(DataError, match="holds images"):
        read_split(tmp_path, votes, "PrivateTest")


def test_the_challenges_own_file_has_blanks_in_its_header(tmp_path: Path) -> None:
    """icml_face_data.csv: the columns in another order, with a blank before two names."""
    rows = [f"{k},{name},{' '.join(['7'] * 2304)}" for k, name in enumerate(SPLITS)]
    data = tmp_path / "icml_face_data.csv"
    data.write_text("\n".join(["emotion, Usage, pixels", *rows]) + "\n")
    faces, _ = read_split(data, None, "PrivateTest")
    assert faces.labels.tolist() == [3, 4]
    assert (faces.pixels == 7).all()


def test_a_split_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    data = write_faces(tmp_path / "fer2013.csv", SPLITS[:3])
    with pytest.raises(DataError, match="no PrivateTest rows; it holds PublicTest, Training"):
        read_split(data, None, "PrivateTest")


def test_look_alikes_are_those_whose_group_stands_in_training(tmp_path: Path) -> None:
    table = tmp_path / "faces.parquet"
    assert look_alikes(table, "PublicTest", faces=3) is None
    rows = {
        "row": [3, 0, 1, 2, 4],
        "usage": ["PublicTest", "Training", "Training", "PublicTest", "PublicTest"],
        "near_group": [0, 0, 1, 2, 2],
    }
    pd.DataFrame(rows).to_parquet(table)
    assert look_alikes(table, "PublicTest", faces=3).tolist() == [False, True, False]
    assert look_alikes(table, "PublicTest", faces=4) is None  # a table of other faces
    table.write_bytes(b"no table")
    with pytest.raises(DataError, match="cannot be read; run: affetto data build"):
        look_alikes(table, "PublicTest", faces=3)
