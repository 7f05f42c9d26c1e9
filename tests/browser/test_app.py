"""The app as a listener meets it: in a real browser, with a real photo."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from affetto.recommend.released import load_released
from tests.app.test_bad_photos import BAD, TOO_LARGE
from tests.browser.conftest import DESKTOP, PATIENCE, Keep, Open, settle
from tests.conftest import CHROMIUM_ARGUMENTS, _browser
from tests.photographs import encode, photograph, picture

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE)
TERRACOTTA = (229, 112, 78)  # of the chosen face's box


def upload(page: Page, data: bytes, name: str = "me.png") -> None:
    expect(page.locator(".st-key-start input[type=file]")).to_have_count(1)
    page.locator(".st-key-start input[type=file]").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": data}
    )


def tool(page: Page, name: str) -> Locator:
    """A button above the songs; a song may be called "Keep" or "Other songs" as well."""
    return page.locator(".st-key-toolbar").get_by_role("button", name=name)


def see_the_astronaut(page: Page) -> Page:
    upload(page, photograph("astronaut"))
    expect(page.locator(".song")).to_have_count(20)
    return page


def take_photo(page: Page) -> None:
    """Press the camera's button, once it has run a moment; again where Streamlit took none."""
    page.wait_for_function(
        "document.querySelector('[data-testid=stCameraInput] video')?.currentTime > 0.5"
    )
    taken = page.get_by_role("button", name="Clear photo").or_(page.locator(".st-key-reading"))
    for _ in range(5):
        page.get_by_role("button", name="Take Photo").click()
        with contextlib.suppress(PlaywrightTimeout):
            taken.first.wait_for(timeout=3000)
            return
    raise AssertionError("Streamlit's camera took no photo in five tries.")


def links(page: Page) -> list[str]:
    return page.locator(".song a").evaluate_all("all => all.map(a => a.href)")


def expect_links(page: Page, wanted: list[str]) -> None:
    """Wait until exactly these songs stand on the page."""
    with contextlib.suppress(PlaywrightTimeout):
        page.wait_for_function(
            """wanted => [...document.querySelectorAll('.song a')].map(a => a.href).join() ===
                         wanted.join()""",
            arg=wanted,
        )
    assert links(page) == wanted


def wait_for_other_links(page: Page, before: list[str]) -> list[str]:
    """The songs once they are others: the headings above them are drawn a moment earlier."""
    page.wait_for_function(
        """before => { const now = [...document.querySelectorAll('.song a')].map(a => a.href);
                       return now.length === 20 && now.join() !== before.join(); }""",
        arg=before,
    )
    settle(page)
    return links(page)


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
    page.get_by_role("radio", name="Calm").click()  # the picture shows a journey
    expect(page.get_by_role("heading", name="20 songs to calm down with")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(1)  # the last page's picture has gone
    page.set_viewport_size({"width": 1280, "height": 1300})
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    keep(page, "app")


def test_only_this_machine_is_spoken_to_until_a_player_is_opened(open_app: Open) -> None:
    """Every path but Spotify's own works without a network: nothing is fetched from elsewhere."""
    page = open_app()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    see_the_astronaut(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(1)  # the last page's picture has gone
    tool(page, "Other songs").click()
    settle(page)
    elsewhere = [
        url for url in asked if not re.match(r"(https?|wss?)://127\.0\.0\.1:|data:|blob:", url)
    ]
    assert elsewhere == []
    first = page.locator(".song a").first.get_attribute("href")
    page.route("https://open.spotify.com/**", lambda route: route.abort())  # no network
    page.get_by_role("button", name="Play here").first.click()
    player = page.locator("iframe[src*='open.spotify.com/embed/track/']")
    expect(player).to_have_count(1)
    assert page.locator(".song a").first.get_attribute("href") == first  # the link stays


def test_a_correction_and_a_goal_change_the_music(open_app: Open, keep: Keep) -> None:
    page = see_the_astronaut(open_app())
    happy = links(page)
    page.get_by_role("radio", name="sad", exact=True).click()
    expect(page.get_by_role("heading", name="You say you are sad.")).to_be_visible()
    expect(page.get_by_role("heading", name="20 songs to lift you")).to_be_visible()
    lifted = wait_for_other_links(page, happy)
    page.get_by_role("radio", name="Calm").click()
    expect(page.get_by_role("heading", name="20 songs to calm down with")).to_be_visible()
    wait_for_other_links(page, lifted)
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    keep(page, "app/corrected")


def test_the_map_is_drawn_once_for_another_goal(open_app: Open) -> None:
    """Drawn twice, as Streamlit's own settings have it, it takes a browser twice the time."""
    page = see_the_astronaut(open_app())
    expect(page.locator(".js-plotly-plot")).to_have_count(1)  # the last page's picture has gone
    settle(page)
    page.evaluate("""() => {
      window.drawn = 0;
      new MutationObserver(changes => {
        window.drawn += changes.some(c => [...c.addedNodes].some(node => node.nodeName === 'g'));
      }).observe(document.querySelector('.st-key-journey_box'), {subtree: true, childList: true});
    }""")
    before = links(page)
    page.get_by_role("radio", name="Calm").click()
    wait_for_other_links(page, before)
    page.wait_for_timeout(500)  # for a second drawing, were there one
    assert page.evaluate("window.drawn") == 1


def test_a_bad_file_is_told_in_one_sentence_and_loses_nothing(open_app: Open, keep: Keep) -> None:
    page = open_app()
    upload(page, b"Dear diary", "diary.jpg")
    expect(page.get_by_role("alert")).to_contain_text("This is not a photo")
    keep(page, "app/bad_file")
    see_the_astronaut(page)
    before = links(page)
    page.get_by_text("Start from something else").click()
    upload(page, photograph("astronaut")[:9000])
    expect(page.get_by_role("alert")).to_contain_text("damaged or cut off")
    expect_links(page, before)
    assert "Traceback" not in page.content()


def watch_the_songs(page: Page) -> None:
    """From now on ``window.most`` is how many songs stood on the page at once."""
    expect(page.locator(".js-plotly-plot")).to_have_count(1)  # the last page's picture has gone
    settle(page)
    page.evaluate("""() => {
      window.most = 0;
      const count = () => {
        window.most = Math.max(window.most, document.querySelectorAll('.song').length);
      };
      count();
      new MutationObserver(count).observe(document.body, {subtree: true, childList: true});
    }""")


def test_what_comes_and_goes_never_doubles_the_songs(open_app: Open) -> None:
    """What moves on the page, Streamlit shows in both places until it has drawn the rest."""
    page = see_the_astronaut(open_app())
    watch_the_songs(page)
    page.get_by_text("Start from something else").click()
    upload(page, photograph("astronaut")[:9000])
    expect(page.get_by_role("alert")).to_contain_text("damaged or cut off")
    settle(page)
    page.locator(".st-key-again button").click()
    expect(page.locator(".st-key-another")).to_have_count(0)
    settle(page)
    assert page.evaluate("window.most") == 20


def test_a_click_counts_after_a_link_in_other_words_than_ours(open_app: Open) -> None:
    """It names no mood; and the note that comes and goes never doubles the songs."""
    page = open_app("/?emotion=happy&goal=energise&genre=brazilian")
    expect(page.locator(".song")).to_have_count(20)
    watch_the_songs(page)
    page.get_by_role("radio", name="Match").click()
    note = page.get_by_text("as bright as you feel")
    expect(note).to_be_visible()
    settle(page)
    page.get_by_role("radio", name="Energise").click()
    expect(note).to_have_count(0)
    settle(page)
    assert page.evaluate("window.most") == 20


def test_the_chart_library_is_there_before_a_photo_needs_it(open_app: Open) -> None:
    """It used to be fetched and started, for nearly a second, between the photo and its songs."""
    page = open_app()
    fetched = "performance.getEntriesByType('resource').map(part => part.name)"
    page.wait_for_function(f"{fetched}.some(name => name.includes('PlotlyChart'))")
    see_the_astronaut(page)
    parts = [name for name in page.evaluate(fetched) if "PlotlyChart" in name]
    assert len(parts) == 1  # the page's own module, not a second copy of it


def test_the_list_is_downloaded_as_m3u_and_csv(open_app: Open, keep: Keep) -> None:
    page = see_the_astronaut(open_app())
    tool(page, "Keep").click()
    keep(page, "app/keep")
    for label, ending in (("For a player (M3U)", ".m3u"), ("For a spreadsheet (CSV)", ".csv")):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=label, exact=True).click()
        file = waiting.value
        assert file.suggested_filename.endswith(ending)
        text = file.path().read_text(encoding="utf-8")
        assert re.findall(r"https://open\.spotify\.com/track/\w{22}", text) == links(page)


def test_every_bad_file_is_told_in_one_sentence(open_app: Open) -> None:
    page = open_app()
    for name, data in BAD.items():
        upload(page, data, f"{name}.png")
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text(".")
        assert "Traceback" not in page.content()
        page.get_by_role("radio", name="Emotion").click()  # takes the sentence away
        expect(alert).to_have_count(0)
        page.get_by_role("radio", name="Photo").click()


@pytest.mark.parametrize(
    ("name", "mime", "data"),
    [
        ("IMG_0001.heic", "image/heic", BAD["heic"]),
        ("dance.gif", "image/gif", BAD["animated gif"]),
        ("huge.jpg", "image/jpeg", TOO_LARGE),
    ],
    ids=["heic", "gif", "over 10 MB"],
)
def test_a_file_that_the_browser_refuses_is_told_in_one_sentence(
    open_app: Open, name: str, mime: str, data: bytes
) -> None:
    """Streamlit's page keeps such a file back and says why only to a mouse that rests on it."""
    page = open_app()
    chooser = page.locator(".st-key-start input[type=file]")
    chooser.set_input_files({"name": name, "mimeType": mime, "buffer": data})
    expect(page.locator(".st-key-start [aria-invalid=true]")).to_have_count(1)
    told = page.locator(".st-key-start [data-testid=stFileUploader]").evaluate(
        "box => { const after = getComputedStyle(box, '::after');"
        "         return after.display === 'block' ? after.content : ''; }"
    )
    assert "choose a JPEG, PNG or WebP of up to 10 MB" in told
    see_the_astronaut(page)  # nothing is in the way of the next try
    assert page.locator("[aria-invalid=true]").count() == 0


def test_filters_are_one_click_away(open_app: Open, keep: Keep) -> None:
    page = see_the_astronaut(open_app())
    tool(page, "Filter").click()
    page.get_by_text("No explicit words").click()
    expect(tool(page, "Filtered")).to_be_visible()
    keep(page, "app/filters")


def test_the_same_in_italian(open_app: Open, keep: Keep) -> None:
    page = open_app()
    page.get_by_role("radio", name="IT").click()
    expect(page.get_by_text("Prova con una foto d’esempio")).to_be_visible()
    button = page.locator("[data-testid=stFileUploaderDropzone] button p")  # Streamlit's "Upload"
    assert button.evaluate("p => getComputedStyle(p).fontSize") == "0px"
    assert "trascinalo" in button.evaluate("p => getComputedStyle(p, '::after').content")
    see_the_astronaut(page)
    expect(page.get_by_role("heading", name="Questo viso sembra felice.")).to_be_visible()
    expect(page.locator(".reason").first).to_contain_text("Luminoso e vivace, ")
    expect(page.locator("html")).to_have_attribute("lang", "it")
    keep(page, "app/italian")
    page.get_by_role("radio", name="EN").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_everything_without_sideways_scrolling(
    open_app: Open, keep: Keep, scheme: str
) -> None:
    page = open_app(phone=True, scheme=scheme, has_touch=True)
    keep(page, f"app/phone_start_{scheme}")
    see_the_astronaut(page)
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = (".st-key-goal_box", ".st-key-playlist", ".st-key-journey_box")
    heights = [page.locator(name).bounding_box()["y"] for name in boxes]
    assert heights == sorted(heights)  # the songs come before the picture of their journey
    keep(page, f"app/phone_{scheme}")
    page.locator(".song").nth(5).scroll_into_view_if_needed()
    keep(page, f"app/phone_songs_{scheme}")


def test_on_a_tablet_no_row_of_buttons_breaks_in_the_middle(open_app: Open) -> None:
    """The ways in need two rows: then each is a pill of its own.  The tools fit into one."""
    page = open_app()
    page.set_viewport_size({"width": 820, "height": 1180})
    ways = page.locator(".st-key-entry [role=radio]")
    expect(ways).to_have_count(6)
    first, second = (ways.nth(k).bounding_box() for k in range(2))
    assert second["x"] - (first["x"] + first["width"]) > 4
    see_the_astronaut(page)
    expect(tool(page, "Undo")).to_be_visible()
    settle(page)
    places = [button.bounding_box() for button in page.locator(".st-key-toolbar button").all()]
    assert len({round(place["y"]) for place in places if place}) == 1


def test_dark_follows_the_browser(open_app: Open, keep: Keep) -> None:
    page = see_the_astronaut(open_app(scheme="dark"))
    background = page.locator(".stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    assert background == "rgb(23, 21, 19)"  # #171513 of .streamlit/config.toml
    keep(page, "app/dark")


@pytest.mark.parametrize("way", ["Camera", "Live", "Emotion", "Mood map", "In words"])
def test_the_other_ways_in(open_app: Open, keep: Keep, way: str) -> None:
    page = open_app()
    page.get_by_role("radio", name=way).click()
    settle(page)
    keep(page, f"app/start_{way.split()[-1].lower()}")
    assert page.get_by_role("alert").count() == 0


def test_a_click_on_the_mood_map_starts_there(open_app: Open) -> None:
    page = open_app()
    page.get_by_role("radio", name="Mood map").click()
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.wait_for()
    settle(page)
    box = plot.bounding_box()
    # The middle of the plane is 0, 0; its half width is 1.06, and 0.5 lies on a grid point.
    page.mouse.click(
        box["x"] + box["width"] * (0.5 + 0.5 / 2.12), box["y"] + box["height"] * (0.5 + 0.5 / 2.12)
    )
    expect(page.locator(".song")).to_have_count(20)
    expect(page).to_have_url(re.compile("mood=0.50%2C-0.50"))


def test_the_first_tap_on_the_mood_map_counts(open_app: Open) -> None:
    page = open_app(phone=True, has_touch=True, is_mobile=True)
    page.get_by_role("radio", name="Mood map").tap()
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    plot.wait_for()
    plot.scroll_into_view_if_needed()
    settle(page)
    box = plot.bounding_box()
    right_and_down = 0.5 + 0.5 / 2.12
    page.touchscreen.tap(
        box["x"] + box["width"] * right_and_down, box["y"] + box["height"] * right_and_down
    )
    expect(page.locator(".song")).to_have_count(20)
    expect(page).to_have_url(re.compile("mood=0.50%2C-0.50"))


def test_a_dot_on_the_journey_opens_its_player_where_it_is_seen(open_app: Open) -> None:
    page = open_app("/?emotion=sad", phone=True)
    expect(page.locator(".song")).to_have_count(20)
    page.route("https://open.spotify.com/**", lambda route: route.abort())  # no network
    settle(page)
    dot = page.locator(".js-plotly-plot .trace .points path").nth(12)  # seven emotions, then songs
    player = page.locator("iframe[src*='open.spotify.com/embed/track/']")
    for shown in (1, 0, 1):  # the same click closes it, and opens it again
        dot.scroll_into_view_if_needed()
        settle(page)
        box = dot.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(player).to_have_count(shown)
        settle(page)
        if shown:
            expect(player).to_be_in_viewport()
            faded = page.locator(".js-plotly-plot .trace .points path").evaluate_all(
                "all => all.filter(path => Number(getComputedStyle(path).opacity) < 1).length"
            )
            assert faded == 0


def test_back_to_the_bare_address_is_the_beginning_and_forward_the_songs(open_app: Open) -> None:
    page = see_the_astronaut(open_app())
    settle(page)
    before = links(page)
    page.go_back()
    expect(page.locator(".song")).to_have_count(0)
    expect(page.locator(".st-key-start input[type=file]")).to_have_count(1)
    settle(page)
    page.go_forward()
    expect_links(page, before)
    expect(page.get_by_role("heading", name="This face looks happy.")).to_be_visible()


def test_a_reload_keeps_the_music_its_language_and_the_page_on_trust(open_app: Open) -> None:
    page = see_the_astronaut(open_app())
    settle(page)
    page.get_by_role("radio", name="IT").click()
    expect(page.locator(".st-key-page_it .song")).to_have_count(20)
    settle(page)
    before = links(page)
    page.get_by_role("link", name="Come funziona").click()
    expect(page.locator(".st-key-about")).to_be_visible()
    settle(page)
    page.reload()
    expect(page.locator(".st-key-about")).to_be_visible()
    page.locator(".st-key-masthead a").click()
    expect_links(page, before)
    expect(page.locator(".st-key-page_it")).to_have_count(1)


def test_a_link_and_the_back_button_bring_the_songs_back(open_app: Open) -> None:
    page = see_the_astronaut(open_app())
    happy = links(page)
    page.get_by_role("radio", name="sad", exact=True).click()
    expect(page.get_by_role("heading", name="20 songs to lift you")).to_be_visible()
    lifted = wait_for_other_links(page, happy)
    expect(page).to_have_url(re.compile("emotion=sad"))
    address = page.url
    other = open_app("/" + address.split("/", 3)[3])  # a second tab, another visitor
    expect(other.get_by_role("heading", name="This list starts from feeling sad.")).to_be_visible()
    expect_links(other, lifted)
    page.reload()
    expect_links(page, lifted)


def test_back_and_forward_bring_the_photo_and_the_songs_back(open_app: Open) -> None:
    page = see_the_astronaut(open_app())
    happy = links(page)
    page.get_by_role("radio", name="sad", exact=True).click()
    sad = wait_for_other_links(page, happy)
    page.go_back()
    expect(page.get_by_role("heading", name="This face looks happy.")).to_be_visible()
    assert wait_for_other_links(page, sad) == happy
    page.go_forward()
    expect(page.get_by_role("heading", name="You say you are sad.")).to_be_visible()


def test_a_second_tab_is_a_second_session(open_app: Open) -> None:
    page = see_the_astronaut(open_app())
    before = links(page)
    tab = page.context.new_page()
    tab.goto(page.url.split("?")[0])
    tab.get_by_role("radio", name="Emotion").click()
    tab.get_by_role("radio", name="sad", exact=True).click()
    expect(tab.get_by_role("heading", name="You feel sad.")).to_be_visible()
    assert links(page) == before
    page.bring_to_front()
    tool(page, "Other songs").click()
    wait_for_other_links(page, before)
    expect(page.get_by_role("heading", name="This face looks happy.")).to_be_visible()


def test_a_lost_connection_comes_back_with_everything(
    chromium: Browser, streamlit_app: str
) -> None:
    """The websocket is cut under a listener; Streamlit's page connects again by itself."""
    page = chromium.new_page(viewport=DESKTOP, locale="en-GB")
    page.set_default_timeout(PATIENCE)
    lines: list[WebSocketRoute] = []

    def pass_on(line: WebSocketRoute) -> None:
        lines.append(line)
        line.connect_to_server()

    page.route_web_socket(re.compile("_stcore/stream"), pass_on)
    page.goto(streamlit_app)
    before = links(see_the_astronaut(page))
    connections = len(lines)
    lines[-1].close(code=1001, reason="cut by the test")
    page.wait_for_function("document.querySelectorAll('.song').length === 20")
    page.get_by_role("radio", name="sad", exact=True).click()
    wait_for_other_links(page, before)
    assert len(lines) > connections
    expect(page.get_by_role("heading", name="You say you are sad.")).to_be_visible()
    page.close()


def test_the_page_on_trust_and_back(open_app: Open, keep: Keep) -> None:
    page = see_the_astronaut(open_app())
    before = links(page)
    page.get_by_role("link", name="How it works").click()
    expect(page.get_by_role("heading", name="Reading a face")).to_be_visible()
    keep(page, "app/about")
    page.get_by_role("link", name="Back to the music").click()
    expect_links(page, before)


def fake_camera_film(folder: Path) -> Path:
    """A film of one frame for Chromium's fake camera: the astronaut's face, 640 × 480."""
    film = folder / "camera.mjpeg"
    face = picture("astronaut").crop((96, 0, 352, 192)).resize((640, 480))
    film.write_bytes(encode(face, "JPEG", quality=92))
    return film


@pytest.fixture(scope="module")
def filmed(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose camera shows the astronaut's face, and which asks nobody for leave."""
    film = fake_camera_film(tmp_path_factory.mktemp("camera"))
    browser = chromium.browser_type.launch(
        executable_path=_browser(),
        args=[
            *CHROMIUM_ARGUMENTS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ],
    )
    yield browser
    browser.close()


@pytest.fixture
def camera_page(filmed: Browser, streamlit_app: str) -> Iterator[Page]:
    page = filmed.new_page(viewport=DESKTOP, locale="en-GB")
    page.set_default_timeout(PATIENCE)
    page.goto(streamlit_app)
    yield page
    page.close()


def test_the_browsers_camera_takes_a_photo(camera_page: Page, keep: Keep) -> None:
    page = camera_page
    page.get_by_role("radio", name="Camera").click()
    expect(page.get_by_test_id("stCameraInput")).to_be_visible()  # its notice is drawn before it
    notice = page.get_by_text("Your photo is never saved.")
    expect(notice).to_have_count(1)  # for a moment that of the way before stands there too
    expect(notice).to_be_visible()
    shutter = page.get_by_role("button", name="Take Photo")
    expect(shutter).to_be_enabled()
    keep(page, "app/camera")
    take_photo(page)
    expect(page.locator(".song")).to_have_count(20)
    expect(page.get_by_role("heading", name="This face looks happy.")).to_be_visible()


def test_live_mode_follows_the_browsers_camera_and_lets_go_of_it(
    camera_page: Page, keep: Keep
) -> None:
    page = camera_page
    page.get_by_role("radio", name="Live").click()
    page.get_by_role("button", name="Switch live mode on").click()
    expect(page.get_by_text("Right now: happy")).to_be_visible()
    expect(page.locator(".song")).to_have_count(20)
    expect(page.get_by_role("heading", name="This face looks happy.")).to_be_visible()
    video = page.locator(".st-key-live_panel video").element_handle()
    assert video.evaluate("video => video.srcObject.active")
    keep(page, "app/live")
    page.get_by_role("button", name="Switch off").click()
    expect(page.locator(".st-key-live_panel")).to_have_count(0)
    assert not video.evaluate("video => video.srcObject?.active")
    expect(page.locator(".song")).to_have_count(20)  # the music stays


def test_a_camera_that_is_closed_to_the_page_is_told_in_a_sentence(open_app: Open) -> None:
    """A headless Chromium without leave refuses the camera, as a listener may."""
    page = open_app(permissions=[])
    page.get_by_role("radio", name="Live").click()
    page.get_by_role("button", name="Switch live mode on").click()
    expect(page.get_by_role("alert")).to_contain_text("show a photo instead", ignore_case=True)
    expect(page.locator(".st-key-live_panel")).to_have_count(0)
