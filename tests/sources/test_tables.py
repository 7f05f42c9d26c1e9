"""Other people's CSV files: forgiven in form, refused in meaning, with the column and the row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from affetto.errors import DataError
from affetto.sources.tables import Columns, features, merge_repeats, read_table, years

PLAIN = Columns(
    text={"track_id": "id"},
    numbers={"energy": "energy", "duration_ms": "duration_ms"},
    booleans={"explicit": "explicit"},
)
HEADER = "id,energy,duration_ms,explicit\n"
ROW = "x,0.5,200000,False\n"


def _read(text: str | bytes, columns: Columns = PLAIN) -> pd.DataFrame:
    data = text if isinstance(text, bytes) else text.encode()
    return read_table(data, columns, name="own.csv")


def test_form_is_forgiven() -> None:
    text = (
        "\ufeffunused,id,energy,duration_ms,explicit\r\n"
        "1,a,1.01e-6,200000,FALSE\r\n"
        "unused,id,energy,duration_ms,explicit\r\n"  # the header again
        ",,,,\r\n"
        "3,b,,1000000,True\r\n"
    )
    table = _read(text)
    assert table["track_id"].tolist() == ["a", "b"]
    assert table["energy"].iloc[0] == 1.01e-6
    assert np.isnan(table["energy"].iloc[1])
    assert table["explicit"].tolist() == [False, True]
    assert table["row"].tolist() == [2, 5]  # as an editor counts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,Energy,duration_ms,explicit\nx,1,2,0\n", ["no column 'energy'", "'Energy'", "row 1"]),
        ("ENERGY,identity,ID,duration_ms\nx,1,2,0\n", ["no column 'id' (is it 'ID'?)"]),
        ("id;energy;duration_ms;explicit\rx;1;2;0\r", ["row 1", "semicolons"]),  # old Mac's lines
        ("id;energy;duration_ms;explicit\nx;1;2;0\n", ["row 1", "semicolons", "commas"]),
        ("id\tenergy\tduration_ms\texplicit\nx\t1\t2\t0\n", ["row 1", "tabs"]),
        (HEADER + ROW + "y,loud,200000,False\n", ["row 3", "'energy'", "'loud'", "not a number"]),
        (HEADER + ROW + ROW + "y,67.6,200000,False\n", ["row 4", "'energy'", "0 to 1"]),
        (HEADER + "x,-0.1,200000,False\n", ["row 2", "'energy'", "0 to 1"]),
        (HEADER + "x,0.5,200000,perhaps\n", ["row 2", "'explicit'", "neither true nor false"]),
        (
            HEADER + "x,0.5,201,False\ny,0.5,187,False\n",
            ["row 2, column 'duration_ms': '201'", "seconds"],
        ),
        (HEADER + "x,0.5,,False\ny,0.5,187,False\n", ["row 3, column 'duration_ms'", "seconds"]),
        ((HEADER + ROW).encode() + "é,0.5,200000,False\n".encode("latin-1"), ["row 3", "UTF-8"]),
        ("", ["no column 'id'", "none"]),
    ],
)
def test_meaning_is_not(text: str | bytes, words: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        _read(text)
    message = str(caught.value)
    assert message.startswith("own.csv")
    assert message.count("\n") == 0
    for word in words:
        assert word in message


def test_the_message_counts_the_other_wrong_rows() -> None:
    with pytest.raises(DataError, match=r"row 2.*\(2 more rows like it\)"):
        _read(HEADER + "x,7,200000,False\n" * 3)


def test_spotifys_features_are_named_for_it() -> None:
    names = features(time_signature="", tempo="bpm")
    assert names["spotify_valence"] == "valence"
    assert names["tempo"] == "bpm"
    assert "time_signature" not in names


def test_years() -> None:
    dates = pd.Series(["2003-05-31", "2003-05", "1957", "0000", "", "18xx"], dtype=str)
    assert years(dates).tolist() == [2003, 2003, 1957, pd.NA, pd.NA, pd.NA]


def test_repeats_unite_their_genres() -> None:
    table = pd.DataFrame({"track_id": ["a", "b", "a"], "title": ["1", "2", "3"]})
    merged = merge_repeats(table, genres=[["rock"], [], ["folk", "rock"]])
    assert merged["track_id"].tolist() == ["a", "b"]
    assert merged["title"].tolist() == ["1", "2"]  # the first row's
    assert merged["raw_genres"].tolist() == [["folk", "rock"], []]
