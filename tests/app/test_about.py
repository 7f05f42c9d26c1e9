"""The page on trust says what the reports say, and whom it fails."""

from __future__ import annotations

import json
import re
from html import escape

from streamlit.testing.v1 import AppTest

from app.views.about import CHOOSERS
from tests.app.helpers import html
from tests.conftest import REPOSITORY

WORDS = json.loads((REPOSITORY / "app" / "messages" / "en.json").read_text())["page"]
ABOUT = """
import sys
sys.path.insert(0, {root!r})
from app.views import about
about.draw()
"""


def shown() -> AppTest:
    app = AppTest.from_string(ABOUT.format(root=str(REPOSITORY)), default_timeout=120).run()
    assert not app.exception
    return app


def report(name: str) -> dict:
    return json.loads((REPOSITORY / "reports" / "metrics" / f"{name}.json").read_text())


def shares_of(page: str, name: str) -> list[str]:
    """The shares that stand beside a name."""
    row = rf"<span>{re.escape(escape(name))}</span><i[^>]*><b[^>]*></b></i><data value='([\d.]+)'"
    return re.findall(row, page)


def test_the_share_of_each_emotion_is_the_reports_own() -> None:
    recall = report("emotion_cnn")["votes"]["recall"]
    page = html(shown())
    for emotion, share in recall.items():
        assert f"{share:.4f}" in shares_of(page, WORDS[f"emotion.{emotion}"])


def test_it_says_on_whom_it_fails() -> None:
    page = html(shown())
    for group in report("emotion_cnn_report")["groups"]["agreement"]:
        people = WORDS[f"people.{group['group'].replace(' ', '_')}"]
        name = WORDS["about.agreed"].format(people=people)
        assert shares_of(page, name) == [f"{group['accuracy']:.4f}"]
    curves = report("emotion_cnn_report")["robustness"]["curves"]
    worst = min(point["accuracy"] for point in curves["blur"]["crowd"])
    assert f"<data value='{worst:.4f}'>" in page


def test_no_figure_is_written_into_the_words() -> None:
    """A figure in a message file would stay behind when the model changes."""
    for code in ("en", "it"):
        page = json.loads((REPOSITORY / "app" / "messages" / f"{code}.json").read_text())["page"]
        for key, text in page.items():
            assert not (key.startswith("about.") and re.search(r"\d ?%", text)), key


def test_the_songs_table_is_the_reports_own_beside_simpler_ways() -> None:
    splits = report("playlists")["splits"]
    (table,) = shown().table
    for column, split in enumerate(("by_playlist", "by_time"), start=1):
        said = list(table.value.iloc[:, column])
        models = splits[split]["models"]
        assert said == [f"{100 * models[name]['hr@50']:.1f}%" for name in CHOOSERS]


def test_numbers_are_written_as_the_language_writes_them() -> None:
    """Italian parts thousands by a point and decimals by a comma."""
    chosen = "import streamlit as st\nst.session_state['language'] = 'it'\nabout.draw()"
    italian = ABOUT.replace("about.draw()", chosen)
    app = AppTest.from_string(italian.format(root=str(REPOSITORY)), default_timeout=120).run()
    assert not app.exception
    words = "\n".join(part.value for part in app.markdown)
    assert "28.709" in words
    assert "28,709" not in words
    (table,) = app.table
    assert all(re.fullmatch(r"\d+,\d%", share) for share in table.value.iloc[:, 1])
