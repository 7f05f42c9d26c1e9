"""Live mode: the browser's camera, what is seen from moment to moment, and the way out of it."""

from __future__ import annotations

import base64
import binascii
import time
from functools import partial
from typing import Any

import streamlit as st

from affetto.errors import AffettoError
from affetto.plots import percent
from app.components import read_script
from app.language import emotion_word, t
from app.live import Live
from app.state import Session
from app.widgets import tell

LONGEST_FRAME = 700_000  # base64 characters; a picture of 480 pixels has some 50,000
TROUBLES = ("NotAllowedError", "NotFoundError", "NotReadableError", "SecurityError")
_KEY = "live"
_camera = st.components.v2.component(
    "affetto_live",
    html="<video muted playsinline></video>",
    js=read_script("live"),
    isolate_styles=False,
)


def offer(session: Session) -> None:
    """What live mode does, and the switch: it is off until somebody turns it on."""
    st.html(f'<p class="privacy"><b>{t("live.privacy_title")}</b> {t("live.privacy")}</p>')
    st.button(
        t("live.on"),
        key="live_on",
        icon=":material/videocam:",
        type="primary",
        disabled=session.live is not None,
        on_click=lambda: _switch_on(session),
    )


def draw(session: Session) -> None:
    """The panel above the page while live mode is on."""
    if session.live is not None:
        _panel(session)


@st.fragment
def _panel(session: Session) -> None:
    """Drawn anew with every picture; the page around it only when the music follows."""
    if session.redraw:
        session.redraw = False
        st.rerun()
    live = session.live
    with st.container(horizontal=True, vertical_alignment="center", key="live_panel"):
        _camera(
            key=_KEY,
            width=200,
            data={"answered": live.answered, "label": t("live.picture")},
            on_frame_change=tell(_KEY, to=partial(_frame, session)),
            on_trouble_change=tell(_KEY, to=partial(_trouble, session)),
        )
        with st.container():
            st.html(_seen(session, live))
            _buttons(session, live)


def _seen(session: Session, live: Live) -> str:
    if live.probabilities is None:
        return f'<p class="live-now" role="status">{t("live.waiting")}</p>'
    start = live.start
    words = {"emotion": f"<em>{emotion_word(start.emotion)}</em>"}
    now = t("live.now", percent=percent(start.confidence).replace("<", "&lt;"), **words)
    hint = "live.lost" if not live.face else "live.follows" if session.led else "live.yours"
    return f'<p class="live-now">{now}</p><p class="how-sure">{t(hint)}</p>'


def _buttons(session: Session, live: Live) -> None:
    with st.container(horizontal=True):
        if live.probabilities is not None:
            st.button(
                t("live.use"), key="live_use", icon=":material/play_arrow:",
                on_click=lambda: _follow(session, time.monotonic()),
            )  # fmt: skip
        st.button(
            t("live.off"), key="live_off", icon=":material/videocam_off:",
            on_click=lambda: _switch_off(session),
        )  # fmt: skip


def _switch_on(session: Session) -> None:
    session.live, session.led = Live(), True
    session.problem, session.choosing = None, False


def _switch_off(session: Session, *, problem: str | None = None) -> None:
    """The last reading goes; the music stays."""
    session.live, session.problem, session.redraw = None, problem, True


def _frame(session: Session, camera: Any) -> None:
    """One picture of the camera: looked at and forgotten."""
    told, live = camera.frame, session.live
    if told is None or live is None:
        return
    live.answered, data = _unpacked(told)
    now = time.monotonic()
    try:
        live.look(data, now=now)
    except AffettoError as error:
        session.problem, session.redraw = str(error), True
        return
    start = session.wishes.start
    if session.led and live.due(start.mood if start else None, now=now):
        _follow(session, now)


def _unpacked(told: Any) -> tuple[int, bytes]:
    """Number and bytes; no bytes where a browser tells something else."""
    try:
        number, text = int(told["number"]), str(told["jpeg"])
        data = base64.b64decode(text, validate=True) if len(text) <= LONGEST_FRAME else b""
    except (KeyError, TypeError, ValueError, OverflowError, binascii.Error):
        return 0, b""
    return number, data


def _follow(session: Session, now: float) -> None:
    if session.live is None or session.live.probabilities is None:
        return
    session.start_from(session.live.start, way="live")
    session.live.moved(now=now)
    session.redraw = True


def _trouble(session: Session, camera: Any) -> None:
    name = camera.trouble
    if name is None or session.live is None:
        return
    why = t(f"live.trouble.{name if name in TROUBLES else 'other'}")
    _switch_off(session, problem=why)
