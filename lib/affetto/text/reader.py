"""Reads a mood from a sentence: known feeling words, turned by "not", weighed by "very".

A word list, not a language model: it knows what it knows, says which words it read, and asks
the listener to choose where it knows none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
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
    without_accents,
)

NOT_FACTOR = -0.5  # "not happy" is milder than "sad", "not sad" milder than "happy"
LESS_FACTOR = -0.25  # "less sad than yesterday" is a little better than nothing
NEGATION_REACH = 4  # words that a "not" reaches over
NAMED_SHARE = 0.6  # of the weight: "but a little sad" (2.5 × 0.6 to 1) is not yet sad
NEAR_MIDDLE = 0.25  # a mean this near to the middle of the plane is a mixture without a name
WISH_REACH = 6  # words that "I wish I" reaches over
TURN_WEIGHT = 2.5  # "I was sad, but now I am fine" is mostly about now
LONGEST_TEXT = 2000  # characters
_LONGEST_PHRASE = 5  # words
_LONGEST_SMALL = 4  # words of a phrase without a feeling, as in "i'd like to be"
_SHORTEST_TYPED = 4  # letters of a word that may be a slip; the one that was meant has more
_SHORTEST_INFLECTED = 7  # letters of such a word in another form, as in "arrabiata"
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*'?|[.,;:!?…\n]+")
_CLAUSE_END = re.compile(r"[.,;:!?…\n]")


@dataclass(frozen=True, slots=True)
class TextReading:
    """What a sentence says.

    mood : the weighted mean of its feeling words.  emotion : the one of the seven that most of
    their weight names, or None where none does or the mood lies near the middle.  words : those
    that were read, as written, a "not" before those that were denied and a "less" before those
    that are less so.  language : en or it.  grave : whether somebody may want to die
    (``grave.HELP`` is to be said then).
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
    if not text.strip():
        raise InputError("Write in a few words how you feel.")
    if language is not None and language not in LANGUAGES:
        raise InputError(f"I read {' and '.join(LANGUAGES)}, not {language!r}.")
    if len(text) > LONGEST_TEXT:
        raise InputError(f"A sentence will do: at most {LONGEST_TEXT:,} characters.")
    tokens, languages = tokenise(text), (language,) if language else LANGUAGES
    language, hits = _most_known({each: tokens for each in languages})
    if not hits:
        language, hits = _most_known({each: _respell(tokens, each) for each in languages})
    if grave := grave_words(text):
        return TextReading(EMOTION_MOODS["sad"], "sad", (grave,), language, grave=True)
    if not hits:
        raise InputError(
            "I know none of these feeling words; say it with another word, "
            f"or choose an emotion: {', '.join(EMOTIONS)}."
        )
    mood = _mean(hits)
    return TextReading(mood, _emotion(hits, mood), tuple(hit.text for hit in hits), language)


def tokenise(text: str) -> list[str]:
    """Lower-case words and marks of punctuation, in order; typographic apostrophes made plain."""
    plain = unicodedata.normalize("NFC", text.casefold())
    return _TOKEN.findall(plain.replace("’", "'").replace("`", "'"))


def _most_known(spelt: Mapping[str, Sequence[str]]) -> tuple[str, list[_Hit]]:
    """The language in which most tokens are known, and what they say; the first on a tie.

    spelt : language → tokens as it spells them.  Feeling words count double.
    """
    hits = {language: _hits(tokens, language) for language, tokens in spelt.items()}

    def known(language: str) -> int:
        everyday = grammar(language).everyday
        small = sum(word in everyday for word in _split_elisions(spelt[language], language))
        return small + 2 * sum(len(hit.text.split()) for hit in hits[language])

    language = max(spelt, key=known)
    return language, hits[language]


def _respell(tokens: Sequence[str], language: str) -> list[str]:
    """Tokens with the feeling word in the place of each that is one slip of the hand from it."""
    return [_slip_of(token, language) or token for token in tokens]


def _slip_of(typed: str, language: str) -> str | None:
    """The feeling word that was meant by "hapy" or "tierd"; None for a word of its own."""
    small = grammar(language)
    forms = [typed, *(_base_forms(typed, small) if len(typed) >= _SHORTEST_INFLECTED else ())]
    if len(typed) < _SHORTEST_TYPED or not small.everyday.isdisjoint(forms):
        return None
    near = (word for form in forms for word in feeling_words(language) if _one_slip(form, word))
    return next(near, None)


def _one_slip(typed: str, word: str) -> bool:
    """Whether letters within a word changed places, or one was left out or put in."""
    if len(word) <= _SHORTEST_TYPED or (typed[0], typed[-1]) != (word[0], word[-1]):
        return False
    short, long = sorted((typed, word), key=len)
    if len(short) == len(long):
        return sorted(short) == sorted(long)
    return any(long[:place] + long[place + 1 :] == short for place in range(1, len(long)))


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
        after = words[place + length : place + length + _LONGEST_SMALL]
        if found is not None:
            if _begins(after, small.denied_after):
                before.negated = NEGATION_REACH
            hits.append(before.weigh(text, found, small))
            before.felt(carries_on=after[:1], small=small)
        else:
            length = before.pass_by([*words[place : place + 1], *after], small)
        place += length
    return hits


@dataclass(slots=True)
class _Before:
    """What the words read so far do to the next feeling word."""

    negated: int = 0  # words that a "not" still reaches over
    wished: bool = False  # whether the "not" was a wish, so that another takes it back
    lessened: bool = False  # by a "less" right before
    degree: float = 1.0
    weight: float = 1.0

    def pass_by(self, words: Sequence[str], small: Grammar) -> int:
        """Take in a word (or some that make one) without a feeling; how many were taken."""
        self.negated, self.lessened = max(0, self.negated - 1), False
        if words[0] in small.negations and words[1:2] == [words[0]]:
            return 2  # "not not happy"
        for length in range(min(_LONGEST_SMALL, len(words)), 0, -1):
            phrase, following = " ".join(words[:length]), words[length : length + 1]
            if phrase in small.peaks or (
                phrase in small.bests and following and following[0].endswith(small.comparatives)
            ):
                self._start(degree=PEAK)
            elif phrase in small.wishes:
                self.wished = not self.negated
                self.negated, self.degree = WISH_REACH, 1.0
            elif phrase in small.turns:
                self._start()
                self.weight *= TURN_WEIGHT
            elif phrase in small.negations or (length == 1 and phrase.endswith("n't")):
                self.negated, self.degree = 0 if self.wished else NEGATION_REACH, 1.0
            elif phrase in small.degrees:
                self.degree *= small.degrees[phrase]
            elif phrase == small.less:
                self.lessened = True
            elif length == 1 and _CLAUSE_END.search(phrase):
                self._start()
            else:
                continue
            return length
        return 1

    def _start(self, *, degree: float = 1.0) -> None:
        """Forget what turned or weighed a word so far."""
        self.negated, self.wished, self.degree = 0, False, degree

    def weigh(self, text: str, word: FeelingWord, small: Grammar) -> _Hit:
        """The feeling word as it is meant here.  "Not very happy" is turned as "not happy" is."""
        factor = self.degree * (SUPERLATIVE if text.endswith(small.superlatives) else 1.0)
        if self.lessened:
            text, factor = f"{small.less} {text}", factor * LESS_FACTOR
        if self.negated and not (self.wished and word.mood.valence < 0):  # "I want to be alone"
            text, factor = f"{small.denial} {text}", -factor if self.lessened else NOT_FACTOR
        return _Hit(
            text=text,
            valence=word.mood.valence * factor,
            arousal=word.mood.arousal * factor,
            emotion=word.emotion if factor > 0 else None,
            weight=self.weight * max(abs(factor), 0.5),
        )

    def felt(self, *, carries_on: Sequence[str], small: Grammar) -> None:
        """A feeling word uses up what stood before it; "not sad or tired" denies both."""
        self.degree, self.lessened = 1.0, False
        if not any(word in small.joints for word in carries_on):
            self.negated, self.wished = 0, False


def _begins(words: Sequence[str], phrases: Container[str]) -> bool:
    """Whether some of the first words are one of the phrases."""
    return any(" ".join(words[:length]) in phrases for length in range(1, len(words) + 1))


def _look_up(words: Sequence[str], place: int, language: str) -> tuple[FeelingWord | None, int]:
    """The feeling word or longest phrase that begins here, and how many words it takes."""
    known = feeling_words(language)
    for length in range(min(_LONGEST_PHRASE, len(words) - place), 1, -1):
        phrase = without_accents(" ".join(words[place : place + length]))
        if phrase in known:
            return known[phrase], length
    return _known_form(words[place], language), 1


def _known_form(word: str, language: str) -> FeelingWord | None:
    """The entry of a word, or of the form that it is an inflection of."""
    known, small, plain = feeling_words(language), grammar(language), without_accents(word)
    if plain in known:
        return known[plain]
    if word in small.degrees or word in small.common or word in small.turns:
        return None
    return next((known[form] for form in _base_forms(plain, small) if form in known), None)


def _base_forms(word: str, small: Grammar) -> Iterator[str]:
    """What the word may be an inflection of."""
    for ending, instead in small.endings:
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 3:
            continue
        yield from (stem + new for new in instead)
        if len(stem) > 3 and stem[-1] == stem[-2]:  # "saddest" → "sad"
            yield stem[:-1]


def _mean(hits: Sequence[_Hit]) -> Mood:
    total = sum(hit.weight for hit in hits)
    valence = sum(hit.valence * hit.weight for hit in hits) / total
    arousal = sum(hit.arousal * hit.weight for hit in hits) / total
    return Mood(max(-1.0, min(1.0, valence)), max(-1.0, min(1.0, arousal)))


def _emotion(hits: Sequence[_Hit], mood: Mood) -> str | None:
    """The emotion that most of the weight names, unless the feelings cancel each other out."""
    named: Counter[str] = Counter()
    for hit in hits:
        if hit.emotion:
            named[hit.emotion] += hit.weight
    if not named or (len(hits) > 1 and mood.distance(Mood(0, 0)) < NEAR_MIDDLE):
        return None
    emotion, weight = named.most_common(1)[0]
    return emotion if weight > NAMED_SHARE * sum(hit.weight for hit in hits) else None
