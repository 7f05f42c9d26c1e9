"""Wishes ↔ the page's address, so that a link or the back button brings them back.

Never a photo: a start that was read in a face is written as a point on the mood plane.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import streamlit as st

from affetto.emotions import parse_emotion
from affetto.errors import AffettoError
from affetto.music.tracks import is_track_id
from affetto.recommend.filters import Filters
from affetto.recommend.journey import GOALS, check_length, parse_mood
from affetto.recommend.request import Start
from app.state import Session, Wishes

_KEY = "address"
_LISTS = {
    "genre": "genres",
    "like": "liked",
    "dislike": "disliked",
    "more": "more_like",
    "skip": "skipped",
}
LONGEST_LIST = 50


def follow_address(session: Session) -> None:
    """Take over what the address says, on the first page and after the back button."""
    address = st.query_params.to_dict()
    address.pop("lang", None)
    if not address or address == st.session_state.get(_KEY, {}):
        return
    wishes = read_address(address)
    if wishes is None or write(wishes) == write(session.wishes):
        return
    if not session.back_to(lambda earlier: write(earlier) == write(wishes)):
        session.restore(wishes)


def write_address(session: Session) -> None:
    """Let the address say what the session's wishes are."""
    address = write(session.wishes)
    if address != st.session_state.get(_KEY):
        st.session_state[_KEY] = address
        st.query_params.from_dict(address)


def write(wishes: Wishes) -> dict[str, str]:
    """The wishes as query parameters; what is as usual is left out."""
    start, address = wishes.start, {}
    if start is None:
        return {}
    if start.emotion and start.confidence is None:
        address["emotion"] = start.emotion
    address["mood"] = f"{start.mood.valence:.2f},{start.mood.arousal:.2f}"
    plain = {
        "goal": wishes.goal,
        "n": None if wishes.n == 20 else str(wishes.n),
        "from": wishes.year_from and str(wishes.year_from),
        "to": wishes.year_to and str(wishes.year_to),
        "clean": "1" if wishes.clean else None,
        "sung": ".".join(wishes.languages),
        "unsure": "1" if wishes.unknown_language else None,
        "familiar": f"{wishes.familiar:g}" if wishes.familiar else None,
        "seed": str(wishes.seed) if wishes.seed else None,
    }
    address |= {name: value for name, value in plain.items() if value}
    for name, field in _LISTS.items():
        values = getattr(wishes, field)[:LONGEST_LIST]
        if values:
            address[name] = ".".join(values) if name != "genre" else "|".join(values)
    return address


def read_address(address: Mapping[str, str]) -> Wishes | None:
    """The wishes that an address names; None where it names no start or makes no sense.

    An address comes from anybody, so what it says is checked like any other input, and what is
    not ours is left out.
    """
    try:
        return _read(address)
    except (AffettoError, ValueError):
        return None


def _read(address: Mapping[str, str]) -> Wishes | None:
    if "mood" not in address and "emotion" not in address:
        return None
    emotion = parse_emotion(address["emotion"]) if "emotion" in address else None
    start = (
        Start(mood=parse_mood(address["mood"]), emotion=emotion)
        if "mood" in address
        else Start.from_emotion(emotion)
    )
    years = {
        "year_from": int(address["from"]) if "from" in address else None,
        "year_to": int(address["to"]) if "to" in address else None,
    }
    languages = tuple(dict.fromkeys(filter(None, address.get("sung", "").split("."))))
    Filters(**years, languages=languages)  # refuses years that run backwards, and no language
    goal = address.get("goal")
    return Wishes(
        start=start,
        goal=goal if goal in GOALS else None,
        n=check_length(int(address.get("n", 20))),
        genres=_genres(address.get("genre", "")),
        clean=address.get("clean") == "1",
        languages=languages,
        unknown_language=address.get("unsure") == "1",
        familiar=_lean(address.get("familiar", "0")),
        liked=_ids(address.get("like", "")),
        disliked=_ids(address.get("dislike", "")),
        more_like=_ids(address.get("more", "")),
        skipped=_ids(address.get("skip", "")),
        seed=min(max(int(address.get("seed", 0)), 0), 2**31),
        **years,
    )


def _lean(text: str) -> float:
    lean = float(text)
    return min(max(lean, -1.0), 1.0) if math.isfinite(lean) else 0.0


def _genres(text: str) -> tuple[str, ...]:
    from affetto.recommend.released import load_released

    known = load_released().catalogue.genres if text else ()
    return tuple(name for name in dict.fromkeys(text.split("|")) if name in known)


def _ids(text: str) -> tuple[str, ...]:
    return tuple(name for name in dict.fromkeys(text.split(".")) if is_track_id(name))[
        :LONGEST_LIST
    ]
