"""The page on trust says what the reports say, and whom it fails."""

from __future__ import annotations

import json
import re

from streamlit.testing.v1 import AppTest

from affetto.plots import percent
from tests.app.helpers import html
from tests.conftest import REPOSITORY

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


def test_the_share_of_each_emotion_is_the_reports_own() -> None:
    recall = report("emotion_cnn")["votes"]["recall"]
    shares = [float(value) for value in re.findall(r"<data value='([\d.]+)'", html(shown()))]
    assert {round(value, 4) for value in recall.values()} <= set(shares)


def test_it_says_on_whom_it_fails() -> None:
    page = html(shown())
    for group in report("emotion_cnn_report")["groups"]["agreement"]:
        assert f">{percent(group['accuracy'])}</data>" in page
    curves = report("emotion_cnn_report")["robustness"]["curves"]
    worst = min(point["accuracy"] for point in curves["blur"]["crowd"])
    assert f"<data value='{worst:.4f}'>" in page


def test_no_figure_is_written_into_the_words() -> None:
    """A figure in a message file would stay behind when the model changes."""
    for code in ("en", "it"):
        page = json.loads((REPOSITORY / "app" / "messages" / f"{code}.json").read_text())["page"]
        for key, text in page.items():
            assert not (key.startswith("about.") and re.search(r"\d ?%", text)), key
