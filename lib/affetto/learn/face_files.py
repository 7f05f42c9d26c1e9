"""The rows of a labelled face file, with their crowd votes wherever they truly belong to them.

FER+ joins FER2013 by row.  A file that holds one split only, as people keep PrivateTest, no longer
starts where FER+ starts; its rows are then matched within the split, in order.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from affetto.errors import DataError
from affetto.sources.catalogue_features import read_rows
from affetto.sources.datasets.fer2013 import CrowdVotes, LabelledFaces, read_fer2013, read_ferplus
from affetto.sources.members import is_empty_of, members


def read_split(
    data: Path, votes: Path | None, usage: str
) -> tuple[LabelledFaces, CrowdVotes | None]:
    """The faces of one split and, where ``votes`` are given, the votes for just these faces.

    data : FER2013 as a CSV or as a folder of images, packed or not.  votes : FER+'s fer2013new.csv.
    usage : Training, PublicTest or PrivateTest.  Raises DataError where the file has no such rows,
    or where nothing says which votes belong to which face.
    """
    faces = _read_faces(data)
    rows = np.flatnonzero(faces.usage == usage)
    if not rows.size:
        held = ", ".join(sorted(set(faces.usage.tolist()))) or "none"
        raise DataError(f"{data.name} has no {usage} rows; it holds {held} (see --usage).")
    chosen = LabelledFaces(faces.pixels[rows], faces.labels[rows], faces.usage[rows])
    if votes is None:
        return chosen, None
    if not faces.in_file_order:
        raise DataError(
            f"{data.name} holds images, and the votes join by row of fer2013.csv; "
            "leave --votes out, or give the CSV file."
        )
    crowd = read_ferplus(votes)
    own = read_usage(votes)
    if own is None:  # then only equal lengths say that the rows are the same
        own = faces.usage if len(crowd.emotions) == len(faces.usage) else np.empty(0, str)
    at = _matching_rows(faces.usage, own, usage)
    if at is None:
        raise DataError(
            f"{votes.name} and {data.name} don't have the same {usage} rows, so nothing says "
            "which votes belong to which face; use the two original files."
        )
    return chosen, CrowdVotes(crowd.emotions[at], crowd.others[at])


def look_alikes(table: Path, usage: str, *, faces: int) -> np.ndarray | None:
    """[faces] bool, whether a face of this split looks like one of Training.

    table : the built faces.parquet, whose ``near_group`` tells who looks alike.
    None without the table, or where it holds another number of faces.  Raises DataError where it
    cannot be read.
    """
    if not table.is_file():
        return None
    rows = read_rows(table, ["row", "usage", "near_group"]).to_pandas().sort_values("row")
    known = rows.loc[rows["usage"] == "Training", "near_group"]
    asked = rows.loc[rows["usage"] == usage, "near_group"]
    return asked.isin(known).to_numpy() if len(asked) == faces else None


def _matching_rows(faces: np.ndarray, votes: np.ndarray, usage: str) -> np.ndarray | None:
    """Positions in FER+ of the faces of one split; None where the two files disagree.

    The splits of all rows of either file say whether they start together (one may stop earlier);
    else as many rows of the split in the one as in the other are taken for the same ones.
    """
    shared = min(len(faces), len(votes))
    if len(faces) <= len(votes) and (faces[:shared] == votes[:shared]).all():
        return np.flatnonzero(faces == usage)
    rows = np.flatnonzero(votes == usage)
    return rows if len(rows) == (faces == usage).sum() else None


def read_usage(votes: Path) -> np.ndarray | None:
    """The split of every row of FER+, str [n]; None where the file has no such column."""
    with members(votes) as found:
        named = [member for member in found if member.name.endswith("fer2013new.csv")]
        table = pd.read_csv(io.BytesIO((named or found)[0].read()))
    return table["Usage"].astype(str).to_numpy() if "Usage" in table.columns else None


def _read_faces(data: Path) -> LabelledFaces:
    """``read_fer2013``, also for the challenge's own ``icml_face_data.csv``.

    That file has the same three columns with a blank before two of their names.
    """
    content = _padded_header(data)
    if content is None:
        return read_fer2013(data)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / data.name.split(".")[0]
        plain = plain.with_suffix(".csv")
        plain.write_bytes(content)
        return read_fer2013(plain)


def _padded_header(data: Path) -> bytes | None:
    """The table with the blanks taken from its header; None where there are none to take."""
    if data.is_dir() or not data.is_file() or is_empty_of(data, (".csv",)):
        return None
    with members(data) as found:
        if len(found) != 1:
            return None
        header, line_end, rest = found[0].read().partition(b"\n")
    names = [name.strip() for name in header.split(b",")]
    plain = b",".join(names)
    return None if plain == header.strip() else plain + line_end + rest
