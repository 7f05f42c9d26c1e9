"""What the app's speed rests on; what the README says of it is what ``make bench-app`` wrote."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

from affetto.bench_app import TARGETS, measured
from app.views import ahead
from tests.app.helpers import html
from tests.conftest import REPOSITORY

REPORT = REPOSITORY / "reports" / "metrics" / "app.json"


def test_the_readme_tells_the_reports_figures() -> None:
    figures = json.loads(REPORT.read_text(encoding="utf-8"))
    readme = " ".join((REPOSITORY / "README.md").read_text(encoding="utf-8").split())
    for said in (
        f"first page {figures['first_page']['p95_s']:.1f} s after a cold start",
        f"photo to music {figures['photo_to_music']['p95_ms']:.0f} ms",
        f"Half the photos took {figures['photo_to_music']['p50_ms']:.0f} ms at most",
        f"a correction {figures['correction']['p95_ms']:.0f} ms",
        f"another goal {figures['goal']['p95_ms']:.0f} ms",
        f"at the same moment wait {figures['together']['p95_ms'] / 1000:.1f} s",
        f"From the {figures['memory']['settled_after']}th photo to the "
        f"{figures['memory']['photos']}th its memory changed by "
        f"{100 * figures['memory']['growth']:+.1f} %",
    ):
        assert said in readme


def test_the_report_is_of_a_whole_run() -> None:
    figures = json.loads(REPORT.read_text(encoding="utf-8"))
    assert set(measured(figures)) == set(TARGETS)
    assert figures["memory"]["photos"] == 500
    assert figures["together"]["listeners"] == 20


def test_the_parts_to_fetch_ahead_are_in_this_streamlit(app: AppTest) -> None:
    """A new Streamlit that names its files otherwise would bring the wait back unnoticed."""
    files = ahead.part_files()
    assert [name.split(".")[0] for name in files] == list(ahead.PARTS)
    assert all(name in html(app) for name in files)
