"""No account and no network: every path but Spotify's own, with the way out of the machine cut.

The server's Python refuses every address but this machine's and writes down who asked for one.
Where the system lets us (as root on Linux, as in CI), server and browser also live in a network
namespace that has nothing but its own loopback, so native code is cut off as well.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import DESKTOP, PATIENCE, settle
from tests.browser.test_app import (
    fake_camera_film,
    links,
    see_the_astronaut,
    take_photo,
    tool,
    wait_for_other_links,
)
from tests.conftest import CHROMIUM_ARGUMENTS, NO_BROWSER, _browser, running_app

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
CUT = Path(__file__).parent / "cut"  # its sitecustomize.py guards every Python that starts there
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
ELSEWHERE = "192.0.2.1"  # RFC 5737: an address that is nobody's


# --- the cut -----------------------------------------------------------------------------------


@contextmanager
def own_network() -> Iterator[bool]:
    """This thread, and what it starts, in a network of its own; whether the system allows that."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net", "rb") as before:
        if libc.unshare(CLONE_NEWNET):
            yield False
            return
        try:
            with socket.socket() as any_socket:  # only its loopback, which is down at first
                request = struct.pack("16sh", b"lo", IFF_UP)
                fcntl.ioctl(any_socket, SIOCSIFFLAGS, request.ljust(40, b"\0"))
            yield True
        finally:
            assert libc.setns(before.fileno(), CLONE_NEWNET) == 0


@pytest.fixture(scope="module")
def attempts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file into which the guard writes who wanted to leave the machine."""
    file = tmp_path_factory.mktemp("cut") / "attempts.txt"
    file.touch()
    return file


@pytest.fixture(scope="module")
def cut_off(
    attempts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Browser, str]]:
    """A Chromium with a camera, and the app's address, both without a way out."""
    executable = _browser()
    if executable is None:
        pytest.skip(NO_BROWSER)
    folder = tmp_path_factory.mktemp("offline")
    film = fake_camera_film(folder)
    environment = {
        "AFFETTO_CUT": str(attempts),
        "PYTHONPATH": str(CUT),
        "SPOTIPY_CLIENT_ID": "",
    }
    with (
        own_network(),
        running_app(folder / "app.log", environment=environment) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                *CHROMIUM_ARGUMENTS,
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={film}",
            ],
        )
        yield browser, url
        browser.close()


@pytest.fixture
def page(cut_off: tuple[Browser, str], attempts: Path) -> Iterator[Page]:
    """A new visitor; afterwards neither their browser nor the server has asked anybody else."""
    browser, url = cut_off
    context = browser.new_context(viewport=DESKTOP, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    page.locator(".wordmark").wait_for()
    yield page
    assert "Traceback" not in page.content()
    context.close()
    here = re.compile(r"(https?|wss?)://127\.0\.0\.1:|data:|blob:")
    assert [url for url in asked if not here.match(url)] == []
    assert attempts.read_text() == ""


def test_the_cut_is_real(cut_off: tuple[Browser, str], tmp_path: Path) -> None:
    """The twin of all below: who goes elsewhere fails, in the browser and in a guarded Python."""
    browser, _ = cut_off
    page = browser.new_page()
    for there in (f"http://{ELSEWHERE}/", "http://open.spotify.com/"):
        with pytest.raises(Exception, match="ERR_"):
            page.goto(there, timeout=5000)
    page.close()
    log = tmp_path / "attempts.txt"
    outward = f"import socket; socket.create_connection(({ELSEWHERE!r}, 80), timeout=5)"
    tried = subprocess.run(
        [sys.executable, "-c", outward],
        env={**os.environ, "AFFETTO_CUT": str(log), "PYTHONPATH": str(CUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "the network is cut" in tried.stderr
    assert ELSEWHERE in log.read_text()


# --- every path --------------------------------------------------------------------------------


def twenty(page: Page) -> list[str]:
    expect(page.locator(".song")).to_have_count(20)
    settle(page)
    return links(page)


def open_way(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).click()


def sad(page: Page) -> list[str]:
    """Songs for somebody who says that they are sad."""
    open_way(page, "Emotion")
    page.get_by_role("radio", name="sad", exact=True).click()
    expect(page.get_by_role("heading", name="You feel sad.")).to_be_visible()
    return twenty(page)


def song_menu(page: Page, place: int, entry: str) -> None:
    page.locator(".song").nth(place).locator("[data-act=menu]").click()
    page.get_by_role("menuitem", name=entry).click()


def test_a_photo_and_where_the_network_looked(page: Page) -> None:
    see_the_astronaut(page)
    page.get_by_text("Where did it look?").click()
    expect(page.get_by_text("went most by the mouth")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(1)


def test_the_sample_photo_a_correction_and_each_goal(page: Page) -> None:
    page.get_by_role("button", name="Try a sample photo").click()
    expect(page.get_by_role("heading", name="This face looks happy.")).to_be_visible()
    before = twenty(page)
    page.get_by_role("radio", name="sad", exact=True).click()
    expect(page.get_by_role("heading", name="You say you are sad.")).to_be_visible()
    before = wait_for_other_links(page, before)
    for goal in ("Match", "Calm", "Energise", "Lift"):
        page.get_by_role("radio", name=goal).click()
        before = wait_for_other_links(page, before)


def test_a_snapshot_of_the_webcam(page: Page) -> None:
    open_way(page, "Camera")
    take_photo(page)
    expect(page.get_by_role("heading", name="This face looks happy.")).to_be_visible()
    twenty(page)


def test_live_mode(page: Page) -> None:
    open_way(page, "Live")
    page.get_by_role("button", name="Switch live mode on").click()
    expect(page.get_by_text("Right now: happy")).to_be_visible()
    twenty(page)
    page.get_by_role("button", name="Switch off").click()
    expect(page.locator(".st-key-live_panel")).to_have_count(0)


def test_an_emotion_shuffled_and_undone(page: Page) -> None:
    before = sad(page)
    tool(page, "Other songs").click()
    shuffled = wait_for_other_links(page, before)
    tool(page, "Undo").click()
    assert wait_for_other_links(page, shuffled) == before


def test_a_point_on_the_mood_map(page: Page) -> None:
    open_way(page, "Mood map")
    page.locator(".js-plotly-plot .nsewdrag").first.wait_for()
    settle(page)
    page.get_by_role("button", name="Play from here").click()
    twenty(page)
    expect(page).to_have_url(re.compile("mood=0.00%2C0.00"))


@pytest.mark.parametrize("sentence", ["tired and a bit lonely", "sono molto felice"])
def test_a_sentence(page: Page, sentence: str) -> None:
    open_way(page, "In words")
    page.get_by_label("How do you feel?").fill(sentence)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Read from your words")).to_be_visible()
    twenty(page)


def test_filters(page: Page) -> None:
    before = sad(page)
    tool(page, "Filter").click()
    page.get_by_text("No explicit words").click()
    expect(tool(page, "Filtered")).to_be_visible()
    wait_for_other_links(page, before)


def test_like_not_for_me_another_one_and_more_like_this(page: Page) -> None:
    sad(page)
    page.locator(".song").nth(1).get_by_role("button", name="Like").click()
    liked = page.locator(".song [aria-pressed=true]")
    expect(liked).to_have_count(1)
    settle(page)
    known = links(page)
    song_menu(page, 7, "Another one here")
    replaced = wait_for_other_links(page, known)
    assert replaced[:7] + replaced[8:] == known[:7] + known[8:]
    song_menu(page, 3, "Not for me")
    without = wait_for_other_links(page, replaced)
    assert replaced[3] not in without
    song_menu(page, 0, "More like this")
    wait_for_other_links(page, without)
    assert without[0] not in links(page)


def test_finding_a_song_and_spotify_says_why_not(page: Page) -> None:
    sad(page)
    tool(page, "Find").click()
    page.get_by_label("A title, an artist, or both").fill("Mozart")
    page.keyboard.press("Enter")
    expect(page.locator(".found").first).to_be_visible()
    page.keyboard.press("Escape")
    tool(page, "Spotify").click()
    expect(page.get_by_text("This Affetto is not connected to Spotify")).to_be_visible()


def test_downloads_and_the_text_to_copy(page: Page) -> None:
    songs = sad(page)
    tool(page, "Keep").click()
    for label in ("For a player (M3U)", "For a spreadsheet (CSV)"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=label, exact=True).click()
        text = waiting.value.path().read_text(encoding="utf-8")
        assert re.findall(r"https://open\.spotify\.com/track/\w{22}", text) == songs
    links, text = page.locator("[data-testid=stPopoverBody] code").all_inner_texts()
    assert links.split() == songs
    assert re.findall(r"https://open\.spotify\.com/track/\w{22}", text) == songs


def test_a_session_saved_and_restored_by_another_visitor(
    page: Page, cut_off: tuple[Browser, str]
) -> None:
    songs = sad(page)
    page.get_by_text("Your session").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save this session").click()
    saved = waiting.value.path()
    page.goto(cut_off[1])  # the first page, as somebody who knows nothing
    page.get_by_text("Your session").click()
    page.locator(".st-key-memory input[type=file]").set_input_files(
        {"name": "affetto.json", "mimeType": "application/json", "buffer": saved.read_bytes()}
    )
    expect(page.get_by_role("heading", name="This list starts from feeling sad.")).to_be_visible()
    assert twenty(page) == songs


def test_another_language_the_page_on_trust_and_a_link(page: Page) -> None:
    songs = sad(page)
    page.get_by_role("radio", name="IT").click()
    expect(page.get_by_role("heading", name="20 brani")).to_be_visible()
    page.get_by_role("link", name="Come funziona").click()
    expect(page.locator(".st-key-about h3").first).to_be_visible()
    page.go_back()
    assert twenty(page) == songs
    page.reload()
    assert twenty(page) == songs
