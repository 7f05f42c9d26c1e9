"""All pages of ``reports/`` from what was executed, and Plotly for them.

Nothing runs here: the notebooks are executed before, by the runner.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affetto.readings import BY_CONFIDENCE, released_answers
from affetto.emotions import EMOTIONS
from affetto.errors import DataError, InputError
from affetto.files import write_text
from affetto.reports.figures import pack
from affetto.reports.index import write_index
from affetto.reports.pages import ASSETS, Page, write_assets, write_card_page, write_notebook_page
from affetto.reports.pictures import take_pictures

LIMIT = 4_000_000  # bytes of the whole folder


@dataclass(frozen=True, slots=True)
class Built:
    """What was written."""

    index: Path
    notebooks: tuple[Page, ...]
    cards: tuple[Page, ...]
    size: int  # bytes of the whole folder


def build_pages(executed: Path, reports: Path, *, pictures: bool = True) -> Built:
    """Write a page for each executed notebook in ``executed`` and each card, and the index.

    Pages of notebooks that are no longer there are taken away.  Raises DataError where nothing was
    executed, where Plotly is missing, or where the folder grew beyond LIMIT.
    """
    copies = sorted(executed.glob("[0-9][0-9]_*.ipynb"))
    copies = [copy for copy in copies if not copy.stem.endswith(".failed")]
    if not copies:
        raise DataError(f"There is no executed notebook in {executed}; run: affetto reports build.")
    if not (reports / ASSETS / "plotly.js").is_file():
        raise DataError(f"reports/{ASSETS}/plotly.js is missing; run: affetto reports plotly FILE.")
    write_assets(reports)
    notebooks = tuple(write_notebook_page(copy, reports) for copy in copies)
    for stale in (reports / "notebooks").glob("*.html"):
        if stale.stem not in {page.name for page in notebooks}:
            stale.unlink()
    cards = [write_card_page(card, reports) for card in sorted((reports / "cards").glob("*.md"))]
    data = reports.parent / "data" / "README.md"
    if data.is_file():
        cards.append(write_card_page(data, reports, name="data"))
    if pictures:
        take_pictures(reports, notebooks)
    index = write_index(reports, notebooks, tuple(cards))
    size = folder_size(reports)
    if size > LIMIT:
        raise DataError(f"reports/ has {size / 1e6:.1f} MB and may have {LIMIT / 1e6:.0f}.")
    return Built(index, notebooks, tuple(cards), size)


def folder_size(folder: Path) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def pack_plotly(source: Path, reports: Path) -> str:
    """Put a minified Plotly bundle where the pages find it; returns its version.

    source : ``plotly-cartesian.min.js`` out of the npm package ``plotly.js-cartesian-dist-min``.
    Raises InputError for any other file.
    """
    try:
        content = source.read_bytes()
    except OSError as error:
        raise InputError(f"{source} cannot be read ({error.strerror}).") from error
    found = re.search(rb"plotly\.js \(?[a-z -]*\)?\s*v?(\d+\.\d+\.\d+)", content[:400])
    if found is None:
        raise InputError(f"{source.name} is no bundle of plotly.js.")
    version = found[1].decode("ascii")
    text = (
        f"// plotly.js-cartesian-dist-min {version}, MIT, Plotly Inc.; gzipped, in base64.\n"
        f'window.AFFETTO_PLOTLY = "{pack(content)}";\n'
    )
    write_text(reports / ASSETS / "plotly.js", text)
    return version


def confidence_is_current(reports: Path) -> bool:
    """Whether the counts by confidence belong to the bundled emotion network."""
    try:
        found = json.loads((reports / "metrics" / BY_CONFIDENCE).read_text(encoding="utf-8"))
        return released_answers().items() <= found.items()
    except (OSError, ValueError, AttributeError):
        return False


def write_confidence(reports: Path, *, usage: str = "PublicTest") -> dict[str, Any]:
    """Count the released network's answers on FER2013 by confidence into ``metrics``.

    Raises DataError where FER2013 or FER+ is not at hand.
    """
    from affetto.faces.classifier import EmotionClassifier
    from affetto.learn.by_confidence import faces_by_confidence
    from affetto.learn_inputs import load_faces
    from affetto.sources.datasets.fer2013 import rows_of

    faces, votes, _ = load_faces()
    chosen, crowd = rows_of(faces, votes, usage)
    found = {
        "usage": usage,
        "labels": list(EMOTIONS),
        **released_answers(),
        **faces_by_confidence(EmotionClassifier.load(), chosen.pixels, chosen.labels, crowd),
    }
    write_text(reports / "metrics" / BY_CONFIDENCE, json.dumps(found) + "\n")
    return found
