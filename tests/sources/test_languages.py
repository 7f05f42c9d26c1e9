from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from affetto.music.languages import LANGUAGES
from affetto.sources.languages import (
    _GENRES,
    _SCRIPTS,
    _TELLING,
    genre_language,
    script_language,
    title_language,
    track_languages,
)


def _languages(*rows: tuple[str, str, tuple[str, ...], float]) -> list[str | None]:
    """Languages of (artist, title, genres, instrumentalness) rows."""
    return track_languages(
        pd.DataFrame(
            {
                "title": [title for _, title, _, _ in rows],
                "artists": [[artist] for artist, _, _, _ in rows],
                "artist_keys": [[artist.lower()] for artist, _, _, _ in rows],
                "raw_genres": [list(genres) for _, _, genres, _ in rows],
                "instrumentalness": [value for _, _, _, value in rows],
            }
        )
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("봄날", "ko"),
        ("夜に駆ける YOASOBI", "ja"),  # kana beside Han: Japanese
        ("說好不哭", "zh"),
        ("Кукушка", "ru"),
        ("Обійми", "uk"),  # і stands in Ukrainian, not in Russian
        ("Σ'αγαπώ", "el"),
        ("Bad Guy", None),
        ("Café Ü", None),
    ],
)
def test_letters_tell_a_language_where_only_one_has_them(text: str, language: str | None) -> None:
    assert script_language(text) == language


@pytest.mark.parametrize(
    ("genres", "language"),
    [
        (["k-pop girl group", "dance pop"], "ko"),
        (["reggaeton colombiano"], "es"),
        (["sertanejo universitario"], "pt"),
        (["german techno", "german metal"], None),  # says where, not in which language
        (["j-pop"], None),  # stands on Michael Bublé in one source
        (["k-pop", "reggaeton"], None),  # two languages are none
        (["folk-pop", "folk-rock", "punk-rock", "funk-pop", "kindie rock", "sock-indie"], None),
        ([], None),
    ],
)
def test_genres_tell_a_language_where_they_name_its_singing(genres, language) -> None:
    assert genre_language(genres) == language


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("You Belong with Me", "en"),
        ("Corazón", "es"),  # one word, with an accent
        ("Mi Gente", None),  # "mi" is Italian too in a way, and short: one such word is no proof
        ("La Vida es Mi Camino", "es"),  # two such words are
        ("Ich liebe dich nicht", "de"),
        ("Hola (with The Weeknd)", None),  # a guest's name is not read
        ("Solo - Radio Edit for You", None),  # nor what a version is called
        ("Despacito", None),
        ("What Corazón", None),  # two languages
    ],
)
def test_a_title_tells_a_language_by_words_of_that_language_alone(title, language) -> None:
    assert title_language(title) == language


def test_a_song_takes_the_language_of_its_artists_other_songs() -> None:
    rows = (
        ("Ana", "Corazón", (), 0.0),
        ("Ana", "Nunca Jamás Contigo", (), 0.0),
        ("Ana", "RLNDT", (), 0.0),  # two of two songs with a language: Spanish
        ("Ana", "The Way You Are", (), 0.0),
        ("Ben", "RLNDT", (), 0.0),
    )
    assert _languages(*rows) == ["es", "es", None, "en", None]  # 2 of 3 is less than four in five
    assert _languages(*rows[:3], rows[4]) == ["es", "es", "es", None]


def test_korean_songs_with_english_titles_stay_korean() -> None:
    assert _languages(("Bts", "Boy With Luv", ("k-pop",), 0.0)) == ["ko"]
    assert _languages(("Pit", "Don't Stop the Party", ("reggaeton",), 0.0)) == [None]


def test_a_song_without_words_has_its_own_code_and_unknown_features_say_nothing() -> None:
    told = _languages(("A", "What You Are", (), 0.9), ("B", "What You Are", (), np.nan))
    assert told == ["zxx", "en"]


def test_who_mostly_sings_has_words_where_a_song_sounds_instrumental() -> None:
    sung = [("A", "What You Are", (), 0.1)] * 2
    assert _languages(*sung, ("A", "When You Are", (), 0.9))[-1] == "en"
    assert _languages(*sung, *[("A", "When You Are", (), 0.9)] * 2)[-1] == "zxx"  # half of four


def test_every_rule_speaks_of_a_language_that_has_a_name() -> None:
    codes = {code for code, _ in (*_GENRES, *_SCRIPTS)} | set(_TELLING.values())
    assert codes <= set(LANGUAGES)
