"""What we see: the photo with its faces boxed, the emotion, how sure that is, and correcting it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from html import escape

import streamlit as st

from affetto.emotions import EMOTIONS, Mood
from affetto.plots import percent
from affetto.service import FaceReading
from affetto.text.grave import HELP, WHERE
from app.language import emotion_word, from_library, named, t
from app.state import Session
from app.widgets import tell

VERY_SURE, FAIRLY_SURE = 0.9, 0.7  # calibrated probabilities from which the words are used
MIDDLE = 0.2  # nearer than this to the middle of the mood plane, no quarter of it is named


def draw(session: Session) -> None:
    """The reading of a face, or what the listener said instead of showing one."""
    with st.container(key="reading"):
        if session.scene.photo is None:
            _told(session)
        else:
            _photo(session)
            _verdict(session)
        _correction(session)


def _photo(session: Session) -> None:
    photo, face = session.scene.photo, session.scene.face
    faces = len(photo.faces)
    st.image(photo.jpeg(face), width="stretch", alt=t("see.alt", faces=faces))
    if faces > 1:
        st.session_state["face"] = face
        st.segmented_control(
            t("see.which", faces=faces),
            photo.across,
            key="face",
            format_func=lambda face: str(photo.across.index(face) + 1),
            required=True,
            on_change=tell("face", to=session.choose_face),
        )


def _verdict(session: Session) -> None:
    face = session.scene.photo.faces[session.scene.face]
    if session.scene.corrected:
        said = emotion_word(session.wishes.start.emotion)
        headline = t("see.corrected", emotion=f"<em>{said}</em>")
        detail = t(
            "see.instead", emotion=emotion_word(face.emotion), percent=percent(face.confidence)
        )
    else:
        headline, detail = _headline(face, session.scene.photo.faults[session.scene.face])
    shares = {emotion_word(name): face.probabilities[name] for name in EMOTIONS}
    seen = bars(shares, t("see.probabilities"))
    st.html(f'<h2 class="verdict">{headline}</h2><p class="how-sure">{detail}</p>{seen}')
    for fault in session.scene.photo.faults[session.scene.face]:
        st.caption(f":material/lightbulb: {t(f'fault.{fault}')}")
    _where(session)


def _where(session: Session) -> None:
    """Where the network looked, for those who open it; nobody else waits for it."""
    photo, face = session.scene.photo, session.scene.face
    opened = st.expander(
        t("see.where"), type="compact", key=f"where_{session.fresh}", on_change="rerun"
    )
    with opened:
        if opened.open:
            picture, place = photo.looked(face)
            words = {"emotion": emotion_word(photo.faces[face].emotion)}
            where = t("see.where_alt", place=t(f"place.{place or 'nowhere'}"), **words)
            st.image(picture, width=180, alt=where)
            st.caption(f"{where} {t('see.where_means')}")


def _headline(face: FaceReading, faults: Collection[str]) -> tuple[str, str]:
    """What is seen and how sure that is, in words.

    The odds were measured on whole, sharp faces: on a blurred or tiny one they promise too much.
    """
    first, second = sorted(face.probabilities, key=face.probabilities.__getitem__)[:-3:-1]
    words = {
        "emotion": f"<em>{emotion_word(first)}</em>",
        "second": f"<em>{emotion_word(second)}</em>",
        "percent": percent(face.confidence),
        "second_percent": percent(face.probabilities[second]),
    }
    if face.sure and {"blurred", "small"} & set(faults):
        return t("see.hard", **words), t("see.hard_detail")
    if not face.sure:
        return t("see.unsure", **words), t("see.unsure_detail", **words)
    if face.confidence >= VERY_SURE:
        return t("see.sure", **words), t("see.very_sure", **words)
    how = "see.fairly_sure" if face.confidence >= FAIRLY_SURE else "see.leaning"
    return t("see.sure", **words), t(how, **words)


def bars(shares: Mapping[str, float], label: str, *, wide: bool = False) -> str:
    """Named shares, the largest first, as a list that a screen reader reads as a list.

    Several below 1 % share the last row: what nobody thinks likely need not take the page.
    wide : for long names, each with a row of its own.
    """
    ranked = sorted(shares.items(), key=lambda pair: -pair[1])
    tiny = [] if wide else [pair for pair in ranked if pair[1] < 0.01]
    if len(tiny) > 1:
        ranked = ranked[: -len(tiny)]
    rows = "".join(
        f"<li><span>{escape(name)}</span>"
        f'<i aria-hidden="true"><b style="width:{share:.2%}"></b></i>'
        f"<data value='{share:.4f}'>{percent(share).replace('<', '&lt;')}</data></li>"
        for name, share in ranked
    )
    if len(tiny) > 1:
        names = ", ".join(
            f"<data value='{share:.4f}'>{escape(name)}</data>" for name, share in tiny
        )
        rows += f'<li class="rest"><span>{names}</span><span>&lt;1%</span></li>'
    kind = "bars wide" if wide else "bars"
    return f'<ul class="{kind}" aria-label="{escape(label, quote=True)}">{rows}</ul>'


def _told(session: Session) -> None:
    start = session.wishes.start
    named = emotion_word(start.emotion) if start.emotion else _place(start.mood)
    way = session.scene.way
    detail = t(f"told.{way}") if way in ("emotion", "mood", "live", "link") else ""
    if session.scene.read_words:
        detail = t("told.words", words=", ".join(map(escape, session.scene.read_words)))
    seen = session.scene.way == "live" and start.confidence is not None
    said = "told.from" if way == "link" else "told.headline"
    headline = t("see.sure" if seen else said, emotion=f"<em>{named}</em>")
    if start.grave:
        link = f'<a href="https://{WHERE}" target="_blank" rel="noopener">{WHERE}</a>'
        told = escape(from_library(HELP)).replace(WHERE, link)
        st.html(f'<p class="care" role="note">{told}</p>')
    st.html(f'<h2 class="verdict">{headline}</h2><p class="how-sure">{detail}</p>')


def _place(mood: Mood) -> str:
    """A quarter of the mood plane in words; its middle is somewhere in between."""
    if mood.distance(Mood(0, 0)) < MIDDLE:
        return t("see.between")
    across = "pleasant" if mood.valence >= 0 else "unpleasant"
    return t(f"see.{across}_{'lively' if mood.arousal >= 0 else 'quiet'}")


def _correction(session: Session) -> None:
    """One click names the emotion; the same again goes back to what was read."""
    told = session.wishes.start.confidence is None
    st.session_state["correction"] = session.wishes.start.emotion if told else None
    st.pills(
        t("see.correct") if session.scene.photo else t("see.change"),
        EMOTIONS,
        key="correction",
        format_func=named(EMOTIONS, emotion_word),
        on_change=tell("correction", to=partial(_corrected, session)),
    )


def _corrected(session: Session, chosen: str | None) -> None:
    if chosen is not None or session.scene.photo is not None:
        session.correct(chosen)
