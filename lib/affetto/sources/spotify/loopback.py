"""Connecting a listener from a terminal: a page on this machine waits for the way back.

It listens on the redirect address while the listener is away, and no longer.  The tokens stay in
this process's memory, so each run signs in again; Spotify asks for consent only the first time.
"""

from __future__ import annotations

import html
import queue
import secrets
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from affetto.errors import AffettoError, AuthError, InputError
from affetto.sources.spotify.app import Arrival, SpotifyApp
from affetto.sources.spotify.config import REDIRECT_URI
from affetto.sources.spotify.listener import Listener

PATIENCE = 180.0  # seconds that a person may take to read Spotify's page and say yes
CONNECTED = "Spotify is connected; you can close this page and go back to the terminal."
LATE = "Nobody came back from Spotify in time; try again."
PAGE = "<!doctype html><meta charset=utf-8><title>Affetto</title><p>{sentence}"
NOT_FOR_YOU = "This page only waits for the way back from Spotify."


def sign_in(
    app: SpotifyApp, *, show: Callable[[str], None], patience: float = PATIENCE
) -> Listener:
    """The listener who says yes on Spotify's page.

    show : is given the address to open in a browser.  patience : seconds until that is too late.
    Raises InputError where the redirect address is not this machine's, or is in use; AuthError
    where the listener says no or does not come back; ServiceError where Spotify does.
    """
    browser = secrets.token_hex(16)  # nobody but who is shown the address knows its state
    with _WayBack(app.config.redirect_uri, lambda way: app.finish(browser=browser, **way)) as back:
        show(app.begin(None, browser=browser))
        arrival = back.wait(patience)
    if arrival.listener is None:
        raise AuthError(arrival.message or LATE)
    return arrival.listener


class _WayBack(ThreadingHTTPServer):
    """Listens on the redirect address, from ``with`` to its end.  Raises InputError.

    finish : takes ``state``, ``code`` and ``error``; raises AuthError for a stranger's.
    """

    daemon_threads = True

    def __init__(self, redirect: str, finish: Callable[[dict[str, str | None]], Arrival]) -> None:
        parts = urlsplit(redirect)
        if parts.scheme != "http" or parts.hostname != "127.0.0.1" or parts.port is None:
            raise InputError(
                "Connecting Spotify from a terminal needs a redirect address on this machine: "
                f"make {REDIRECT_URI} http://127.0.0.1:PORT, here and in Spotify's dashboard."
            )
        self.path = parts.path or "/"
        self._finish = finish
        self._arrivals: queue.Queue[Arrival] = queue.Queue()
        try:
            super().__init__(("127.0.0.1", parts.port), _Handler)
        except OSError as error:
            raise InputError(
                f"Port {parts.port} is in use, perhaps by Affetto's app: connect there, or stop it "
                "while you connect from the terminal."
            ) from error

    def __enter__(self) -> _WayBack:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

    def wait(self, patience: float) -> Arrival:
        """Who came back.  Raises AuthError where nobody does."""
        try:
            return self._arrivals.get(timeout=patience)
        except queue.Empty:
            raise AuthError(LATE) from None

    def take(self, way: dict[str, str | None], page: Callable[[str], None]) -> None:
        """A browser is back: tell it how it went, then whoever waits.  A stranger is only told."""
        try:
            arrival = self._finish(way)
        except AffettoError as error:
            page(str(error))
            return
        page(arrival.message or CONNECTED)
        self._arrivals.put(arrival)


class _Handler(BaseHTTPRequestHandler):
    """One request of the browser.  Nothing of it is logged: its address holds the code."""

    server: _WayBack
    timeout = 10.0  # seconds that an idle connection is kept

    def do_GET(self) -> None:
        """Take the way back; a browser's other wishes, such as an icon, are not ours."""
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if parts.path != self.server.path or "state" not in query:
            self._page(NOT_FOR_YOU, status=404)
            return
        way = {name: query.get(name, [None])[0] for name in ("state", "code", "error")}
        self.server.take(way, self._page)

    def _page(self, sentence: str, *, status: int = 200) -> None:
        body = PAGE.format(sentence=html.escape(sentence))
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body.encode("utf-8"))

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""
