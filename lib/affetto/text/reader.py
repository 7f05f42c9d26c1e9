"""Reads a mood from a sentence: known feeling words, turned by "not", weighed by "very".

A word list, not a language model: it knows what it knows, says which words it read, and asks
the listener to choose where it knows none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from affetto.emotions import EMOTION_MOODS, EMOTIONS, Mood
from affetto.errors import InputError
from affetto.text.grave import grave_words
from affetto.text.words import (
    LANGUAGES,
    PEAK,
    SUPERLATIVE,
    FeelingWord,
    Grammar,
    feeling_words,
    grammar,
)

NOT_FACTOR = -0.5  # "not happy" is milder than "sad", "not sad" milder than "happy"
NEGATION_REACH = 4  # words that a "not" reaches over
TURN_WEIGHT = 2.5  # "I was sad, but now I am fine" is mostly about now
LONGEST_TEXT = 2000  # characters
_LONGEST_PHRASE = 5  # words
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*'?|[.,;:!?…\n]+")
_CLAUSE_END = re.compile(r"[.,;:!?…\n]")


@dataclass(frozen=True, slots=True)
class TextReading:
    """What a sentence says.

    mood : the weighted mean of its feeling words.  emotion : the one of the seven that most of
    their weight names, or None.  words : those that were read, as written, a
    "not" before those that were denied.  language : en or it.  grave : whether somebody may want
    to die (``grave.HELP`` is to be said then).
    """

    mood: Mood
    emotion: str | None
    words: tuple[str, ...]
    language: str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class _Hit:
    """One feeling word as it stands in the sentence."""

    text: str
    valence: float
    arousal: float
    emotion: str | None
    weight: float


def read_text(text: str, *, language: str | None = None) -> TextReading:
    """The mood of a sentence in English or Italian.

    language : "en" or "it"; by default the one in which more of the words are known.
    Raises InputError where no feeling word is known, asking the listener to choose instead.
    """
    if language is not None and language not in LANGUAGES:
        raise InputError(f"I read {' and '.join(LANGUAGES)}, not {language!r}.")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"A sentence will do: at most {LONGEST_TEXT:,} characters.")
    tokens = tokenise(text)
    language = language or _guess_language(tokens)
    hits = _hits(tokens, language)
    if grave := grave_words(text):
        return TextReading(EMOTION_MOODS["sad"], "sad", (grave,), language, grave=True)
    if not hits:
        raise InputError(
            "I know none of these feeling words; say it with another word, "
            f"or choose an emotion: {', '.join(EMOTIONS)}."
        )
    return TextReading(_mean(hits), _emotion(hits), tuple(hit.text for hit in hits), language)


def tokenise(text: str) -> list[str]:
    """Lower-case words and marks of punctuation, in order; typographic apostrophes made plain."""
    plain = unicodedata.normalize("NFC", text.casefold())
    return _TOKEN.findall(plain.replace("’", "'").replace("`", "'"))


def _guess_language(tokens: Sequence[str]) -> str:
    """Where more tokens are known; feeling words count double; English on a tie."""

    def known(language: str) -> float:
        small, words = grammar(language), _split_elisions(tokens, language)
        everyday = sum(
            word in small.common or word in small.degrees or word in small.negations
            for word in words
        )
        return everyday + 2 * sum(len(hit.text.split()) for hit in _hits(tokens, language))

    return max(LANGUAGES, key=known)


def _split_elisions(tokens: Sequence[str], language: str) -> list[str]:
    """Italian "un'ansia" → "un", "ansia"; English "don't" stays whole."""
    if not grammar(language).elides:
        return [token.rstrip("'") for token in tokens]
    return [part for token in tokens for part in token.split("'") if part]


def _hits(tokens: Sequence[str], language: str) -> list[_Hit]:
    """Every feeling word with what stands before it taken into account."""
    small, words = grammar(language), _split_elisions(tokens, language)
    hits: list[_Hit] = []
    before, place = _Before(), 0
    while place < len(words):
        found, length = _look_up(words, place, language)
        text = " ".join(words[place : place + length])
        if found is not None:
            hits.append(before.weigh(text, found, small))
            before.felt(carries_on=words[place + length : place + length + 1], small=small)
        else:
            length = before.pass_by(words[place : place + 3], small)
        place += length
    return hits


@dataclass(slots=True)
class _Before:
    """What the words read so far do to the next feeling word."""

    negated: int = 0  # words that a "not" still reaches over
    degree: float = 1.0
    weight: float = 1.0

    def pass_by(self, words: Sequence[str], small: Grammar) -> int:
        """Take in a word (or two or three that make one) without a feeling; how many were taken."""
        word, pair = words[0], " ".join(words[:2])
        self.negated = max(0, self.negated - 1)
        for length in (3, 2):
            if " ".join(words[:length]) in small.peaks:
                self.negated, self.degree = 0, PEAK
                return length
        if pair in small.degrees:
            self.degree *= small.degrees[pair]
            return 2
        if word in small.negations and words[1:2] == [word]:
            return 2  # "not not happy"
        if _CLAUSE_END.search(word):
            self.negated, self.degree = 0, 1.0
        elif word in small.turns:
            self.negated, self.degree, self.weight = 0, 1.0, self.weight * TURN_WEIGHT
        elif word in small.negations or word.endswith("n't"):
            self.negated, self.degree = NEGATION_REACH, 1.0
        elif word in small.degrees:
            self.degree *= small.degrees[word]
        return 1

    def weigh(self, text: str, word: FeelingWord, small: Grammar) -> _Hit:
        """The feeling word as it is meant here.  "Not very happy" is turned as "not happy" is."""
        factor = self.degree * (SUPERLATIVE if text.endswith(small.superlatives) else 1.0)
        if self.negated:
            factor = NOT_FACTOR
        return _Hit(
            text=f"{small.denial} {text}" if self.negated else text,
            valence=word.mood.valence * factor,
            arousal=word.mood.arousal * factor,
            emotion=None if self.negated else word.emotion,
            weight=self.weight * max(abs(factor), 0.5),
        )

    def felt(self, *, carries_on: Sequence[str], small: Grammar) -> None:
        """A feeling word uses up what stood before it; "not sad or tired" denies both."""
        self.degree = 1.0
        if not any(word in small.joints for word in carries_on):
            self.negated = 0


def _look_up(words: Sequence[str], place: int, language: str) -> tuple[FeelingWord | None, int]:
    """The feeling word or longest phrase that begins here, and how many words it takes."""
    known = feeling_words(language)
    for length in range(min(_LONGEST_PHRASE, len(words) - place), 1, -1):
        phrase = " ".join(words[place : place + length])
        if phrase in known:
            return known[phrase], length
    return _known_form(words[place], language), 1


def _known_form(word: str, language: str) -> FeelingWord | None:
    """The entry of a word, or of the form that it is an inflection of."""
    known, small = feeling_words(language), grammar(language)
    if word in known:
        return known[word]
    if word in small.degrees or word in small.common or word in small.turns:
        return None
    for ending, instead in small.endings:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 3:
            continue
        forms = [stem + new for new in instead]
        if len(stem) > 3 and stem[-1] == stem[-2]:  # "saddest" → "sad"
            forms.append(stem[:-1])
        for form in forms:
            if form in known:
                return known[form]
    return None


def _mean(hits: Sequence[_Hit]) -> Mood:
    total = sum(hit.weight for hit in hits)
    valence = sum(hit.valence * hit.weight for hit in hits) / total
    arousal = sum(hit.arousal * hit.weight for hit in hits) / total
    return Mood(max(-1.0, min(1.0, valence)), max(-1.0, min(1.0, arousal)))


def _emotion(hits: Sequence[_Hit]) -> str | None:
    """The emotion that more than half of the weight names."""
    named: Counter[str] = Counter()
    for hit in hits:
        if hit.emotion:
            named[hit.emotion] += hit.weight
    if not named:
        return None
    emotion, weight = named.most_common(1)[0]
    return emotion if weight * 2 > sum(hit.weight for hit in hits) else None
