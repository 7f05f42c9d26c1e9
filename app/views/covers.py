"""Covers beside the songs: drawn when they are there, looked out for while they may still come."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from affetto.sources.spotify.ids import link
from app import spotify
from app.covers import Fresh
from app.language import from_library, t
from app.state import Session

LOOK_OUT = 1.0  # second between two looks; they ask this process, not Spotify


def cover_html(track_id: str, fresh: Fresh) -> str:
    """The whole cover, a link to the song on Spotify; its place where it is not known (yet).

    Nothing where no song has one.  The title beside it is the same link, so that keyboard and
    screen reader need not stop twice.
    """
    if not fresh.tracks and not fresh.pending:
        return ""
    known = fresh.tracks.get(track_id)
    if known is None or known.cover is None:
        return '<span class="cover"></span>'
    return (
        f'<a class="cover" href="{escape(link(track_id), quote=True)}" target="_blank" '
        f'rel="noopener" tabindex="-1" aria-hidden="true">'
        f'<img src="{escape(known.cover, quote=True)}" alt="" loading="lazy"></a>'
    )


def foot(session: Session, track_ids: Sequence[str], fresh: Fresh) -> None:
    """Below the songs: whose covers these are, or why there are none."""
    if fresh.pending:
        _look_out(session, track_ids)
    if fresh.message:
        st.caption(from_library(fresh.message))
    elif fresh.tracks:
        st.caption(t("spotify.credit"))


@st.fragment(run_every=LOOK_OUT)
def _look_out(session: Session, track_ids: Sequence[str]) -> None:
    """Draw the page once more when all covers are there, or will not come."""
    fresh = spotify.fresh_facts(session, track_ids)
    if fresh is None or not fresh.pending:
        st.rerun()
