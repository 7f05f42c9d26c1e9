"""spotipy with our own way of sending: no secret in a log, no closed endpoint, no long wait."""

from __future__ import annotations

import re
from typing import Any, Protocol

import spotipy

from affetto.errors import AuthError
from affetto.music.tracks import ID_PATTERN as _ID
from affetto.sources.expiring import ExpiringCache
from affetto.sources.http import Call, HttpService
from affetto.sources.spotify.refusals import closed, subject_of
from affetto.sources.spotify.tokens import Bearer, TokenCache

#: What a new app may call in 2026; anything else is refused here and never reaches Spotify.
OPEN = (
    ("GET", "search"),
    ("GET", f"(tracks|albums|artists)/{_ID}"),
    ("GET", f"artists/{_ID}/albums"),
    ("GET", f"albums/{_ID}/tracks"),
    ("GET", "me"),
    ("GET", "me/top/(tracks|artists)"),
    ("GET", "me/player/recently-played"),
    ("GET|POST", "me/playlists"),
    ("GET", f"playlists/{_ID}"),
    ("GET|POST", f"playlists/{_ID}/items"),
    ("PUT|DELETE", "me/library"),
)
EXTENDED = (("GET", "audio-features"),)  # open only to apps with extended quota from before 2025
_PUBLIC = re.compile(rf"search|(tracks|albums|artists)/{_ID}(/(albums|tracks))?")


class Tokens(Protocol):
    """Where a client's token comes from: ``AppTokens`` or ``ListenerTokens``."""

    cache_handler: TokenCache

    def ensure(self) -> None:
        """Have a token that lasts a while."""

    def renew(self, used: Bearer) -> None:
        """Replace the token that was refused."""


class SpotifyApi(spotipy.Spotify):
    """spotipy's methods over ``HttpService``.

    Catalogue reads are kept for an hour in this client's own memory; what belongs to a listener
    is never kept.  A token that Spotify refuses is renewed once.
    """

    def __init__(
        self,
        service: HttpService,
        tokens: Tokens,
        *,
        base: str,
        extended_quota: bool = False,
    ) -> None:
        super().__init__(auth_manager=tokens, requests_session=False)
        self.prefix = f"{base}/"
        self.cache = ExpiringCache()
        self._service = service
        self.extended_quota = extended_quota
        self._open = OPEN + EXTENDED if extended_quota else OPEN

    def get(self, path: str, **params: Any) -> Any:
        """An open endpoint that spotipy has no method for, or a wrong one."""
        return self._get(path, **params)

    def post(self, path: str, payload: Any) -> Any:
        """The same, sending JSON."""
        return self._post(path, payload=payload)

    def delete(self, path: str, **params: Any) -> Any:
        """The same, taking something away."""
        return self._delete(path, **params)

    def __repr__(self) -> str:
        return f"<SpotifyApi {self.prefix} {self.auth_manager!r}>"

    def _internal_call(
        self, method: str, url: str, payload: Any, params: dict[str, Any]
    ) -> dict[str, Any] | None:
        """spotipy's one way to the network."""
        self._check_open(method, url)
        params = {name: value for name, value in params.items() if value is not None}
        if method != "GET" or not _PUBLIC.fullmatch(url):
            return self._ask(method, url, payload, params)
        key = (url, tuple(sorted(params.items())))
        found = self.cache.get(key)
        if found is None:
            found = self._ask(method, url, payload, params)
            self.cache.put(key, found)
        return found

    def _ask(self, method: str, url: str, payload: Any, params: dict[str, Any]) -> Any:
        self.auth_manager.ensure()
        bearer = Bearer(self.auth_manager.cache_handler)
        call = Call(method=method, url=self.prefix + url, params=params, json=payload, auth=bearer)
        try:
            return self._service.ask(call)
        except AuthError:
            self.auth_manager.renew(bearer)
        return self._service.ask(call)

    def _check_open(self, method: str, url: str) -> None:
        """Raise Forbidden for what Spotify removed; spotipy still offers it."""
        for methods, path in self._open:
            if method in methods.split("|") and re.fullmatch(path, url):
                return
        raise closed(subject_of(url))
