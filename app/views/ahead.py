"""What the browser can get ready while the listener still chooses how to start."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import streamlit as st

from app.components import read_script

# The chart library alone takes a browser half a second or more to start.  Where a photo was the
# first to ask for it, that stood between the photo and its songs.
PARTS = ("BidiComponent", "ImageList", "PlotlyChart")


def draw() -> None:
    """Nothing to see: a few lines of JavaScript for the first page."""
    script = read_script("ahead").replace("PARTS.", f"{json.dumps(part_files())}.")
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)


@functools.cache
def part_files() -> tuple[str, ...]:
    """The files of PARTS in this Streamlit; those that it does not have are left out."""
    folder = Path(st.__file__).parent / "static" / "static" / "js"
    return tuple(path.name for part in PARTS for path in sorted(folder.glob(f"{part}.*.js")))
