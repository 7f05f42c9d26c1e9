"""A notebook's cells as HTML: words, code that can be unfolded, and what it answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

PLOTLY = "application/vnd.plotly.v1+json"
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LABELS = {
    "parameters": "parameters and their defaults",
    "injected-parameters": "as they were given",
}


@dataclass(slots=True)
class Body:
    """A page's HTML, and the figures that stand in it, in order."""

    parts: list[str] = field(default_factory=list)
    figures: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def html(self) -> str:
        """Everything so far."""
        return "\n".join(self.parts)


def notebook_body(document: Mapping[str, Any]) -> Body:
    """All cells of an executed notebook."""
    body = Body()
    for cell in document["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            body.parts.append(f"<section class='words'>{markdown(source)}</section>")
        elif cell["cell_type"] == "code":
            tags = cell["metadata"].get("tags", ())
            label = next((_LABELS[tag] for tag in tags if tag in _LABELS), "code")
            body.parts.append(
                f"<details class='code'><summary>{label}</summary>{highlight(source)}</details>"
            )
            _add_outputs(body, cell.get("outputs", ()))
    return body


_UNIT = re.compile(r"(\d) (%|ms\b|MB\b)")


def markdown(text: str) -> str:
    """Markdown as HTML; formulas stay as they are written, and a number keeps its unit beside it."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    return _UNIT.sub("\\1\u00a0\\2", markdown2html_mistune(text))


def highlight(code: str) -> str:
    """Python in colours."""
    from pygments import highlight as paint
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return paint(code, PythonLexer(), HtmlFormatter(nowrap=False, cssclass="python"))


def _add_outputs(body: Body, outputs: Any) -> None:
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream" and output.get("name") == "stdout":
            body.parts.append(f"<pre class='told'>{escape(_text(output['text']))}</pre>")
        elif kind in ("display_data", "execute_result"):
            _add_data(body, output["data"])
        elif kind == "error":
            told = escape(f"{output['ename']}: {output['evalue']}")
            body.parts.append(f"<pre class='told error'>{told}</pre>")


def _add_data(body: Body, data: Mapping[str, Any]) -> None:
    """The richest form that a page can hold."""
    if PLOTLY in data:
        height = int(data[PLOTLY].get("layout", {}).get("height") or 450)
        place = len(body.figures)
        body.figures.append(data[PLOTLY])
        title = escape(_title(data[PLOTLY]) or f"Figure {place + 1}")
        body.parts.append(
            f"<figure class='plotly' data-figure='{place}' style='min-height:{height}px' "
            f"role='img' aria-label='{title}'></figure>"
        )
    elif "image/png" in data:
        body.parts.append(
            f"<img alt='' src='data:image/png;base64,{_text(data['image/png']).strip()}'>"
        )
    elif "text/html" in data:
        body.parts.append(f"<div class='table'>{_text(data['text/html'])}</div>")
    elif "text/markdown" in data:
        body.parts.append(f"<div class='words'>{markdown(_text(data['text/markdown']))}</div>")
    elif "text/plain" in data:
        body.parts.append(f"<pre class='told'>{escape(_text(data['text/plain']))}</pre>")


def _title(figure: Mapping[str, Any]) -> str:
    title = figure.get("layout", {}).get("title") or {}
    return str(title.get("text", "") if isinstance(title, Mapping) else title)


def _text(value: str | list[str]) -> str:
    return _COLOURS.sub("", value if isinstance(value, str) else "".join(value))
