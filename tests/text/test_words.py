from __future__ import annotations

from collections import Counter

import pytest

from affetto.emotions import EMOTION_MOODS, EMOTIONS, Mood
from affetto.errors import DataError
from affetto.text.reader import read_text
from affetto.text.words import LANGUAGES, FeelingWord, feeling_words, grammar


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_has_at_least_three_hundred_words_in_every_quadrant(language: str) -> None:
    words = feeling_words(language)
    quadrants = Counter(word.mood.quadrant for word in words.values())
    assert len(words) >= 300
    assert min(quadrants[name] for name in ("happy", "angry", "sad", "calm")) >= 30


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_written_as_they_are_looked_up(language: str) -> None:
    for word in feeling_words(language):
        assert word == word.casefold().strip()
        assert len(word.split()) <= 5  # longer phrases would never be found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_can_be_read(language: str) -> None:
    """None is hidden behind a shorter word, a negation or a degree."""
    for word in feeling_words(language):
        assert read_text(word, language=language).words, word


@pytest.mark.parametrize("language", LANGUAGES)
def test_named_emotions_lie_on_the_right_side_of_the_plane(language: str) -> None:
    for text, word in feeling_words(language).items():
        if word.emotion in {"angry", "disgust", "fear", "sad"}:
            assert word.mood.valence < 0, text
        if word.emotion == "happy":
            assert word.mood.valence > 0, text
    named = {word.emotion for word in feeling_words(language).values()}
    assert set(EMOTIONS) - {"neutral"} <= named


@pytest.mark.parametrize(
    ("word", "emotion"),
    [("furious", "angry"), ("furioso", "angry"), ("joyful", "happy"), ("impaurito", "fear")],
)
def test_a_word_lies_in_the_quadrant_of_its_emotion(word: str, emotion: str) -> None:
    language = "it" if word in feeling_words("it") else "en"
    assert feeling_words(language)[word].mood.quadrant == EMOTION_MOODS[emotion].quadrant


@pytest.mark.parametrize("language", LANGUAGES)
def test_small_words_do_not_contradict_each_other(language: str) -> None:
    small = grammar(language)
    assert not small.negations & set(small.degrees)
    assert not small.turns & small.negations
    assert all(0 < factor <= 2 for factor in small.degrees.values())
    assert not small.everyday & feeling_words(language).keys()


def test_an_unknown_emotion_in_a_list_is_refused() -> None:
    with pytest.raises(DataError, match="unknown emotion, 'joy'"):
        FeelingWord(Mood(1, 1), "joy")
