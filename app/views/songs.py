"""The songs themselves: link, artists, why each is there, a player, and what to do with one.

All of them are one element of the page, our own HTML list with a few lines of JavaScript: as
Streamlit widgets twenty rows cost more time, on the server and in the browser, than all the rest.
"""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from affetto.music.playlists import Playlist, Suggestion
from affetto.music.tracks import TRACK_URL, is_track_id
from app import spotify
from app.components import read_script
from app.covers import Fresh
from app.language import from_library, t
from app.state import Session
from app.views import covers
from app.widgets import tell

if TYPE_CHECKING:
    from affetto.sources.spotify.facts import SpotifyTrack

MORE = ("more_like", "replace", "disliked")  # behind the three dots
EMBED_URL = "https://open.spotify.com/embed/track/"
_KEY = "songs"
_list = st.components.v2.component(
    "affetto_songs",
    html='<ol class="songs"></ol><div class="song-menu" role="menu" popover></div>',
    js=read_script("songs"),
    isolate_styles=False,
)


def draw(session: Session, playlist: Playlist) -> None:
    """One row a song, in the order of the journey; with covers where Spotify is at hand."""
    ids = [step.track.track_id for step in playlist]
    fresh = spotify.fresh_facts(session, ids)
    # A tuple: in a list Streamlit looks for a table, and imports pandas for that.
    rows = tuple(song_html(session, place, step, fresh) for place, step in enumerate(playlist))
    _list(
        key=_KEY,
        data={"label": t("song.list"), "rows": rows, "menu": menu_html()},
        on_act_change=tell(_KEY, to=partial(_act, session)),
    )
    if fresh is not None:
        covers.foot(session, ids, fresh)


def _act(session: Session, songs: Any) -> None:
    match songs.act:
        case [str(what), str(track_id)]:
            do(session, what, track_id)


def do(session: Session, what: str, track_id: str) -> None:
    """What a listener did with a song: ``play``, ``liked``, or one of MORE.

    It comes from a browser, so anything else is passed over.
    """
    if not is_track_id(track_id):
        return
    if what == "play":
        session.playing = None if session.playing == track_id else track_id
    elif what == "replace":
        session.replace(track_id)
    elif what in ("liked", "more_like", "disliked"):
        session.mark(track_id, what)


def menu_html() -> str:
    """The menu that every song's three dots open."""
    return "".join(
        f'<button type="button" role="menuitem" tabindex="-1" data-act="{how}">'
        f"{escape(t(f'song.{how}'))}</button>"
        for how in MORE
    )


def song_html(session: Session, place: int, step: Suggestion, fresh: Fresh | None = None) -> str:
    """Number, title as a link to Spotify, artists and year, why it is there, and its buttons.

    fresh : what Spotify says of the songs today; None where there is no Spotify, and no cover.
    """
    track, known = step.track, fresh and fresh.tracks.get(step.track.track_id)
    title = known.title if known else track.title
    playing, liked = session.playing == track.track_id, track.track_id in session.wishes.liked
    link = escape(TRACK_URL + track.track_id, quote=True)
    states = (
        ("play", "stop" if playing else "play", f'aria-expanded="{_js(playing)}"'),
        ("liked", "like", f'aria-pressed="{_js(liked)}"'),
        ("menu", "more", 'aria-haspopup="menu"'),
    )
    buttons = "".join(_button(act, word, state, title) for act, word, state in states)
    return (
        f'<li class="song" data-id="{escape(track.track_id, quote=True)}">'
        f'<span class="place" aria-hidden="true">{place + 1}</span>'
        f'{covers.cover_html(track.track_id, fresh) if fresh else ""}<div class="what">'
        f'<a href="{link}" target="_blank" rel="noopener">{escape(title)}</a>'
        f'<p class="facts">{_facts(step, known)}</p>'
        f'<p class="reason">{escape(from_library(step.reason))}</p></div>'
        f'<span class="acts">{buttons}</span>{_player(track.track_id) if playing else ""}</li>'
    )


def _facts(step: Suggestion, known: SpotifyTrack | None) -> str:
    facts = [escape(known.artist_line if known else step.track.artist_line)]
    if step.track.year:
        facts.append(str(step.track.year))
    if step.track.explicit:
        facts.append(f'<abbr title="{escape(t("song.explicit"), quote=True)}">E</abbr>')
    return " · ".join(facts)


def _button(act: str, word: str, state: str, title: str) -> str:
    """A button that shows an icon; a screen reader hears what it does to which song."""
    says = escape(t(f"song.{word}"), quote=True)
    return (
        f'<button type="button" data-act="{act}" title="{says}" {state} '
        f'aria-label="{says}: {escape(title, quote=True)}"><i class="icon {word}"></i></button>'
    )


def _player(track_id: str) -> str:
    """Spotify's own player; where it cannot load, the link above it stays."""
    source = escape(EMBED_URL + track_id, quote=True)
    return (
        f'<iframe src="{source}" title="{escape(t("song.player"), quote=True)}" height="152" '
        'allow="autoplay; encrypted-media; clipboard-write; fullscreen"></iframe>'
    )


def _js(value: bool) -> str:
    return "true" if value else "false"
