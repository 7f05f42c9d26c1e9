"""Connecting from a terminal: over a real page on the redirect address, or a sentence."""

from __future__ import annotations

import dataclasses
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import requests

from affetto.errors import AuthError, InputError
from affetto.sources.spotify.app import SpotifyApp
from affetto.sources.spotify.config import SpotifyConfig
from affetto.sources.spotify.listener import Listener
from affetto.sources.spotify.loopback import CONNECTED, LATE, NOT_FOR_YOU, sign_in
from tests.servers.spotify import World
from tests.sources.spotify.conftest import QUICK


@pytest.fixture
def terminal(config: SpotifyConfig, world: World) -> Iterator[SpotifyApp]:
    """An app whose redirect address is a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        redirect = f"http://127.0.0.1:{probe.getsockname()[1]}"
    world.redirects = {redirect}
    app = SpotifyApp(dataclasses.replace(config, redirect_uri=redirect), manners=QUICK)
    yield app
    app.close()


class Browser:
    """Opens the address that the terminal shows, in a thread of its own, and keeps what it sees."""

    def __init__(self, before: Callable[[str], None] = lambda address: None) -> None:
        self.pages: list[str] = []
        self._before = before
        self._thread: threading.Thread | None = None

    def __call__(self, address: str) -> None:
        self._thread = threading.Thread(target=self._go, args=(address,))
        self._thread.start()

    def _go(self, address: str) -> None:
        self._before(address)
        self.pages.append(requests.get(address, timeout=10).text)  # follows the redirect back

    def closed(self) -> list[str]:
        assert self._thread is not None
        self._thread.join(timeout=20)
        return self.pages


def test_there_yes_and_back(terminal: SpotifyApp) -> None:
    browser = Browser()
    listener = sign_in(terminal, show=browser, patience=20)
    assert isinstance(listener, Listener)
    assert listener.name() == "Ada"
    assert CONNECTED in browser.closed()[0]
    with pytest.raises(requests.ConnectionError):  # nobody listens any more
        requests.get(terminal.config.redirect_uri, timeout=2)


def test_no_is_a_sentence_here_and_there(terminal: SpotifyApp, world: World) -> None:
    world.consent = "no"
    browser = Browser()
    with pytest.raises(AuthError, match="not connected, as you chose"):
        sign_in(terminal, show=browser, patience=20)
    assert "not connected, as you chose" in browser.closed()[0]


def test_strangers_are_told_and_the_right_one_still_comes(terminal: SpotifyApp) -> None:
    home = terminal.config.redirect_uri
    told: list[str] = []

    def strangers(address: str) -> None:
        for path in ("/favicon.ico", "/?code=mine", "/?code=mine&state=guessed"):
            told.append(requests.get(home + path, timeout=10).text)

    listener = sign_in(terminal, show=Browser(strangers), patience=20)
    assert listener.connected
    assert [NOT_FOR_YOU in page for page in told] == [True, True, False]
    assert "is not valid here" in told[2]


def test_nobody_comes(terminal: SpotifyApp) -> None:
    with pytest.raises(AuthError, match=LATE):
        sign_in(terminal, show=lambda address: None, patience=0.05)


def test_a_port_in_use_is_said(terminal: SpotifyApp) -> None:
    port = int(terminal.config.redirect_uri.rsplit(":", 1)[1])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(InputError, match=f"Port {port} is in use"):
            sign_in(terminal, show=lambda address: None)


def test_a_redirect_elsewhere_is_said(config: SpotifyConfig) -> None:
    app = SpotifyApp(dataclasses.replace(config, redirect_uri="https://example.org/back"))
    with pytest.raises(InputError, match="redirect address on this machine"):
        sign_in(app, show=lambda address: None)


def test_nothing_of_the_way_back_is_printed(
    terminal: SpotifyApp, world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    """http.server writes every address to stderr by itself; the code stands in it."""
    sign_in(terminal, show=Browser(), patience=20)
    out, err = capfd.readouterr()
    assert not [secret for secret in world.secrets() if secret in out + err]
    assert "code=" not in out + err
