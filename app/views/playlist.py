"""The music: twenty songs with their links, why each is there, a player, and what to do with it."""

from __future__ import annotations

from functools import partial
from html import escape

import streamlit as st

from affetto.errors import AffettoError
from affetto.music.playlists import Playlist, Suggestion
from affetto.music.tracks import TRACK_URL
from app.language import from_library, named, t
from app.state import Session
from app.views import refine

_MORE = ("more_like", "replace", "disliked")
EMBED_URL = "https://open.spotify.com/embed/track/"


def draw(session: Session) -> None:
    """Toolbar, then one row a song."""
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
        for place, step in enumerate(playlist.tracks):
            _row(session, place, step)


def _title(session: Session, songs: int) -> None:
    goal = session.wishes.request().goal
    title = t(f"music.{goal}", songs=songs) if songs else t("music.none")
    st.html(f'<h2 class="section">{title}</h2>')


def _row(session: Session, place: int, step: Suggestion) -> None:
    track_id, playing = step.track.track_id, session.playing == step.track.track_id
    with st.container(
        horizontal=True, vertical_alignment="center", gap="xsmall", wrap=False, key=f"song_{place}"
    ):
        st.html(song_html(place, step), width="stretch")
        st.button(
            t("song.stop") if playing else t("song.play"),
            key=f"play_{track_id}",
            icon=":material/close:" if playing else ":material/play_arrow:",
            type="tertiary",
            on_click=partial(_play, session, None if playing else track_id),
        )
        _like(session, track_id)
        st.menu_button(
            t("song.more"),
            _MORE,
            key=f"more_{track_id}",
            icon=":material/more_vert:",
            type="tertiary",
            format_func=named(_MORE, lambda how: t(f"song.{how}")),
            on_click=partial(_more, session, track_id),
        )
    if playing:
        st.iframe(f"{EMBED_URL}{track_id}", height=152, alt=t("song.player"))


def _like(session: Session, track_id: str) -> None:
    liked = track_id in session.wishes.liked
    st.button(
        t("song.unlike") if liked else t("song.like"),
        key=f"like_{track_id}{'_on' if liked else ''}",
        icon=":material/favorite:",
        type="tertiary",
        on_click=partial(session.mark, track_id, "liked"),
    )


def _play(session: Session, track_id: str | None) -> None:
    session.playing = track_id


def _more(session: Session, track_id: str) -> None:
    how = st.session_state[f"more_{track_id}"]
    if how == "replace":
        session.replace(track_id)
    else:
        session.mark(track_id, how)


def song_html(place: int, step: Suggestion) -> str:
    """Number, title as a link to Spotify, artists and year, and why it is there."""
    track = step.track
    facts = [escape(track.artist_line)]
    if track.year:
        facts.append(str(track.year))
    if track.explicit:
        facts.append(f'<abbr title="{t("song.explicit")}">E</abbr>')
    link = escape(TRACK_URL + track.track_id, quote=True)
    return (
        f'<div class="song"><span class="place">{place + 1}</span><div>'
        f'<a href="{link}" target="_blank" rel="noopener">{escape(track.title)}</a>'
        f'<p class="facts">{" · ".join(facts)}</p>'
        f'<p class="reason">{escape(from_library(step.reason))}</p></div></div>'
    )


def playlist_name(playlist: Playlist) -> str:
    """A file name without signs that a system refuses."""
    kept = (sign if sign.isalnum() else "-" for sign in playlist.title.lower())
    return "-".join(part for part in "".join(kept).split("-") if part)
