"""Finding a song by its name, and making it the measure: "more like this"."""

from __future__ import annotations

import functools
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Protocol

import streamlit as st

from affetto.errors import AffettoError
from affetto.music.search import SongSearch
from affetto.recommend.released import load_released
from app import spotify
from app.language import from_library, t
from app.state import Session

if TYPE_CHECKING:
    from affetto.music.catalogue import Catalogue

SHOWN = 5  # songs of each kind
_TEXT = "find_text"


class _Song(Protocol):
    """A track of ours, or one of Spotify's."""

    track_id: str
    title: str
    artist_line: str
    year: int | None
    url: str


def draw(session: Session) -> None:
    """One button in the toolbar; what is behind it is drawn only while it is open."""
    opened = st.popover(t("find.title"), icon=":material/search:", key="find", on_change="rerun")
    with opened:
        if not opened.open:
            return
        _measures(session)
        text = st.text_input(
            t("find.what"), key=_TEXT, placeholder=t("find.example"), type="search"
        ).strip()
        if text:
            _results(session, text)
        else:
            st.caption(t("find.means"))


def _measures(session: Session) -> None:
    """The songs that the list follows now; each can be let go."""
    catalogue = load_released().catalogue
    for track in catalogue.tracks(catalogue.find(session.wishes.more_like)[0]):
        st.button(
            t("find.follows", title=track.title),
            key=f"unfollow_{track.track_id}",
            icon=":material/close:",
            on_click=partial(session.mark, track.track_id, "more_like"),
        )


def _results(session: Session, text: str) -> None:
    """Songs that Affetto knows, then, where Spotify is at hand, those that it has beside them."""
    search = _song_search(load_released().catalogue)
    try:
        ours = search.find(text, limit=SHOWN)
    except AffettoError as error:
        st.caption(from_library(str(error)))
        return
    for track in ours:
        _row(session, track, known_as=track.track_id)
    if not spotify.can_search(session):
        if not ours:
            st.caption(t("find.nothing"))
        st.caption(t("find.more_with_spotify"))
        return
    _on_spotify(session, search, text, {track.track_id for track in ours})


def _on_spotify(session: Session, search: SongSearch, text: str, shown: set[str]) -> None:
    """Of what Spotify finds, only the song's own id here ever reaches the recommender."""
    try:
        found = spotify.search(session, text)
    except AffettoError as error:
        st.caption(from_library(str(error)))
        return
    rows = []
    for track in found:
        known = search.recognise(track.track_id, title=track.title, artists=track.artists)
        if known is None or known.track_id not in shown:
            rows.append((track, known and known.track_id))
            shown.add(known.track_id if known else track.track_id)
    if rows:
        st.caption(t("find.on_spotify"))
    elif not shown:
        st.caption(t("find.nothing"))
    for track, known_as in rows[:SHOWN]:
        _row(session, track, known_as=known_as)


def _row(session: Session, track: _Song, *, known_as: str | None) -> None:
    """Title and link, and the button that makes it the measure where Affetto knows it."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="small"):
        st.html(found_html(track, known=known_as is not None), width="stretch")
        if known_as is not None and known_as not in session.wishes.more_like:
            st.button(
                t("song.more_like"),
                key=f"follow_{track.track_id}",
                help=t("find.follow_help"),
                on_click=partial(_follow, session, known_as),
            )


def _follow(session: Session, track_id: str) -> None:
    session.mark(track_id, "more_like")
    st.session_state[_TEXT] = ""


def found_html(track: _Song, *, known: bool) -> str:
    """Title as a link to Spotify, artists and year; said where Affetto cannot start from it."""
    facts = [escape(track.artist_line), *([str(track.year)] if track.year else [])]
    strange = "" if known else f'<p class="reason">{escape(t("find.unknown"))}</p>'
    return (
        f'<div class="found"><a href="{escape(track.url, quote=True)}" target="_blank" '
        f'rel="noopener">{escape(track.title)}</a>'
        f'<p class="facts">{" · ".join(facts)}</p>{strange}</div>'
    )


@functools.lru_cache(maxsize=1)
def _song_search(catalogue: Catalogue) -> SongSearch:
    return SongSearch(catalogue)
