"""The journey on the mood plane: the path that was wanted, and the tracks on it."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from affetto.errors import AffettoError
from app.language import plane_words, t
from app.state import Session
from app.widgets import tell


def draw(session: Session) -> None:
    """The plane; a click on a track opens its player."""
    from affetto.plots import journey_plane

    try:
        playlist = session.playlist()
    except AffettoError:
        return  # the playlist's view says why
    st.html(f'<h3 class="section">{t("journey.title")}</h3>')
    st.plotly_chart(
        clickable(journey_plane(playlist, words=plane_words(), height=340)),
        theme=None,  # the plane has its own look, and a theme would have it drawn twice
        key="journey",
        config={"displayModeBar": False},
        on_select=tell("journey", to=partial(_play_clicked, session)),
        selection_mode="points",
        alt=t("journey.alt", tracks=len(playlist)),
    )
    st.caption(t("journey.caption"))


def clickable(plane):
    """A plane that a browser draws once.

    Streamlit adds what clicks need, and hands Plotly a copy of the figure, when the first is drawn
    already.  With the former in place, a revision, and without a template, Plotly sees no change.
    """
    layout = plane.layout
    layout.clickmode, layout.dragmode = "event+select", "pan"
    layout.datarevision, layout.template = 1, None
    return plane


def _play_clicked(session: Session, event: dict[str, Any]) -> None:
    """Open the player of the song that was clicked; the same again closes it, or opens it again.

    Of a second click on one dot Plotly says only that nothing is chosen any more.
    """
    match event["selection"]["points"]:
        case []:
            session.playing = None if session.playing else session.clicked
        case [{"customdata": [_, str(track_id), *_]}, *_]:
            session.playing = session.clicked = track_id
