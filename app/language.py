"""The words of the page, from one message file a language.

A translator copies ``messages/en.json``, translates the values and adds the language to
``LANGUAGES``.  ``page`` holds what the app says itself.  ``library`` holds what comes from the
library in English, as patterns: ``{…}`` stands for any text, which is translated in its turn
unless it is a ``{title}``; the first pattern that fits counts.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import streamlit as st

from affetto.emotions import EMOTIONS
from affetto.plots import PlaneWords

FOLDER = Path(__file__).parent / "messages"
LANGUAGES = {"en": "English", "it": "Italiano"}
DEFAULT = "en"
T = TypeVar("T")
_KEY = "language"
_NUMBER = re.compile(r"\d{1,3}(,\d{3})+")
_HOLE = re.compile(r"\\\{(\w+)\\\}")


def language() -> str:
    """The session's language: chosen, named in the address, the browser's, or English."""
    try:  # one look a word: the page has hundreds, and Streamlit's are slow
        return st.session_state[_KEY]
    except KeyError:
        named = st.query_params.get("lang")
        st.session_state[_KEY] = named if named in LANGUAGES else browsers_language()
        return st.session_state[_KEY]


def browsers_language() -> str:
    """The browser's own language where the app speaks it, else English."""
    spoken = (st.context.locale or "").split("-")[0].lower()
    return spoken if spoken in LANGUAGES else DEFAULT


def t(key: str, **values: object) -> str:
    """The page's words under ``key`` in the session's language, with ``{name}`` filled in."""
    return messages(language())["page"][key].format(**values)


def number(value: float, *, digits: int = 0) -> str:
    """A number as the session's language writes it, such as 28,709 or 28.709."""
    signs = {",": t("number.thousands"), ".": t("number.point")}
    return "".join(signs.get(sign, sign) for sign in f"{value:,.{digits}f}")


def emotion_word(emotion: str) -> str:
    """One of the seven as an adjective, such as "afraid" for fear."""
    return t(f"emotion.{emotion}")


def goal_word(goal: str) -> str:
    """One of the four goals as the page names it."""
    return t(f"goal.{goal}")


def named(options: Iterable[T], word: Callable[[T], str]) -> Callable[[T], str]:
    """A ``format_func`` for a widget, with the words of this moment's language."""
    return {option: word(option) for option in options}.__getitem__


def from_library(sentence: str) -> str:
    """A sentence of the library in the session's language; as it is where no pattern fits."""
    return translate(sentence, language())


def plane_words() -> PlaneWords:
    """The words on the mood plane."""
    return PlaneWords(
        pleasant=t("plane.pleasant"),
        unpleasant=t("plane.unpleasant"),
        lively=t("plane.lively"),
        quiet=t("plane.quiet"),
        you=t("plane.you"),
        goal=t("plane.goal"),
        emotions={name: emotion_word(name) for name in EMOTIONS},
    )


@functools.cache
def messages(code: str) -> Mapping[str, Mapping[str, str]]:
    """The message file of a language."""
    return json.loads((FOLDER / f"{code}.json").read_text(encoding="utf-8"))


def translate(sentence: str, code: str) -> str:
    """``sentence`` by the first ``library`` pattern that fits all of it."""
    for pattern, template in _patterns(code):
        match = pattern.fullmatch(sentence)
        if match:
            parts = {
                name: part if name == "title" else translate(_counted(part, code), code)
                for name, part in match.groupdict().items()
            }
            return template.format(**parts)
    return sentence


def _counted(part: str, code: str) -> str:
    """A number with the language's own sign between thousands; anything else as it is."""
    if _NUMBER.fullmatch(part):
        return part.replace(",", messages(code)["page"]["number.thousands"])
    return part


@functools.cache
def _patterns(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    library = messages(code).get("library", {})
    return tuple((_compile(english), words) for english, words in library.items())


def _compile(english: str) -> re.Pattern[str]:
    return re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(english)), re.DOTALL)
