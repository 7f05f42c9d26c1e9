"""The ways in: a photo, the camera, an emotion, a point on the mood plane, or words."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st

from affetto.emotions import EMOTIONS, Mood
from affetto.errors import AffettoError
from affetto.recommend.request import Start
from affetto.text.reader import read_text
from app.language import emotion_word, from_library, named, plane_words, t
from app.photos import sample_photo
from app.state import WAYS, Session
from app.uploads import read_once
from app.views import live
from app.widgets import tell

PHOTO_TYPES = ["jpg", "jpeg", "png", "webp"]
_ICONS = {
    "photo": "image",
    "camera": "photo_camera",
    "live": "videocam",
    "emotion": "mood",
    "mood": "grid_view",
    "words": "edit",
}


def draw(session: Session) -> None:
    """The choice of a way in, and the way that is open."""
    with st.container(key="start"):
        if not session.started:
            st.html(f'<p class="lead">{t("start.lead")}</p>')
        way = st.segmented_control(
            t("start.how"),
            WAYS,
            default=session.entry,
            key="entry",
            format_func=named(WAYS, _way_word),
            required=True,
            label_visibility="collapsed",
            on_change=tell("entry", to=partial(_open_way, session)),
        )
        _DRAWN[way](session)
        if way != "photo":
            _problem(session)


def _problem(session: Session) -> None:
    """What went wrong, right under what was tried; beside music it stands above the page."""
    if session.problem and not session.started:
        st.warning(from_library(session.problem), icon=":material/info:")


def _way_word(way: str) -> str:
    return f":material/{_ICONS[way]}: {t(f'way.{way}')}"


def _open_way(session: Session, way: str) -> None:
    session.entry, session.problem = way, None


def _photo(session: Session) -> None:
    key = f"upload_{session.fresh}"
    st.file_uploader(
        t("start.upload"),
        type=PHOTO_TYPES,
        key=key,
        on_change=partial(_take, session, key, "photo"),
    )
    if sample := sample_photo():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                t("start.sample"),
                key="sample",
                icon=":material/person:",
                on_click=partial(session.take_photo, sample),
            )
            st.caption(t("start.sample_credit"))
    _problem(session)
    _privacy()


def _camera(session: Session) -> None:
    _privacy()  # before the first capture, so above the camera
    key = f"camera_{session.fresh}"
    st.camera_input(
        t("start.camera"), key=key, width=560, on_change=partial(_take, session, key, "camera")
    )


def _take(session: Session, key: str, way: str) -> None:
    taken = st.session_state.get(key)
    if taken is not None:
        session.take_photo(read_once(taken), way=way)


def _privacy() -> None:
    st.html(f'<p class="privacy"><b>{t("privacy.title")}</b> {t("privacy.text")}</p>')


def _emotion(session: Session) -> None:
    key = f"emotion_{session.fresh}"
    st.pills(
        t("start.emotion"),
        EMOTIONS,
        key=key,
        format_func=named(EMOTIONS, emotion_word),
        on_change=tell(key, to=partial(_choose_emotion, session)),
    )


def _choose_emotion(session: Session, chosen: str | None) -> None:
    if chosen:
        session.fresh += 1
        session.start_from(Start.from_emotion(chosen), way="emotion")


def _mood(session: Session) -> None:
    from affetto.plots import mood_picker
    from app.views.journey import clickable

    st.caption(t("start.mood"))
    here = session.wishes.start.mood if session.wishes.start else None
    key = f"plane_{session.fresh}"
    st.plotly_chart(
        clickable(mood_picker(here, words=plane_words())),
        theme=None,  # the plane has its own look, and a theme would have it drawn twice
        width=520,
        key=key,
        config={"displayModeBar": False},
        on_select=tell(key, to=partial(_choose_mood, session)),
        selection_mode="points",
        alt=t("start.mood"),
    )
    with st.form("mood_form", border=False), st.container(horizontal=True, width=520):
        valence = st.slider(t("mood.valence"), -1.0, 1.0, here.valence if here else 0.0, 0.1)
        arousal = st.slider(t("mood.arousal"), -1.0, 1.0, here.arousal if here else 0.0, 0.1)
        if st.form_submit_button(t("start.go"), type="primary"):
            session.start_from(Start(mood=Mood(valence, arousal)), way="mood")
            st.rerun()


def _choose_mood(session: Session, event: dict[str, Any]) -> None:
    for point in event["selection"]["points"][:1]:
        with suppress(AffettoError, KeyError):  # a point that is none: a browser may say anything
            mood = Mood(point["x"], point["y"])
            session.fresh += 1
            session.start_from(Start(mood=mood), way="mood")


def _words(session: Session) -> None:
    with (
        st.form("words_form", border=False),
        st.container(key="words_line", horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input(
            t("start.words"), key="sentence", placeholder=t("start.words_example"), max_chars=300
        )
        st.form_submit_button(
            t("start.go"),
            key="words_go",
            type="primary",
            on_click=tell("sentence", to=partial(_read_words, session)),
        )


def _read_words(session: Session, sentence: str) -> None:
    if not sentence.strip():
        return
    try:
        read = read_text(sentence.strip())
    except AffettoError as error:
        session.problem = str(error)
        return
    start = Start(mood=read.mood, emotion=read.emotion, grave=read.grave)
    session.start_from(start, way="words", words=read.words)


_DRAWN = {
    "photo": _photo,
    "camera": _camera,
    "live": live.offer,
    "emotion": _emotion,
    "mood": _mood,
    "words": _words,
}
