"""One spelling for artists and titles: what is folded together and what is kept apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affetto.sources.names import (
    artist_candidates,
    artist_key,
    fold,
    recording_key,
    split_commas,
    split_credits,
    split_on,
    title_key,
)

SAME = [
    "Rain",
    "RAIN",
    "Rain - 2011 Remaster",
    "Rain - Remastered 2009",
    "Rain (Remastered)",
    "Rain (feat. Bob)",
    "Rain [feat. Bob & Eve]",
    "Rain feat. Bob",
    "Rain (with Bob)",
    "Rain - Radio Edit",
    "Rain - Single Version",
    "Rain - Mono / Remastered 2014",
    'Rain (From "The Film")',
    "Rain - Original Mix",
    "Ráin",
    "Rain!",
]
APART = [
    "Rain - Live",
    "Rain (Live) - Remastered",
    "Rain - Acoustic",
    "Rain (Instrumental)",
    "Rain - Some DJ Remix",
    "Rain (Ann's Version)",
    "Rain, Part 2",
    "Rain (Karaoke)",
    "Rain - Demo",
]


@pytest.mark.parametrize("title", SAME)
def test_the_same_recording_has_one_key(title: str) -> None:
    assert title_key(title) == "rain"


@pytest.mark.parametrize("title", APART)
def test_another_recording_has_another_key(title: str) -> None:
    assert title_key(title) != "rain"


def test_the_kept_apart_are_also_apart_from_each_other() -> None:
    assert len({title_key(title) for title in APART}) == len(APART) - 1  # the two live ones


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Beatles", "beatles"),
        ("Beyoncé", "BEYONCE"),
        ("Simon & Garfunkel", "simon and garfunkel"),
        ("Guns N' Roses", "Guns N’ Roses"),
        ("Ki &amp; Ka", "Ki & Ka"),
        ("AC/DC", "ac dc"),
    ],
)
def test_spellings_of_one_artist_meet(one: str, other: str) -> None:
    assert artist_key(one) == artist_key(other)


@pytest.mark.parametrize("name", ["!!!", "???", "♥", "…"])
def test_names_without_letters_keep_a_key_of_their_own(name: str) -> None:
    assert fold(name) == ""
    assert artist_key(name) == title_key(name) == name


def test_other_scripts_keep_their_marks() -> None:
    assert fold("ガーデン") != fold("カーテン")  # voiced and unvoiced: other words
    assert fold("हिन्दी गीत") == "हिन्दी गीत"  # vowel signs are part of the word


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=40).filter(str.strip))
def test_no_title_loses_its_key(title: str) -> None:
    assert title_key(title)


def test_separators() -> None:
    assert split_on("Ann;Bob; Ann ;;", ";") == ["Ann", "Bob"]
    assert split_credits("Ann Featuring Bob") == ["Ann", "Bob"]
    assert split_credits("Ann feat. Bob ft. Eve") == ["Ann", "Bob", "Eve"]
    assert split_credits("Simon & Garfunkel") == ["Simon & Garfunkel"]


def test_a_known_artist_with_commas_stays_whole() -> None:
    known = {artist_key("Ink, Pen & Co"), artist_key("Tyler, The Creator")}
    assert split_commas("Ann, Ink, Pen & Co, Bob", known=known) == ["Ann", "Ink, Pen & Co", "Bob"]
    assert split_commas("Tyler, The Creator", known=known) == ["Tyler, The Creator"]
    assert split_commas("Tyler, The Creator", known=()) == ["Tyler", "The Creator"]


def test_candidates_begin_with_the_whole_credit() -> None:
    assert artist_candidates("Ann & The Band") == ["ann and the band", "ann", "band"]
    assert artist_candidates("Ann featuring Bob") == ["ann featuring bob", "ann", "bob"]
    assert artist_candidates("") == []


def test_a_recording_is_its_first_artist_and_title() -> None:
    assert recording_key(["ann", "bob"], "Rain (feat. Bob)") == recording_key(["ann"], "RAIN")
    assert recording_key(["bob", "ann"], "Rain") != recording_key(["ann", "bob"], "Rain")
