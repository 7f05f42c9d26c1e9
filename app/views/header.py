"""The name, what it means, and the choice of language."""

from __future__ import annotations

import streamlit as st

from app.language import LANGUAGES, t


def draw(*, link, label: str, icon: str, address: dict[str, str]) -> None:
    """One line at the top of every page.

    link : the other page, an ``st.Page``, with its label and icon.  address : its parameters.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="masthead"):
        st.html(
            f'<h1 class="wordmark">Affetto</h1><p class="tagline">{t("header.tagline")}</p>',
            width="stretch",
        )
        st.page_link(link, label=label, icon=icon, query_params=address)
        st.segmented_control(
            t("header.language"),
            list(LANGUAGES),
            key="language",
            format_func=str.upper,
            required=True,
            label_visibility="collapsed",
        )
