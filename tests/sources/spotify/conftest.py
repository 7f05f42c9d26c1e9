"""A Spotify and a ReccoBeats on loopback, new for every test, and an app that knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from starlette.types import ASGIApp, Receive, Scope, Send

from affetto.sources.http import Manners
from affetto.sources.reccobeats import ReccoBeats
from affetto.sources.spotify.app import SpotifyApp
from affetto.sources.spotify.config import SpotifyConfig
from affetto.sources.spotify.listener import Listener
from tests.servers import reccobeats, spotify
from tests.servers.loopback import serve

QUICK = Manners(pause=0.01, patience=0.05)
COOKIE = "the-cookie-of-the-first-browser"


class Switch:
    """One listening server; the app behind it changes from test to test."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def spotify_switch() -> Iterator[tuple[Switch, str]]:
    switch = Switch()
    with serve(switch) as url:
        yield switch, url


@pytest.fixture(scope="session")
def beats_switch() -> Iterator[tuple[Switch, str]]:
    switch = Switch()
    with serve(switch) as url:
        yield switch, url


@pytest.fixture
def world(spotify_switch: tuple[Switch, str]) -> spotify.World:
    """A fresh Spotify: whatever is changed in it, its server does at once."""
    world = spotify.small_world()
    world.consent = "yes"
    spotify_switch[0].app = spotify.build(world)
    return world


@pytest.fixture
def config(world: spotify.World, spotify_switch: tuple[Switch, str]) -> SpotifyConfig:
    url = spotify_switch[1]
    return SpotifyConfig(
        client_id=world.client_id,
        client_secret=world.client_secret,
        redirect_uri="http://127.0.0.1:8501",
        api=f"{url}/v1",
        accounts=url,
    )


@pytest.fixture
def app(config: SpotifyConfig) -> Iterator[SpotifyApp]:
    app = SpotifyApp(config, manners=QUICK)
    yield app
    app.close()


@pytest.fixture
def beats() -> reccobeats.Beats:
    return reccobeats.Beats()


@pytest.fixture
def beats_source(beats: reccobeats.Beats, beats_switch: tuple[Switch, str]) -> Iterator[ReccoBeats]:
    switch, url = beats_switch
    switch.app = reccobeats.build(beats)
    source = ReccoBeats(base=f"{url}/v1", manners=QUICK)
    yield source
    source.close()


def go_to_spotify(address: str) -> dict[str, str]:
    """What a browser brings back from the consent page: ``code`` and ``state``, or ``error``."""
    answer = requests.get(address, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


@pytest.fixture
def connect(app: SpotifyApp, world: spotify.World) -> Callable[..., Listener]:
    """Connects an account as its owner would: there, yes, and back."""

    def connect_one(visitor: str = "ada", cookie: str = COOKIE) -> Listener:
        world.visitor = visitor
        arrival = app.finish(**go_to_spotify(app.begin(None, browser=cookie)), browser=cookie)
        assert arrival.listener is not None, arrival.message
        return arrival.listener

    return connect_one


@pytest.fixture
def listener(connect: Callable[..., Listener]) -> Listener:
    return connect()
