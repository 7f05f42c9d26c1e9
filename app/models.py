"""The models: loaded once a process, in the background, while the first page is being read."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import logging
import threading
import time

import streamlit as st

_log = logging.getLogger(__name__)
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # as glibc numbers them for mallopt
# Bytes: a decoded photo goes back at once, while the small arrays that every list needs anew are
# kept at hand, which halves the processor time of a click.
_LARGE, _AT_HAND = 1024 * 1024, 8 * 1024 * 1024
REST = 300.0  # seconds between two looks at what the collector passes over


@st.cache_resource(show_spinner=False)
def load_in_background() -> threading.Thread:
    """Begin to load detector, emotion network, recommender and chart library; do not wait."""
    thread = threading.Thread(target=_load, name="affetto-models", daemon=True)
    thread.start()
    return thread


@functools.cache
def give_photos_memory_back() -> None:
    """Let glibc return a photo's memory to the system as soon as the photo is gone.

    Streamlit runs a session in ever new threads, and glibc keeps what each has freed: after twenty
    photos of 1280 pixels at the same moment the app held 634 MB, with these lines 408 MB.  Other C
    libraries need nothing.
    """
    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_ARENA_MAX, 2)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE)
        libc.mallopt(_TRIM_THRESHOLD, _AT_HAND)


def spare_what_stays() -> None:
    """Let the garbage collector pass over what is loaded by now and stays for good.

    Streamlit has it look at everything after each run: with the objects of all that was imported
    that takes as long as all the rest of a click, and every session waits for it.  What has gone
    since the last time goes now: a session of that moment too, with its photos.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _go_on_sparing() -> None:
    while True:
        time.sleep(REST)
        spare_what_stays()


def _load() -> None:
    from affetto.errors import AffettoError
    from affetto.plots import journey_plane
    from affetto.recommend.request import Start
    from affetto.service import warm_up
    from app.state import Wishes, make_songs

    try:
        warm_up()
        # Nobody's list: what the first one would load stands ready, and is out of the collector's
        # way.  Plotly alone takes half a second.  A sad one, for which titles are looked through.
        journey_plane(make_songs(Wishes(start=Start.from_emotion("sad")))).to_json()
        spare_what_stays()
        threading.Thread(target=_go_on_sparing, name="affetto-collector", daemon=True).start()
    except AffettoError as error:  # told in one sentence as soon as somebody needs the model
        _log.error("%s", error)
