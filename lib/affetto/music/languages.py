"""The languages in which songs are sung, by their ISO 639 codes and English names."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from affetto.errors import InputError

#: Song without words; ISO 639-2's own code for "no linguistic content".
WORDLESS = "zxx"
NEAR = 0.75  # how alike (difflib's ratio) a name must be to be offered for a mistyped one

#: Code → English name.  A track whose language is not known has none of these.
LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "es": "Spanish",
    "pt": "Portuguese",
    "fr": "French",
    "de": "German",
    "it": "Italian",
    "nl": "Dutch",
    "sv": "Swedish",
    "pl": "Polish",
    "tr": "Turkish",
    "ru": "Russian",
    "uk": "Ukrainian",
    "el": "Greek",
    "he": "Hebrew",
    "ar": "Arabic",
    "hi": "Hindi",
    "pa": "Punjabi",
    "th": "Thai",
    "id": "Indonesian",
    "ko": "Korean",
    "ja": "Japanese",
    "zh": "Chinese",
    WORDLESS: "no words",
}
_WORDS = {
    **{code: code for code in LANGUAGES},
    **{name.lower(): code for code, name in LANGUAGES.items()},
    "instrumental": WORDLESS,
}


def parse_language(name: str) -> str:
    """The code that a code or an English name means.  InputError, naming near ones, or all."""
    word = " ".join(name.lower().split())
    if word in _WORDS:
        return _WORDS[word]
    near = difflib.get_close_matches(word, _WORDS, n=3, cutoff=NEAR) or [
        *(name for code, name in LANGUAGES.items() if code != WORDLESS),
        "instrumental",
    ]
    raise InputError(f"I don't know the language {name!r}; try {', '.join(near)}.")
