from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affetto.music.names import plain, song_keys, song_title


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Beyoncé", "beyonce"),
        ("AC/DC", "ac dc"),
        ("Guns N' Roses", "guns n roses"),
        ("Simon & Garfunkel", "simon and garfunkel"),
        ("  Sigur   Rós ", "sigur ros"),
        ("!!!", "!!!"),
        ("宇多田ヒカル", "宇多田ヒカル"),
    ],
)
def test_a_name_is_compared_without_case_accents_and_signs(written: str, key: str) -> None:
    assert plain(written) == key


@pytest.mark.parametrize(
    "version",
    [
        "Help! - Remastered 2009",
        "Help! (Live at the Hollywood Bowl)",
        "Help! - Radio Edit",
        "HELP",
        "Help! (feat. Somebody)",
        "Help! ft. Somebody",
        "Help! [Mono]",
        "Help! - 2011 Remaster - Live",
        "Help! (Acoustic)",
        "Help! - 2011",
        "Help! - December 2006",
        "Help! - Spotify Singles",
        "Help! - Recorded at Spotify Studios NYC",
        "Help! - English Ver.",
        "Help! [Mixed]",
        "Help! (Somebody RMX)",
        "Help! - Reimagined",
        "Help! - Acústico",
        "Help! (con Somebody)",
        "Help! (w/ Somebody)",
    ],
)
def test_versions_of_a_song_share_its_title(version: str) -> None:
    assert song_title(version) == "help"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Live Forever", "Forever"),  # "live" in the name itself is no version
        ("Radio Ga Ga", "Ga Ga"),
        ("Crazy (In Love)", "Crazy"),
        ("December, 1963 (Oh, What a Night)", "December"),
        ("Day 'N' Nite (Nightmare)", "Day 'N' Nite"),
        ("Runaway - Part 1", "Runaway - Part 2"),
        ("Symphony No. 5 - Allegro", "Symphony No. 5 - Andante"),
        ("1979", "1999"),
    ],
)
def test_different_songs_keep_different_titles(one: str, other: str) -> None:
    assert song_title(one) != song_title(other)


def test_a_title_that_is_only_a_version_word_is_kept() -> None:
    assert song_title("(Live)") == "live"


def test_versions_are_matched_whatever_the_order_of_credits() -> None:
    album = song_keys(["Queen", "David Bowie"], "Under Pressure - Remastered 2011")
    single = song_keys(["David Bowie", "Queen"], "Under Pressure")
    cover = song_keys(["Karen Souza"], "Under Pressure")
    assert album & single
    assert not album & cover


@given(st.text(min_size=1))
def test_keys_never_fail_and_never_change_when_taken_twice(title: str) -> None:
    assert song_title(song_title(title)) == song_title(song_title(song_title(title)))
    assert (plain(title) == "") == (title.strip() == "")
