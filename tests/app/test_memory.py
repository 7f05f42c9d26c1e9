"""What stays in the server's memory, and what it costs: nobody waits for what is long gone."""

from __future__ import annotations

import asyncio
import gc
import platform
import subprocess
import sys
import time
import weakref
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser
from streamlit.testing.v1 import AppTest

from affetto.faces.photo import MAX_BYTES
from affetto.measuring import sample_photo
from affetto.recommend.request import Start
from app.models import load_in_background, spare_what_stays
from app.photos import SHOWN, SeenPhoto, look_at
from app.state import MAX_PHOTOS, MAX_UNDO, Scene, Session, Wishes
from app.views import memory
from tests.app.helpers import choose_again
from tests.conftest import REPOSITORY

Upload = Callable[..., AppTest]


@pytest.fixture(scope="module")
def photo() -> SeenPhoto:
    return look_at(sample_photo(side=1280))


def _reads_twice() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from app.uploads import read_once

    file = st.file_uploader("A file")
    if file is not None:
        session = get_script_run_ctx()
        kept = [session.uploaded_file_mgr.get_files(session.session_id, [file.file_id])]
        data = read_once(file)
        kept.append(session.uploaded_file_mgr.get_files(session.session_id, [file.file_id]))
        st.text(f"{data!r} {[len(files) for files in kept]}")


def test_an_upload_is_forgotten_as_soon_as_it_was_read() -> None:
    app = AppTest.from_function(_reads_twice).run()
    app.file_uploader[0].set_value(("me.txt", b"me", "text/plain")).run()
    assert app.text[0].value == "b'me' [1, 0]"


def _arrives(data: bytes) -> bool:
    """Whether a form with this file was written to a temporary file on its way."""
    edge = b"--edge\r\n"
    head = b'Content-Disposition: form-data; name="file"; filename="me.jpg"\r\n\r\n'
    body = edge + head + data + b"\r\n--edge--\r\n"

    async def chunks() -> AsyncGenerator[bytes, None]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    headers = Headers({"content-type": "multipart/form-data; boundary=edge"})
    form = asyncio.run(MultiPartParser(headers, chunks()).parse())
    assert asyncio.run(form["file"].read()) == data
    return form["file"].file._rolled


def test_a_large_photo_never_touches_the_disk(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = bytes(MAX_BYTES)
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 1024 * 1024)
    assert _arrives(photo)
    app.run()
    assert not _arrives(photo)


def test_a_photo_is_kept_no_larger_than_it_is_shown(photo: SeenPhoto) -> None:
    assert len(photo.small) < 100_000  # the upload has some 350,000
    assert max(SHOWN) < 1280


def test_a_photo_that_was_left_keeps_no_second_picture(app: AppTest, upload: Upload) -> None:
    upload(app, sample_photo(side=512))
    first = app.session_state["affetto"].scene.photo
    assert first._drawn
    upload(choose_again(app), sample_photo(side=512, variant=1))
    assert app.session_state["affetto"].scene.photo is not first
    assert not first._drawn
    app.button(key="undo").click().run()
    assert first._drawn  # drawn again when it is back


def test_the_collector_passes_over_what_was_loaded(app: AppTest) -> None:
    """Streamlit's own modules alone are more than ten thousand objects that the collector knows."""
    load_in_background().join()
    deadline = time.monotonic() + 20  # while a thread of an earlier test looks at it, it is zero
    while not gc.get_freeze_count() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert gc.get_freeze_count() > 10_000


class _Kept:
    """What a session is to the collector: something that holds itself."""

    def __init__(self) -> None:
        self.itself = self


def test_what_was_there_while_the_models_loaded_goes_in_its_turn() -> None:
    """An early listener's session, photos and all."""
    kept = _Kept()
    spare_what_stays()
    gone = weakref.ref(kept)
    del kept
    gc.collect()
    assert gone() is not None  # the collector passes it over
    spare_what_stays()
    assert gone() is None


# Eight threads at once decode "photos" of 5 MB and keep a little of each, as sessions do.
_SESSIONS = """
import sys, threading
import numpy as np
from app.models import give_photos_memory_back
if sys.argv[1] == "give back":
    give_photos_memory_back()
kept, together = [], threading.Barrier(8)
def session():
    for _ in range(4):
        together.wait()
        photos = [np.ones(5_000_000, np.uint8) for _ in range(2)]
        kept.append(np.ones(60_000, np.uint8))
        del photos
for _ in range(3):
    threads = [threading.Thread(target=session) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
(line,) = (row for row in open("/proc/self/status") if row.startswith("VmRSS"))
print(line.split()[1])
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what was freed")
def test_the_memory_of_photos_goes_back_to_the_system() -> None:
    """Eight threads hold two photos of 5 MB each at once; glibc keeps half of that at the least."""

    def resident(how: str) -> int:
        command = [sys.executable, "-c", _SESSIONS, how]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        return int(done.stdout) * 1024

    assert resident("keep") - resident("give back") > 8 * 5_000_000


def test_undo_goes_back_five_photos_and_no_further(photo: SeenPhoto) -> None:
    """Seven photos, each with a change: of the third to the seventh, seeds 2 to 6, all is kept."""
    session = Session()
    for k in range(7):
        seen = replace(photo, small=photo.small + bytes([k]))  # another photo each time
        wishes = Wishes(start=Start.from_emotion("sad"), seed=k)
        session._show(Scene(wishes=wishes, photo=seen))
        session.change(goal="calm")  # a change that keeps the photo
    kept = {id(scene.photo) for scene in session._undo} | {id(session.scene.photo)}
    assert len(kept) == MAX_PHOTOS == 5
    while session.can_undo:
        session.undo()
    assert session.wishes.seed == 2
    assert session.scene.photo is not None


def test_without_photos_undo_goes_back_thirty_changes() -> None:
    session = Session()
    for k in range(40):
        session.change(seed=k + 1)
    assert len(session._undo) == MAX_UNDO == 30
    assert session._undo[0].wishes.seed == 10


def test_the_timeline_is_on_the_listeners_own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rome is an hour ahead of UTC in winter and two in summer."""
    monkeypatch.setattr(memory.st, "context", SimpleNamespace(timezone="Europe/Rome"))
    assert memory.local_time("2026-01-05T23:30:00+00:00") == "2026-01-06T00:30:00"
    assert memory.local_time("2026-07-05T12:00:00+00:00") == "2026-07-05T14:00:00"
    monkeypatch.setattr(memory.st, "context", SimpleNamespace(timezone="Nowhere/Else"))
    assert memory.local_time("2026-01-05T23:30:00+00:00") == "2026-01-05T23:30:00+00:00"
