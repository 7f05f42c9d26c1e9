"""The app serves a whole session, photo to links, without anything that trains."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import APP, REPOSITORY


def last_line(code: str) -> str:
    """What ``code``, in a process of its own, prints last; ``{app}`` in it is the page's script."""
    done = subprocess.run(
        [sys.executable, "-c", code.format(app=str(APP))],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


SESSION = """
import json, sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({app!r}, default_timeout=120).run()
app.button(key="sample").click().run()
assert not app.exception
(songs,) = app.get("bidi_component")
assert len(json.loads(songs.proto.json)["rows"]) == 20
heavy = {{"tensorflow", "keras", "torch", "jax", "sklearn", "scipy", "skimage", "matplotlib"}}
print(json.dumps(sorted(heavy & {{name.split(".")[0] for name in sys.modules}})))
"""


def test_photo_to_links_never_loads_what_trains() -> None:
    assert json.loads(last_line(SESSION)) == []


FIRST_LIST = """
import json, sys
from streamlit.testing.v1 import AppTest
from app.models import _load, load_in_background
_load()  # here, so that what fails in it is seen
app = AppTest.from_file({app!r}, default_timeout=120).run()
load_in_background().join()
before = set(sys.modules)
app.button(key="sample").click().run()
assert not app.exception
print(json.dumps([sorted(set(sys.modules) - before), "pandas" in sys.modules]))
"""


def test_the_first_list_loads_nothing_and_never_pandas() -> None:
    """Streamlit would import pandas to look for tables among the songs, which takes half a second.

    What is loaded after the garbage collector was told what stays costs every click again.
    """
    assert json.loads(last_line(FIRST_LIST)) == [[], False]


READ_AHEAD = """
import asyncio, sys, threading
sys.path.remove("")  # as Streamlit runs it
sys.path.insert(0, "app")
import server

async def start():
    async with server.read_ahead(None):
        (thread,) = [t for t in threading.enumerate() if t.name == "affetto-code"]
        thread.join()

assert not any(name.startswith(("app.", "affetto.")) for name in sys.modules)
asyncio.run(start())
from streamlit.testing.v1 import AppTest
before = set(sys.modules)
assert not AppTest.from_file({app!r}, default_timeout=120).run().exception
first = set(sys.modules)
from app.models import load_in_background
load_in_background().join()  # a process that ends while models load would abort
print(sorted(name for name in first - before if name.startswith(("app", "affetto", "cv2"))))
"""


def test_the_server_reads_the_page_s_code_before_anybody_asks() -> None:
    assert last_line(READ_AHEAD) == "[]"
