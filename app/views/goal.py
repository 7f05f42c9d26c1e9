"""What you want: match the mood, lift it, calm down, or liven up."""

from __future__ import annotations

import streamlit as st

from affetto.recommend.journey import GOALS
from app.language import goal_word, named, t
from app.state import Session
from app.widgets import tell


def draw(session: Session) -> None:
    """The four goals, and one line on what the chosen one does."""
    chosen = session.wishes.request().goal
    st.session_state["goal"] = chosen
    with st.container(key="goal_box"):
        st.segmented_control(
            t("goal.title"),
            GOALS,
            key="goal",
            format_func=named(GOALS, goal_word),
            required=True,
            on_change=tell("goal", to=lambda goal: session.change(goal=goal)),
        )
        st.caption(t(f"goal.{chosen}.means"))
