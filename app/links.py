"""Wishes ↔ the page's address, so that a link or the back button brings them back.

Never a photo: a start that was read in a face is written as a point on the mood plane.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from affetto.emotions import parse_emotion
from affetto.errors import AffettoError
from affetto.music.languages import LANGUAGES as SUNG
from affetto.music.tracks import is_track_id
from affetto.recommend.filters import Filters
from affetto.recommend.journey import GOALS, MAX_TRACKS, check_length, parse_mood
from affetto.recommend.request import Start
from app.language import LANGUAGES, browsers_language, language
from app.state import Session, Wishes, without_end

T = TypeVar("T")
_FOLLOWED = "address_followed"
_SONGS = {"like": "liked", "dislike": "disliked", "more": "more_like", "skip": "skipped"}
LONGEST_LIST = 50  # songs of one kind in an address
_STAY = "stay"  # ids at their places, nothing where any song may come


def follow_address(session: Session) -> None:
    """Take over what the address says, on the first page and after the back button.

    Any other request may still name the address before: a click, or a picture of live mode, that
    crossed our new one.
    """
    first, address = _FOLLOWED not in st.session_state, _wishes_in_address()
    st.session_state[_FOLLOWED] = True
    if not (went_back() or (first and address)):
        return
    wishes = read_address(address) if address else Wishes()
    if wishes is None or write(wishes) == write(session.wishes):
        return
    if first and not session.can_undo:
        session.open_link(wishes)
    elif not session.back_to(lambda earlier: write(earlier) == write(wishes)):
        session.restore(wishes)


def went_back() -> bool:
    """Whether the browser's back or forward button asked for this page."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def write_address(session: Session) -> None:
    """Let the address say what the session's wishes are, and a language not the browser's own."""
    told = read_address(_wishes_in_address()) or Wishes()
    named = st.query_params.get("lang")
    spoken = named if named in LANGUAGES else browsers_language()
    # Another way to say the same stays as it is: a new address is a step for the back button.
    if (write(told), spoken) != (write(session.wishes), language()):
        st.query_params.from_dict(in_full(session))


def in_full(session: Session) -> dict[str, str]:
    """All query parameters of the session's pages."""
    spoken = language()
    return write(session.wishes) | ({} if spoken == browsers_language() else {"lang": spoken})


def _wishes_in_address() -> dict[str, str]:
    address = st.query_params.to_dict()
    address.pop("lang", None)
    return address


def write(wishes: Wishes, *, longest: int = LONGEST_LIST) -> dict[str, str]:
    """The wishes as query parameters; what is as usual is left out.

    The emotion that was read in a face stays out of it, but not the goal that it suggests.
    longest : of a longer list of songs the latest are written.
    """
    start, address = wishes.start, {}
    if start is None:
        return {}
    seen = start.confidence is not None
    if start.emotion and not seen:
        address["emotion"] = start.emotion
    address["mood"] = f"{start.mood.valence:.2f},{start.mood.arousal:.2f}"
    plain = {
        "goal": start.default_goal if (seen or start.grave) and not wishes.goal else wishes.goal,
        "n": None if wishes.n == 20 else str(wishes.n),
        "genre": "|".join(wishes.genres),
        "from": wishes.year_from and str(wishes.year_from),
        "to": wishes.year_to and str(wishes.year_to),
        "clean": "1" if wishes.clean else None,
        "sung": ".".join(wishes.languages),
        "unsure": "1" if wishes.unknown_language else None,
        "familiar": f"{wishes.familiar:g}" if wishes.familiar else None,
        "seed": str(wishes.seed) if wishes.seed else None,
    }
    address |= {name: value for name, value in plain.items() if value}
    songs = {name: ".".join(getattr(wishes, field)[-longest:]) for name, field in _SONGS.items()}
    songs[_STAY] = ".".join(wishes.kept)
    return address | {name: value for name, value in songs.items() if value}


def read_address(address: Mapping[str, str]) -> Wishes | None:
    """The wishes that an address names; None where it names no start that makes sense.

    An address comes from anybody, so what it says is checked like any other input, and what is
    not ours is left out.
    """
    try:
        return read_wishes(address)
    except (AffettoError, ValueError):
        return None


def read_wishes(address: Mapping[str, str], *, longest: int = LONGEST_LIST) -> Wishes:
    """As ``read_address``.  Raises InputError or ValueError where there is no start in it."""
    songs = {field: _ids(address.get(name, ""), longest) for name, field in _SONGS.items()}
    emotion = parse_emotion(address["emotion"]) if "emotion" in address else None
    if "mood" in address:
        start = Start(mood=parse_mood(address["mood"]), emotion=emotion)
    else:
        start = Start.from_emotion(emotion or "")
    goal = address.get("goal")
    return Wishes(
        start=start,
        goal=goal if goal in GOALS else None,
        n=_kept(lambda: check_length(int(address["n"])), 20),
        genres=_genres(address.get("genre", "")),
        clean=address.get("clean") == "1",
        languages=_languages(address.get("sung", "")),
        unknown_language=address.get("unsure") == "1",
        familiar=_kept(lambda: _lean(address["familiar"]), 0.0),
        **songs,
        kept=_places(address.get(_STAY, "")),
        seed=_kept(lambda: min(max(int(address["seed"]), 0), 2**31), 0),
        **_years(address),
    )


def _kept(read: Callable[[], T], usual: T) -> T:
    """What ``read`` finds in an address, or the usual where that is missing or not ours."""
    try:
        return read()
    except (AffettoError, KeyError, ValueError):
        return usual


def _years(address: Mapping[str, str]) -> dict[str, int | None]:
    """The first and the last year; neither where they run backwards."""
    years = {
        field: _kept(lambda name=name: int(address[name]), None)
        for field, name in (("year_from", "from"), ("year_to", "to"))
    }
    return _kept(lambda: Filters(**years) and years, dict.fromkeys(years))


def _languages(text: str) -> tuple[str, ...]:
    return tuple(code for code in dict.fromkeys(text.split(".")) if code in SUNG)


def _lean(text: str) -> float:
    lean = float(text)
    return min(max(lean, -1.0), 1.0) if math.isfinite(lean) else 0.0


def _genres(text: str) -> tuple[str, ...]:
    from affetto.recommend.released import load_released

    known = load_released().catalogue.genres if text else ()
    return tuple(name for name in dict.fromkeys(text.split("|")) if name in known)


def _places(text: str) -> tuple[str, ...]:
    """Ids at their places; an empty text for what is none, and none twice."""
    seen: set[str] = set()
    found = []
    for name in text.split(".")[:MAX_TRACKS]:
        found.append(name if is_track_id(name) and name not in seen else "")
        seen.add(name)
    return without_end(found)


def _ids(text: str, longest: int) -> tuple[str, ...]:
    ids = tuple(name for name in dict.fromkeys(text.split(".")) if is_track_id(name))
    return ids[-longest:]
