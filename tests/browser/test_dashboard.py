"""The dashboard under Voila in a real Chromium: widgets move, figures follow."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PATIENCE, PHONE, Keep
from tests.conftest import REPOSITORY
from tests.photographs import photograph

pytestmark = pytest.mark.browser
LONG = 5 * PATIENCE  # a kernel starts, too, on a machine that others use
PATH = ".affetto-figure-journey .scatterlayer .trace:nth-child(2) path.js-line"


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Voila as ``make dashboard`` starts it, on a free port and without a built catalogue."""
    folder = tmp_path_factory.mktemp("dashboard")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    voila = Path(sys.executable).with_name("voila")
    places = {"JUPYTER_PATH": str(REPOSITORY / "app" / "jupyter"), "AFFETTO_DATA": str(folder)}
    with (folder / "voila.log").open("wb") as log:
        process = subprocess.Popen(
            [voila, "dashboard.ipynb", "--port", str(port)],
            cwd=REPOSITORY / "app",
            env={**os.environ, **places},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_preheated(url, folder / "voila.log", process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        finally:
            for left in (signal.SIGTERM, signal.SIGKILL):  # its kernels are in its session
                try:
                    os.killpg(process.pid, left)
                    time.sleep(0.5)
                except ProcessLookupError:
                    break


def _wait_until_preheated(url: str, log: Path, process: subprocess.Popen[bytes]) -> None:
    """Return once Voila answers and a kernel of its pool is ready."""
    deadline = time.monotonic() + 400
    while time.monotonic() < deadline:
        told = log.read_text(errors="replace")
        if process.poll() is not None:
            raise RuntimeError(f"Voila ended at once:\n{told}")
        if "Kernel pool of dashboard.ipynb is filled" in told:
            with urllib.request.urlopen(f"{url}/voila/static/voila.js", timeout=90):
                return
        time.sleep(0.2)
    raise RuntimeError(f"Voila was not ready:\n{log.read_text(errors='replace')}")


def ready(page: Page, url: str) -> Page:
    page.set_default_timeout(LONG)
    page.goto(url)
    page.locator(PATH).wait_for()
    expect(page.locator(".affetto-songs a")).to_have_count(20, timeout=LONG)
    return page


@pytest.fixture(scope="module")
def desk(chromium: Browser, dashboard: str) -> Iterator[Page]:
    """One visitor for most tests: a kernel for each would take the machine's time."""
    context = chromium.new_context(viewport=DESKTOP, color_scheme="light", locale="en-GB")
    page = context.new_page()
    page.asked = []  # type: ignore[attr-defined]
    page.on("request", lambda request: page.asked.append(request.url))  # type: ignore[attr-defined]
    yield ready(page, dashboard)
    context.close()


def line(page: Page) -> str | None:
    return page.locator(PATH).get_attribute("d")


def songs(page: Page) -> list[str]:
    return page.locator(".affetto-songs a").all_text_contents()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def wait_for_another(page: Page, before: list[str]) -> None:
    page.wait_for_function(
        """before => { const now = [...document.querySelectorAll('.affetto-songs a')]
            .map(song => song.textContent); return now.length === 20 && now.join() !== before; }""",
        arg=",".join(before),
        timeout=LONG,
    )


def test_an_emotion_moves_the_journey_and_the_songs(desk: Page, keep: Keep) -> None:
    press(desk, "Journey")
    path, list_ = line(desk), songs(desk)
    keep(desk, "dashboard/journey")
    press(desk, "angry")
    wait_for_another(desk, list_)
    expect(desk.locator(PATH)).not_to_have_attribute("d", str(path), timeout=LONG)
    expect(desk.get_by_text("From angry, goal: calm")).to_have_count(1, timeout=LONG)


def test_a_panel_that_was_left_follows_again(desk: Page) -> None:
    """Its figures, too: once away from the page they drew nothing more."""
    press(desk, "Journey")
    press(desk, "sad")
    expect(desk.get_by_text("From sad, goal: lift")).to_be_visible(timeout=LONG)
    for panel in ("Songs", "Odds", "Mistakes"):
        press(desk, panel)
        expect(desk.locator(PATH)).to_be_hidden()
    cells = desk.locator(".affetto-figure-confusion .heatmaplayer")
    expect(cells).to_contain_text("%", timeout=LONG)
    before = cells.text_content()
    press(desk, "Journey")
    expect(desk.locator(PATH)).to_be_visible(timeout=LONG)
    path = line(desk)
    press(desk, "angry")
    expect(desk.get_by_text("From angry, goal: calm")).to_be_visible(timeout=LONG)
    expect(desk.locator(PATH)).not_to_have_attribute("d", str(path), timeout=LONG)
    press(desk, "Mistakes")
    press(desk, "FER2013's own labels")
    expect(cells).not_to_have_text(str(before), timeout=LONG)
    press(desk, "what ten people named most often (FER+)")


DROP = """async ({data}) => {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], "me.png", {type: "image/png"}));
  document.querySelector(".affetto-drop").dispatchEvent(
    new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
}"""


def test_a_dropped_photo_is_read_and_answered_with_songs(desk: Page, keep: Keep) -> None:
    press(desk, "Journey")
    press(desk, "afraid")
    expect(desk.get_by_text("From afraid")).to_be_visible(timeout=LONG)
    before = songs(desk)
    data = base64.b64encode(photograph("astronaut")).decode("ascii")
    desk.evaluate(DROP, {"data": data})
    wait_for_another(desk, before)
    expect(desk.locator(".affetto-photo img")).to_be_visible(timeout=LONG)
    assert desk.locator(".affetto-bars li").first.inner_text().startswith("happy")
    keep(desk, "dashboard/photo")
    desk.evaluate(DROP, {"data": base64.b64encode(photograph("coffee")).decode("ascii")})
    expect(desk.get_by_role("alert")).to_contain_text("No face was found", timeout=LONG)


def test_the_threshold_changes_the_matrix(desk: Page, keep: Keep) -> None:
    press(desk, "Mistakes")
    figure = desk.locator(".affetto-figure-confusion .main-svg").first
    figure.wait_for(timeout=LONG)
    cells = desk.locator(".affetto-figure-confusion .heatmaplayer")
    expect(cells).to_contain_text("%", timeout=LONG)
    before = cells.text_content()
    keep(desk, "dashboard/mistakes")
    handle = desk.locator(".noUi-handle:visible").first
    handle.focus()
    for _ in range(14):
        desk.keyboard.press("ArrowRight")
    expect(cells).not_to_have_text(str(before), timeout=LONG)
    answered = desk.locator(
        ".affetto-big b:visible"
    ).first  # the steps come one by one; the first lose none
    expect(answered).not_to_have_text("100.0%", timeout=LONG)


def test_a_filter_takes_songs_away(desk: Page, keep: Keep) -> None:
    press(desk, "Songs")
    desk.locator(".affetto-figure-songs .gl-canvas-focus").wait_for(state="attached", timeout=LONG)
    expect(desk.get_by_text("full catalogue is not built here")).to_be_visible(timeout=LONG)
    counted = desk.get_by_text("songs of the bundled vocabulary")
    before = counted.inner_text()
    desk.get_by_label("genre").select_option("jazz")
    expect(counted).not_to_have_text(before, timeout=LONG)
    found, everything = (
        int(text.split()[0].replace(",", "")) for text in (counted.inner_text(), before)
    )
    assert 0 < found < everything / 4
    keep(desk, "dashboard/songs")


def test_the_other_panels_show_their_figures(desk: Page, keep: Keep) -> None:
    for name, figure in (("Odds", "reliability"), ("Against others", "scores")):
        press(desk, name)
        desk.locator(f".affetto-figure-{figure} .main-svg").first.wait_for(timeout=LONG)
        keep(desk, f"dashboard/{figure}")


def test_no_code_is_shown_and_nothing_is_fetched_from_elsewhere(desk: Page, dashboard: str) -> None:
    assert "import" not in desk.locator("body").inner_text()
    away = [
        url
        for url in desk.asked  # type: ignore[attr-defined]
        if not url.startswith((dashboard, "blob:", "data:"))
    ]
    assert away == []


def test_it_can_be_used_on_a_phone(chromium: Browser, dashboard: str, keep: Keep) -> None:
    context = chromium.new_context(viewport=PHONE, color_scheme="dark", has_touch=True)
    page = ready(context.new_page(), dashboard)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    figure = page.locator(".affetto-figure-journey .main-svg").first.bounding_box()
    assert figure is not None
    assert 250 < figure["width"] <= PHONE["width"]
    before = songs(page)
    page.get_by_role("button", name="happy", exact=True).tap()
    wait_for_another(page, before)
    keep(page, "dashboard/phone_dark")
    context.close()
