"""The one page: a way in, what we see, what you want, the music."""

from __future__ import annotations

import time

import streamlit as st

from app.language import from_library, t
from app.state import Session, current_session
from app.views import ahead, goal, hero, journey, live, memory, playlist, reading, start

# Seconds before the map follows the songs: a browser that is given both at once draws the map
# first, which takes it longer than all the rest, and only then shows the songs.
PAINTING = 0.04


def draw() -> None:
    """The page for the present session."""
    session = current_session()
    # What comes and goes has a box that is always there: whatever moves on the page is there
    # twice until Streamlit has drawn the rest.
    with st.container(key="live_box"):  # always the first, so that its camera stays the same
        live.draw(session)
    with st.container(key="problem_box"):
        if session.started and session.problem:
            st.warning(from_library(session.problem), icon=":material/info:")
    if not session.started:
        ways, picture = st.columns([2, 1], gap="medium")
        with ways, st.container(key="welcome"):
            start.draw(session)
            memory.draw(session)
        if session.entry != "mood":  # one map is enough
            with picture:
                hero.draw()
        ahead.draw()
    else:
        _again(session)
        you, music = st.columns([5, 7], gap="large")
        with you:
            reading.draw(session)
            goal.draw(session)
            map_place = st.container(key="journey_box")
        with music:
            playlist.draw(session)
        time.sleep(PAINTING)
        with map_place:
            journey.draw(session)
        memory.draw(session)


def _again(session: Session) -> None:
    """The ways in once more, drawn only while they are wanted: they are dear for every click."""
    st.button(
        t("start.close") if session.choosing else t("start.again"),
        key="again",
        icon=":material/close:" if session.choosing else ":material/add_a_photo:",
        on_click=session.choose_again,
    )
    with st.container(key="another_box"):
        if session.choosing:
            with st.container(key="another", border=True):
                start.draw(session)
