"""What the models are, how good, and on whom they fail; every figure is read from the release."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from affetto.about import facts
from affetto.emotions import EMOTIONS
from affetto.errors import AffettoError
from affetto.plots import percent
from app.language import emotion_word, from_library, t


def draw() -> None:
    """The page on trust."""
    with st.container(key="about", width=760):
        st.html(f'<h2 class="section">{t("about.title")}</h2>')
        st.markdown(t("about.privacy"))
        try:
            figures = facts()["figures"]
        except AffettoError as error:
            st.warning(from_library(str(error)))
            return
        _faces(figures.get("emotion_cnn", {}))
        _music(figures.get("recommender", {}))
        st.markdown(t("about.limits"))


def _faces(figures: dict[str, Any]) -> None:
    """How often the emotion network agrees with people, in all and emotion by emotion."""
    st.html(f'<h3 class="section">{t("about.faces")}</h3>')
    st.markdown(t("about.faces_text"))
    for part, scores in figures.items():
        votes = scores.get("votes")
        if not votes:
            continue
        st.markdown(
            t(
                "about.faces_figures",
                part=part,
                accuracy=percent(scores["accuracy"]),
                n=f"{scores['n']:,}",
                votes=percent(votes["accuracy"]),
                votes_n=f"{votes['n']:,}",
                ece=f"{votes['ece'] * 100:.1f}",
            )
        )
        st.html(_recall(votes["recall"]))


def _recall(recall: dict[str, float]) -> str:
    rows = "".join(
        f"<li><span>{escape(emotion_word(name))}</span>"
        f'<i aria-hidden="true"><b style="width:{recall[name]:.2%}"></b></i>'
        f"<data value='{recall[name]:.4f}'>{percent(recall[name]).replace('<', '&lt;')}</data></li>"
        for name in sorted(EMOTIONS, key=lambda name: -recall[name])
    )
    return f'<ul class="bars" aria-label="{t("about.recall")}">{rows}</ul>'


def _music(figures: dict[str, Any]) -> None:
    """How often the next song of real playlists stands in the first fifty."""
    st.html(f'<h3 class="section">{t("about.music")}</h3>')
    st.markdown(t("about.music_text"))
    for scores in figures.values():
        models = scores.get("models", {})
        rows = {name: model.get("hr@50") for name, model in models.items()}
        if rows:
            st.markdown(
                t(
                    "about.music_figures",
                    playlists=scores["playlists"],
                    targets=f"{scores['targets']:,}",
                    known=f"{round(scores['coverage'] * scores['targets']):,}",
                )
            )
            st.table(
                {
                    t("about.model"): [name.replace("_", " ") for name in rows],
                    t("about.hr50"): [f"{value:.1%}" for value in rows.values()],
                }
            )
