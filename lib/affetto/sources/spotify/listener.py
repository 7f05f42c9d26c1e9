"""A listener who has connected Spotify: their history, their library, their playlists."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from affetto.errors import AffettoError, InputError, ServiceError, Unavailable
from affetto.sources.spotify.api import SpotifyApi
from affetto.sources.spotify.client import SpotifyClient
from affetto.sources.spotify.facts import track_ids_of
from affetto.sources.spotify.ids import link, parse_id, parse_ids, uri
from affetto.sources.spotify.tokens import ListenerTokens

SCOPES = (
    "playlist-modify-private",  # save a playlist
    "playlist-read-private",  # start from a playlist of one's own
    "user-library-modify",  # save tracks
    "user-read-recently-played",  # history, off until chosen
    "user-top-read",  # the same
)
HISTORY_NOTICE = (
    "Your own songs are used only where Affetto already knows the songs, only "
    "by their ids, only in this session, and only if you switch this on."
)
ADD_AT_ONCE = 100  # items in one request
SAVE_AT_ONCE = 40
LONGEST_NAME = 100  # characters
TIME_RANGES = ("short_term", "medium_term", "long_term")  # four weeks, half a year, about a year


class Vocabulary(Protocol):
    """Knows which tracks the recommender knows; ``music.catalogue.Catalogue`` does."""

    def find(self, track_ids: Iterable[str]) -> tuple[list[int], list[str]]:
        """Items of the known ids, and the ids that are unknown."""


@dataclass(frozen=True, slots=True)
class SavedPlaylist:
    """A private playlist that now stands in the listener's account."""

    playlist_id: str
    name: str
    tracks: int

    @property
    def url(self) -> str:
        """Its page on Spotify."""
        return link(self.playlist_id, kind="playlist")


class Listener(SpotifyClient):
    """One listener's Spotify, for one session.  Errors as in SpotifyClient.

    After ``disconnect`` every method raises AuthError.
    """

    def __init__(self, api: SpotifyApi, tokens: ListenerTokens) -> None:
        super().__init__(api)
        self._tokens = tokens

    @property
    def connected(self) -> bool:
        """Whether there are tokens; asks nobody."""
        return self._tokens.cache_handler.get_cached_token() is not None

    def disconnect(self) -> None:
        """Delete the tokens and everything that was read with them, at once and for good."""
        self._tokens.cache_handler.forget()
        self.api.cache.clear()

    def name(self) -> str:
        """The name that the listener shows on Spotify; empty where they show none."""
        profile = self.api.get("me") or {}
        return str(profile.get("display_name") or "")

    def top_track_ids(
        self, vocabulary: Vocabulary, *, time_range: str = "medium_term", limit: int = 50
    ) -> list[str]:
        """Ids of the listener's top tracks that ``vocabulary`` knows, the most played first.

        Spotify's policy lets nothing else of them near a model.  limit : 1 to 50, before the
        vocabulary is asked.  Show HISTORY_NOTICE where this is offered.
        """
        if time_range not in TIME_RANGES:
            raise InputError(f"{time_range!r} is none of {', '.join(TIME_RANGES)}.")
        _check_limit(limit)
        page = self.api.current_user_top_tracks(limit=limit, time_range=time_range) or {}
        return known_ids(track_ids_of(page.get("items") or []), vocabulary)

    def recent_track_ids(self, vocabulary: Vocabulary, *, limit: int = 50) -> list[str]:
        """Ids of what the listener played last that ``vocabulary`` knows, the oldest first."""
        _check_limit(limit)
        page = self.api.current_user_recently_played(limit=limit) or {}
        plays = [play.get("track") for play in page.get("items") or [] if isinstance(play, dict)]
        latest_first = known_ids(track_ids_of(plays), vocabulary)
        return latest_first[::-1]

    def history(self, vocabulary: Vocabulary, *, top: bool, recent: bool) -> list[str]:
        """Ids of the listener's own songs that ``vocabulary`` knows, as a history: the last counts.

        top, recent : what the listener allowed; the less played of the top tracks come first, then
        the plays.  Show HISTORY_NOTICE where this is offered.
        """
        ids = list(reversed(self.top_track_ids(vocabulary))) if top else []
        return latest_once(ids + (self.recent_track_ids(vocabulary) if recent else []))

    def playlist_track_ids(self, playlist: str, vocabulary: Vocabulary) -> list[str]:
        """Ids of the tracks of one's own playlist that ``vocabulary`` knows, in its order."""
        playlist_id = parse_id(playlist, kind="playlist")
        ids: list[str] = []
        for offset in range(0, 10_000, 50):
            page = self.api.playlist_items(playlist_id, limit=50, offset=offset) or {}
            rows = [row for row in page.get("items") or [] if isinstance(row, dict)]
            ids += track_ids_of(row.get("item") or row.get("track") for row in rows)
            if not page.get("next"):
                break
        return known_ids(ids, vocabulary)

    def save_playlist(
        self, name: str, track_ids: Sequence[str], *, description: str = ""
    ) -> SavedPlaylist:
        """Make a private playlist in the listener's account, whole or not at all.

        name : 1 to 100 characters.  track_ids : ids, links or URIs, in their order.
        Where adding the tracks fails, the empty playlist is taken away again.
        """
        name, ids = _playlist_name(name), parse_ids(track_ids)
        if not ids:
            raise InputError("There are no tracks to save.")
        made = self.api.current_user_playlist_create(name, public=False, description=description)
        playlist_id = _new_id(made)
        try:
            self._add(playlist_id, ids)
        except AffettoError:
            self._take_back(playlist_id)
            raise
        return SavedPlaylist(playlist_id=playlist_id, name=name, tracks=len(ids))

    def save_tracks(self, track_ids: Iterable[str]) -> int:
        """Save tracks to the listener's library; how many there were."""
        ids = parse_ids(track_ids)
        for start in range(0, len(ids), SAVE_AT_ONCE):
            self.api.current_user_saved_tracks_add(ids[start : start + SAVE_AT_ONCE])
        return len(ids)

    def _add(self, playlist_id: str, ids: Sequence[str]) -> None:
        """Not spotipy's ``playlist_add_items``: it sends a bare list, which is not described."""
        for start in range(0, len(ids), ADD_AT_ONCE):
            uris = [uri(track_id) for track_id in ids[start : start + ADD_AT_ONCE]]
            self.api.post(f"playlists/{playlist_id}/items", {"uris": uris})

    def _take_back(self, playlist_id: str) -> None:
        """Not spotipy's ``current_user_unfollow_playlist``: it calls a removed endpoint."""
        with contextlib.suppress(ServiceError):  # the first error is the one to be told
            self.api.delete("me/library", uris=uri(playlist_id, kind="playlist"))


def known_ids(track_ids: Iterable[str], vocabulary: Vocabulary) -> list[str]:
    """The ids that the vocabulary knows, each once, in their order."""
    ids = list(dict.fromkeys(track_ids))
    unknown = set(vocabulary.find(ids)[1])
    return [track_id for track_id in ids if track_id not in unknown]


def latest_once(track_ids: Sequence[str]) -> list[str]:
    """A history in which each track stands once, where it was heard last."""
    return list(dict.fromkeys(reversed(track_ids)))[::-1]


def _playlist_name(name: str) -> str:
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= LONGEST_NAME:
        raise InputError(f"A playlist's name has 1 to {LONGEST_NAME} characters.")
    return plain


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= 50:
        raise InputError(f"Spotify answers 1 to 50 tracks of a listener, not {limit}.")


def _new_id(made: Any) -> str:
    try:
        return parse_id(str(made["id"]), kind="playlist")
    except (TypeError, KeyError, InputError) as error:
        raise Unavailable("Spotify made no playlist; try again later.") from error
