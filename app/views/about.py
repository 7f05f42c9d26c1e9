"""What the models are, how good, and on whom they fail; every figure is read from the release
and from ``reports/``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import streamlit as st

from affetto.about import facts
from affetto.emotions import EMOTIONS
from affetto.errors import AffettoError
from affetto.plots import percent
from affetto.settings import reports_dir
from app.language import emotion_word, from_library, number, t
from app.views.reading import bars

TRAINING_FACES = 28_709  # of FER2013
CHOOSERS = ("released", "markov", "vs_knn", "item_item", "nearest_mood", "popularity")
SPOILED = ("rotation", "crop shift", "occlusion", "blur", "JPEG quality", "noise", "brightness",
           "contrast")  # fmt: skip


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
        _fails(read_report("emotion_cnn_report"))
        _music(read_report("playlists"))
        st.markdown(t("about.limits"))


def _faces(figures: dict[str, Any]) -> None:
    """How often the emotion network agrees with people, in all and emotion by emotion."""
    st.html(f'<h3 class="section">{t("about.faces")}</h3>')
    st.markdown(t("about.faces_text", n=number(TRAINING_FACES)))
    for part, scores in figures.items():
        votes = scores.get("votes")
        if not votes:
            continue
        st.markdown(
            t(
                "about.faces_figures",
                part=part,
                accuracy=percent(scores["accuracy"]),
                n=number(scores["n"]),
                votes=percent(votes["accuracy"]),
                votes_n=number(votes["n"]),
                ece=number(votes["ece"] * 100, digits=1),
            )
        )
        recall = {emotion_word(name): votes["recall"][name] for name in EMOTIONS}
        st.html(bars(recall, t("about.recall")))


def _fails(report: dict[str, Any]) -> None:
    """On whom it fails: where people disagree, and on pictures that were spoiled on purpose."""
    groups = report.get("groups", {}).get("agreement", [])
    spoiled = report.get("robustness", {})
    if not groups or not spoiled:
        return
    st.html(f'<h3 class="section">{t("about.fails")}</h3>')
    st.markdown(t("about.fails_text"))
    agreed = {t("about.agreed", people=_people(one["group"])): one["accuracy"] for one in groups}
    st.html(bars(agreed, t("about.fails"), wide=True))
    clean = percent(spoiled["clean"]["crowd"]["accuracy"])
    st.markdown(t("about.spoiled", n=number(spoiled["n"]), clean=clean))
    st.html(bars(dict(_spoiled(spoiled["curves"])), t("about.fails"), wide=True))


def _people(group: str) -> str:
    """How many of ten said the same, in the page's language; the report has it in English."""
    known = {"10 of 10", "8 or 9", "6 or 7", "5 or fewer"}
    return t(f"people.{group.replace(' ', '_')}") if group in known else group


def _spoiled(curves: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """What was done to the pictures at its worst, and how often the answer still held."""
    for name in SPOILED:
        curve = curves.get(name)
        if curve is None:
            continue
        pairs = zip(curve["crowd"], curve["levels"], strict=True)
        worst, level = min(pairs, key=lambda pair: pair[0]["accuracy"])
        digits = len(f"{abs(level):g}".partition(".")[2])  # as many as it was given with
        written = number(abs(level), digits=digits)
        yield t(f"spoiled.{name.replace(' ', '_')}", level=written), worst["accuracy"]


@st.cache_data(show_spinner=False)
def read_report(name: str) -> dict[str, Any]:
    """A report of ``reports/metrics``; empty where it was not made or is damaged."""
    try:
        text = (reports_dir() / "metrics" / f"{name}.json").read_text(encoding="utf-8")
        return json.loads(text)
    except (OSError, ValueError):
        return {}


def _music(report: dict[str, Any]) -> None:
    """How often the next song of real playlists stands in the first fifty, beside others' ways."""
    st.html(f'<h3 class="section">{t("about.music")}</h3>')
    st.markdown(t("about.music_text"))
    splits = report.get("splits", {})
    if not {"by_playlist", "by_time"} <= set(splits):
        return
    new, later = splits["by_playlist"], splits["by_time"]
    st.markdown(
        t(
            "about.music_figures",
            known=number(round(new["coverage"] * new["targets"])),
            targets=number(new["targets"]),
            known_later=number(round(later["coverage"] * later["targets"])),
            targets_later=number(later["targets"]),
            vocabulary=number(new["vocabulary"]),
        )
    )
    rows = {name: [split["models"][name]["hr@50"] for split in (new, later)] for name in CHOOSERS}
    st.table(
        {
            t("about.model"): [t(f"model.{name}") for name in rows],
            t("about.new_playlists"): [_share(shares[0]) for shares in rows.values()],
            t("about.later_songs"): [_share(shares[1]) for shares in rows.values()],
        }
    )


def _share(share: float) -> str:
    return f"{number(100 * share, digits=1)}%"
