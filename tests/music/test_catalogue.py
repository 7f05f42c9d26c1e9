from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from affetto.emotions import Mood
from affetto.errors import DataError, InputError
from affetto.music.catalogue import Catalogue
from tests.synthetic import catalogue, table, track_id


def test_a_row_comes_back_as_it_was_written() -> None:
    row = {
        "title": "Song",
        "artists": ["Ann", "Ben"],
        "year": 1984,
        "explicit": True,
        "genres": ["jazz", "soul & funk"],
        "tempo": 98.5,
        "valence": 0.25,
        "arousal": -0.5,
        "popularity": 12.0,
        "language": "pt",
    }
    track = Catalogue.from_bytes(Catalogue(table({}, row)).to_bytes()).track(1)
    assert (track.track_id, track.title, track.artists) == (track_id(1), "Song", ("Ann", "Ben"))
    assert (track.year, track.explicit, track.tempo) == (1984, True, 98.5)
    assert track.genres == ("jazz", "soul & funk")
    assert (track.mood, track.popularity) == (Mood(0.25, -0.5), 12.0)
    assert track.language == "pt"


def test_what_is_unknown_stays_unknown() -> None:
    unknown = dict.fromkeys(
        ["year", "explicit", "genres", "tempo", "valence", "arousal", "popularity"]
    )
    tracks = Catalogue(table(unknown, {}))
    track = tracks.track(0)
    assert (track.year, track.explicit, track.tempo, track.mood) == (None, None, None, None)
    assert track.genres == ()
    assert np.isnan(tracks.mood).tolist() == [[True, True], [False, False]]
    assert tracks.clean.tolist() == [False, True]  # unknown is not known to be clean
    assert tracks.popularity.tolist() == [0.0, 1.0]


def test_languages_are_counted_the_most_frequent_first() -> None:
    rows = [{"language": code} for code in ("fr", "en", None, "en", "de")]
    tracks = Catalogue(table(*rows))
    assert list(tracks.languages.items()) == [("en", 2), ("de", 1), ("fr", 1)]
    assert tracks.has_language(["German", "en"]).tolist() == [False, True, False, True, True]
    assert tracks.has_language(["ko"], unknown=True).tolist() == [False, False, True, False, False]


def test_a_vocabulary_of_an_older_release_has_no_languages() -> None:
    tracks = Catalogue(table({}, {}).drop_columns(["language"]))
    assert tracks.languages == {}
    assert tracks.track(0).language is None
    assert not tracks.has_language(["en"]).any()


def test_ids_links_and_uris_are_found_and_strangers_named() -> None:
    tracks = Catalogue(table({}, {}, {}))
    asked = [track_id(2), "nobody", f"spotify:track:{track_id(0)}"]
    assert tracks.find(asked) == ([2, 0], ["nobody"])


def test_a_genre_filter_takes_tracks_with_any_of_the_genres() -> None:
    tracks = Catalogue(
        table({"genres": ["jazz", "pop"]}, {"genres": ["rock"]}, {"genres": None}, {"genres": []})
    )
    assert tracks.genres == ("jazz", "pop", "rock")
    assert tracks.has_genre(["JAZZ"]).tolist() == [True, False, False, False]
    assert tracks.has_genre(["pop", "rock"]).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("asked", "offered"), [("jaz", "jazz"), ("hop", "hip hop"), ("HipHop", "hip hop")]
)
def test_an_unknown_genre_names_near_ones(asked: str, offered: str) -> None:
    with pytest.raises(InputError, match=f"I don't know the genre '{asked}'; try .*{offered}"):
        catalogue().parse_genre(asked)


def test_a_hyphen_in_a_genre_makes_no_difference() -> None:
    assert catalogue().parse_genre("Hip-Hop") == "hip hop"


def test_the_main_artist_is_the_first_one() -> None:
    rows = table(
        {"artists": ["Ann", "Ben"]}, {"artists": ["Ben"]}, {"artists": ["Ann"]}, {"artists": []}
    )
    numbers = Catalogue(rows).main_artist
    assert numbers[0] == numbers[2] != numbers[1]
    assert numbers[3] == -1


def test_by_its_artists_are_all_songs_that_share_one() -> None:
    rows = table(
        {"artists": ["Ann", "Ben"]}, {"artists": ["Ben", "Ann"]}, {"artists": ["Ann"]},
        {"artists": []}, {"artists": ["Cleo", "Cleo"]}, {"artists": ["Cleo"]},
    )  # fmt: skip
    tracks = Catalogue(rows)
    found = [tracks.by_its_artists(item).tolist() for item in range(6)]
    assert found == [[0, 1, 2], [0, 1, 2], [0, 1, 2], [], [4, 5], [4, 5]]
    assert Catalogue(rows.slice(2)).by_its_artists(2).tolist() == [2, 3]


def test_a_sliced_table_reads_like_a_whole_one() -> None:
    """Offsets of a slice do not begin at zero: genres and artists must not shift."""
    rows = table(
        {"genres": ["pop", "rock"], "artists": ["Ann", "Ben"]},
        {"genres": ["jazz"], "artists": ["Cleo"]},
        {"genres": ["folk"], "artists": ["Ann"]},
    )
    tracks = Catalogue(rows.slice(1))
    assert tracks.has_genre(["jazz"]).tolist() == [True, False]
    assert tracks.main_artist[0] != tracks.main_artist[1]
    assert tracks.track(0).artists == ("Cleo",)


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (table({}, {}).drop_columns("title"), "lacks the column 'title'"),
        (table({"track_id": "a"}, {"track_id": "a"}), "stands twice"),
        (table({"valence": None}), "half a mood"),
        (table({"valence": 1.5}), "outside -1 to 1"),
        (
            table({}).set_column(3, "year", pa.array(["nineteen"])),
            "wrong type",
        ),
    ],
)
def test_a_broken_vocabulary_is_refused(broken: pa.Table, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        Catalogue(broken)


def test_what_is_no_parquet_is_refused() -> None:
    with pytest.raises(DataError, match="not a readable Parquet file"):
        Catalogue.from_bytes(b"not parquet")


def test_an_item_outside_the_rows_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        Catalogue(table({})).track(1)
    with pytest.raises(IndexError):
        Catalogue(table({})).track(-1)


def test_an_empty_vocabulary_is_empty_and_no_error() -> None:
    tracks = Catalogue(table())
    assert len(tracks) == 0
    assert tracks.genres == ()
    assert tracks.mood.shape == (0, 2)


def test_columns_line_up_with_rows() -> None:
    tracks = catalogue()
    for item in (0, 1, 12, 1234, len(tracks) - 1):
        track = tracks.track(item)
        assert tracks.year[item] == track.year
        assert tracks.clean[item] == (not track.explicit)
        if track.mood is None:
            assert np.isnan(tracks.mood[item]).all()
        else:
            assert tracks.mood[item].tolist() == [track.mood.valence, track.mood.arousal]
