"""Connecting Spotify as a listener does: real browsers, the real app, a Spotify on loopback."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PATIENCE, PHONE, Keep, settle
from tests.conftest import free_port, running_app
from tests.servers import faults, vocabulary
from tests.servers.loopback import serve
from tests.servers.spotify import World, build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)


@dataclass
class Place:
    """The app and its Spotify, for all tests of this file."""

    app: str
    accounts: str
    world: World
    log: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An app whose every answer of Spotify's comes from this machine."""
    world, port = vocabulary.world(), free_port()
    world.redirects = {f"http://127.0.0.1:{port}"}
    log = tmp_path_factory.mktemp("spotify") / "app.log"
    with serve(build(world)) as accounts:
        environment = {
            "SPOTIPY_CLIENT_ID": world.client_id,
            "SPOTIPY_CLIENT_SECRET": world.client_secret,
            "SPOTIPY_REDIRECT_URI": f"http://127.0.0.1:{port}",
            "AFFETTO_SPOTIFY_API": f"{accounts}/v1",
            "AFFETTO_SPOTIFY_ACCOUNTS": accounts,
        }
        with running_app(log, port=port, environment=environment) as app:
            yield Place(app, accounts, world, log)


Visit = Callable[..., "Page"]


@pytest.fixture
def visit(chromium: Browser, place: Place) -> Iterator[Visit]:
    """``visit(path, phone=False)`` → a page in a browser of its own; covers are painted here."""
    contexts: list[BrowserContext] = []
    place.world.faults.clear()
    place.world.visitor = "ada"

    def new_page(path: str = "/", *, phone: bool = False, **more: object) -> Page:
        context = chromium.new_context(
            viewport=PHONE if phone else DESKTOP, locale="en-GB", has_touch=phone, **more
        )
        contexts.append(context)
        context.route("https://i.scdn.co/**", lambda route: route.fulfill(body=cover(route)))
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(place.app + path)
        page.locator(".wordmark").wait_for()
        return page

    yield new_page
    for context in contexts:
        context.close()


def cover(route: object) -> bytes:
    """A picture for a cover's address, always the same one."""
    seed = hashlib.sha256(route.request.url.encode()).digest()
    picture = Image.new("RGB", (300, 300), tuple(seed[:3]))
    pen = ImageDraw.Draw(picture)
    for k in range(3, 18, 5):
        x, y, r = seed[k] + 20, seed[k + 1] + 20, seed[k + 2] // 3 + 20
        pen.ellipse((x - r, y - r, x + r, y + r), fill=tuple(seed[k + 3 : k + 6]))
    sink = io.BytesIO()
    picture.save(sink, "JPEG")
    return sink.getvalue()


def see_a_face(page: Page) -> Page:
    page.get_by_role("button", name="Try a sample photo").click()
    expect(page.locator(".song")).to_have_count(20)
    return page


def songs(page: Page) -> list[str]:
    return page.locator(".song").evaluate_all("all => all.map(song => song.dataset.id)")


def open_spotify(page: Page) -> None:
    """Open the popover, unless it is open."""
    button = page.get_by_role("button", name="Spotify", exact=True)
    if button.get_attribute("aria-expanded") != "true":
        button.click()


def connect(page: Page) -> Page:
    """There, yes, and back."""
    open_spotify(page)
    page.locator("a.connect").click()
    page.locator("#agree").click()
    page.locator(".wordmark").wait_for()
    expect(page.locator(".song")).to_have_count(20)
    open_spotify(page)
    expect(page.get_by_text("Connected as")).to_be_visible()
    return page


def test_there_and_back_keeps_the_photo_the_emotion_and_the_songs(
    visit: Visit, place: Place, keep: Keep
) -> None:
    page = see_a_face(visit())
    page.get_by_role("radio", name="Calm").click()
    expect(page.get_by_role("heading", name="20 songs to calm down with")).to_be_visible()
    expect(page.locator(".cover img")).to_have_count(20)
    settle(page)
    before = songs(page)
    open_spotify(page)
    expect(page.locator("a.connect")).to_be_visible()
    keep(page, "app/spotify_connect")
    connect(page)
    expect(page.get_by_role("heading", name="This face looks happy.")).to_be_visible()
    expect(page.get_by_role("heading", name="20 songs to calm down with")).to_be_visible()
    expect(page.locator(".st-key-reading img")).to_have_count(1)
    assert songs(page) == before
    expect(page.get_by_text("Connected as Ada")).to_be_visible()
    keep(page, "app/spotify_connected")
    expect(page).not_to_have_url(re.compile("code=|state="))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo", exact=True).click()  # the way here is kept as well
    expect(page.get_by_role("heading", name="20 songs for this mood")).to_be_visible()


def test_saying_no_changes_nothing(visit: Visit) -> None:
    page = see_a_face(visit())
    before = songs(page)
    open_spotify(page)
    page.locator("a.connect").click()
    page.locator("#cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("not connected, as you chose")
    expect(page.locator(".song")).to_have_count(20)
    assert songs(page) == before


def test_a_way_back_opened_in_another_browser_gets_nothing_and_spoils_nothing(
    visit: Visit, place: Place
) -> None:
    page, other = see_a_face(visit()), visit()
    open_spotify(page)
    page.locator("a.connect").click()
    agree = page.locator("#agree").get_attribute("href")
    answer = requests.get(place.accounts + agree, allow_redirects=False, timeout=10)
    way_back = answer.headers["Location"]
    other.goto(way_back)
    expect(other.get_by_role("alert")).to_contain_text("is not valid here")
    expect(other.locator(".song")).to_have_count(0)  # nor the other's page
    assert "code=" not in other.url
    page.goto(way_back)
    expect(page.get_by_role("heading", name="This face looks happy.")).to_be_visible()
    open_spotify(page)
    expect(page.get_by_text("Connected as Ada")).to_be_visible()
    page.goto(way_back)  # a second time, from the browser's history
    expect(page.get_by_role("alert")).to_contain_text("is not valid here")


def test_two_listeners_at_once_never_meet(visit: Visit, place: Place) -> None:
    ada = connect(see_a_face(visit()))
    place.world.visitor = "bo"
    bo = connect(see_a_face(visit()))
    expect(bo.get_by_text("Connected as Bo")).to_be_visible()
    third = see_a_face(visit())
    open_spotify(third)
    expect(third.locator("a.connect")).to_be_visible()  # and who did not connect has nobody's
    for page, name in ((ada, "Ada"), (bo, "Bo")):
        page.get_by_label("Name of the playlist").fill(f"{name}'s evening")
        page.keyboard.press("Tab")
        page.get_by_role("button", name="Save as playlist").click()
        saved = page.get_by_role("status").filter(has_text="Saved 20 songs")  # good news: no alert
        expect(saved).to_contain_text(f"{name}'s evening")
    owners = {one["name"]: one["owner"] for one in place.world.playlists.values()}
    assert owners == {"Ada's evening": "Ada", "Bo's evening": "Bo"}
    bo.get_by_role("button", name="Disconnect").click()
    expect(bo.locator("a.connect")).to_be_visible()
    ada.get_by_text("Use what I played last").click()
    expect(ada.get_by_text("5 of your songs")).to_be_visible()  # Ada's still works


def test_the_saved_playlist_is_the_list_and_its_link_leads_there(
    visit: Visit, place: Place, keep: Keep
) -> None:
    place.world.playlists.clear()
    page = connect(see_a_face(visit(phone=True)))
    listed = songs(page)
    page.get_by_role("button", name="Save as playlist").click()
    link = page.get_by_role("link", name="Open it on Spotify")
    ((playlist_id, saved),) = _once(link, place.world.playlists.items())
    assert link.get_attribute("href") == f"https://open.spotify.com/playlist/{playlist_id}"
    assert saved["uris"] == [f"spotify:track:{track_id}" for track_id in listed]
    assert (saved["name"], saved["public"]) == ("Affetto: happy, match", False)
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    keep(page, "app/spotify_saved_phone")


def _once(locator: object, found: object) -> list:
    expect(locator).to_be_visible()
    return list(found)


def test_an_account_that_is_not_on_the_list_is_told_who_can_help(
    visit: Visit, place: Place
) -> None:
    place.world.visitor = "eve"
    page = see_a_face(visit())
    before = songs(page)
    open_spotify(page)
    page.locator("a.connect").click()
    page.locator("#agree").click()
    expect(page.get_by_role("alert")).to_contain_text("development mode")
    expect(page.get_by_role("alert")).to_contain_text("five users at most")
    expect(page.locator(".song")).to_have_count(20)
    assert songs(page) == before
    open_spotify(page)
    expect(page.locator("a.connect")).to_be_visible()  # not half connected


def test_a_spotify_that_wants_hours_of_peace_is_told_and_the_music_goes_on(
    visit: Visit, place: Place
) -> None:
    page = connect(see_a_face(visit()))
    place.world.faults.plan(
        "/v1/me/top", faults.error(429, retry_after="25200", reason="QUOTA_EXCEEDED"), times=1
    )
    page.get_by_text("Use my top tracks").click()
    expect(page.get_by_role("alert")).to_contain_text("no more requests for 7 hours")
    page.keyboard.press("Escape")
    before = songs(page)
    page.get_by_role("button", name="Other songs", exact=True).click()
    page.wait_for_function(
        "before => [...document.querySelectorAll('.song')].map(s => s.dataset.id).join() != before",
        arg=",".join(before),
    )
    expect(page.locator(".song")).to_have_count(20)


def test_nothing_secret_was_printed_or_shown(visit: Visit, place: Place) -> None:
    """After all of the above: not in the app's log, and not in a page's own text."""
    handed_out = place.world.secrets()
    assert len(handed_out) > 10
    log = place.log.read_text(errors="replace")
    assert [secret for secret in handed_out if secret in log] == []
    assert "Traceback" not in log
    assert re.search(r"code=|access_token|verifier", log) is None
