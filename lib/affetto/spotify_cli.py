"""What the command does with Spotify beside ``collect``: searching songs, and one's own account.

Everything heavy is imported inside the functions.
"""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affetto.terminal import (
    BAD_INPUT,
    JsonOption,
    complain,
    counted,
    examples,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from affetto.music.playlists import Playlist
    from affetto.music.search import SongSearch
    from affetto.sources.spotify.listener import Listener

EXAMPLES = examples(
    'affetto search "bohemian rhapsody"',
    "affetto search umbrella --spotify --limit 5 --json",
    "affetto recommend --emotion happy --seed-track ID",
)
NOT_FOUND = "Affetto knows no such song; try fewer words, or --spotify."


def search(
    words: Annotated[list[str], typer.Argument(metavar="WORDS…", help="A title, an artist, both.")],
    spotify: Annotated[
        bool, typer.Option("--spotify", help="Search Spotify as well (needs an app; see README).")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=50, help="At most this many of each.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Find a song that Affetto knows, for --seed-track; its ids are Spotify's.

    With --spotify, songs of Spotify follow; the column "Known as" has the id by which
    Affetto can start from them. Where Spotify does not answer, it says why, and the exit code is 2.
    """
    from affetto.errors import ServiceError
    from affetto.music.search import SongSearch
    from affetto.recommend.released import load_released

    songs, text, trouble = SongSearch(load_released().catalogue), " ".join(words), None
    rows = [_row(track, known=track.track_id) for track in songs.find(text, limit=limit)]
    if spotify:
        try:
            rows += _on_spotify(songs, text, limit, {row["track_id"] for row in rows})
        except ServiceError as error:
            trouble = str(error)
    if as_json:
        print_json(rows)
    elif rows:
        _show(rows)
    else:
        complain(NOT_FOUND)
    if trouble:
        complain(trouble)
        raise typer.Exit(BAD_INPUT)


def _on_spotify(songs: SongSearch, text: str, limit: int, shown: set[str]) -> list[dict[str, Any]]:
    """What Spotify finds beside that, each with the id by which Affetto knows the song."""
    from affetto.sources.spotify.app import spotify_app

    rows = []
    for track in spotify_app().catalogue.search(text, limit=limit):
        known = songs.recognise(track.track_id, title=track.title, artists=track.artists)
        if known is None or known.track_id not in shown:
            rows.append(_row(track, known=known and known.track_id))
    return rows


def _row(track: Any, *, known: str | None) -> dict[str, Any]:
    return {
        "track_id": track.track_id,
        "title": track.title,
        "artists": list(track.artists),
        "year": track.year,
        "url": track.url,
        "known_as": known,
    }


def _show(rows: Sequence[dict[str, Any]]) -> None:
    cells = [
        (
            ", ".join(row["artists"]),
            row["title"],
            str(row["year"] or ""),
            row["known_as"] or "no",
            row["url"],
        )
        for row in rows
    ]
    print_table(("Artist", "Title", ">Year", "Known as", "Link"), cells)


# --- a listener's own account --------------------------------------------------------------------


def connect() -> Listener:
    """The listener, after a sign-in in the browser.  Raises AuthError or InputError."""
    from affetto.sources.spotify.app import spotify_app
    from affetto.sources.spotify.loopback import sign_in

    return sign_in(spotify_app(), show=_show_address)


def _show_address(address: str) -> None:
    complain("Open this in a browser on this machine, and say yes there:")
    complain(address)
    if sys.platform != "linux" or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        webbrowser.open(address)  # else one might open inside the terminal


def playlist_id(text: str) -> str:
    """The id in a playlist's link, URI or id.  Raises InputError where it is none."""
    from affetto.sources.spotify.ids import parse_id

    return parse_id(text, kind="playlist")


def own_history(
    listener: Listener | None, *, top: bool, recent: bool, playlist: str | None
) -> list[str]:
    """The listener's tracks that the recommender knows, the latest last; says how many.

    playlist : the id of one of their own, of which the songs come first.
    """
    if listener is None or not (top or recent or playlist):
        return []
    from affetto.recommend.released import load_released
    from affetto.sources.spotify.listener import HISTORY_NOTICE, latest_once

    complain(HISTORY_NOTICE)
    known = load_released().catalogue
    listed = listener.playlist_track_ids(playlist, known) if playlist else []
    ids = latest_once(listed + listener.history(known, top=top, recent=recent))
    complain(f"{len(ids)} of your songs are known here and lead the list.")
    return ids


def save_playlist(listener: Listener, name: str, playlist: Playlist) -> None:
    """Save the list in the listener's account, and say where."""
    ids = [step.track.track_id for step in playlist]
    saved = listener.save_playlist(name, ids, description=playlist.title)
    complain(
        f"Saved {counted(saved.tracks, 'track')} to Spotify as a private playlist: {saved.url}"
    )
