"""The committed pages open from disk in a real Chromium: nothing is served, nothing is fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PATIENCE

pytestmark = pytest.mark.browser
REPORTS = Path(__file__).resolve().parents[2] / "reports"


def test_a_page_opens_from_disk_and_draws_its_figures(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((REPORTS / "index.html").as_uri())
    page.locator(".tile").first.click()
    figure = page.locator("figure.plotly").first
    figure.scroll_into_view_if_needed()  # a figure is drawn when it comes near the window
    figure.locator(".main-svg").first.wait_for(timeout=PATIENCE)
    assert figure.locator(".main-svg text").first.text_content()
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []
