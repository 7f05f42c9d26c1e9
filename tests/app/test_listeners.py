"""The listeners of ``make bench-app`` take the app's real way, and songs are what they wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.listeners import Listener, one_by_one, together
from tests.conftest import running_app
from tests.photographs import photograph


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("listeners") / "app.log"
    with running_app(log, environment={"SPOTIPY_CLIENT_ID": ""}) as address:
        yield address


def test_one_listener_shows_photo_after_photo(url: str) -> None:
    times = asyncio.run(one_by_one(url, [photograph("astronaut")], number=3))
    assert len(times) == 3
    assert min(times) > 0


def test_a_listeners_address_is_the_one_that_a_browser_would_show(url: str) -> None:
    async def address() -> str:
        listener = await Listener.open(url)
        await listener.show(photograph("astronaut"))
        await listener.close()
        return listener.address

    assert asyncio.run(address()).startswith("mood=")


def test_many_show_theirs_at_the_same_moment(url: str) -> None:
    times = asyncio.run(together(url, [photograph("astronaut")], listeners=3, rounds=2))
    assert len(times) == 6


def test_a_photo_without_songs_is_no_quick_answer(url: str) -> None:
    """The cat has no face: its page is drawn in no time, and must not be counted."""
    with pytest.raises(RuntimeError, match="no songs"):
        asyncio.run(one_by_one(url, [photograph("chelsea")], number=1))


class Watching(Listener):
    """A listener who notes what the last run of the page drew, in the order in which it came."""

    drawn: tuple[str, ...] = ()

    def _take(self, answer: ForwardMsg) -> None:
        super()._take(answer)
        if answer.WhichOneof("type") == "new_session":
            self.drawn = ()
        elif answer.delta.WhichOneof("type") == "new_element":
            element = answer.delta.new_element
            self.drawn += (element.bidi_component.component_name or element.WhichOneof("type"),)


def test_the_songs_reach_the_page_before_their_map(url: str) -> None:
    """The map takes a browser longer than all the rest, and would hold the songs back."""

    async def drawn() -> tuple[str, ...]:
        listener = await Watching.open(url)
        await listener.show(photograph("astronaut"))
        await listener.close()
        return listener.drawn

    order = asyncio.run(drawn())
    assert order.index("affetto_songs") < order.index("plotly_chart")
