"""Reading a CSV that somebody else wrote: strict about meaning, forgiving about form.

Forgiven: a byte-order mark, repeated header lines, empty lines, ``FALSE`` or ``False``,
``1.01e-6``, surplus columns, their order.  Not forgiven, with one sentence naming the
column and the row: another delimiter, a missing column, text where a number belongs, a
number outside its range or in other units, bytes that are not UTF-8.  Rows are counted
as a text editor counts lines would if no field held a line break: the header is row 1.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from affetto.errors import DataError
from affetto.music.tracks import ID_PATTERN
from affetto.sources.schema import FEATURE_RANGES

_BOOLEANS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
_DELIMITERS = {",": "commas", ";": "semicolons", "|": "bars", "\t": "tabs"}

RANGES: dict[str, tuple[float, float]] = {
    **FEATURE_RANGES,
    "popularity": (0, 100),
    "duration_ms": (0, 36_000_000),
}
SHORT_MS = 5_000  # a file whose median track is shorter has other units


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file's columns are called, and which of ours they become.

    text, numbers, booleans : our name → the file's name.
    """

    text: Mapping[str, str]
    numbers: Mapping[str, str] = field(default_factory=dict)
    booleans: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","

    @property
    def needed(self) -> list[str]:
        """The file's columns that must be there."""
        return [*self.text.values(), *self.numbers.values(), *self.booleans.values()]


def features(**other_names: str) -> dict[str, str]:
    """The columns of Spotify's audio features under Spotify's names, less those set to ``""``."""
    names = {name: name for name in FEATURE_RANGES} | {"spotify_valence": "valence"} | other_names
    return {ours: theirs for ours, theirs in names.items() if theirs}


def read_table(data: bytes, columns: Columns, *, name: str) -> pd.DataFrame:
    """One CSV → the columns asked for, with our names, plus ``row``, its line number.

    data : the file's bytes.  name : what to call it in messages.
    Returns text as str (empty where empty), numbers as float64 (NaN where empty),
    booleans as bool or NA.  Raises DataError as the module says.
    """
    text = _decode(data, name)
    _check_header(text, columns, name)
    try:
        raw = pd.read_csv(
            io.StringIO(text),
            dtype=str,
            sep=columns.delimiter,
            keep_default_na=False,
            usecols=list(dict.fromkeys(columns.needed)),
            skip_blank_lines=False,
        )
    except (pd.errors.ParserError, csv.Error) as error:
        raise DataError(f"{name} is not a readable table: {error}.".replace("..", ".")) from error
    raw["row"] = np.arange(2, len(raw) + 2)
    raw = raw[~_repeats_header(raw, columns) & ~_blank(raw, columns)]
    out = {ours: raw[theirs].str.strip() for ours, theirs in columns.text.items()}
    out |= {o: _numbers(raw, theirs, o, name) for o, theirs in columns.numbers.items()}
    out |= {o: _boolean(raw, theirs, name) for o, theirs in columns.booleans.items()}
    return pd.DataFrame({**out, "row": raw["row"]}).reset_index(drop=True)


def check_ids(table: pd.DataFrame, *, name: str) -> None:
    """Raise DataError at the first ``track_id`` that is no 22-character Spotify id."""
    bad = ~table["track_id"].str.fullmatch(ID_PATTERN)
    if bad.any():
        row = table[bad].iloc[0]
        raise DataError(
            f"{name}, row {row['row']}: {row['track_id']!r} in column 'track_id' is not a "
            "Spotify id of 22 letters and digits."
        )


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}, row {row}: the bytes are not UTF-8; save the file as UTF-8 (one encoding "
            "for all rows) and try again."
        ) from error


def _check_header(text: str, columns: Columns, name: str) -> None:
    first = next(iter(io.StringIO(text, newline=None)), "").rstrip("\n")  # \r ends lines too
    header = next(csv.reader([first], delimiter=columns.delimiter), [])
    missing = [column for column in columns.needed if column not in header]
    if not missing:
        return
    if len(header) <= 1:
        _refuse_delimiter(first, columns, name)
    near = [column for column in header if column.casefold() == missing[0].casefold()]
    near = near or difflib.get_close_matches(missing[0], header, n=1)
    hint = f" (is it {near[0]!r}?)" if near else ""
    named = ", ".join(header[:30]) or "none"
    raise DataError(f"{name} has no column {missing[0]!r}{hint}; row 1 names {named}.")


def _refuse_delimiter(first: str, columns: Columns, name: str) -> None:
    for delimiter, words in _DELIMITERS.items():
        if delimiter != columns.delimiter and first.count(delimiter) >= 2:
            wanted = _DELIMITERS[columns.delimiter]
            raise DataError(f"{name}, row 1: columns are separated by {words}, not by {wanted}.")


def _repeats_header(raw: pd.DataFrame, columns: Columns) -> pd.Series:
    needed = columns.needed
    return (raw[needed[0]] == needed[0]) & (raw[needed[-1]] == needed[-1])


def _blank(raw: pd.DataFrame, columns: Columns) -> pd.Series:
    blank = pd.Series(True, index=raw.index)
    for column in set(columns.needed):
        blank &= raw[column].isna() | (raw[column] == "")
    return blank


def _numbers(raw: pd.DataFrame, column: str, ours: str, name: str) -> pd.Series:
    """Text → float64, within the range of ``ours`` when it has one."""
    empty = raw[column].str.strip().isin(["", "NA", "nan", "NaN"])
    values = pd.to_numeric(raw[column].where(~empty), errors="coerce").astype("float64")
    _refuse(raw, column, values.isna() & ~empty, name, "is not a number")
    low, high = RANGES.get(ours, (-np.inf, np.inf))
    if ours == "duration_ms" and 0 < values.median() < SHORT_MS:
        short = (values > 0) & (values < SHORT_MS)
        _refuse(raw, column, short, name, "looks like seconds, and milliseconds belong there")
    wrong = (values < low) | (values > high)
    _refuse(raw, column, wrong, name, f"lies outside {low:g} to {high:g}")
    return values


def _boolean(raw: pd.DataFrame, column: str, name: str) -> pd.Series:
    words = raw[column].str.strip().str.lower()
    values = words.map(_BOOLEANS).astype("boolean")
    _refuse(raw, column, values.isna() & (words != ""), name, "is neither true nor false")
    return values


def _refuse(raw: pd.DataFrame, column: str, bad: pd.Series, name: str, why: str) -> None:
    if bad.any():
        row = raw[bad].iloc[0]
        more = f" ({int(bad.sum()) - 1} more rows like it)" if bad.sum() > 1 else ""
        raise DataError(
            f"{name}, row {row['row']}, column {column!r}: {row[column]!r} {why}{more}."
        )


def years(dates: pd.Series) -> pd.Series:
    """Release dates (``2003``, ``2003-05``, ``2003-05-31``) → year; NA outside 1900 to 2100."""
    year = pd.to_numeric(dates.str.slice(0, 4), errors="coerce")
    return year.where(year.between(1900, 2100)).astype("Int16")


def merge_repeats(table: pd.DataFrame, *, genres: Iterable[list[str]]) -> pd.DataFrame:
    """One row a track id, the first; genres of all its rows together, sorted.

    genres : one list of raw genre words a row of ``table``.
    """
    wide = pd.DataFrame({"track_id": table["track_id"].array, "genre": list(genres)})
    pairs = wide.explode("genre").dropna().drop_duplicates().sort_values(["track_id", "genre"])
    lists = pairs.groupby("track_id", sort=False)["genre"].agg(list)
    first = table.drop_duplicates("track_id").reset_index(drop=True)
    found = first["track_id"].map(lists)
    first["raw_genres"] = [g if isinstance(g, list) else [] for g in found]
    return first
