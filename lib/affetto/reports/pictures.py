"""One PNG a notebook, taken from its page in Chromium: what the index shows."""

from __future__ import annotations

import io
import logging
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from affetto.files import write_whole
from affetto.reports.index import PICTURES
from affetto.reports.pages import Page

_log = logging.getLogger(__name__)
_WIDTH = 640  # pixels of a picture


def take_pictures(reports: Path, pages: Sequence[Page]) -> bool:
    """``figures/notebooks/NAME.png``: the figure that stands for each page; False without Chromium.

    The one that the notebook names, ``"shown": 2`` in its metadata, else its fullest.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        _log.warning("No Chromium here: the pictures of the index stay as they are.")
        return False
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as home:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--headless=new", "--no-sandbox", "--disable-gpu"],
            env={**os.environ, "HOME": home},
        )
        for page in pages:
            if page.figures:
                _picture(browser, reports, page)
        browser.close()
    return True


def _picture(browser, reports: Path, page: Page) -> None:
    tab = browser.new_page(viewport={"width": 900, "height": 900}, color_scheme="light")
    tab.goto((reports / page.path).resolve().as_uri())
    at = _fullest(tab) if page.shown is None else page.shown
    place = tab.locator("figure.plotly").nth(at)
    place.scroll_into_view_if_needed()
    place.locator(".main-svg").first.wait_for(timeout=60_000)
    tab.wait_for_timeout(400)
    shot = Image.open(io.BytesIO(place.screenshot())).convert("RGB")
    tab.close()
    shot = shot.resize((_WIDTH, round(shot.height * _WIDTH / shot.width)), Image.Resampling.LANCZOS)
    sink = io.BytesIO()
    shot.quantize(64, method=Image.Quantize.MEDIANCUT).save(sink, "PNG", optimize=True)
    write_whole(reports / PICTURES / f"{page.name}.png", sink.getvalue())


def _fullest(tab) -> int:
    """Place of the figure with the most numbers in it."""
    return tab.evaluate(
        """async () => {
          const text = document.getElementById("figures").textContent.trim();
          const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          const flow = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
          const sizes = JSON.parse(await new Response(flow).text())
            .map((figure) => JSON.stringify(figure.data).length);
          return sizes.indexOf(Math.max(...sizes));
        }"""
    )
