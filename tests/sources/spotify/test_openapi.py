"""Our local Spotify, and what we ask of it, compared with a description that none of us wrote."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from affetto.errors import AffettoError
from affetto.sources.spotify.api import EXTENDED, OPEN
from affetto.sources.spotify.app import SpotifyApp
from affetto.sources.spotify.listener import Listener
from tests.servers import faults
from tests.servers.openapi import NO_DESCRIPTION, Description, description_path
from tests.servers.spotify import Exchange, World, spotify_id


@pytest.fixture(scope="module")
def description() -> Description:
    path = description_path()
    if path is None:
        pytest.skip(NO_DESCRIPTION)
    return Description(path)


class _KnowsAll:
    def find(self, track_ids: list[str]) -> tuple[list[int], list[str]]:
        return list(range(len(list(track_ids)))), []


def _use_everything(app: SpotifyApp, listener: Listener, world: World) -> None:
    """Every request that the library can make, and the errors it may get."""
    track = next(iter(world.tracks.values()))
    client, knows = app.catalogue, _KnowsAll()
    client.search("song", market="IT", limit=25)
    client.tracks(list(world.tracks)[:3])
    client.album(track["album"]["id"])
    client.artist(track["artists"][0]["id"])
    client.artist_albums(track["artists"][0]["id"])
    listener.name()
    listener.top_track_ids(knows)
    listener.recent_track_ids(knows)
    saved = listener.save_playlist("Evening", list(world.tracks), description="x")
    listener.playlist_track_ids(saved.playlist_id, knows)
    listener.save_tracks(list(world.tracks)[:2])
    world.faults.plan("POST .*/items", faults.error(500))
    for attempt in (
        lambda: client.track(spotify_id("never")),
        lambda: client.search("x", market="ZZ"),
        lambda: listener.save_playlist("Broken", list(world.tracks)[:1]),
    ):
        with contextlib.suppress(AffettoError):
            attempt()


def test_requests_and_answers_are_as_described(
    app: SpotifyApp,
    connect: Callable[..., Listener],
    world: World,
    description: Description,
) -> None:
    _use_everything(app, connect(), world)
    exchanges = [exchange for exchange in world.log if exchange.path.startswith("/v1/")]
    assert {exchange.status for exchange in exchanges} == {200, 201, 400, 404, 500}
    told = {f"{e.method} {e.path}": description.faults(e) for e in exchanges}
    assert {request: wrong for request, wrong in told.items() if wrong} == {}


def test_every_path_that_we_allow_is_described_and_not_removed(description: Description) -> None:
    some_id = spotify_id("x")
    for methods, path in OPEN:
        for method in methods.split("|"):
            for concrete in _expanded(path, some_id):
                operation = description.operation(method, f"/{concrete}")
                assert operation is not None, f"{method} {concrete}"
                assert not operation.get("deprecated"), f"{method} {concrete}"
    for method, path in EXTENDED:
        assert (description.operation(method, f"/{path}") or {}).get("deprecated")


def _expanded(path: str, some_id: str) -> list[str]:
    """``(tracks|albums)/ID`` → one path for each alternative."""
    path = path.replace("[0-9A-Za-z]{22}", some_id)
    if "(" not in path:
        return [path]
    before, _, rest = path.partition("(")
    choices, _, after = rest.partition(")")
    return [before + choice + after for choice in choices.split("|")]


@pytest.mark.parametrize(
    ("exchange", "fault"),
    [
        (Exchange("GET", "/v1/search", {"q": "x", "type": "track", "limit": "11"}, None, 200, {}),
         "greater than the maximum of 10"),
        (Exchange("GET", "/v1/search", {"type": "track"}, None, 200, {}), "q is missing"),
        (Exchange("GET", "/v1/search", {"q": "x", "type": "song"}, None, 200, {}), "not one of"),
        (Exchange("GET", "/v1/me", {"page": "1"}, None, 200, {}), "page is not described"),
        (Exchange("GET", "/v1/audio-features", {"ids": "x"}, None, 200, {}), "is deprecated"),
        (Exchange("GET", "/v1/moods", {}, None, 200, {}), "is not described"),
        (Exchange("GET", "/v1/tracks/x", {}, None, 200, {"name": 5}), "not of type 'string'"),
        (Exchange("POST", "/v1/playlists/x/items", {}, ["spotify:track:x"], 201, {}),
         "not of type 'object'"),
        (Exchange("GET", "/v1/me", {}, None, 403, {"error": "no"}), "not of type 'object'"),
    ],
)  # fmt: skip
def test_the_judge_sees_what_is_wrong(
    description: Description, exchange: Exchange, fault: str
) -> None:
    assert fault in "\n".join(description.faults(exchange))
