"""The session: how the mood went, which songs were marked, and a file that brings all back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from affetto.errors import AffettoError
from affetto.recommend.released import load_released
from app.language import from_library, named, t
from app.saves import load, save
from app.state import Session
from app.uploads import read_once
from app.widgets import tell


def draw(session: Session) -> None:
    """Mood history, marked songs, saving, and restoring; folded away until it is wanted."""
    opened = st.expander(
        t("memory.title"), icon=":material/history:", key="memory", on_change="rerun"
    )
    with opened:
        if not opened.open:
            return
        if len(session.moods) > 1:
            _timeline(session)
        for how in ("liked", "disliked"):
            _marked(session, how)
        if session.moods or session.started:
            st.download_button(
                t("memory.save"),
                save(session),
                file_name="affetto-session.json",
                mime="application/json",
                key="save",
                icon=":material/save:",
                on_click="ignore",
            )
        key = f"restore_{session.fresh}"
        st.file_uploader(
            t("memory.restore"), type=["json"], key=key, on_change=partial(_restore, session, key)
        )
        if session.refused:
            st.warning(from_library(session.refused), icon=":material/info:")
        st.caption(t("memory.promise"))


def _marked(session: Session, how: str) -> None:
    """The songs that the listener liked, or refused; each can be taken back."""
    catalogue = load_released().catalogue
    tracks = catalogue.tracks(catalogue.find(getattr(session.wishes, how))[0])
    names = {track.track_id: f"{track.title} · {track.artist_line}" for track in tracks}
    if not names:
        return
    key = f"marked_{how}"
    st.session_state[key] = list(names)
    st.pills(
        t(f"marked.{how}"),
        list(names),
        key=key,
        selection_mode="multi",
        format_func=named(names, names.__getitem__),
        on_change=tell(key, to=partial(_take_back, session, how, tuple(names))),
    )


def _take_back(session: Session, how: str, shown: Sequence[str], left: Sequence[str]) -> None:
    for track_id in shown:
        if track_id not in left and track_id in getattr(session.wishes, how):
            session.mark(track_id, how)


def _timeline(session: Session) -> None:
    from affetto.plots import mood_timeline

    st.plotly_chart(
        mood_timeline(
            [local_time(note.when) for note in session.moods],
            [note.mood for note in session.moods],
            words=(t("memory.valence"), t("memory.arousal")),
        ),
        key="timeline",
        config={"displayModeBar": False},
        alt=t("memory.alt", moods=len(session.moods)),
    )


def local_time(when: str) -> str:
    """A moment in UTC, ISO 8601, on the listener's own clock; in UTC where it is not known."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is no zone
        return when
    return datetime.fromisoformat(when).astimezone(zone).replace(tzinfo=None).isoformat()


def _restore(session: Session, key: str) -> None:
    file = st.session_state.get(key)
    if file is None:
        return
    session.fresh += 1
    try:
        wishes, moods = load(read_once(file))
    except AffettoError as error:
        session.refused = str(error)
        return
    session.restore(wishes or session.wishes, moods)
