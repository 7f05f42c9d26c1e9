"""The app as a listener meets it: in a real browser, with a real photo."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from affetto.recommend.released import load_released
from tests.browser.conftest import PATIENCE, Keep, Open
from tests.photographs import photograph

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
TERRACOTTA = (229, 112, 78)  # of the chosen face's box


def upload(page: Page, data: bytes, name: str = "me.png") -> None:
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": data}
    )


def see_the_astronaut(page: Page) -> Page:
    upload(page, photograph("astronaut"))
    expect(page.locator(".song")).to_have_count(20)
    return page


def links(page: Page) -> list[str]:
    return page.locator(".song a").evaluate_all("all => all.map(a => a.href)")


def test_a_photo_becomes_a_boxed_face_an_emotion_and_twenty_links(
    open_app: Open, keep: Keep
) -> None:
    page = see_the_astronaut(open_app())
    expect(page.get_by_role("heading", name="This face looks happy.")).to_be_visible()
    found = [re.fullmatch(r"https://open\.spotify\.com/track/(\w{22})", url) for url in links(page)]
    ids = [match[1] for match in found if match]
    assert len(set(ids)) == 20
    assert load_released().catalogue.find(ids)[1] == []
    source = page.locator(".st-key-reading img").evaluate("image => image.src")
    shown = Image.open(io.BytesIO(page.request.get(source).body()))
    edge = shown.convert("RGB").crop((179, 90, 185, 150))  # the left edge of ASTRONAUT_BOX
    near = [
        max(abs(a - b) for a, b in zip(p, TERRACOTTA, strict=True))
        for p in edge.get_flattened_data()
    ]
    assert min(near) < 40
    page.locator(".js-plotly-plot").wait_for()
    page.set_viewport_size({"width": 1280, "height": 1180})
    keep(page, "app")
