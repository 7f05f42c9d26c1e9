"""Pages of executed notebooks: small, whole, and with everything that the notebook said."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs

from affetto.errors import DataError, InputError
from affetto.reports import build
from affetto.reports.figures import pack_figures, slim
from affetto.reports.outputs import PLOTLY
from affetto.reports.pages import relinked, write_card_page, write_notebook_page
from tests.notebooks.small import code, markdown

REPOSITORY = Path(__file__).resolve().parents[2]
REPORTS = REPOSITORY / "reports"
# What plotly.js-cartesian-dist-min can draw (its README); anything else would stay blank.
CARTESIAN = {
    "bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour", "image",
    "pie", "quiver", "scatter", "scatterternary", "violin",
}  # fmt: skip


def unpacked(text: str) -> list[dict]:
    return json.loads(gzip.decompress(base64.b64decode(text)))


def figures_in(page: str) -> list[dict]:
    (packed,) = re.findall(r"<script type='text/plain' id='figures'>(.*?)</script>", page)
    return unpacked(packed)


def test_a_figure_loses_its_template_and_keeps_five_digits() -> None:
    figure = json.loads(go.Figure(go.Scatter(x=np.array([1 / 3, 2.0]), y=[1e-9, None])).to_json())
    assert "template" in figure["layout"]
    small = slim(figure)
    assert small["data"][0]["x"] == [0.33333, 2]
    assert small["data"][0]["y"] == [1e-9, None]
    assert "template" not in small["layout"]


def test_typed_arrays_keep_their_shape_and_what_is_no_number_is_null() -> None:
    values = np.array([[1.0, np.nan], [np.inf, 4.25]])
    figure = json.loads(go.Figure(go.Heatmap(z=values)).to_json())
    assert "bdata" in figure["data"][0]["z"]
    assert slim(figure)["data"][0]["z"] == [[1, None], [None, 4.25]]


def test_packing_gives_the_same_bytes_twice() -> None:
    figures = [{"data": [{"type": "bar", "y": [1, 2]}], "layout": {}}]
    assert pack_figures(figures) == pack_figures(figures)
    assert unpacked(pack_figures(figures)) == figures


@pytest.fixture
def executed(tmp_path: Path) -> Path:
    """An executed notebook with one output of each kind, and its provenance."""
    figure = json.loads(
        go.Figure(go.Bar(y=[1, 2]), {"title": {"text": "Two <b>bars</b>"}}).to_json()
    )
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["1 < 2\n", "\x1b[31mred\x1b[0m"]},
        {"output_type": "stream", "name": "stderr", "text": "a warning"},
        {"output_type": "display_data", "data": {PLOTLY: figure, "text/plain": "Figure"}},
        {
            "output_type": "execute_result",
            "data": {"text/html": "<table><tr><td>7</td></tr></table>"},
        },
        {"output_type": "execute_result", "data": {"text/plain": "'<plain>'"}},
    ]
    first = "# 01 · Bars\n\n**Question.** How `many` bars?\n\n**Reads.** Nothing."
    cells = [markdown(first), code("N = 1", "parameters"), {**code("draw()"), "outputs": outputs}]
    path = tmp_path / "executed" / "01_bars.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps({"cells": cells}))
    facts = {
        "set": "smoke", "started": "2026-01-01", "seconds": 2.0, "peak_mb": None, "git": {},
        "parameters": {"N": 1}, "reads": {}, "writes": {"a": "b" * 64}, "packages": {"x": "1"},
        "library": "c" * 64,
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(facts))
    return path


def test_a_page_holds_words_code_and_every_answer(executed: Path, tmp_path: Path) -> None:
    page = write_notebook_page(executed, tmp_path)
    assert (page.title, page.question) == ("01 · Bars", "How `many` bars?")
    html = (tmp_path / page.path).read_text()
    assert "1 &lt; 2\nred" in html, "escaped, without a terminal's colours"
    assert "a warning" not in html
    assert "<table>" in html
    assert "&#x27;&lt;plain&gt;&#x27;" in html
    assert "Two &lt;b&gt;bars&lt;/b&gt;" in html
    assert [trace["y"] for trace in figures_in(html)[0]["data"]] == [[1, 2]]
    assert "<summary>parameters and their defaults</summary>" in html
    assert "bbbbbbbb" in html
    assert "../assets/plotly.js" in html


def test_a_card_becomes_a_page(tmp_path: Path) -> None:
    card = tmp_path / "cards" / "model.md"
    card.parent.mkdir()
    card.write_text("# The model\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    page = write_card_page(card, tmp_path)
    assert page.title == "The model"
    assert "<td>1</td>" in (tmp_path / page.path).read_text()


def test_the_index_links_what_is_there_and_a_stale_page_goes(
    executed: Path, tmp_path: Path
) -> None:
    reports = tmp_path / "reports"
    (reports / "assets").mkdir(parents=True)
    (reports / "assets" / "plotly.js").write_text("x")
    (reports / "notebooks").mkdir()
    (reports / "notebooks" / "99_gone.html").write_text("old")
    (reports / "metrics").mkdir()
    (reports / "metrics" / "n.json").write_text("{}")
    built = build.build_pages(executed.parent, reports, pictures=False)
    assert [page.name for page in built.notebooks] == ["01_bars"]
    assert not (reports / "notebooks" / "99_gone.html").exists()
    index = built.index.read_text()
    links = re.findall(r"(?:href|src)='([^':]+)'", index)
    assert {"notebooks/01_bars.html", "metrics/n.json"} <= set(links)
    assert [link for link in links if not (reports / link).exists()] == []


def test_what_is_missing_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no executed notebook"):
        build.build_pages(tmp_path, tmp_path, pictures=False)
    (tmp_path / "01_a.ipynb").write_text("{")
    with pytest.raises(DataError, match=r"plotly\.js is missing"):
        build.build_pages(tmp_path, tmp_path, pictures=False)
    with pytest.raises(DataError, match=r"01_a.ipynb cannot be read"):
        write_notebook_page(tmp_path / "01_a.ipynb", tmp_path)
    with pytest.raises(InputError, match="no bundle of plotly"):
        build.pack_plotly(tmp_path / "01_a.ipynb", tmp_path)


# --- what is committed ---------------------------------------------------------------------------


def test_reports_stay_within_four_megabytes() -> None:
    assert build.folder_size(REPORTS) <= build.LIMIT


def test_committed_figures_can_be_drawn_by_the_plotly_that_is_committed() -> None:
    for page in (REPORTS / "notebooks").glob("*.html"):
        figures = figures_in(page.read_text(encoding="utf-8"))
        kinds = {trace.get("type", "scatter") for figure in figures for trace in figure["data"]}
        assert kinds <= CARTESIAN, page.name


def test_the_committed_plotly_is_the_one_that_figures_are_made_for() -> None:
    wanted = re.search(r"plotly\.js v(\d+\.\d+\.\d+)", get_plotlyjs()[:200])
    text = (REPORTS / "assets" / "plotly.js").read_text()
    assert wanted is not None
    assert f"plotly.js-cartesian-dist-min {wanted[1]}," in text.splitlines()[0]
    (packed,) = re.findall(r'AFFETTO_PLOTLY = "(.+)"', text)
    assert b"plotly.js (cartesian - minified)" in gzip.decompress(base64.b64decode(packed))[:200]


def test_no_page_names_a_folder_of_a_machine() -> None:
    for page in REPORTS.rglob("*.html"):
        found = re.findall(r"(?:/home|/root|/work|/tmp|/Users)/[\w.]+", page.read_text("utf-8"))
        assert found == [], page.name


@pytest.mark.parametrize(
    ("source", "page", "link", "there"),
    [
        ("notebooks", "reports/notebooks", "../reports/cards/a.md", "../cards/a.html"),
        ("notebooks", "reports/notebooks", "08_b.ipynb", "../../notebooks/08_b.ipynb"),
        ("reports/cards", "reports/cards", "a-log.md", "a-log.html"),
        ("reports/cards", "reports/cards", "../figures/c.png", "../figures/c.png"),
        ("data", "reports/cards", "../lib/affetto/d.py", "../../lib/affetto/d.py"),
        ("data", "reports/cards", "https://example.org/e.md", "https://example.org/e.md"),
        ("data", "reports/cards", "#f", "#f"),
    ],
)
def test_links_fit_the_page_and_not_its_source(
    source: str, page: str, link: str, there: str
) -> None:
    html = relinked(f'<a href="{link}">x</a><img src="{link}">', source, page)
    assert html == f'<a href="{there}">x</a><img src="{there}">'
