"""Names as keys: when two rows are the same artist, or two versions of the same song."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_VERSION_WORDS = (
    r"remaster\w*|remix\w*|rmx|re-?recorded|re-?record|recorded|recording|live|en vivo|ao vivo"
    r"|dal vivo|en directo|edit|edited|version|versi[oó]n|versione|ver|mix|mixed|mashup|reimagined"
    r"|acoustic|ac[uú]stic[oa]|akustik|unplugged|demo|mono|stereo|original|main|dub|reprise|tribute"
    r"|instrumental|karaoke|bonus track|bonus|deluxe|anniversary|sessions?|extended|single"
    r"|sped up|slowed|reverb|nightcore|explicit|dirty|clean|from|soundtrack|cover|bootleg|re-?work"
    r"|vip|piano|orchestral|stripped|radio|spotify|colors show|lost tapes"
)
_VERSION = re.compile(rf"\b(?:{_VERSION_WORDS})\b", re.IGNORECASE)
_DAY = re.compile(r"^\s*(?:[^\W\d_]+ (?:\d{1,2},? )?)?(?:19|20)\d\d\s*$")  # "December 2006", "2011"
_GUEST = re.compile(r"^\s*(?:feat|ft|featuring|with|con|avec|prod)\b|^\s*w/", re.IGNORECASE)
_BRACKETS = re.compile(r"\s*[(\[{]([^()\[\]{}]*)[)\]}]")
_BARE_GUEST = re.compile(r"\s+(?:feat|ft|featuring)\b\.?\s.*$", re.IGNORECASE)
_NOT_WORD = re.compile(r"[\W_]+")


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """Lower case, no accents, words split by single spaces; "Beyoncé!" → "beyonce".

    A name made of signs alone ("!!!") stays as it is, so that it still differs from another.
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    words = _NOT_WORD.sub(" ", bare.replace("&", " and ").replace("'", "").replace("’", ""))
    return words.strip() or text.strip()


def _is_version(note: str) -> bool:
    """Whether a bracket or what follows a dash tells of the release, not of the song."""
    return any(pattern.search(note) for pattern in (_VERSION, _DAY, _GUEST))


def _drop_bracket(match: re.Match[str]) -> str:
    return "" if _is_version(match.group(1)) else match.group(0)


@lru_cache(maxsize=65_536)
def song_title(title: str) -> str:
    """What the song is called, less the version: "Help! - Remastered 2009" → "help".

    Remasters, live takes, edits, remixes, other years, covers by the same artist and guest
    credits count as versions.  Only brackets and what follows " - " are looked at, so "Live
    Forever" and "Radio" keep their names.
    """
    base = _BRACKETS.sub(_drop_bracket, title)
    head, *tails = base.split(" - ")
    kept = [head, *(tail for tail in tails if not _is_version(tail))]
    base = _BARE_GUEST.sub("", " - ".join(kept))
    return plain(base) if base.strip() else plain(title)


def song_keys(artists: Iterable[str], title: str) -> frozenset[tuple[str, str]]:
    """One (artist, song) pair for each credited artist.

    Two tracks are versions of one song if they share a pair: the order of credits, and guests
    that only one release names, make no difference.
    """
    name = song_title(title)
    return frozenset((plain(artist), name) for artist in artists)
