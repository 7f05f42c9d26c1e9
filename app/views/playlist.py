"""The music: how many songs and what for, the toolbar above them, and the songs."""

from __future__ import annotations

import streamlit as st

from affetto.errors import AffettoError
from affetto.music.playlists import Playlist
from app.language import from_library, t
from app.state import Session
from app.views import refine, songs


def draw(session: Session) -> None:
    """Toolbar, then the songs."""
    with st.container(key="playlist"):
        try:
            playlist = session.playlist()
        except AffettoError as error:
            _title(session, 0)
            refine.draw(session, None)
            st.warning(from_library(str(error)), icon=":material/info:")
            return
        _title(session, len(playlist))
        refine.draw(session, playlist)
        for message in playlist.messages:
            st.caption(from_library(message))
        songs.draw(session, playlist)


def _title(session: Session, number: int) -> None:
    """A screen reader hears it whenever it changes."""
    few = {0: "none", 1: "one"}
    title = t(f"music.{few.get(number, session.wishes.request().goal)}", songs=number)
    st.html(f'<div role="status"><h2 class="section">{title}</h2></div>')


def playlist_name(playlist: Playlist) -> str:
    """A file name without signs that a system refuses."""
    kept = (sign if sign.isalnum() else "-" for sign in playlist.title.lower())
    return "-".join(part for part in "".join(kept).split("-") if part)
