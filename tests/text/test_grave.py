"""Somebody who may want to die is answered with care, whatever else their words say."""

from __future__ import annotations

import pytest

from affetto import recommend
from affetto.emotions import EMOTION_MOODS
from affetto.text.grave import HELP, grave_words
from affetto.text.reader import read_text

GRAVE = [
    "I want to die",
    "i wanna die",
    "I’m so happy, I could sing, no: I want to die.",
    "I wish I were dead",
    "I don’t want to live anymore",
    "thinking about suicide",
    "I feel suicidal",
    "I am going to kill myself",
    "I'd be better off dead",
    "I just want to end it all",
    "I want to hurt myself",
    "I want to sleep forever and never wake up",
    "I want to go to sleep and not wake up",
    "I could just fall asleep forever",
    "Voglio morire",
    "vorrei essere morta",
    "NON VOGLIO PIÙ VIVERE",
    "penso di farla finita",
    "ho voglia di farmi del male",
    "vorrei dormire per sempre",
    "voglio addormentarmi e non svegliarmi più",
]
NOT_GRAVE = [
    "I want to die laughing",
    "I am dying to see you",
    "I cut myself shaving and hurt myself at the gym",
    "this traffic kills me",
    "I want to sleep",
    "I could sleep for a week",
    "voglio dormire",
    "the end of my day",
    "sto morendo dal ridere",
    "la partita è finita",
    "",
]


@pytest.mark.parametrize("sentence", GRAVE)
def test_grave_words_are_noticed_and_count_as_sad(sentence: str) -> None:
    reading = read_text(sentence)
    assert reading.grave
    assert (reading.emotion, reading.mood) == ("sad", EMOTION_MOODS["sad"])


@pytest.mark.parametrize("sentence", NOT_GRAVE)
def test_other_words_are_not(sentence: str) -> None:
    assert grave_words(sentence) is None


def test_who_says_so_is_told_whom_to_call_and_not_cheered_up() -> None:
    playlist = recommend(text="I want to die")
    assert HELP in playlist.messages
    assert playlist.goal == "calm"
    assert recommend(text="I am sad").goal == "lift"
