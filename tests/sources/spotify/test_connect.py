"""To Spotify and back: the page comes home, to its own browser, once, within ten minutes."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from affetto.errors import AuthError
from affetto.sources.spotify.app import SpotifyApp, spotify_app
from affetto.sources.spotify.config import SpotifyConfig
from affetto.sources.spotify.connect import MOST_OF_ONE, MOST_WAITING, WaitingRoom
from affetto.sources.spotify.listener import SCOPES, Listener
from tests.servers import faults
from tests.servers.spotify import World
from tests.sources.spotify.conftest import COOKIE, QUICK, go_to_spotify

PAGE = {"emotion": "sad", "confidence": 0.81, "playlist": ["a", "b", "c"]}
OTHER = "the-cookie-of-another-browser"


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(config: SpotifyConfig, clock: Clock) -> SpotifyApp:
    return SpotifyApp(config, manners=QUICK, waiting=WaitingRoom(clock=clock))


def _query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_the_round_trip_keeps_the_emotion_and_the_playlist(app: SpotifyApp) -> None:
    back = go_to_spotify(app.begin(PAGE, browser=COOKIE))
    arrival = app.finish(**back, browser=COOKIE)
    assert arrival.page == PAGE
    assert arrival.listener is not None
    assert arrival.listener.name() == "Ada"
    assert len(app.waiting) == 0


def test_the_address_asks_for_pkce_and_no_more_than_is_needed(app: SpotifyApp) -> None:
    asked = _query(app.begin(PAGE, browser=COOKIE))
    assert set(asked) == {
        "client_id", "response_type", "redirect_uri", "code_challenge_method", "code_challenge",
        "scope", "state",
    }  # fmt: skip
    assert asked["redirect_uri"] == "http://127.0.0.1:8501"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["scope"].split() == sorted(SCOPES)


def test_the_challenge_is_the_hash_of_the_verifier_that_is_sent(
    app: SpotifyApp, world: World
) -> None:
    address = app.begin(PAGE, browser=COOKIE)
    app.finish(**go_to_spotify(address), browser=COOKIE)
    form = _query("?" + next(e.sent for e in world.log if e.path == "/api/token"))
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert (
        base64.urlsafe_b64encode(digest).decode().rstrip("=") == _query(address)["code_challenge"]
    )
    assert 43 <= len(form["code_verifier"]) <= 128  # RFC 7636, section 4.1
    assert "client_secret" not in form


def test_every_departure_has_a_state_and_a_verifier_of_its_own(app: SpotifyApp) -> None:
    asked = [_query(app.begin(PAGE, browser=COOKIE)) for _ in range(20)]
    assert len({query["state"] for query in asked}) == 20
    assert len({query["code_challenge"] for query in asked}) == 20
    assert min(len(query["state"]) for query in asked) >= 43  # 32 bytes


def test_another_browser_gets_nothing_and_spoils_nothing(app: SpotifyApp, world: World) -> None:
    back = go_to_spotify(app.begin(PAGE, browser=COOKIE))
    for cookie in (OTHER, "", None):
        with pytest.raises(AuthError, match="another browser"):
            app.finish(**back, browser=cookie)
    assert "POST /api/token" not in world.paths("/")
    assert app.finish(**back, browser=COOKIE).page == PAGE


def test_a_way_back_works_once(app: SpotifyApp) -> None:
    back = go_to_spotify(app.begin(PAGE, browser=COOKIE))
    app.finish(**back, browser=COOKIE)
    with pytest.raises(AuthError, match="used before"):
        app.finish(**back, browser=COOKIE)


def test_a_state_that_nobody_gave_out_is_refused(app: SpotifyApp, world: World) -> None:
    back = go_to_spotify(app.begin(PAGE, browser=COOKIE))
    for state in ("made-up", "", None):
        with pytest.raises(AuthError):
            app.finish(state=state, code=back["code"], browser=COOKIE)
    assert "POST /api/token" not in world.paths("/")


def test_after_ten_minutes_it_is_too_late(timed: SpotifyApp, clock: Clock) -> None:
    early, late = (go_to_spotify(timed.begin(PAGE, browser=COOKIE)) for _ in range(2))
    clock.now += 599
    assert timed.finish(**early, browser=COOKIE).listener is not None
    clock.now += 1
    with pytest.raises(AuthError, match="ten minutes"):
        timed.finish(**late, browser=COOKIE)
    assert len(timed.waiting) == 0  # and nothing is left of it


def test_the_code_of_one_state_does_not_work_with_another(app: SpotifyApp) -> None:
    """PKCE: whoever slips in a stolen code has not its verifier."""
    mine, theirs = (go_to_spotify(app.begin(PAGE, browser=c)) for c in (COOKIE, OTHER))
    arrival = app.finish(state=mine["state"], code=theirs["code"], browser=COOKIE)
    assert arrival.listener is None
    assert "connect Spotify again" in str(arrival.message)


def test_a_listener_who_says_no_finds_the_page_as_it_was(app: SpotifyApp, world: World) -> None:
    world.consent = "no"
    arrival = app.finish(
        code=None, browser=COOKIE, **go_to_spotify(app.begin(PAGE, browser=COOKIE))
    )
    assert (arrival.page, arrival.listener) == (PAGE, None)
    assert "as you chose" in str(arrival.message)


def test_where_spotify_fails_the_page_comes_back_too(app: SpotifyApp, world: World) -> None:
    back = go_to_spotify(app.begin(PAGE, browser=COOKIE))
    world.faults.plan("/api/token", faults.error(503))
    arrival = app.finish(**back, browser=COOKIE)
    assert (arrival.page, arrival.listener) == (PAGE, None)
    assert "try again later" in str(arrival.message)


@pytest.mark.parametrize("cookie", [None, "", "short"])
def test_without_a_cookie_nobody_leaves(app: SpotifyApp, cookie: str | None) -> None:
    with pytest.raises(AuthError, match="cookie"):
        app.begin(PAGE, browser=cookie)


def test_spotify_refuses_a_redirect_that_is_not_registered(app: SpotifyApp, world: World) -> None:
    world.redirects = {"http://127.0.0.1:9999"}
    answer = requests.get(app.begin(PAGE, browser=COOKIE), allow_redirects=False, timeout=10)
    assert answer.status_code == 400


def test_the_waiting_room_has_an_end() -> None:
    """A thousand and five browsers leave: the five that left first cannot come back."""
    room = WaitingRoom()
    browsers = [f"browser number {n:08d}" for n in range(MOST_WAITING + 5)]
    states = [room.enter(None, n, browser=name) for n, name in enumerate(browsers)]
    assert len(room) == MOST_WAITING
    with pytest.raises(AuthError):
        room.leave(states[4], browser=browsers[4])
    assert room.leave(states[5], browser=browsers[5]).page == 5


def test_one_browser_cannot_push_out_the_others() -> None:
    """A page that is drawn anew a hundred times makes a hundred links; the newest twenty count."""
    room = WaitingRoom()
    other = room.enter(None, "other", browser=OTHER)
    states = [room.enter(None, n, browser=COOKIE) for n in range(100)]
    assert len(room) == MOST_OF_ONE + 1
    assert room.leave(other, browser=OTHER).page == "other"
    assert room.leave(states[80], browser=COOKIE).page == 80
    with pytest.raises(AuthError):
        room.leave(states[79], browser=COOKIE)


def test_two_sessions_at_once_never_see_each_others_token(
    connect: Callable[..., Listener], world: World
) -> None:
    """Both ask at the same time, through the same connections, and expire in the middle."""
    sessions = {"Ada": connect("ada"), "Bo": connect("bo", cookie=OTHER)}
    heard: dict[str, set[str]] = {name: set() for name in sessions}
    world.faults.plan("/v1/me", faults.slow(0.01), times=1_000)

    def ask(name: str) -> None:
        for turn in range(10):
            heard[name].add(sessions[name].name())
            if turn == 4 and name == "Ada":
                world.expire_tokens()

    threads = [threading.Thread(target=ask, args=(name,)) for name in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert heard == {"Ada": {"Ada"}, "Bo": {"Bo"}}
    sessions["Ada"].disconnect()
    assert sessions["Bo"].name() == "Bo"


def test_what_one_session_read_is_not_in_anothers_memory(
    connect: Callable[..., Listener], world: World
) -> None:
    """A market is the account's own, so even public reads are not shared between listeners."""
    ada, bo = connect("ada"), connect("bo", cookie=OTHER)
    ada.search("song 01")
    bo.search("song 01")
    assert world.paths() == ["GET /v1/search"] * 2


def test_without_a_secret_a_listener_reads_for_themselves(
    config: SpotifyConfig, app: SpotifyApp, listener: Listener
) -> None:
    bare = SpotifyApp(dataclasses.replace(config, client_secret=None))
    assert bare.reader(listener) is listener
    assert app.reader(listener) is app.catalogue


def test_the_process_has_one_app_and_says_so_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, config: SpotifyConfig
) -> None:
    spotify_app.cache_clear()
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", "")  # set and empty: none, whatever a file says
    with pytest.raises(AuthError, match="none is needed"):
        spotify_app()
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", config.client_id)
    assert spotify_app() is spotify_app()
    spotify_app.cache_clear()


def test_what_nobody_comes_back_for_goes_although_nobody_comes_at_all() -> None:
    waiting = WaitingRoom(lifetime=0.05)
    for _ in range(3):
        waiting.enter(None, PAGE, browser=COOKIE)
        time.sleep(0.03)
    assert len(waiting) > 0
    until = time.monotonic() + 10
    while len(waiting) and time.monotonic() < until:
        time.sleep(0.01)
    assert len(waiting) == 0
