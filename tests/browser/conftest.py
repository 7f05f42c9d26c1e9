"""A real Chromium on the real app; ``AFFETTO_SCREENSHOTS=1`` also writes ``reports/figures``."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FIGURES = REPOSITORY / "reports" / "figures"
PATIENCE = 120_000  # ms that a slow machine may take before a test fails
LARGEST = 45_000  # bytes of one picture
LARGEST_OF_README = 100_000  # the one that everybody sees first
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

Open = Callable[..., "Page"]
Keep = Callable[["Page", str], None]


@pytest.fixture
def open_app(chromium: Browser, streamlit_app: str) -> Iterator[Open]:
    """``open_app(path="/", phone=False, scheme="light", **context)`` → a page of a new visitor."""
    contexts: list[BrowserContext] = []

    def open_page(path: str = "/", *, phone: bool = False, scheme: str = "light", **more) -> Page:
        context = chromium.new_context(
            viewport=PHONE if phone else DESKTOP, color_scheme=scheme, locale="en-GB", **more
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(streamlit_app + path)
        page.locator(".wordmark").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def keep() -> Keep:
    """``keep(page, "name")``: take a picture of the page; write it only when asked to."""
    asked = bool(os.environ.get("AFFETTO_SCREENSHOTS"))

    def picture(page: Page, name: str) -> None:
        settle(page, rest=1500 if asked else 0)
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        colours = shot.getcolors(maxcolors=1 << 24) or []
        assert len(colours) > 50, f"{name} is an empty page"
        if asked:
            _write(shot, FIGURES / f"{name}.png")

    return picture


def settle(page: Page, *, rest: int = 700) -> None:
    """Wait until Streamlit has drawn everything and fonts and charts have come to rest.

    rest : ms for what moves on its own; 0 where only a picture that nobody keeps would see it.
    """
    page.wait_for_function(
        '!document.querySelector(\'[data-testid="stStatusWidget"], [data-stale="true"]\')'
    )
    page.evaluate("document.fonts.ready")
    page.mouse.move(0, 0)
    page.wait_for_timeout(rest)


def _write(shot: Image.Image, target: Path) -> None:
    """As a palette PNG of at most LARGEST bytes: the repository stays small.

    A busy picture is made smaller rather than poorer: few colours would take those of its words.
    """
    largest = LARGEST_OF_README if target.stem == "app" else LARGEST
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".tmp")
    for scale, colours in ((1, 256), (1, 96), (1, 48), (0.75, 96), (0.5, 96), (0.4, 48)):
        size = round(shot.width * scale), round(shot.height * scale)
        palette = shot.resize(size, Image.Resampling.LANCZOS).quantize(colours)
        palette.save(temporary, "PNG", optimize=True)
        if temporary.stat().st_size <= largest:
            break
    os.replace(temporary, target)
