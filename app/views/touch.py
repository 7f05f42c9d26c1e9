"""A first tap on a chart that counts, for those who have no mouse."""

from __future__ import annotations

import streamlit as st

from app.components import read_script

_KEY = "touch"


def draw() -> None:
    """Nothing to see: what one page of the browser runs once, in the session's first run."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = True
        st.html(f"<script>{read_script('touch')}</script>", unsafe_allow_javascript=True)
