"""The listener's Spotify, where they connect it; everything else goes on without.

Nothing here is kept longer than the session, and no token ever leaves ``Listener``.  What needs
spotipy is imported when it is needed: a page without Spotify does not load it.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import streamlit as st

from affetto.errors import AffettoError, AuthError, Forbidden, ServiceError, Unavailable
from affetto.recommend.released import load_released
from affetto.sources.spotify.browser import browser_of
from affetto.sources.spotify.config import need_config, read_config
from app.covers import Covers, Fresh
from app.links import in_full
from app.state import Session, current_session, has_session, take_over

if TYPE_CHECKING:
    from affetto.music.playlists import Playlist
    from affetto.sources.spotify.app import SpotifyApp
    from affetto.sources.spotify.client import SpotifyClient
    from affetto.sources.spotify.facts import SpotifyTrack
    from affetto.sources.spotify.listener import Listener, SavedPlaylist

QUICK = 5.0  # seconds that a page waits for Spotify
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Connection:
    """One listener's Spotify, for one session."""

    listener: Listener
    covers: Covers
    name: str | None = None  # as they show it on Spotify; None where it did not come in time
    top: bool = False  # whether their top tracks may be used
    recent: bool = False  # whether what they played last may be
    heard: tuple[str, ...] = ()  # of those, the ids that the recommender knows
    saved: SavedPlaylist | None = None  # the last one, and the ids in it
    saved_ids: tuple[str, ...] = ()
    problem: str | None = None  # one sentence about the last thing that did not work


# --- there and back ----------------------------------------------------------------------------


def way_there(session: Session) -> str:
    """The address on Spotify where the listener says yes or no; the page waits as it is.

    Raises AuthError or InputError with the sentence that says what is missing.
    """
    config = need_config()
    home, here = _origin(config.redirect_uri), _origin(st.context.url or config.redirect_uri)
    if here != home:
        raise AuthError(f"To connect Spotify, open Affetto at {home}; this page is at {here}.")
    page = session.copy(), st.session_state.get("language")
    return _app().begin(page, browser=browser_of(st.context.cookies))


def arrive() -> None:
    """Take the listener in who comes back from Spotify; nothing for everybody else.

    Called before anything is drawn: the page that left is this new page's session.
    """
    way = {name: st.query_params.get(name) for name in ("state", "code", "error")}
    if not way["state"]:
        return
    if not has_session():  # else it was the back button: this way was taken already
        _take_in(way)
    # A code is good for one try and belongs in no address; one step for the back button, not two.
    st.query_params.from_dict(in_full(current_session()))


def _take_in(way: dict[str, str | None]) -> None:
    try:
        arrival = _app().finish(**way, browser=browser_of(st.context.cookies))
    except AffettoError as error:
        current_session().problem = str(error)
        return
    session, language = arrival.page
    take_over(session)
    if language:
        st.session_state["language"] = language
    session.problem = arrival.message
    if arrival.listener is not None:
        _welcome(session, arrival.listener)


def _welcome(session: Session, listener: Listener) -> None:
    """Connect the session, unless Spotify does not let this account in."""
    connection = Connection(listener, Covers(listener))
    try:
        connection.name = within(QUICK, listener.name)
    except (AuthError, Forbidden) as error:
        listener.disconnect()
        session.problem = str(error)
        return
    except ServiceError as error:
        connection.problem = str(error)
    session.spotify = connection


def disconnect(session: Session) -> None:
    """Delete the listener's tokens and all that was read with them, at once."""
    if session.spotify is not None:
        session.spotify.listener.disconnect()
        session.spotify = None


def connection(session: Session) -> Connection | None:
    """The session's Spotify; None where nobody is connected, or consent was withdrawn."""
    if session.spotify is not None and not session.spotify.listener.connected:
        session.spotify = None
    return session.spotify


def _failed(session: Session, mine: Connection, error: AffettoError) -> None:
    """Say it where it was tried; on the page where Spotify ended the connection itself."""
    mine.problem = str(error)
    if connection(session) is None:
        session.problem = str(error)


# --- what it adds ------------------------------------------------------------------------------


def fresh_facts(session: Session, track_ids: Sequence[str]) -> Fresh | None:
    """Covers and titles as Spotify has them today; None where no Spotify is at hand."""
    try:
        covers = _covers(session)
    except AffettoError:  # the Spotify popover says what is wrong
        return None
    return covers and covers.look_up(track_ids)


def search(session: Session, text: str, *, limit: int = 8) -> list[SpotifyTrack]:
    """What Spotify finds.  Raises AffettoError in one sentence, also where there is no Spotify."""
    reader = _app().reader(session.spotify and session.spotify.listener)
    return within(QUICK, lambda: reader.search(text, limit=limit))


def can_search(session: Session) -> bool:
    """Whether Spotify's own search is at hand; asks nobody."""
    try:
        config = read_config()
    except AffettoError:
        return False
    return config is not None and bool(config.client_secret or session.spotify)


def use_history(session: Session, *, top: bool, recent: bool) -> None:
    """Begin lists from the listener's own songs, or no longer; what fails changes nothing."""
    mine = session.spotify
    if mine is None:
        return
    try:
        heard = mine.listener.history(load_released().catalogue, top=top, recent=recent)
    except AffettoError as error:
        _failed(session, mine, error)
        return
    mine.top, mine.recent, mine.heard, mine.problem = top, recent, tuple(heard), None


def save_playlist(session: Session, playlist: Playlist, name: str) -> None:
    """Save the list in the listener's account; the connection then knows what was saved."""
    mine = session.spotify
    ids = [step.track.track_id for step in playlist]
    if mine is None or (mine.saved is not None and mine.saved_ids == tuple(ids)):
        return  # a second click, while the first was being answered
    try:
        saved = mine.listener.save_playlist(name, ids, description=playlist.title)
    except AffettoError as error:
        _failed(session, mine, error)
        return
    mine.saved, mine.saved_ids, mine.problem = saved, tuple(ids), None


def within(seconds: float, work: Callable[[], Answer]) -> Answer:
    """What ``work`` answers.  Raises what it raises, or Unavailable where it takes longer."""
    outcome: Future[Answer] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except Exception as error:
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        return outcome.result(timeout=seconds)
    except TimeoutError:
        raise Unavailable("Spotify did not answer in time; try again later.") from None


def _app() -> SpotifyApp:
    """Raises AuthError where no Spotify app is configured, InputError where it is, wrongly."""
    need_config()
    from affetto.sources.spotify.app import spotify_app

    return spotify_app()


def _covers(session: Session) -> Covers | None:
    """The app's own, shared by all sessions, else the listener's, else none."""
    config = read_config()
    if config is not None and config.client_secret:
        return _shared_covers(_app().catalogue)
    return session.spotify and session.spotify.covers


@functools.lru_cache(maxsize=1)
def _shared_covers(reader: SpotifyClient) -> Covers:
    return Covers(reader)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
