"""Asking politely: how often, how long, how many at once, and what is said when it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from affetto.errors import NotFound, RateLimited, ServiceError, Unavailable
from affetto.sources.http import Call, HttpService, Manners, duration
from tests.servers import faults
from tests.servers.loopback import serve

QUICK = Manners(pause=0.01, patience=0.05)


class Server:
    """Answers everything with its planned trouble, then with the number of the request."""

    def __init__(self) -> None:
        self.faults = faults.Faults()
        self.cookies: list[str | None] = []

    async def answer(self, request: Request) -> Response:
        self.cookies.append(request.headers.get("cookie"))
        headers = {"Set-Cookie": "who=ada"}
        true = faults.json_response({"request": len(self.cookies)}, headers=headers)
        return await self.faults.answer(request) or true


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[list[Server], str]]:
    """One listening server for all tests; the first in the list answers."""
    now: list[Server] = [Server()]

    async def endpoint(request: Request) -> Response:
        return await now[0].answer(request)

    app = Starlette(routes=[Route("/", endpoint, methods=["GET", "POST", "PUT", "DELETE"])])
    with serve(app) as url:
        yield now, url


@pytest.fixture
def server(address: tuple[list[Server], str]) -> Server:
    address[0][0] = Server()
    return address[0][0]


@pytest.fixture
def ask(address: tuple[list[Server], str], server: Server) -> Iterator[Callable[..., object]]:
    """Asks the server once, with these manners and this method."""
    made: list[HttpService] = []

    def ask_once(method: str = "GET", service: HttpService | None = None) -> object:
        if service is None:
            service = HttpService("Tester", manners=QUICK)
            made.append(service)
        return service.ask(Call(method=method, url=address[1]))

    yield ask_once
    for service in made:
        service.close()


def test_a_post_is_not_repeated_after_trouble_but_is_after_a_short_wait(
    ask: Callable[..., object], server: Server
) -> None:
    server.faults.plan("POST", faults.error(500))
    with pytest.raises(Unavailable):
        ask("POST")
    assert len(server.cookies) == 1
    server.faults.plan("POST", faults.error(429, retry_after="0"), times=2)
    assert ask("POST") == {"request": 4}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_can_be_repeated_is(ask: Callable[..., object], server: Server, method: str) -> None:
    server.faults.plan(method, faults.error(502), times=2)
    assert ask(method) == {"request": 3}


def test_a_slow_answer_is_given_up(ask: Callable[..., object], server: Server) -> None:
    server.faults.plan("GET", faults.slow(2), times=9)
    service = HttpService("Tester", manners=Manners(read=0.2, tries=1))
    with pytest.raises(Unavailable, match="Tester did not answer in time; try again later"):
        ask(service=service)


def test_nobody_at_home_is_said() -> None:
    service = HttpService("Tester", manners=QUICK)
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        service.ask(Call(method="GET", url="http://127.0.0.1:9"))  # discard: nothing listens
    assert caught.value.__context__ is None  # nothing of the request hangs on to the error


def test_four_at_a_time_even_from_ten_threads(ask: Callable[..., object], server: Server) -> None:
    inside, most = 0, 0

    hold = faults.together(4)

    async def count(request: Request) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await hold(request)
        inside -= 1

    server.faults.plan("GET", count, times=10)
    service = HttpService("Tester", manners=QUICK)
    threads = [threading.Thread(target=ask, args=("GET", service)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert most == 4


def test_no_cookie_is_kept(ask: Callable[..., object], server: Server) -> None:
    """One process serves many listeners: what one was given must not be sent for another."""
    service = HttpService("Tester", manners=QUICK)
    ask(service=service)
    ask(service=service)
    assert server.cookies == [None, None]


def test_after_the_pause_it_is_asked_again(ask: Callable[..., object], server: Server) -> None:
    now = [100.0]
    service = HttpService("Tester", manners=QUICK, clock=lambda: now[0])
    server.faults.plan("GET", faults.error(429, retry_after="600"))
    with pytest.raises(RateLimited):
        ask(service=service)
    now[0] += 590
    with pytest.raises(RateLimited, match="10 seconds") as caught:
        ask(service=service)
    assert caught.value.seconds == 10
    assert len(server.cookies) == 1
    now[0] += 10
    assert ask(service=service) == {"request": 2}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("soon", 30),
        ("-5", 0),
        ("nan", 30),
        ("1e12", 604_800),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 30),
    ],
)
def test_a_strange_retry_after_does_no_harm(
    ask: Callable[..., object], server: Server, header: str, seconds: float
) -> None:
    server.faults.plan("GET", faults.error(429, retry_after=header), times=9)
    with pytest.raises(RateLimited) as caught:
        ask()
    assert caught.value.seconds == seconds


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (404, NotFound, "does not know"),
        (418, ServiceError, r"refused the request \(418\) and says: Short and stout\.$"),
        (599, Unavailable, r"trouble of its own \(599\)"),
    ],
)
def test_every_refusal_is_a_sentence(
    ask: Callable[..., object],
    server: Server,
    status: int,
    error: type[ServiceError],
    sentence: str,
) -> None:
    server.faults.plan("GET", faults.error(status, "Short\nand  stout."), times=9)
    with pytest.raises(error, match=sentence):
        ask()


def test_an_empty_answer_is_none(ask: Callable[..., object], server: Server) -> None:
    server.faults.plan("PUT", faults.raw(b""))
    assert ask("PUT") is None


def test_a_redirect_is_not_followed(ask: Callable[..., object], server: Server) -> None:
    """It could lead a token to somebody else."""

    async def elsewhere(request: Request) -> Response:
        return Response(status_code=302, headers={"Location": "http://127.0.0.1:9/"})

    server.faults.plan("GET", elsewhere)
    with pytest.raises(ServiceError, match=r"\(302\)"):
        ask()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"), (5, "5 seconds"), (89, "89 seconds"), (90, "2 minutes"),
        (3_600, "60 minutes"), (5_400, "2 hours"), (86_400, "24 hours"), (200_000, "2 days"),
    ],
)  # fmt: skip
def test_durations_are_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    "wrong", [{"at_once": 5}, {"at_once": 0}, {"tries": 0}, {"read": 0.0}, {"pause": -1.0}]
)
def test_bad_manners_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="a service"):
        Manners(**wrong)
