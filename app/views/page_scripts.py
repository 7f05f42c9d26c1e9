"""What the page itself must be told by a script: its language, and how fingers point at charts."""

from __future__ import annotations

import json

import streamlit as st

from app.components import read_script
from app.language import language

_KEY = "touch"


def draw() -> None:
    """Nothing to see: the language in every run, and once what a first tap on a chart needs.

    Streamlit's page says that it is English, and a screen reader would read Italian so.
    """
    spoken = json.dumps(language())
    _run(f"document.documentElement.lang = {spoken};")
    if _KEY not in st.session_state:
        _run(read_script("touch"))
        st.session_state[_KEY] = True  # only now: a click may end a run before


def _run(script: str) -> None:
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
