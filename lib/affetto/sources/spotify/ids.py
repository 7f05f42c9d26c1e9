"""Spotify's ids, links and URIs; all made here from checked ids, never taken from an answer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from affetto.errors import InputError
from affetto.music.tracks import ID_PATTERN

OPEN = "https://open.spotify.com"
KINDS = ("track", "album", "artist", "playlist")
_URI = re.compile(r"spotify:(?P<kind>[a-z]+):(?P<id>[0-9A-Za-z]+)")
_LINK = re.compile(
    r"(?:https?://)?open\.spotify\.com/(?:intl-[a-z]{2}/)?(?:embed/)?"
    r"(?P<kind>[a-z]+)/(?P<id>[0-9A-Za-z]+)/?(?:[?#].*)?"
)


def parse_id(text: str, *, kind: str = "track") -> str:
    """The id in an id, a URI or a link.  Raises InputError, also for a link of another kind."""
    text = text.strip()
    match = _URI.fullmatch(text) or _LINK.fullmatch(text)
    if match and match["kind"] != kind:
        raise InputError(f"{text!r} is {_a(match['kind'])}; {_a(kind)} is needed here.")
    found = match["id"] if match else text
    if not re.fullmatch(ID_PATTERN, found):
        raise InputError(
            f"{text!r} is no Spotify id, link or URI of {_a(kind)}; an id has 22 letters or digits."
        )
    return found


def parse_ids(texts: Iterable[str], *, kind: str = "track") -> list[str]:
    """The ids in their order, each once.  Raises InputError at the first that is none."""
    return list(dict.fromkeys(parse_id(text, kind=kind) for text in texts))


def uri(spotify_id: str, *, kind: str = "track") -> str:
    """``spotify:track:…``."""
    return f"spotify:{kind}:{parse_id(spotify_id, kind=kind)}"


def link(spotify_id: str, *, kind: str = "track") -> str:
    """The page on Spotify, to which every title and cover that is shown must lead."""
    return f"{OPEN}/{kind}/{parse_id(spotify_id, kind=kind)}"


def is_market(text: str) -> bool:
    """Whether ``text`` has the form of a market: two capital letters, ISO 3166-1."""
    return re.fullmatch(r"[A-Z]{2}", text) is not None


def parse_market(text: str | None) -> str | None:
    """A market as Spotify writes it.  Raises InputError for what is no code of two letters."""
    if text is None:
        return None
    code = text.strip().upper()
    if not is_market(code):
        raise InputError(f"{text!r} is no market; use a country's two letters, such as IT or US.")
    return code


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
