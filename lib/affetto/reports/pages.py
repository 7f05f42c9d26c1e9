"""One page: an executed notebook with where it came from, or a card."""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from affetto.errors import DataError
from affetto.files import write_text, write_whole
from affetto.reports.figures import pack_figures
from affetto.reports.outputs import markdown, notebook_body

ASSETS = "assets"
_HERE = Path(__file__).parent
_LINK = re.compile(r'\b(href|src)="(?!#|/|[a-z]+:)([^"#]+)')  # to a file, seen from the source


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was written, for the index."""

    name: str
    title: str
    question: str
    path: str  # from the reports folder
    figures: int
    shown: int | None = None  # the figure that stands for it in the index; None: its fullest


def write_notebook_page(executed: Path, reports: Path) -> Page:
    """``reports/notebooks/NAME.html`` of an executed copy.  Raises DataError for a damaged one."""
    document = read_executed(executed)
    body = notebook_body(document)
    title, question = heading(document)
    shown = (
        f"{relinked(body.html, 'notebooks', f'{reports.name}/notebooks')}\n"
        f"{_provenance(executed.with_suffix('.json'))}"
        f"<script type='text/plain' id='figures'>{pack_figures(body.figures)}</script>"
    )
    path = f"notebooks/{executed.stem}.html"
    write_text(reports / path, page_html(title, shown, up="../", figures=True))
    chosen = document.get("metadata", {}).get("affetto", {}).get("shown")
    return Page(executed.stem, title, question, path, len(body.figures), chosen)


def write_card_page(card: Path, reports: Path, *, name: str = "") -> Page:
    """``reports/cards/NAME.html`` of a card's Markdown, which may lie elsewhere.

    name : of the page; the card's own by default.
    """
    text, name = card.read_text(encoding="utf-8"), name or card.stem
    first = next((line for line in text.splitlines() if line.startswith("# ")), f"# {card.stem}")
    title = first.removeprefix("# ").strip()
    path = f"cards/{name}.html"
    source = os.path.relpath(card.parent, reports.parent)
    words = relinked(markdown(text), source, f"{reports.name}/cards")
    inside = f"<section class='words card'>{words}</section>"
    write_text(reports / path, page_html(title, inside, up="../"))
    return Page(name, title, "", path, 0)


def relinked(html: str, source: str, page: str) -> str:
    """HTML whose links to files, which fit its source, fit the page; a card's lead to its page.

    source, page : their folders, from the project's.
    """

    def fitting(found: re.Match[str]) -> str:
        target = os.path.normpath(os.path.join(source, found[2]))
        folder, name = os.path.split(target)
        if folder.endswith("/cards") and name.endswith(".md"):
            target = f"{folder}/{name.removesuffix('.md')}.html"
        return f'{found[1]}="{os.path.relpath(target, page)}'

    return _LINK.sub(fitting, html)


def read_executed(executed: Path) -> dict[str, Any]:
    """An executed notebook.  Raises DataError where it cannot be read."""
    try:
        document = json.loads(executed.read_text(encoding="utf-8"))
        return {**document, "cells": list(document["cells"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{executed.name} cannot be read; run it again with --force.") from error


def heading(document: Mapping[str, Any]) -> tuple[str, str]:
    """(title, question) out of a notebook's first cell."""
    lines = "".join(document["cells"][0]["source"]).splitlines()
    title = next((line.lstrip("# ") for line in lines if line.startswith("#")), "Notebook")
    asked = next((line for line in lines if line.startswith("**Question.**")), "")
    return title.strip(), asked.removeprefix("**Question.**").strip()


def page_html(title: str, body: str, *, up: str = "", figures: bool = False) -> str:
    """A whole page.  up : the way to the reports folder.  figures : whether Plotly is needed."""
    home = f"<nav><a href='{up}index.html'>Affetto, all reports</a></nav>" if up else ""
    scripts = (
        f"<script src='{up}{ASSETS}/plotly.js' defer></script>"
        f"<script src='{up}{ASSETS}/page.js' defer></script>"
        if figures
        else ""
    )
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><link rel='stylesheet' href='{up}{ASSETS}/style.css'>"
        f"{scripts}</head><body>{home}\n<main>\n{body}\n</main></body></html>\n"
    )


def write_assets(reports: Path) -> None:
    """Style and script that all pages share; Plotly itself is there already."""
    for name in ("style.css", "page.js"):
        write_whole(reports / ASSETS / name, (_HERE / name).read_bytes())


def _provenance(record: Path) -> str:
    """When, from what and with what a notebook ran; nothing where no record lies beside it."""
    try:
        facts = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    git = facts.get("git") or {}
    revision = (git.get("revision") or "unknown")[:12] + (
        " (changed)" if git.get("changed") else ""
    )
    peak = "" if facts.get("peak_mb") is None else f", {facts['peak_mb']:,.0f} MB at most"
    rows = [
        ("run", f"{facts['started']}, {facts['seconds']:.0f} s{peak}, set “{facts['set']}”"),
        ("code", f"{revision}, library {facts['library'][:12]}"),
        ("parameters", json.dumps(facts["parameters"], ensure_ascii=False)),
        *((f"read {name}", digest[:16]) for name, digest in facts["reads"].items()),
        *((f"wrote {name}", str(digest)[:16]) for name, digest in facts["writes"].items()),
        ("packages", ", ".join(f"{n} {v}" for n, v in facts["packages"].items())),
    ]
    cells = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows)
    return (
        "<details class='origin'><summary>What this run rested on</summary>"
        f"<dl>{cells}</dl></details>"
    )
