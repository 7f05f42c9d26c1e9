"""Spotify in the app: what it adds where it is connected, and that nothing else needs it.

The way there and back goes through a real browser: ``tests/browser/test_spotify.py``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from streamlit.testing.v1 import AppTest

from affetto.errors import Unavailable
from affetto.recommend.released import load_released
from affetto.sources.http import QUOTA, Call, Refusal, rate_limited
from affetto.sources.spotify import connect as connect_module
from affetto.sources.spotify.app import spotify_app
from affetto.sources.spotify.config import NOT_CONFIGURED
from affetto.sources.spotify.listener import Listener
from affetto.sources.spotify.refusals import explain_accounts, explain_api
from affetto.sources.spotify.tokens import DISCONNECTED
from app import links, saves
from app import spotify as app_spotify
from app.covers import Covers
from app.language import translate
from app.spotify import Connection, within
from tests.app.helpers import html, song_rows, verdict
from tests.conftest import APP
from tests.servers import faults, vocabulary
from tests.servers.loopback import serve
from tests.servers.spotify import World, build, make_track

COOKIE = "a-browser-of-the-app-tests"
HOURS = faults.error(429, retry_after="25200", reason="QUOTA_EXCEEDED")


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", "")  # empty, so that no .env file fills it in
    spotify_app.cache_clear()
    yield
    spotify_app.cache_clear()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A Spotify, configured as a user would."""
    world = vocabulary.world()
    world.consent = "yes"
    with serve(build(world)) as url:
        for name, value in {
            "SPOTIPY_CLIENT_ID": world.client_id,
            "SPOTIPY_CLIENT_SECRET": world.client_secret,
            "SPOTIPY_REDIRECT_URI": "http://127.0.0.1:8501",
            "AFFETTO_SPOTIFY_API": f"{url}/v1",
            "AFFETTO_SPOTIFY_ACCOUNTS": url,
        }.items():
            monkeypatch.setenv(name, value)
        spotify_app.cache_clear()
        yield world
    spotify_app.cache_clear()


def sign_in(world: World, visitor: str = "ada") -> Listener:
    world.visitor = visitor
    address = spotify_app().begin(None, browser=COOKIE)
    answer = requests.get(address, allow_redirects=False, timeout=10)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    way = {name: values[0] for name, values in query.items()}
    listener = spotify_app().finish(**way, browser=COOKIE).listener
    assert listener is not None
    return listener


@pytest.fixture
def sad(app: AppTest) -> AppTest:
    """The page of somebody who said they are sad."""
    app.segmented_control(key="entry").set_value("emotion").run()
    return app.pills(key="emotion_0").set_value("sad").run()


def connect(page: AppTest, world: World) -> Connection:
    """Connect Ada to this page's session, and open the popover."""
    listener = sign_in(world)
    mine = Connection(listener, Covers(listener), name="Ada")
    page.session_state["affetto"].spotify = mine
    opened(page, "spotify")
    return mine


def opened(page: AppTest, which: str) -> AppTest:
    """The page with one popover open."""
    page.session_state[which] = True
    return page.run()


def said(page: AppTest) -> str:
    """Everything that the page says in words of its own."""
    parts = [*page.markdown, *page.caption, *page.info, *page.warning, *page.success]
    return "\n".join(part.value for part in parts)


def settled(page: AppTest, is_so: Callable[[], bool]) -> AppTest:
    """The page drawn again once something in the background has come about."""
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
        page.run()
    return page.run()


def track_ids(page: AppTest) -> list[str]:
    """The songs of the list in their order."""
    return re.findall(r'data-id="([0-9A-Za-z]{22})"', "\n".join(song_rows(page)))


def covers(page: AppTest) -> int:
    return html(page).count('class="cover" href')


# --- without an account ------------------------------------------------------------------------


@pytest.mark.usefixtures("no_account")
def test_without_an_account_connecting_explains_itself_and_nothing_else_changes(
    sad: AppTest,
) -> None:
    before = track_ids(sad)
    opened(sad, "spotify")
    assert not sad.exception
    assert "This Affetto is not connected to Spotify" in sad.info[0].value
    assert "need not be" in sad.info[0].value
    assert track_ids(sad) == before
    assert 'class="cover"' not in html(sad)
    sad.segmented_control(key="language").set_value("it").run()
    assert "non è collegato a Spotify" in sad.info[0].value


@pytest.mark.usefixtures("no_account")
def test_a_song_is_found_and_followed_without_an_account(sad: AppTest) -> None:
    before = track_ids(sad)
    opened(sad, "find")
    sad.text_input(key="find_text").set_value("radiohead cre").run()
    assert "Creep" in html(sad)
    assert "Once Spotify is connected" in said(sad)
    follow = next(button for button in sad.button if button.key.startswith("follow_"))
    creep = follow.key.removeprefix("follow_")
    follow.click().run()
    assert sad.session_state["affetto"].wishes.more_like == (creep,)
    assert track_ids(sad) != before
    assert "Creep" in sad.button(key=f"unfollow_{creep}").label
    sad.button(key=f"unfollow_{creep}").click().run()
    assert track_ids(sad) == before


@pytest.mark.usefixtures("no_account")
@pytest.mark.parametrize("text", ["qwertyuiop", "?!", "x" * 300])
def test_a_search_for_nothing_that_exists_is_a_sentence(sad: AppTest, text: str) -> None:
    opened(sad, "find")
    sad.text_input(key="find_text").set_value(text).run()
    assert not sad.exception
    assert "knows no such song" in said(sad) or "at most 250" in said(sad)


# --- covers ------------------------------------------------------------------------------------


def test_covers_and_titles_come_after_the_songs_four_at_a_time(sad: AppTest, world: World) -> None:
    ours = {track.track_id: track.title for track in _facts(track_ids(sad))}
    sad.run()
    assert track_ids(sad)  # the page did not wait
    settled(sad, lambda: covers(sad) == 20)
    page = html(sad)
    for track_id, title in ours.items():
        assert f'src="https://i.scdn.co/image/{track_id}300"' in page  # whole, at 300 pixels
        assert vocabulary.fresh_title(title).split("'")[0].split("&")[0] in page
    assert "Covers and titles from" in said(sad)
    assert world.most_at_once <= 4
    reads = [path for path in world.paths() if path.startswith("GET /v1/tracks/")]
    assert len(reads) == len(set(reads)) == 20
    sad.run()
    assert len(world.paths()) == 20  # an hour's memory


def test_another_session_asks_for_no_cover_again(sad: AppTest, world: World) -> None:
    settled(sad, lambda: covers(sad) == 20)
    other = AppTest.from_file(APP, default_timeout=120)
    other.query_params["emotion"] = "sad"
    other.run()
    assert track_ids(other) == track_ids(sad)
    assert covers(other) == 20
    assert len(world.paths()) == 20


def test_a_song_that_spotify_does_not_show_has_an_empty_place(sad: AppTest, world: World) -> None:
    gone = track_ids(sad)[3]
    world.faults.plan(f"/v1/tracks/{gone}", faults.error(404, "Resource not found"), times=9)
    settled(sad, lambda: covers(sad) == 19)
    assert html(sad).count('<span class="cover"></span>') == 1
    sad.run()
    assert sum(gone in path for path in world.paths()) == 1


def test_hours_of_waiting_are_said_and_the_list_goes_on(sad: AppTest, world: World) -> None:
    world.faults.plan("/v1/tracks/", HOURS, times=1000)
    before = track_ids(sad)
    settled(sad, lambda: "7 hours" in said(sad))
    assert "allowance is used up" in said(sad)
    assert track_ids(sad) == before
    asked = len(world.log)
    sad.button(key="shuffle").click().run()
    assert len(track_ids(sad)) == 20
    assert 'class="cover"' not in html(sad)
    assert len(world.log) == asked  # nobody knocks meanwhile
    sad.segmented_control(key="language").set_value("it").run()
    assert "Spotify non vuole altre richieste per 7 ore (questa app ha esaurito" in said(sad)


def test_wrong_credentials_are_said_and_the_list_goes_on(
    sad: AppTest, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOTIPY_CLIENT_SECRET", "not-" + "it")
    spotify_app.cache_clear()
    settled(sad, lambda: "does not accept this app's credentials" in said(sad))
    assert len(track_ids(sad)) == 20


def test_a_slip_in_the_settings_is_said_where_one_connects(
    sad: AppTest, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOTIPY_REDIRECT_URI", "http://localhost:8501")
    spotify_app.cache_clear()
    opened(sad, "spotify")
    assert not sad.exception
    assert "no longer takes localhost" in sad.info[0].value
    assert len(track_ids(sad)) == 20


def test_without_the_apps_secret_a_listeners_own_token_reads_the_covers(
    sad: AppTest, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOTIPY_CLIENT_SECRET", "")
    spotify_app.cache_clear()
    sad.run()
    assert 'class="cover"' not in html(sad)
    mine = connect(sad, world)
    settled(sad, lambda: covers(sad) == 20)
    sad.button(key="disconnect").click().run()
    assert 'class="cover"' not in html(sad)
    assert not mine.listener.connected


# --- saving ------------------------------------------------------------------------------------


def test_a_saved_playlist_stands_at_spotify_as_it_is_shown(sad: AppTest, world: World) -> None:
    connect(sad, world)
    assert "Connected as **Ada**" in said(sad)
    assert sad.text_input[0].value == "Affetto: sad, lift"
    sad.text_input[0].set_value("Rainy evening").run()
    sad.button(key="save_playlist").click().run()
    ((playlist_id, saved),) = world.playlists.items()
    assert (saved["name"], saved["public"], saved["owner"]) == ("Rainy evening", False, "Ada")
    assert saved["uris"] == [f"spotify:track:{track_id}" for track_id in track_ids(sad)]
    assert f"https://open.spotify.com/playlist/{playlist_id}" in sad.success[0].value
    assert "save_playlist" not in {button.key for button in sad.button}  # not twice the same
    session = sad.session_state["affetto"]
    app_spotify.save_playlist(session, session.playlist(), "Rainy evening")  # a second, late click
    assert len(world.playlists) == 1
    sad.button(key="shuffle").click().run()
    assert sad.button(key="save_playlist")


@pytest.mark.parametrize("name", ["", "   "])
def test_a_playlist_without_a_name_is_a_sentence(sad: AppTest, world: World, name: str) -> None:
    connect(sad, world)
    sad.text_input[0].set_value(name).run()
    sad.button(key="save_playlist").click().run()
    assert "name has 1 to 100 characters" in sad.warning[0].value
    assert world.playlists == {}


def test_saving_that_fails_half_way_leaves_no_half_playlist_and_can_be_tried_again(
    sad: AppTest, world: World
) -> None:
    connect(sad, world)
    world.faults.plan("POST /v1/playlists/", faults.error(500))
    sad.button(key="save_playlist").click().run()
    assert "trouble of its own" in sad.warning[0].value
    assert world.playlists == {}
    sad.button(key="save_playlist").click().run()
    assert len(world.playlists) == 1
    assert not sad.warning


# --- one's own songs ---------------------------------------------------------------------------


def test_ones_own_songs_are_off_until_chosen_and_go_nowhere_else(
    sad: AppTest, world: World
) -> None:
    before = track_ids(sad)
    mine = connect(sad, world)
    assert not sad.toggle(key="use_top").value
    assert not sad.toggle(key="use_recent").value
    assert "Off until you choose it" in said(sad)
    assert not [path for path in world.paths() if "/v1/me" in path]
    sad.toggle(key="use_top").set_value(True).run()
    assert len(mine.heard) == 25  # of thirty; five are songs that Affetto does not know
    assert "25 of your songs" in said(sad)
    led = track_ids(sad)
    assert led != before
    session = sad.session_state["affetto"]
    told = f"{saves.save(session)} {links.write(session.wishes)} {sad.query_params}"
    assert not [track_id for track_id in mine.heard if track_id in told]
    sad.toggle(key="use_recent").set_value(True).run()
    assert len(mine.heard) == 30
    sad.toggle(key="use_recent").set_value(False).run()
    assert track_ids(sad) == led
    sad.toggle(key="use_top").set_value(False).run()
    assert track_ids(sad) == before


def test_own_songs_that_do_not_come_leave_the_switch_off(sad: AppTest, world: World) -> None:
    connect(sad, world)
    world.faults.plan("/v1/me/top", HOURS)
    sad.toggle(key="use_top").set_value(True).run()
    assert "7 hours" in sad.warning[0].value
    assert not sad.toggle(key="use_top").value
    assert len(track_ids(sad)) == 20


# --- leaving -----------------------------------------------------------------------------------


def test_disconnect_forgets_the_tokens_and_the_songs_at_once(sad: AppTest, world: World) -> None:
    before = track_ids(sad)
    mine = connect(sad, world)
    sad.toggle(key="use_top").set_value(True).run()
    sad.button(key="disconnect").click().run()
    assert not mine.listener.connected
    assert sad.session_state["affetto"].spotify is None
    assert track_ids(sad) == before
    assert "Optional" in said(sad)


def test_consent_withdrawn_at_spotify_is_told_and_ends_the_connection(
    sad: AppTest, world: World
) -> None:
    connect(sad, world)
    world.expire_tokens()
    world.refreshers.clear()
    sad.button(key="save_playlist").click().run()
    assert "connect Spotify again" in said(sad)
    assert sad.session_state["affetto"].spotify is None
    assert len(track_ids(sad)) == 20


def test_what_is_secret_is_nowhere_on_the_page_or_in_what_is_saved(
    sad: AppTest, world: World
) -> None:
    connect(sad, world)
    settled(sad, lambda: covers(sad) == 20)
    page = "".join(str(element) for element in sad.main)
    kept = page + html(sad) + said(sad) + saves.save(sad.session_state["affetto"])
    kept += repr(sad.session_state["affetto"]) + str(sad.query_params)
    assert not [secret for secret in world.secrets() if secret in kept]


# --- there and back, without a browser's cookie jar ----------------------------------------------


class Browsers:
    """Says which browser a page is drawn for: AppTest sends no cookies."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now: str | None = COOKIE
        monkeypatch.setattr(app_spotify, "browser_of", lambda cookies: self.now)


@pytest.fixture
def browsers(monkeypatch: pytest.MonkeyPatch) -> Browsers:
    return Browsers(monkeypatch)


def way_back(page: AppTest) -> dict[str, str]:
    """Press "Connect Spotify" and say yes, or whatever the world's consent is."""
    opened(page, "spotify")
    (address,) = re.findall(r'class="connect" href="([^"]+)" target="_self"', html(page))
    answer = requests.get(unescape(address), allow_redirects=False, timeout=10)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def come_back(way: dict[str, str]) -> AppTest:
    """The new page that opens when a browser comes back from Spotify."""
    page = AppTest.from_file(APP, default_timeout=120)
    for name, value in way.items():
        page.query_params[name] = value
    return page.run()


@pytest.fixture
def happy_face(app: AppTest) -> AppTest:
    """The page of somebody whose photo looks happy, who wants to calm down, and reads Italian."""
    app.segmented_control(key="language").set_value("it").run()
    app.button(key="sample").click().run()
    return app.segmented_control(key="goal").set_value("calm").run()


def test_the_page_comes_back_as_it_was(
    happy_face: AppTest, world: World, browsers: Browsers
) -> None:
    before, seen = track_ids(happy_face), verdict(happy_face)
    page = come_back(way_back(happy_face))
    assert not page.exception
    assert verdict(page) == seen == "Questo viso sembra felice."
    assert track_ids(page) == before
    session = page.session_state["affetto"]
    assert session.scene.photo is not None
    assert session.wishes.goal == "calm"
    assert (session.spotify.name, session.spotify.heard) == ("Ada", ())
    address = dict(page.query_params)
    # at once, with no empty step between
    assert set(address) == {"mood", "goal", "lang"}
    page.button(key="undo").click().run()
    assert page.session_state["affetto"].wishes.request().goal == "match"
    assert happy_face.session_state["affetto"].spotify is None  # the page that was left has none


def test_a_way_back_is_good_once_and_only_in_the_browser_that_left(
    sad: AppTest, world: World, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = way_back(sad)
    browsers.now = "another-browser-altogether"
    thief = come_back(way)
    assert "is not valid here" in thief.warning[0].value
    assert thief.session_state["affetto"].spotify is None
    assert not thief.session_state["affetto"].started  # nor the other's page
    assert dict(thief.query_params) == {}
    browsers.now = COOKIE
    page = come_back(way)
    assert page.session_state["affetto"].spotify.listener.connected
    again = come_back(way)
    assert "is not valid here" in again.warning[0].value
    for name, value in way.items():  # the back button, on the page that is connected
        page.query_params[name] = value
    monkeypatch.setattr(links, "went_back", lambda: True)
    page.run()
    assert not page.warning
    assert track_ids(page) == track_ids(sad)
    assert page.session_state["affetto"].spotify.listener.connected


def test_two_listeners_at_once_never_meet(sad: AppTest, world: World, browsers: Browsers) -> None:
    ways = []
    for visitor in ("ada", "bo"):
        world.visitor = visitor
        browsers.now = f"the-browser-of-{visitor}-itself"
        ways.append(way_back(sad))
    browsers.now = "the-browser-of-bo-itself"
    bo = come_back(ways[1])
    browsers.now = "the-browser-of-ada-itself"
    ada = come_back(ways[0])
    mine = [page.session_state["affetto"].spotify for page in (ada, bo)]
    assert [connection.name for connection in mine] == ["Ada", "Bo"]
    tokens = [connection.listener._tokens.cache_handler for connection in mine]
    assert tokens[0] is not tokens[1]
    opened(bo, "spotify").button(key="disconnect").click().run()
    assert [connection.listener.connected for connection in mine] == [True, False]
    opened(ada, "spotify").button(key="save_playlist").click().run()
    assert [saved["owner"] for saved in world.playlists.values()] == ["Ada"]


def test_saying_no_is_one_sentence_and_the_page_is_as_it_was(
    sad: AppTest, world: World, browsers: Browsers
) -> None:
    world.consent = "no"
    page = come_back(way_back(sad))
    assert "not connected, as you chose" in page.warning[0].value
    assert track_ids(page) == track_ids(sad)
    assert page.session_state["affetto"].spotify is None


def test_an_account_that_is_not_on_the_list_is_told_who_can_help(
    sad: AppTest, world: World, browsers: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.visitor = "eve"
    listeners, name = [], Listener.name
    monkeypatch.setattr(Listener, "name", lambda self: listeners.append(self) or name(self))
    page = come_back(way_back(sad))
    assert [listener.connected for listener in listeners] == [False]  # her token is gone
    assert "five users at most" in page.warning[0].value
    assert page.session_state["affetto"].spotify is None
    assert track_ids(page) == track_ids(sad)


def test_a_spotify_that_fails_on_the_way_back_is_one_sentence(
    sad: AppTest, world: World, browsers: Browsers
) -> None:
    way = way_back(sad)
    world.faults.plan("POST /api/token", faults.error(503), times=9)
    page = come_back(way)
    assert "trouble of its own" in page.warning[0].value
    assert track_ids(page) == track_ids(sad)


def test_a_page_without_cookies_says_what_to_do(
    sad: AppTest, world: World, browsers: Browsers
) -> None:
    browsers.now = None
    opened(sad, "spotify")
    assert "needs a cookie" in sad.info[0].value


# --- Spotify's own search ----------------------------------------------------------------------


def test_what_spotify_finds_is_told_from_what_affetto_knows(sad: AppTest, world: World) -> None:
    (known,) = _facts([track_ids(sad)[0]])
    world.tracks[known.track_id]["name"] = "Drift of ours"  # under another name there
    opened(sad, "find")
    sad.text_input(key="find_text").set_value("drift of").run()
    assert not sad.exception
    sad.text_input(key="find_text").set_value("drift 3").run()
    assert "Also on Spotify" in said(sad)
    assert "Affetto does not know this one" in html(sad)


def test_a_song_that_spotify_finds_is_followed_by_the_id_it_has_here(
    sad: AppTest, world: World
) -> None:
    """Spotify knows the song under another id; only ours reaches the recommender."""
    catalogue = load_released().catalogue
    ours = next(t for t in catalogue.tracks(range(500)) if " " in t.title and "(" not in t.title)
    other = make_track(ours.title, ours.artists[0], track_id="0" * 22)
    other["artists"][0]["name"] = ours.artists[0]
    other["name"] = f"{ours.title} - 2026 Remaster"
    world.tracks["0" * 22] = other
    opened(sad, "find")
    sad.text_input(key="find_text").set_value("2026 remaster").run()
    sad.button(key=f"follow_{'0' * 22}").click().run()
    assert sad.session_state["affetto"].wishes.more_like == (ours.track_id,)


def test_a_search_that_spotify_refuses_leaves_our_own_songs(sad: AppTest, world: World) -> None:
    world.faults.plan("/v1/search", HOURS)
    opened(sad, "find")
    sad.text_input(key="find_text").set_value("creep").run()
    assert "7 hours" in said(sad)
    assert "Creep" in html(sad)


def test_a_page_waits_only_so_long() -> None:
    with pytest.raises(Unavailable, match="did not answer in time"):
        within(0.05, lambda: time.sleep(2))
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 / 0)
    assert within(5, lambda: "an answer") == "an answer"


def refused(status: int, said: str, path: str = "playlists/x", reason: str | None = None) -> str:
    refusal = Refusal(status=status, message=said, reason=reason, retry_after=None)
    explain = explain_accounts if path == "token" else explain_api
    return str(explain(refusal, Call(method="GET", url=f"https://api.spotify.com/v1/{path}")))


SENTENCES = (
    NOT_CONFIGURED,
    connect_module.LOST,
    connect_module.DECLINED,
    DISCONNECTED,
    refused(401, ""),
    refused(403, "the user may not be registered", "me"),
    refused(403, "Insufficient client scope", "me"),
    refused(403, "Premium required", "me"),
    refused(403, "Forbidden", "me/playlists"),
    refused(403, "Forbidden", "search"),
    refused(404, "Resource not found"),
    refused(400, "", "token", reason="invalid_client"),
    refused(400, "", "token", reason="invalid_request"),
    *(
        str(rate_limited("Spotify", seconds=seconds, reason=reason))
        for seconds, reason in ((1, None), (9, None), (300, None), (25_200, QUOTA), (2e5, QUOTA))
    ),
    *(
        f"Spotify {trouble}; try again later."
        for trouble in (
            "is busy with earlier requests",
            "did not answer in time",
            "broke off in the middle of its answer",
            "cannot be reached",
            "sent an answer that cannot be read",
            "has trouble of its own (503)",
            "made no playlist",
        )
    ),
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_spotify_makes_us_say_is_said_in_italian(sentence: str) -> None:
    said = translate(sentence, "it")
    words = set(re.findall(r"[a-z]+", said.lower()))
    assert not words & {"the", "this", "until", "then", "again", "later", "wants", "does", "and"}


def _facts(ids: list[str]):
    catalogue = load_released().catalogue
    return catalogue.tracks(catalogue.find(ids)[0])
