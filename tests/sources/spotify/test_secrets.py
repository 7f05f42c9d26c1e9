"""Nothing secret in logs, reprs, addresses, tracebacks or on disk, whatever happens."""

from __future__ import annotations

import copy
import logging
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from affetto.errors import AffettoError
from affetto.sources.http import Manners
from affetto.sources.spotify.app import SpotifyApp
from affetto.sources.spotify.config import SpotifyConfig
from affetto.sources.spotify.listener import Listener
from tests.servers import faults
from tests.servers.spotify import World
from tests.sources.spotify.conftest import COOKIE, go_to_spotify

Connect = Callable[..., Listener]
_written: list[str] | None = None


def _watch_writing(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: Python tells it of every file that is opened, by whatever code."""
    if _written is None or event != "open":
        return
    path, mode, _ = arguments
    if isinstance(path, str) and isinstance(mode, str) and set(mode) & set("wax+"):
        _written.append(path)


sys.addaudithook(_watch_writing)


@pytest.fixture
def written() -> Iterator[list[str]]:
    """The files opened for writing during the test."""
    global _written
    _written = []
    yield _written
    _written = None


def _live_a_little(app: SpotifyApp, world: World) -> Listener:
    """Search, connect, save, expire, refresh."""
    app.catalogue.search("song")
    arrival = app.finish(**go_to_spotify(app.begin({"x": 1}, browser=COOKIE)), browser=COOKIE)
    assert arrival.listener is not None
    world.expire_tokens()
    arrival.listener.save_playlist("Evening", list(world.tracks)[:3])
    return arrival.listener


def _all_secrets(world: World) -> set[str]:
    """Tokens and codes that Spotify gave out, the app's secret, and the verifiers we sent."""
    forms = [dict(parse_qsl(e.sent)) for e in world.log if e.path == "/api/token"]
    verifiers = {form["code_verifier"] for form in forms if "code_verifier" in form}
    assert verifiers
    return world.secrets() | verifiers


def test_no_log_of_any_library_has_a_secret(
    app: SpotifyApp, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """spotipy's own senders write tokens, codes and verifiers into the debug log."""
    caplog.set_level(logging.DEBUG)
    _live_a_little(app, world)
    assert caplog.records  # urllib3, at least, has spoken
    said = "\n".join(record.getMessage() + str(record.args) for record in caplog.records)
    assert [secret for secret in _all_secrets(world) if secret in said] == []


def test_nothing_is_written_to_disk(
    app: SpotifyApp,
    world: World,
    written: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """spotipy's default would leave a file .cache in the working folder, shared by all."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    listener = _live_a_little(app, world)
    listener.disconnect()
    assert [path for path in written if not path.endswith(".pyc") and path != "/dev/null"] == []
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "seen").write_text("x")
    assert written[-1].endswith("seen")  # the watch does see


def test_no_address_has_a_token(app: SpotifyApp, world: World) -> None:
    _live_a_little(app, world)
    secrets = _all_secrets(world)
    for exchange in world.log:
        told = exchange.path + str(exchange.query)
        assert [secret for secret in secrets if secret in told] == []
    assert all("referer" not in headers for headers in world.headers)


def test_no_repr_has_a_secret(app: SpotifyApp, world: World) -> None:
    listener = _live_a_little(app, world)
    departure_address = app.begin("page", browser=COOKIE)
    things = [
        app, app.config, app.catalogue, app.catalogue.api, app.waiting, listener, listener.api,
        listener._tokens, listener._tokens.cache_handler, listener._tokens._present(),
        list(app.waiting._waiting.values()), departure_address,
    ]  # fmt: skip
    said = "\n".join(f"{thing!r} {thing}" for thing in things)
    assert [secret for secret in _all_secrets(world) if secret in said] == []
    assert COOKIE not in said
    waiting = next(iter(app.waiting._waiting.values()))
    assert waiting.tokens.code_verifier not in said


def test_tokens_cannot_be_copied_or_saved(listener: Listener) -> None:
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="tokens stay in memory"):
            attempt(listener._tokens.cache_handler)


def _refused_search(app: SpotifyApp, listener: Listener, world: World) -> None:
    world.faults.plan("/v1/search", faults.error(401), times=9)
    app.catalogue.search("x")


def _slow_save(app: SpotifyApp, listener: Listener, world: World) -> None:
    world.faults.plan("/v1/me/playlists", faults.slow(3))
    listener.save_playlist("x", list(world.tracks)[:1])


def _broken_off(app: SpotifyApp, listener: Listener, world: World) -> None:
    world.faults.plan("/v1/me", faults.broken_off(), times=9)
    listener.name()


def _withdrawn(app: SpotifyApp, listener: Listener, world: World) -> None:
    world.expire_tokens()
    world.refreshers.clear()
    listener.name()


def _ill_refresh(app: SpotifyApp, listener: Listener, world: World) -> None:
    world.expire_tokens()
    world.faults.plan("/api/token", faults.raw(b'{"access_token": 5}'))
    listener.name()


def _bad_secret(app: SpotifyApp, listener: Listener, world: World) -> None:
    world.expire_tokens()
    world.client_secret = "now-another-secret"
    app.catalogue.search("y")


@pytest.mark.parametrize(
    "trouble",
    [_refused_search, _slow_save, _broken_off, _withdrawn, _ill_refresh, _bad_secret],
    ids=lambda trouble: trouble.__name__.strip("_"),
)
def test_no_traceback_has_a_secret_even_with_its_variables(
    config: SpotifyConfig,
    world: World,
    trouble: Callable[[SpotifyApp, Listener, World], None],
) -> None:
    """As a debugger or a crash reporter prints it: every frame with all its local variables."""
    app = SpotifyApp(config, manners=Manners(read=0.5, tries=2, pause=0.01, patience=0.05))
    listener = _live_a_little(app, world)
    secrets = _all_secrets(world) | {COOKIE}
    with pytest.raises(AffettoError) as caught:
        trouble(app, listener, world)
    told = "".join(
        traceback.TracebackException.from_exception(
            _inside(caught.value), capture_locals=True
        ).format()
    )
    assert "_once" in told or "ask" in told  # it does go down to where requests are made
    assert [secret for secret in (secrets | world.secrets()) if secret in told] == []


def _inside(error: BaseException) -> BaseException:
    """The error with the frames of our library only: the test's own hold a World, which knows."""
    frame = error.__traceback__
    while frame is not None and "/affetto/" not in frame.tb_frame.f_code.co_filename:
        frame = frame.tb_next
    return error.with_traceback(frame)
