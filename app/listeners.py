"""Listeners without a browser, for measuring the server: ``python -m app.listeners URL PHOTO…``.

Each speaks Streamlit's own protocol over a websocket, with Streamlit's own messages: open the
page, upload a photo as the page's JavaScript does, wait until the songs are there and the run is
over.  So what a browser spends on drawing, which many listeners do on their own machines, is not
in the figures.  ``make bench-app`` starts this in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 120  # seconds for one answer
PER_LISTENER = 25  # photos, before the next listener comes
XSRF = "_streamlit_xsrf"


class Listener:
    """One session.  Open it with ``await Listener.open(url)``."""

    def __init__(self, url: str, socket: ClientConnection, http: requests.Session) -> None:
        self.url, self.socket, self.http = url, socket, http
        self.session = ""
        self.address = ""  # the page's query string, as a browser shows it
        self.widgets: dict[str, str] = {}  # user key → id of the element last drawn
        self.songs = 0  # in the list last drawn

    @classmethod
    async def open(cls, url: str) -> Listener:
        """Open the page and wait until it is drawn."""
        address = url.replace("http", "ws", 1) + "/_stcore/stream"
        socket = await connect(address, subprotocols=["streamlit"], max_size=None)
        listener = cls(url, socket, await asyncio.to_thread(_visit, url))
        await listener.run()
        return listener

    async def run(self, *states: WidgetState) -> None:
        """Let the script run with these widgets changed, until it has finished."""
        message = BackMsg()
        message.rerun_script.query_string = self.address
        message.rerun_script.widget_states.widgets.extend(states)
        await self.socket.send(message.SerializeToString())
        await self._until(lambda answer: answer.WhichOneof("type") == "script_finished")

    async def make_ready(self) -> None:
        """Open the ways in, where music plays."""
        if "again" in self.widgets:
            await self.run(WidgetState(id=self.widgets["again"], trigger_value=True))

    async def show(self, photo: bytes) -> float:
        """Upload a photo, when ready; the seconds until its songs are there and the run is over."""
        uploader = next(id for key, id in self.widgets.items() if key.startswith("upload_"))
        start, self.songs = time.perf_counter(), 0
        state = WidgetState(id=uploader)
        file = state.file_uploader_state_value.uploaded_file_info.add()
        file.name, file.size = "photo.jpg", len(photo)
        urls = await self._urls(file.name)
        await asyncio.to_thread(self._put, urls.upload_url, photo)
        file.file_id = urls.file_id
        file.file_urls.CopyFrom(urls)
        await self.run(state)
        if not self.songs:
            raise RuntimeError("The photo gave no songs.")
        return time.perf_counter() - start

    async def close(self) -> None:
        """Leave."""
        self.http.close()
        await self.socket.close()

    async def _urls(self, name: str):
        message = BackMsg()
        message.file_urls_request.request_id = "1"
        message.file_urls_request.file_names.append(name)
        message.file_urls_request.session_id = self.session
        await self.socket.send(message.SerializeToString())
        answer = await self._until(lambda one: one.WhichOneof("type") == "file_urls_response")
        return answer.file_urls_response.file_urls[0]

    def _put(self, path: str, photo: bytes) -> None:
        token = {"X-Xsrftoken": self.http.cookies.get(XSRF, "")}
        file = {"photo.jpg": ("photo.jpg", photo, "image/jpeg")}
        answer = self.http.put(self.url + path, files=file, headers=token, timeout=PATIENCE)
        answer.raise_for_status()

    async def _until(self, wanted: Callable[[ForwardMsg], bool]) -> ForwardMsg:
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = ForwardMsg.FromString(await self.socket.recv())
                self._take(answer)
                if wanted(answer):
                    return answer

    def _take(self, answer: ForwardMsg) -> None:
        kind = answer.WhichOneof("type")
        if kind == "page_info_changed":
            self.address = answer.page_info_changed.query_string
        elif kind == "new_session":
            self.session = answer.new_session.initialize.session_id or self.session
            self.widgets = {}
        elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
            for element in _ids(answer.delta.new_element):
                self.widgets[element.rsplit("-", 1)[-1]] = element
            if answer.delta.new_element.WhichOneof("type") == "bidi_component":
                self._count(answer.delta.new_element)

    def _count(self, element: Element) -> None:
        if element.bidi_component.component_name == "affetto_songs":
            self.songs = len(json.loads(element.bidi_component.json)["rows"])


def _visit(url: str) -> requests.Session:
    """A line to the server with its cookie, which a browser has from loading the page."""
    http = requests.Session()
    http.get(f"{url}/_stcore/health", timeout=PATIENCE).raise_for_status()
    return http


def _ids(element: Element) -> Iterator[str]:
    """The id of a widget, ``$$ID-<hash>-<user key>``; nothing for what is no widget."""
    drawn = getattr(element, element.WhichOneof("type"))
    if "id" in drawn.DESCRIPTOR.fields_by_name and str(drawn.id).startswith("$$ID-"):
        yield drawn.id


async def together(
    url: str, photos: Sequence[bytes], *, listeners: int, rounds: int = 1
) -> list[float]:
    """Seconds from a photo to its songs for as many listeners at the same moment.

    Each shows another photo, and another one in each round, so no answer can be remembered.
    """
    people = await asyncio.gather(*(Listener.open(url) for _ in range(listeners)))
    await people[0].show(photos[-1])  # loads what is loaded once
    times: list[float] = []
    for k in range(rounds):
        shown = (photos[(k * listeners + n) % len(photos)] for n in range(listeners))
        pairs = zip(people, shown, strict=True)
        await asyncio.gather(*(one.make_ready() for one in people))
        times += await asyncio.gather(*(one.show(photo) for one, photo in pairs))
    await asyncio.gather(*(one.close() for one in people))
    return times


async def one_by_one(url: str, photos: Sequence[bytes], *, number: int) -> list[float]:
    """Seconds for each of many photos, one after the other; a new listener every PER_LISTENER."""
    times: list[float] = []
    while len(times) < number:
        listener = await Listener.open(url)
        for _ in range(min(PER_LISTENER, number - len(times))):
            await listener.make_ready()
            times.append(await listener.show(photos[len(times) % len(photos)]))
        await listener.close()
    return times


def main(arguments: list[str] | None = None) -> int:
    """Print the seconds of every photo as one JSON list."""
    parser = argparse.ArgumentParser(prog="python -m app.listeners", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("photos", type=Path, nargs="+", metavar="photo", help="shown in turn")
    parser.add_argument("--together", type=int, metavar="N", help="N listeners, a photo each")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="of --together")
    parser.add_argument("--number", type=int, metavar="N", help="N photos, one after the other")
    asked = parser.parse_args(arguments)
    photos = [file.read_bytes() for file in asked.photos]
    work = (
        together(asked.url, photos, listeners=asked.together, rounds=asked.rounds)
        if asked.together
        else one_by_one(asked.url, photos, number=asked.number or 1)
    )
    json.dump(asyncio.run(work), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
