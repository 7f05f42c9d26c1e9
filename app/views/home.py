"""The one page: a way in, what we see, what you want, the music."""

from __future__ import annotations

import streamlit as st

from app.language import from_library, t
from app.links import follow_address, write_address
from app.state import current_session
from app.views import goal, journey, memory, playlist, reading, start


def draw() -> None:
    """The page for the present session."""
    session = current_session()
    follow_address(session)
    if session.started and session.problem:
        st.warning(from_library(session.problem), icon=":material/info:")
    if not session.started:
        with st.container(key="welcome"):
            start.draw(session)
            memory.draw(session)
    else:
        again = st.expander(
            t("start.again"), icon=":material/add_a_photo:", key=f"again_{session.starts}"
        )
        with again:  # closed again, by its new key, as soon as it led somewhere
            start.draw(session)
        you, music = st.columns([5, 7], gap="large")
        with you:
            reading.draw(session)
            goal.draw(session)
            journey.draw(session)
        with music:
            playlist.draw(session)
        memory.draw(session)
    write_address(session)
