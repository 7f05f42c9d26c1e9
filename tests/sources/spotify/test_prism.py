"""The client against Prism, which serves the description's own examples and judges requests."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest
import requests

from affetto.sources.spotify.app import SpotifyApp
from affetto.sources.spotify.config import SpotifyConfig
from affetto.sources.spotify.listener import Listener
from tests.servers.openapi import NO_DESCRIPTION, description_path
from tests.servers.prism import NO_NPM, has_npm, prism
from tests.servers.spotify import World, spotify_id
from tests.sources.spotify.conftest import COOKIE, QUICK, go_to_spotify


@pytest.fixture(scope="module")
def prism_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    description = description_path()
    if description is None:
        pytest.skip(NO_DESCRIPTION)
    if not has_npm():
        pytest.skip(NO_NPM)
    with prism(description, folder=tmp_path_factory.mktemp("prism")) as url:
        yield url


@pytest.fixture
def prism_app(prism_url: str, config: SpotifyConfig, world: World) -> Iterator[SpotifyApp]:
    """Signs in with our own server, since Prism knows no sign-in, and reads from Prism."""
    app = SpotifyApp(dataclasses.replace(config, api=prism_url), manners=QUICK)
    yield app
    app.close()


class KnowsAll:
    def find(self, track_ids: list[str]) -> tuple[list[int], list[str]]:
        return [], []


def _connected(app: SpotifyApp) -> Listener:
    arrival = app.finish(**go_to_spotify(app.begin(None, browser=COOKIE)), browser=COOKIE)
    assert arrival.listener is not None
    return arrival.listener


def test_prism_refuses_what_is_not_described(prism_url: str) -> None:
    """The twin of the tests below: had we asked wrongly, Prism would have said so."""
    headers = {"Authorization": "Bearer anything"}

    def status(path: str) -> int:
        return requests.get(f"{prism_url}/{path}", headers=headers, timeout=30).status_code

    assert status("search?q=x&type=track&limit=11") == 422
    assert status("search?type=track") == 422
    assert status("moods") == 404
    assert requests.get(f"{prism_url}/me", timeout=30).status_code == 401


def test_the_catalogue_is_read(prism_app: SpotifyApp) -> None:
    client, some_id = prism_app.catalogue, spotify_id("any")
    client.search("miles", genre="jazz", year="1955-1965", market="IT", limit=5)
    track = client.track(some_id, market="IT")
    assert track.title
    assert track.artists
    assert client.album(some_id).name
    assert client.artist(some_id).name
    assert isinstance(client.artist_albums(some_id), list)
    assert client.tracks([some_id]).message is None


ASKED: dict[str, Callable[[Listener], object]] = {
    "name": lambda listener: listener.name(),
    "top tracks": lambda listener: listener.top_track_ids(KnowsAll()),
    "recent plays": lambda listener: listener.recent_track_ids(KnowsAll()),
    "save tracks": lambda listener: listener.save_tracks([spotify_id("a"), spotify_id("b")]),
    "save a playlist": lambda listener: listener.save_playlist("x", [spotify_id("a")]).url,
    "search": lambda listener: listener.search("umbrella"),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED.keys())
def test_a_listeners_own_is_read_and_written(
    prism_app: SpotifyApp, ask: Callable[[Listener], object]
) -> None:
    assert ask(_connected(prism_app)) is not None
