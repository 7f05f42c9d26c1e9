"""What widgets say to the callbacks of a page that has gone on."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def tell(*keys: str, to: Callable[..., None]) -> Callable[[], None]:
    """A callback that hands what the widgets of these keys say to ``to``.

    It does nothing once one of them has left the page: a click may come late, after another one,
    and Streamlit calls back all the same but no longer knows what the widget says.
    """

    def callback() -> None:
        if all(key in st.session_state for key in keys):
            to(*(st.session_state[key] for key in keys))

    return callback
