"""One spelling for each artist and title, so that the same song is found under many ids.

Kept apart on purpose: remixes, live takes, acoustic, instrumental and karaoke
versions, covers, re-recordings.  Folded together: remasters, mono and stereo,
single and album edits, "feat." credits, "from the film", case, accents, punctuation.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache

_ACCENTS = re.compile("[\u0300-\u036f]")
_NOT_WORD = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"\s*[\(\[]([^()\[\]]*)[\)\]]")
_CREDIT = re.compile(r"^(feat|ft|featuring|with|w/|con|avec|prod|starring)\b\.?", re.I)
_INLINE_CREDIT = re.compile(r"\s+(feat|ft|featuring)\.?\s.*$", re.I)
_SAME_RECORDING = re.compile(
    r"\b(re-?master(ed|izado|isé|izada)?|remasterizad[oa]|mono|stereo|bonus track|deluxe"
    r"|(single|album|radio|original|explicit|clean|main|full( length)?|lp|7\"|12\") "
    r"(version|mix|edit|cut)|original|explicit|from (the|\"|“)|soundtrack)",
    re.I,
)
_OTHER_RECORDING = re.compile(
    r"\b(live|remix|rmx|acoustic|unplugged|instrumental|karaoke|demo|cover|session|orchestral"
    r"|sped|slowed|nightcore|reprise|interlude|rework|bootleg|dub|vip|re-?recorded|a ?cappella"
    r"|piano|ao vivo|en vivo|en directo|acústic[oa])\b",
    re.I,
)
_ARTIST_CREDIT = re.compile(r"\s+(?:featuring|feat\.?|ft\.?)\s+", re.I)
_ANY_CREDIT = re.compile(
    r"\s+(?:featuring|feat\.?|ft\.?|with|and|&|\+|x|vs\.?)\s+|\s*[/;,]\s*", re.I
)


def fold(text: str) -> str:
    """Lower case, no accents, words apart by one space.  Empty for text without a letter or digit.

    Only Latin, Greek and Cyrillic accents go: marks of other scripts are letters there.
    """
    plain = unicodedata.normalize("NFKD", html.unescape(text)).casefold()
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", plain)).replace("&", " and ")
    plain = plain.replace("'", "").replace("\u2019", "")  # don't = dont
    if plain.isascii():
        return _NOT_WORD.sub(" ", plain).strip()
    # Python's \w leaves out the vowel signs of Indic scripts, which are part of the word.
    kept = (c if unicodedata.category(c)[0] in "LNM" else " " for c in plain)
    return " ".join("".join(kept).split())


def _is_same_recording(note: str) -> bool:
    """Whether a bracket or a dash suffix leaves the recording the same."""
    if _CREDIT.match(note):
        return True
    return bool(_SAME_RECORDING.search(note)) and not _OTHER_RECORDING.search(note)


@lru_cache(maxsize=400_000)
def title_key(title: str) -> str:
    """The spelling under which a title is compared.  Never empty for a title that is not."""
    kept = _BRACKETS.sub(lambda m: "" if _is_same_recording(m[1].strip()) else m[0], title)
    head, *suffixes = re.split(r"\s[-\u2013]\s|\s/\s(?=\D*remaster)", kept)
    kept = " ".join([head, *(s for s in suffixes if not _is_same_recording(s.strip()))])
    kept = _INLINE_CREDIT.sub("", kept)
    return fold(kept) or fold(title) or title.strip().casefold()


@lru_cache(maxsize=200_000)
def artist_key(artist: str) -> str:
    """The spelling under which an artist is compared: folded, without a leading "the"."""
    folded = fold(artist)
    return folded.removeprefix("the ") or folded or artist.strip().casefold()


def split_on(artists: str, separator: str) -> list[str]:
    """Artists in their order, stripped, without empties or repeats."""
    parts = (html.unescape(part).strip() for part in artists.split(separator))
    return list(dict.fromkeys(part for part in parts if part))


def split_credits(artist: str) -> list[str]:
    """``"Mark Ronson Featuring Bruno Mars"`` → both; a band's own "&" or "and" stays."""
    return list(dict.fromkeys(p.strip() for p in _ARTIST_CREDIT.split(artist) if p.strip()))


def artist_candidates(artist: str) -> list[str]:
    """Artist keys under which a free-text credit may be known, the likeliest first.

    The whole text, then the part before "featuring", then every part between "&", "and",
    "/" and the like.  Only for joins that a title must confirm.
    """
    parts = [artist, split_credits(artist)[0] if artist.strip() else "", *_ANY_CREDIT.split(artist)]
    return list(dict.fromkeys(artist_key(part) for part in parts if part.strip()))


def split_commas(artists: str, *, known: Collection[str]) -> list[str]:
    """Split a comma list in which a name may hold commas itself ("Tyler, The Creator").

    known : artist keys from sources that separate artists without doubt.  The longest
    run of parts that is a known artist stays together.
    """
    parts = [part.strip() for part in html.unescape(artists).split(",") if part.strip()]
    found: list[str] = []
    at = 0
    while at < len(parts):
        size = next((n for n in range(len(parts) - at, 1, -1) if _joined(parts, at, n) in known), 1)
        found.append(", ".join(parts[at : at + size]))
        at += size
    return list(dict.fromkeys(found))


def _joined(parts: list[str], at: int, size: int) -> str:
    return artist_key(", ".join(parts[at : at + size]))


def recording_key(artist_keys: Iterable[str], title: str) -> str:
    """What one recording's ids have in common: first artist and title."""
    return f"{next(iter(artist_keys), '')}\t{title_key(title)}"
