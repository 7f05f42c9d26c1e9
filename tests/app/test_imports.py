"""The app serves a whole session, photo to links, without anything that trains."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import APP, REPOSITORY

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
    done = subprocess.run(
        [sys.executable, "-c", SESSION.format(app=str(APP))],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
