"""Trouble to order: what a local server answers instead of the truth, a few times, somewhere."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Trouble = Callable[[Request], Awaitable[Response | None]]


@dataclass
class Faults:
    """Planned trouble, first come first served.  A fault without a number of times stays."""

    planned: list[tuple[re.Pattern[str], Trouble, list[int]]] = field(default_factory=list)

    def plan(self, path: str, trouble: Trouble, *, times: int = 1) -> None:
        """Let ``trouble`` answer the next requests whose "METHOD /path" matches ``path``."""
        self.planned.append((re.compile(path), trouble, [times]))

    def clear(self) -> None:
        """Everything works again."""
        self.planned.clear()

    async def answer(self, request: Request) -> Response | None:
        """The trouble planned for this request; None where there is none."""
        for path, trouble, left in self.planned:
            if left[0] > 0 and path.search(f"{request.method} {request.url.path}"):
                left[0] -= 1
                return await trouble(request)
        return None


def error(status: int, message: str = "Server error", **more: str) -> Trouble:
    """An error in Spotify's form; ``more`` may hold a ``reason`` and a ``retry_after``."""

    async def answer(request: Request) -> Response:
        headers = {"Retry-After": more["retry_after"]} if "retry_after" in more else {}
        body: dict[str, object] = {"status": status, "message": message}
        if "reason" in more:
            body["reason"] = more["reason"]
        return json_response({"error": body}, status, headers)

    return answer


def raw(body: bytes, status: int = 200) -> Trouble:
    """Any bytes at all, said to be JSON."""

    async def answer(request: Request) -> Response:
        return Response(body, status, media_type="application/json")

    return answer


def broken_off() -> Trouble:
    """An answer that promises more bytes than come before the connection closes."""

    class BrokenOff(Response):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            headers = [(b"content-length", b"500"), (b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"tracks": ', "more_body": True})
            raise ConnectionAbortedError

    async def answer(request: Request) -> Response:
        return BrokenOff()

    return answer


def slow(seconds: float) -> Trouble:
    """The true answer, late."""

    async def answer(request: Request) -> None:
        await asyncio.sleep(seconds)

    return answer


def together(number: int) -> Trouble:
    """The true answers, held back until ``number`` requests wait at once, and a moment longer."""
    waiting: list[Request] = []
    enough = asyncio.Event()

    async def answer(request: Request) -> None:
        waiting.append(request)
        if len(waiting) >= number:
            enough.set()
        await asyncio.wait_for(enough.wait(), timeout=20)
        await asyncio.sleep(0.1)

    return answer


def json_response(
    value: object, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """JSON with its headers."""
    body = json.dumps(value).encode("utf-8")
    return Response(body, status, headers=headers, media_type="application/json")
