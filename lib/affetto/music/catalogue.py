"""The tracks that can be recommended, column by column, quick to load and to filter.

The released vocabulary is one Parquet file whose row order is the model's item index.  Columns
are NumPy arrays; a ``Track`` is built only for the few rows that are shown.
"""

from __future__ import annotations

import difflib
import functools
import io
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from affetto.emotions import Mood
from affetto.errors import DataError, InputError
from affetto.music.languages import NEAR, parse_language
from affetto.music.tracks import Track, bare_track_id

SCHEMA = pa.schema(
    [
        pa.field("track_id", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("artists", pa.list_(pa.string()), nullable=False),
        pa.field("year", pa.int16()),
        pa.field("explicit", pa.bool_()),
        pa.field("genres", pa.list_(pa.string())),
        pa.field("tempo", pa.float32()),
        pa.field("valence", pa.float32()),
        pa.field("arousal", pa.float32()),
        pa.field("popularity", pa.float32()),
        pa.field("language", pa.string()),  # a code of LANGUAGES, null where unknown
        pa.field("labelled", pa.bool_()),  # whether people labelled the mood of the very song
    ]
)


#: Titles that nobody who feels low should be given unasked.
_BLEAK = (
    r"suicid|kill(ing)? myself|\bwan(t to|na) die|13 reasons why|self[- ]harm|hang myself"
    r"|voglio morire|ammazzarmi|uccidermi|togliermi la vita"
)
#: Titles and artists for a season, for singing along, in place of others, or of sounds for sleep.
_UNASKED = (
    r"christmas|xmas|santa claus|jingle bell|let it snow|winter wonderland|navidad|\bnatale\b"
    r"|\bnoël\b|weihnacht|karaoke|\btributes? to\b|tribute (band|version|kings|trio)"
    r"|originally performed|made famous by|in the style of|nightcore|(white|pink|brown) noise"
    r"|\b\d+([.,]\d+)? ?hz\b|binaural|solfeggio|(rain|nature) sounds"
)


class Catalogue:
    """``len(catalogue)`` tracks; item ``i`` is row ``i``.

    Raises DataError if a column is missing or has another type, an id stands twice, or a mood
    lies outside the plane or is half known.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = _conform(table)
        self.mood = np.column_stack(
            [_floats(self._table, "valence"), _floats(self._table, "arousal")]
        )
        self.year = _filled(_column(self._table, "year"), 0)
        self.popularity = np.nan_to_num(_floats(self._table, "popularity"))
        _check_moods(self.mood)

    @classmethod
    def from_bytes(cls, data: bytes) -> Catalogue:
        """Read a vocabulary file.  Raises DataError if it is not Parquet in our layout."""
        try:
            table = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False)
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError("The vocabulary is not a readable Parquet file.") from error
        return cls(table)

    def to_bytes(self) -> bytes:
        """The vocabulary as one small Parquet file; ``from_bytes`` reads it back."""
        sink = io.BytesIO()
        pq.write_table(self._table, sink, compression="zstd", compression_level=19)
        return sink.getvalue()

    def __len__(self) -> int:
        return self._table.num_rows

    @cached_property
    def clean(self) -> np.ndarray:
        """[n] bool, True where the track is known not to be explicit."""
        return _filled(_column(self._table, "explicit").cast(pa.uint8()), 1) == 0

    @cached_property
    def mood_certainty(self) -> np.ndarray:
        """[n] float32, what each mood rests on: 1 labels of the song, 0.5 its sound, 0 less."""
        labelled = _filled(_column(self._table, "labelled").cast(pa.uint8()), 0)
        by_sound = 0.5 * ~np.isnan(_floats(self._table, "tempo"))
        return np.where(labelled == 1, 1.0, by_sound).astype(np.float32)

    @cached_property
    def bleak(self) -> np.ndarray:
        """[n] bool, whether the title speaks of killing oneself."""
        return _matches(self.column("title"), _BLEAK)

    @cached_property
    def unasked(self) -> np.ndarray:
        """[n] bool, whether it is a Christmas song, karaoke, a tribute, or noise and tones."""
        artists = self.column("artists").flatten().dictionary_encode()
        rows, codes = self._credits
        found = _matches(self.column("title"), _UNASKED)
        found[rows[_matches(artists.dictionary, _UNASKED)[codes]]] = True
        return found

    @cached_property
    def genres(self) -> tuple[str, ...]:
        """Every genre that some track has, in alphabetical order."""
        names, _, _ = self._genre_entries
        return tuple(sorted(names))

    @cached_property
    def _genre_entries(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Genre names, and one (row, code) pair an entry of the ``genres`` column."""
        column = _column(self._table, "genres")
        entries = column.flatten().dictionary_encode()
        rows = _numpy(column.value_parent_indices())
        return entries.dictionary.to_pylist(), rows, _numpy(entries.indices)

    def has_genre(self, genres: Iterable[str]) -> np.ndarray:
        """[n] bool, whether a track has one of ``genres``.  InputError for an unknown one."""
        names, rows, codes = self._genre_entries
        wanted = [names.index(self.parse_genre(genre)) for genre in genres]
        mask = np.zeros(len(self), dtype=bool)
        mask[rows[np.isin(codes, wanted)]] = True
        return mask

    def parse_genre(self, name: str) -> str:
        """The genre that ``name`` means, whatever its case.  InputError, naming near ones."""
        return match_genre(name, self.genres)

    def column(self, name: str) -> pa.Array:
        """One column of SCHEMA as Arrow has it, for what hands whole columns on."""
        return _column(self._table, name)

    @cached_property
    def languages(self) -> dict[str, int]:
        """Code → how many tracks are sung in it, the most frequent first; unknown ones left out."""
        counts = _column(self._table, "language").drop_null().value_counts().to_pylist()
        ordered = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))
        return {entry["values"]: entry["counts"] for entry in ordered}

    def has_language(self, languages: Iterable[str], *, unknown: bool = False) -> np.ndarray:
        """[n] bool, whether a track is known to be sung in one of ``languages``.

        languages : codes or English names; InputError for one that is neither.
        unknown : tracks whose language is not known pass too.
        """
        wanted = [parse_language(language) for language in languages]
        column = _column(self._table, "language").dictionary_encode()
        names = column.dictionary.to_pylist()
        codes = _filled(column.indices, -1)
        passing = [names.index(code) for code in wanted if code in names]
        return np.isin(codes, [*passing, -1] if unknown else passing)

    @cached_property
    def main_artist(self) -> np.ndarray:
        """[n] int32, a number for each track's first artist as spelt; -1 where there is none."""
        rows, codes = self._credits
        rows, first = np.unique(rows, return_index=True)
        found = np.full(len(self), -1, dtype=np.int32)
        found[rows] = codes[first]
        return found

    @cached_property
    def artist_popularity(self) -> np.ndarray:
        """[n] float64, the popularity of all songs by a track's first artist together."""
        artist = self.main_artist + 1  # 0: none
        totals = np.bincount(artist, self.popularity)
        return np.where(artist > 0, totals[artist], self.popularity)

    @cached_property
    def _credits(self) -> tuple[np.ndarray, np.ndarray]:
        """One (row, artist's number) pair an entry of the ``artists`` column, rows ascending."""
        column = _column(self._table, "artists")
        codes = _numpy(column.flatten().dictionary_encode().indices)
        return _numpy(column.value_parent_indices()), codes

    @cached_property
    def _by_artist(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where each row's credits begin, where each artist's rows begin, and those rows."""
        rows, codes = self._credits
        starts = np.searchsorted(rows, np.arange(len(self) + 1))
        order = np.argsort(codes, kind="stable")
        by_code, own = codes[order], rows[order].astype(np.int64)
        once = (np.diff(by_code, prepend=-1) != 0) | (np.diff(own, prepend=-1) != 0)
        artists = np.arange(codes.max(initial=-1) + 2)
        return starts, np.searchsorted(by_code[once], artists), own[once]

    def by_its_artists(self, item: int) -> np.ndarray:
        """Every item that shares an artist with ``item``, itself too: int64, each once."""
        return self._recent_artists(item)

    @cached_property
    def _recent_artists(self) -> Callable[[int], np.ndarray]:
        """A list asks for each of its songs up to ten times."""
        return functools.lru_cache(maxsize=4096)(self._songs_of_its_artists)

    def _songs_of_its_artists(self, item: int) -> np.ndarray:
        starts, artist_starts, rows = self._by_artist
        artists = self._credits[1][starts[item] : starts[item + 1]]
        found = [rows[artist_starts[a] : artist_starts[a + 1]] for a in artists]
        if len(found) == 1:  # as most tracks have it, and what is one artist's stands there once
            return found[0]
        return np.unique(np.concatenate([*found, np.empty(0, np.int64)]))

    @cached_property
    def _index(self) -> dict[str, int]:
        ids = _column(self._table, "track_id").to_pylist()
        return dict(zip(ids, range(len(ids)), strict=True))

    def find(self, track_ids: Iterable[str]) -> tuple[list[int], list[str]]:
        """Items of the ids, links or URIs that are known, and those that are not, in order."""
        known, unknown = [], []
        for text in track_ids:
            item = self._index.get(bare_track_id(text))
            unknown.append(text) if item is None else known.append(item)
        return known, unknown

    def names(self) -> tuple[list[str], list[list[str]]]:
        """The title and the artists of every row, for looking through them."""
        titles, artists = (_column(self._table, name).to_pylist() for name in ("title", "artists"))
        return titles, artists

    def track(self, item: int) -> Track:
        """The facts of one row.  Raises IndexError outside 0 to n - 1."""
        if not 0 <= item < len(self):
            raise IndexError(f"item {item} of {len(self)}")
        return self._recent_tracks(item)

    @cached_property
    def _recent_tracks(self) -> Callable[[int], Track]:
        """Rows are read out of the table slowly, and a list asks for each of its own thrice."""
        return functools.lru_cache(maxsize=4096)(self._row)

    def _row(self, item: int) -> Track:
        row = {name: self._table.column(name)[item].as_py() for name in SCHEMA.names}
        return Track(
            track_id=row["track_id"],
            title=row["title"],
            artists=tuple(row["artists"]),
            year=row["year"],
            explicit=row["explicit"],
            genres=tuple(row["genres"] or ()),
            tempo=row["tempo"],
            mood=None if row["valence"] is None else Mood(row["valence"], row["arousal"]),
            popularity=row["popularity"] or 0.0,
            language=row["language"],
        )

    def tracks(self, items: Sequence[int]) -> list[Track]:
        """The facts of several rows, in the order asked."""
        return [self.track(int(item)) for item in items]


def match_genre(name: str, genres: Sequence[str]) -> str:
    """The one of ``genres`` that ``name`` means, whatever its case.

    Raises InputError, naming near ones, or all.
    """
    plain = {_plain_genre(genre): genre for genre in genres}
    word = _plain_genre(name)
    if word in plain:
        return plain[word]
    inside = [genre for key, genre in plain.items() if word and (word in key or key in word)]
    near = [plain[key] for key in difflib.get_close_matches(word, plain, n=4, cutoff=NEAR)]
    matches = list(dict.fromkeys(inside + near))[:5] or genres
    raise InputError(f"I don't know the genre {name!r}; try {', '.join(matches)}.")


def _conform(table: pa.Table) -> pa.Table:
    """The columns of SCHEMA, one chunk each."""
    for name in ("language", "labelled"):  # vocabularies released before 0.2 have none
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, SCHEMA.field(name).type))
    missing = [name for name in SCHEMA.names if name not in table.column_names]
    if missing:
        raise DataError(f"The vocabulary lacks the column {missing[0]!r}.")
    try:
        table = table.select(SCHEMA.names).cast(SCHEMA).combine_chunks()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise DataError("A column of the vocabulary has the wrong type.") from error
    if len(_column(table, "track_id").unique()) != table.num_rows:
        raise DataError("A track id stands twice in the vocabulary.")
    return table


def _column(table: pa.Table, name: str) -> pa.Array:
    return (
        table.column(name).combine_chunks()
        if table.num_rows
        else pa.array([], SCHEMA.field(name).type)
    )


def _matches(names: pa.Array, pattern: str) -> np.ndarray:
    """[n] bool, whether a name holds the pattern, whatever its case."""
    from pyarrow import compute  # only lists need it, not every command

    found = compute.match_substring_regex(names, pattern, ignore_case=True)
    return _numpy(found.cast(pa.uint8())) == 1


def _numpy(column: pa.Array) -> np.ndarray:
    """The numbers of a column, shared and read-only; what stands under a null means nothing.

    Not ``to_numpy``, which imports pandas: half a second that a cold start does not have.
    """
    values = column.buffers()[1]
    return np.from_dlpack(
        pa.Array.from_buffers(column.type, len(column), [None, values], offset=column.offset)
    )


def _filled(column: pa.Array, unknown: float) -> np.ndarray:
    """The numbers of a column, with ``unknown`` in the place of nulls."""
    known = _numpy(column.is_valid().cast(pa.uint8())) == 1
    return np.where(known, _numpy(column), np.array(unknown, dtype=_numpy(column).dtype))


def _floats(table: pa.Table, name: str) -> np.ndarray:
    """[n] float32 with NaN for null."""
    return _filled(_column(table, name), np.nan)


def _check_moods(mood: np.ndarray) -> None:
    unknown = np.isnan(mood)
    if (unknown[:, 0] != unknown[:, 1]).any():
        raise DataError("A track in the vocabulary has half a mood.")
    if (np.abs(mood[~unknown]) > 1).any():
        raise DataError("A track's mood in the vocabulary lies outside -1 to 1.")


def _plain_genre(name: str) -> str:
    return name.casefold().replace("-", " ").replace("_", " ").strip()
