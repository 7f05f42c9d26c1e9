"""The two written rules that read words: genres into families, playlist names into moods."""

from __future__ import annotations

import pytest

from affetto.sources.contexts import mood_context, quadrants_in
from affetto.sources.genres import GENRES, families


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("latin jazz", ("jazz", "latin")),
        ("post-rock", ("rock",)),
        ("rocksteady", ("reggae",)),
        ("k-pop", ("k-pop",)),
        ("j-rock", ("rock", "j-pop")),
        ("pop-film", ("indian", "soundtrack")),
        ("happy hardcore", ("electronic",)),
        ("new jack swing", ("r&b",)),
        ("reggaeton", ("latin",)),
        ("amapiano", ("african",)),  # holds "piano", is no classical music
        ("ukrainian pop", ("pop",)),  # holds "rain", is no noise for sleeping
        ("white noise", ("ambient",)),  # holds "hit", is no hit
        ("indian", ("indian",)),  # holds no "indie"
        ("sleep", ("ambient",)),
        ("british", ()),  # says where, not what
        ("MINIMAL-TECHNO ", ("house & techno",)),
        # what sounds like another genre
        ("new romantic", ("pop", "rock")),
        ("romantic era", ("classical",)),
        ("harlem renaissance", ("jazz",)),
        ("italian renaissance", ("classical",)),
        ("symphonic rock", ("rock",)),
        ("symphonic black metal", ("metal",)),
        ("baroque pop", ("pop",)),
        ("german baroque", ("classical",)),
        ("jazz piano", ("jazz",)),
        ("piano", ("classical",)),
        ("reggae fusion", ("reggae",)),
        ("fusion", ("jazz",)),
        ("afroswing", ("african",)),
        ("indian classical", ("indian",)),
        ("melbourne bounce", ("electronic",)),
        ("bounce", ("hip hop",)),
        ("socal pop punk", ("pop", "punk")),
        ("soca", ("reggae",)),
        ("groove metal", ("metal",)),
        ("jazz double bass", ("jazz",)),
        ("trancecore", ("electronic",)),
        ("drone metal", ("metal",)),
        ("sertanejo universitario", ("brazilian",)),  # holds "sitar"
        ("cancion infantil latinoamericana", ("latin", "children")),  # holds "americana"
    ],
)
def test_a_raw_genre_has_these_families(raw: str, expected: tuple[str, ...]) -> None:
    assert families(raw) == expected


def test_every_family_is_reached_by_its_own_name() -> None:
    assert [family for family in GENRES if family not in families(family)] == []


@pytest.mark.parametrize(
    ("name", "description", "expected"),
    [
        ("Happy Hits!", "", "happy"),
        ("Sad Indie", "The premier alternative playlist.", "sad"),
        ("Peaceful Piano", "", "calm"),
        ("Rage Beats", "", "angry"),
        ("Canciones tristes", "", "sad"),
        ("Música para dormir", "", "calm"),
        ("Liebeskummer", "", "sad"),
        ("Bonne humeur", "", "happy"),
        ("Concentração Perfeita", "", "calm"),
        ("Butter", "Relax to smooth joints.", "calm"),  # the name says nothing
        ("Sad Indie", "Smile, be happy", "sad"),  # the name goes first
        ("Happy or Sad", "Relax", None),  # two quadrants in the name
        ("Butter", "Happy and sad songs", None),
        ("Sad Boy Radio", "", None),  # an artist's radio
        ("This Is Happy Mondays", "", None),
        ("Butter", "New pop. Cover: Happy Band", None),
        ("Butter", "With Calm Band, Rage Band and more", None),
        ("Sadie's choice", "", None),  # whole words only
        ("Workout", "Push harder", None),  # lively is not yet pleasant
        ("", "", None),
    ],
)
def test_a_playlist_promises_this_mood(name: str, description: str, expected: str | None) -> None:
    assert mood_context(name, description) == expected


def test_only_the_beginning_of_a_description_is_read() -> None:
    assert mood_context("Butter", "a " * 79 + "happy") is None  # starts at character 158
    assert mood_context("Butter", "a " * 70 + "happy") == "happy"


def test_several_quadrants_are_all_found() -> None:
    assert quadrants_in("sad but HAPPY") == {"sad", "happy"}
