"""Spotify, for those who like: connecting, saving the list, one's own songs, disconnecting."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from affetto.errors import AffettoError
from affetto.music.playlists import Playlist
from app import spotify
from app.language import emotion_word, from_library, goal_word, t
from app.spotify import Connection
from app.state import Session
from app.widgets import tell

WIDTH = 360  # pixels of the opened popover, less where the screen has no more


def draw(session: Session, playlist: Playlist | None) -> None:
    """One button in the toolbar; what is behind it is drawn only while it is open.

    playlist : the list to save; None where there is none.
    """
    mine = spotify.connection(session)
    with st.container(key="spotify_connected" if mine else "spotify_apart", width="content"):
        # Its icon stays the same: another one would close it.
        opened = st.popover(
            t("spotify.title"), icon=":material/link:", key="spotify", on_change="rerun"
        )
    with opened:
        if not opened.open:
            return
        with st.container(width=WIDTH):
            if mine is None:
                _connect(session)
            else:
                _connected(session, mine, playlist)


def _connect(session: Session) -> None:
    """What connecting adds, what it asks for, and the way there; or why there is none."""
    st.markdown(t("spotify.adds"))
    try:
        address = spotify.way_there(session)
    except AffettoError as error:
        st.info(from_library(str(error)), icon=":material/info:")
        return
    st.html(
        f'<a class="connect" href="{escape(address, quote=True)}" target="_self">'
        f"{escape(t('spotify.connect'))}</a>"
    )
    st.caption(t("spotify.promise"))


def _connected(session: Session, mine: Connection, playlist: Playlist | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        name = f"**{_plain(mine.name)}**" if mine.name else ""
        st.markdown(t("spotify.as", name=name) if name else t("spotify.connected"))
        st.button(
            t("spotify.disconnect"),
            key="disconnect",
            type="tertiary",
            icon=":material/link_off:",
            on_click=partial(spotify.disconnect, session),
        )
    if playlist is not None:
        _save(session, mine, playlist)
    _history(session, mine)
    if mine.problem:
        st.warning(from_library(mine.problem), icon=":material/info:")


def _save(session: Session, mine: Connection, playlist: Playlist) -> None:
    """Name and button; after that what became of it, until the list is another one."""
    ids = tuple(step.track.track_id for step in playlist)
    if mine.saved is not None and mine.saved_ids == ids:
        said = t("spotify.saved", songs=mine.saved.tracks, name=_plain(mine.saved.name))
        st.success(f"{said} [{t('spotify.open')}]({mine.saved.url})", icon=":material/check:")
        return
    name = playlist_name(playlist)
    key = f"playlist_name_{name}"
    st.text_input(t("spotify.name"), name, max_chars=100, key=key)
    st.button(
        t("spotify.save"),
        key="save_playlist",
        type="primary",
        icon=":material/playlist_add:",
        on_click=tell(key, to=partial(spotify.save_playlist, session, playlist)),
    )


def playlist_name(playlist: Playlist) -> str:
    """A name in the page's language, such as "Affetto: sad, lift"."""
    start = [emotion_word(playlist.emotion)] if playlist.emotion else []
    goal = [goal_word(playlist.goal).lower()] if isinstance(playlist.goal, str) else []
    return f"Affetto: {', '.join(start + goal)}"


def _history(session: Session, mine: Connection) -> None:
    """Both off until chosen; the notice stands there before."""
    use = tell(
        "use_top",
        "use_recent",
        to=lambda top, recent: spotify.use_history(session, top=top, recent=recent),
    )
    for which in ("top", "recent"):
        st.session_state[f"use_{which}"] = getattr(mine, which)
        st.toggle(t(f"spotify.{which}"), key=f"use_{which}", on_change=use)
    if mine.top or mine.recent:
        st.caption(t("spotify.known", songs=len(mine.heard)))
    st.caption(t("spotify.notice"))


def _plain(text: str) -> str:
    """A name as it is, without Markdown's own signs taking effect."""
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]()<>#+-.!|~:$" else sign for sign in text)
