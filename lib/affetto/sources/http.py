"""Asking a service on the network politely: timeouts, few retries with jitter, four at a time.

What goes wrong becomes one of our own errors, raised outside of the failed request's frames: a
traceback never holds what was sent, so it cannot hold a token.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from affetto.errors import AffettoError, NotFound, RateLimited, ServiceError, Unavailable

QUOTA = "QUOTA_EXCEEDED"
_DEFAULT_PAUSE = 30.0  # seconds, where a 429 does not say how long
_LONGEST_PAUSE = 7 * 24 * 3600.0  # seconds; a larger Retry-After is a slip
_LONGEST_MESSAGE = 200  # characters of a service's own words that we repeat


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How patiently a service is asked; times in seconds.

    patience : the longest ``Retry-After`` that is waited for; a longer one is an error at once.
    pause : before the second try; doubles each time, with as much jitter again.
    """

    connect: float = 3.0
    read: float = 8.0
    tries: int = 3
    pause: float = 0.3
    patience: float = 2.0
    at_once: int = 4

    def __post_init__(self) -> None:
        if min(self.connect, self.read) <= 0 or min(self.pause, self.patience) < 0:
            raise ValueError("a service needs positive timeouts and no negative pauses")
        if self.tries < 1 or not 1 <= self.at_once <= 4:
            raise ValueError("a service is asked at least once, and by at most four at a time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.  ``auth`` adds what is secret, so that nothing secret stands in here."""

    method: str
    url: str
    params: Mapping[str, Any] | None = None
    json: Any = None
    form: Mapping[str, str] | None = field(default=None, repr=False)  # may hold a code
    headers: Mapping[str, str] = field(default_factory=dict)
    auth: AuthBase | None = field(default=None, repr=False)

    @property
    def repeatable(self) -> bool:
        """Whether asking twice does no more than asking once."""
        return self.method in {"GET", "PUT", "DELETE"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that says no: its status, and what its JSON says about why."""

    status: int
    message: str | None
    reason: str | None
    retry_after: float | None


class Pause:
    """Remembers how long a service wants no requests, so that nobody knocks in the meantime."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until = 0.0
        self._error: RateLimited | None = None

    def begin(self, error: RateLimited) -> None:
        """Let nothing through for ``error.seconds``."""
        self._until, self._error = self._clock() + error.seconds, error

    def check(self, name: str) -> None:
        """Raise RateLimited, with the seconds that are left, while the pause lasts."""
        left = self._until - self._clock()
        if self._error is not None and left > 0:
            raise rate_limited(name, seconds=left, reason=self._error.reason)


class HttpService:
    """One service, shared by all threads and sessions of this process.

    explain : turns a refusal into an error of ours, for what a service says in its own way.
    clock : seconds, for the pause after a 429.
    """

    def __init__(
        self,
        name: str,
        *,
        manners: Manners | None = None,
        explain: Callable[[Refusal, Call], AffettoError | None] = lambda refusal, call: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._manners = manners or Manners()
        self._explain = explain
        self._pause = Pause(clock)
        self._slots = threading.BoundedSemaphore(self._manners.at_once)
        self._session = _session(self._manners.at_once)

    def ask(self, call: Call) -> Any:
        """The answer's JSON; None where it is empty.

        Raises what ``explain`` makes of a refusal, else NotFound, RateLimited or Unavailable.
        """
        manners = self._manners
        retrying = Retrying(
            stop=stop_after_attempt(manners.tries),
            wait=self._wait,
            retry=retry_if_exception(lambda error: self._worth_another_try(error, call)),
            reraise=True,
        )
        return retrying(self._once, call)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _worth_another_try(self, error: BaseException, call: Call) -> bool:
        """A 429 was not carried out, so that even a POST may be sent again."""
        if isinstance(error, RateLimited):
            return error.seconds <= self._manners.patience
        return isinstance(error, Unavailable) and call.repeatable

    def _wait(self, state: RetryCallState) -> float:
        """Seconds before the next try."""
        pause = self._manners.pause
        error = state.outcome.exception() if state.outcome else None
        asked = error.seconds if isinstance(error, RateLimited) else 0.0
        doubled = pause * 2 ** (state.attempt_number - 1)
        return max(asked, doubled) + random.uniform(0, pause)

    def _once(self, call: Call) -> Any:
        self._pause.check(self.name)
        response, trouble = self._send(call)
        if response is None:
            raise Unavailable(f"{self.name} {trouble}; try again later.")
        if 200 <= response.status_code < 300:
            return _json(response, self.name)
        error = self._error(_refusal(response), call)
        if isinstance(error, RateLimited) and error.seconds > self._manners.patience:
            self._pause.begin(error)
        raise error

    def _send(self, call: Call) -> tuple[requests.Response | None, str]:
        """The answer, or None and what went wrong, in words that follow the service's name."""
        manners = self._manners
        if not self._slots.acquire(timeout=manners.connect + manners.read):
            return None, "is busy with earlier requests"
        try:
            return self._session.request(
                call.method,
                call.url,
                params=call.params,
                json=call.json,
                data=call.form,
                headers=dict(call.headers),
                auth=call.auth,
                timeout=(manners.connect, manners.read),
                allow_redirects=False,
            ), ""
        except requests.Timeout:
            return None, "did not answer in time"
        except requests.exceptions.ChunkedEncodingError:
            return None, "broke off in the middle of its answer"
        except requests.RequestException:
            return None, "cannot be reached"
        finally:
            self._slots.release()

    def _error(self, refusal: Refusal, call: Call) -> AffettoError:
        own = self._explain(refusal, call)
        if own is not None:
            return own
        if refusal.status == 429:
            seconds = _DEFAULT_PAUSE if refusal.retry_after is None else refusal.retry_after
            return rate_limited(self.name, seconds=seconds, reason=refusal.reason)
        if refusal.status == 404:
            return NotFound(f"{self.name} does not know what was asked for.")
        if refusal.status >= 500:
            return Unavailable(
                f"{self.name} has trouble of its own ({refusal.status}); try again later."
            )
        said = f" and says: {refusal.message}" if refusal.message else ""
        return ServiceError(f"{self.name} refused the request ({refusal.status}){said}.")


def rate_limited(name: str, *, seconds: float, reason: str | None) -> RateLimited:
    """The error for "not now", in words; ``seconds`` from now."""
    kind = "quota" if reason == QUOTA else "rate"
    why = "this app's allowance is used up" if kind == "quota" else "it was asked too often"
    sentence = (
        f"{name} wants no more requests for {duration(seconds)} ({why}); "
        "until then everything goes on without it."
    )
    return RateLimited(sentence, seconds=seconds, kind=kind, reason=reason)


def duration(seconds: float) -> str:
    """Seconds in the words of a person: "5 seconds", "12 minutes", "7 hours"."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 1.5 * size:
            return f"{round(seconds / size)} {unit}"
    whole = max(1, round(seconds))
    return f"{whole} second{'s' if whole > 1 else ''}"


def _session(size: int) -> requests.Session:
    """A pool of connections that keeps no cookies: those of one listener must not reach another."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = requests.adapters.HTTPAdapter(pool_connections=2, pool_maxsize=size, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _json(response: requests.Response, name: str) -> Any:
    if not response.content.strip():
        return None
    value = _parsed(response.content)
    if value is None:
        raise Unavailable(f"{name} sent an answer that cannot be read; try again later.")
    return value


def _parsed(content: bytes) -> Any:
    """JSON → its value; None where it is none (no service here answers a bare ``null``)."""
    try:
        return json.loads(content)
    except ValueError:
        return None


def _refusal(response: requests.Response) -> Refusal:
    """What an error answer says, in Spotify's form, OAuth's or any other."""
    body = _parsed(response.content)
    error = body.get("error", body) if isinstance(body, dict) else None
    if isinstance(error, dict):
        message, reason = error.get("message"), error.get("reason")
    else:  # OAuth: {"error": "invalid_grant", "error_description": "…"}
        message = body.get("error_description") if isinstance(body, dict) else None
        reason = error
    return Refusal(
        status=response.status_code,
        message=_one_line(message),
        reason=_one_line(reason),
        retry_after=_seconds(response.headers.get("Retry-After")),
    )


def _one_line(text: object) -> str | None:
    if not isinstance(text, str) or not text.strip():
        return None
    return " ".join(text.split())[:_LONGEST_MESSAGE].rstrip(".")


def _seconds(text: str | None) -> float | None:
    """``Retry-After`` as seconds from now; None where it says nothing sensible."""
    try:
        seconds = float(text or "")
    except ValueError:  # a date: rare, and never Spotify's
        return None
    return min(max(seconds, 0.0), _LONGEST_PAUSE) if seconds == seconds else None
