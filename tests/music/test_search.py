from __future__ import annotations

import pytest

from affetto.errors import InputError
from affetto.music.catalogue import Catalogue
from affetto.music.search import SongSearch
from tests.synthetic import table, track_id

SONGS = [
    {"title": "Hurt", "artists": ["Trent"], "popularity": 2.0},
    {"title": "Hurt", "artists": ["Johnny"], "popularity": 9.0},
    {"title": "Hurt So Good", "artists": ["Millie"], "popularity": 50.0},
    {"title": "Halo", "artists": ["Beyoncé"], "popularity": 5.0},
    {"title": "Halo - Live", "artists": ["Beyoncé"], "popularity": 3.0},
    {"title": "Don't Stop", "artists": ["The Macs", "Guest"], "popularity": 1.0},
]


@pytest.fixture
def songs() -> SongSearch:
    return SongSearch(Catalogue(table(*SONGS)))


def found(songs: SongSearch, text: str, limit: int = 10) -> list[str]:
    return [f"{track.title}/{track.artists[0]}" for track in songs.find(text, limit=limit)]


def test_the_very_title_comes_first_then_what_is_played_most(songs: SongSearch) -> None:
    assert found(songs, "hurt") == ["Hurt/Johnny", "Hurt/Trent", "Hurt So Good/Millie"]
    assert found(songs, "hurt", limit=1) == ["Hurt/Johnny"]


def test_a_version_is_just_that_title_and_a_known_artist_counts() -> None:
    rows = [
        {"title": "Help", "artists": ["Nobody"], "popularity": 2.0},
        {"title": "Help! - Remastered 2009", "artists": ["The Bees"], "popularity": 1.0},
        {"title": "Something", "artists": ["The Bees"], "popularity": 9.0},
        {"title": "Help Yourself", "artists": ["The Bees"], "popularity": 9.0},
    ]
    titles = found(SongSearch(Catalogue(table(*rows))), "help")
    assert titles == ["Help! - Remastered 2009/The Bees", "Help/Nobody", "Help Yourself/The Bees"]


@pytest.mark.parametrize(
    "text", ["halo beyonce", "BEYONCÉ: Halo!", "bey hal", "  beyoncé  ", "halo beyonse"]
)
def test_case_accents_order_endings_and_a_slip_make_no_difference(
    songs: SongSearch, text: str
) -> None:
    assert found(songs, text) == ["Halo/Beyoncé"]  # once, though it stands there in two versions


def test_words_count_from_their_beginning(songs: SongSearch) -> None:
    assert found(songs, "ohn") == []  # inside Johnny
    assert found(songs, "dont guest") == ["Don't Stop/The Macs"]


def test_what_nobody_sings_is_not_found(songs: SongSearch) -> None:
    assert found(songs, "qwertyuiop") == []


@pytest.mark.parametrize(("text", "says"), [("", "nothing to search"), ("x" * 251, "at most 250")])
def test_a_search_that_makes_no_sense_is_a_sentence(
    songs: SongSearch, text: str, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        songs.find(text)


def test_a_song_from_elsewhere_is_recognised_by_id_or_by_name(songs: SongSearch) -> None:
    other = "0" * 22
    assert songs.recognise(track_id(2), title="?", artists=["?"]).title == "Hurt So Good"
    known = songs.recognise(other, title="Halo - 2011 Remaster", artists=["Beyonce", "Somebody"])
    assert known is not None
    assert (known.track_id, known.title) == (track_id(3), "Halo")
    assert songs.recognise(other, title="Halo", artists=["Depeche"]) is None
    assert songs.recognise(other, title="Halo", artists=[]) is None
