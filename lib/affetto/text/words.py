"""Our own lists of feeling words, and the small words that turn or weigh them.

Values are the authors' judgement, on the same plane as everything else: valence from -1
(unpleasant) to 1 (pleasant), arousal from -1 (asleep) to 1 (frantic).  No published list was
copied.  A language is two files: ``grammar_<language>.json``, and ``words_<language>.csv``, which
has the columns word, valence, arousal, emotion; a "word" may be several ("fed up"), and an
emotion stands only where the word names one of the seven.
"""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from importlib import resources

from affetto.emotions import EMOTIONS, Mood
from affetto.errors import DataError

LANGUAGES = ("en", "it")
SUPERLATIVE = PEAK = 1.35


@dataclass(frozen=True, slots=True)
class FeelingWord:
    """What one word says of a mood.  Raises DataError for an emotion that is not one of ours."""

    mood: Mood
    emotion: str | None

    def __post_init__(self) -> None:
        if self.emotion is not None and self.emotion not in EMOTIONS:
            raise DataError(f"A word list names an unknown emotion, {self.emotion!r}.")


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words of a language that change the feeling words after them."""

    denial: str  # "not", before a feeling word that was denied however it was
    negations: frozenset[str]  # "not": turns the next feeling word of the clause
    denied_after: frozenset[str]  # "of nothing": turns the feeling word before it
    wishes: frozenset[str]  # "I wish I": what is wished for is not so
    peaks: frozenset[str]  # "can't stop", "never been so": no negation, whatever they look like
    bests: frozenset[str]  # "couldn't be", "never felt": peaks before a comparative
    comparatives: tuple[str, ...]  # what a comparative ends in
    less: str  # "less", before a feeling word that is a little less so
    joints: frozenset[str]  # "or": carry a negation on, as in "not sad or tired"
    degrees: dict[str, float]  # "very" 1.4, "slightly" 0.5: multiplies the next feeling word
    turns: frozenset[str]  # "but": what follows counts for more than what came before
    endings: tuple[tuple[str, tuple[str, ...]], ...]  # (ending, what may stand in its place)
    elides: bool  # an apostrophe parts two words, as in "un'ansia"
    superlatives: tuple[str, ...]  # endings that weigh like SUPERLATIVE
    common: frozenset[str]  # everyday words by which the language is told
    lookalikes: frozenset[str]  # everyday words that are no slip for a feeling word: "tried"

    @property
    def everyday(self) -> Set[str]:
        """Words without a feeling of their own."""
        return self.common | self.lookalikes | self.degrees.keys() | self.negations | self.turns


@cache
def grammar(language: str) -> Grammar:
    """The small words of a language, from ``grammar_<language>.json``."""
    source = resources.files("affetto.text").joinpath(f"grammar_{language}.json")
    parts = json.loads(source.read_text(encoding="utf-8"))
    return Grammar(
        denial=parts["not"],
        negations=frozenset(parts["negations"]),
        denied_after=frozenset(parts["denied_after"]),
        wishes=frozenset(parts["wishes"]),
        peaks=frozenset(parts["peaks"]) | frozenset(map(without_accents, parts["peaks"])),
        bests=frozenset(parts["bests"]),
        comparatives=tuple(parts["comparatives"]),
        less=parts["less"],
        joints=frozenset(parts["joints"]),
        degrees=parts["degrees"],
        turns=frozenset(parts["turns"]),
        endings=tuple((ending, tuple(forms)) for ending, forms in parts["endings"].items()),
        elides=parts["elides"],
        superlatives=tuple(parts["superlatives"]),
        common=frozenset(parts["common"]),
        lookalikes=frozenset(parts["lookalikes"]),
    )


@cache
def feeling_words(language: str) -> dict[str, FeelingWord]:
    """Word or phrase, without accents → its mood.  Raises DataError if the list is damaged."""
    source = resources.files("affetto.text").joinpath(f"words_{language}.csv")
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    elides = grammar(language).elides
    words = {
        without_accents(row["word"].replace("'", " ") if elides else row["word"]): FeelingWord(
            Mood(float(row["valence"]), float(row["arousal"])), row["emotion"] or None
        )
        for row in rows
    }
    if len(words) != len(rows):
        raise DataError(f"A word stands twice in the {language} word list.")
    return words


def without_accents(text: str) -> str:
    """Letters without their marks: many write "giu" or "giú" for "giù"."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in parts if not unicodedata.combining(sign))
