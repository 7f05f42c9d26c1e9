"""Connecting a listener: to Spotify and back, safely, with the page as it was.

Coming back from Spotify opens a new page, so what the old page knew waits here, in this process,
under the random ``state`` that travels to Spotify and back.  It is given out once, within ten
minutes, and only to the browser that left, which has a cookie that nobody else has (``browser``).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from affetto.errors import AuthError
from affetto.sources.spotify.tokens import ListenerTokens

LIFETIME = 600.0  # seconds
MOST_WAITING = 1_000  # departures in all
MOST_OF_ONE = 20  # of one browser: a page may offer a new link each time it is drawn

LOST = (
    "This way back from Spotify is not valid here: it was used before, is older than ten minutes, "
    "or belongs to another browser; connect Spotify again."
)
DECLINED = "Spotify was not connected, as you chose; nothing else changes."


@dataclass(frozen=True, slots=True)
class Departure:
    """A listener on the way to Spotify; what is secret does not show in its repr."""

    tokens: ListenerTokens = field(repr=False)  # with the PKCE verifier
    page: Any = field(repr=False)
    browser: bytes = field(repr=False)  # SHA-256 of the browser's cookie
    expires: float


class WaitingRoom:
    """The departures of this process, by state."""

    def __init__(
        self, *, lifetime: float = LIFETIME, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lifetime, self._clock = lifetime, clock
        self._waiting: OrderedDict[str, Departure] = OrderedDict()
        self._lock = threading.Lock()
        self._tidying: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def __repr__(self) -> str:
        return f"<WaitingRoom of {len(self)}>"

    def enter(self, tokens: ListenerTokens, page: Any, *, browser: str) -> str:
        """Keep what must outlast the journey; the ``state`` under which it waits."""
        state = secrets.token_urlsafe(32)
        departure = Departure(tokens, page, _digest(browser), self._clock() + self._lifetime)
        with self._lock:
            self._sweep()
            self._waiting[state] = departure
            same = [s for s, other in self._waiting.items() if other.browser == departure.browser]
            for old in same[:-MOST_OF_ONE]:
                del self._waiting[old]
            while len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
            self._tidy_in_time()
        return state

    def leave(self, state: str, *, browser: str) -> Departure:
        """What waits under ``state``, once.  Raises AuthError, with one sentence for all reasons.

        Another browser takes nothing and spoils nothing: the right one may still come.
        """
        with self._lock:
            self._sweep()
            departure = self._waiting.get(state)
            if departure is None or not hmac.compare_digest(departure.browser, _digest(browser)):
                raise AuthError(LOST)
            return self._waiting.pop(state)

    def _sweep(self) -> None:
        now = self._clock()
        for state in [s for s, waiting in self._waiting.items() if waiting.expires <= now]:
            del self._waiting[state]

    def _tidy_in_time(self) -> None:
        """What nobody comes back for goes when its time is over, even if nobody comes at all."""
        if self._tidying is None and self._waiting:
            first = min(waiting.expires for waiting in self._waiting.values())
            self._tidying = threading.Timer(max(first - self._clock(), 0.0), self._tidy)
            self._tidying.daemon = True
            self._tidying.start()

    def _tidy(self) -> None:
        with self._lock:
            self._tidying = None
            self._sweep()
            self._tidy_in_time()


def check_browser(browser: str | None) -> str:
    """The cookie's value.  Raises AuthError where the browser sent none worth the name."""
    if not browser or len(browser) < 16:
        raise AuthError("Connecting Spotify needs a cookie of this page; allow it and try again.")
    return browser


def _digest(browser: str) -> bytes:
    return hashlib.sha256(browser.encode("utf-8")).digest()
