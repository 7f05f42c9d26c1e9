"""Tokens: in memory, one holder a listener, gone at once when the listener disconnects.

spotipy makes the requests' words and knows when a token is old.  We send them, since spotipy's own
senders write secrets into the debug log, keep tokens in a file, and have no lock.
"""

from __future__ import annotations

import threading
import time
from typing import Any, NoReturn

import requests
from requests.auth import AuthBase, HTTPBasicAuth
from spotipy.cache_handler import CacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyPKCE

from affetto.errors import AuthError, Unavailable
from affetto.sources.http import Call, HttpService
from affetto.sources.spotify.config import NO_SECRET, SpotifyConfig

DISCONNECTED = "Spotify is not connected; connect it to do this."


class Hidden(dict):
    """A dict whose contents show in no traceback, log or debugger's line."""

    def __repr__(self) -> str:
        return "<hidden>"


class TokenCache(CacheHandler):
    """The tokens of one listener, or of the app itself; they can be neither printed nor saved."""

    def __init__(self) -> None:
        self._token: Hidden | None = None
        self._closed = False
        self._lock = threading.Lock()

    def get_cached_token(self) -> Hidden | None:
        """spotipy's ``token_info``; None before the first token and after ``forget``."""
        with self._lock:
            return self._token

    def save_token_to_cache(self, token_info: Hidden) -> None:
        """Keep a token; after ``forget`` nothing is kept, so that no late answer revives it."""
        with self._lock:
            if not self._closed:
                self._token = token_info

    def forget(self) -> None:
        """Delete the tokens for good."""
        with self._lock:
            self._token, self._closed = None, True

    def __repr__(self) -> str:
        return f"<TokenCache {'full' if self._token else 'empty'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("tokens stay in memory: they are neither copied nor saved")


class Bearer(AuthBase):
    """Puts the present token on a request at the last moment, so that no variable shows it."""

    def __init__(self, cache: TokenCache) -> None:
        self._cache = cache
        self._sent: Hidden | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """``request`` with its ``Authorization`` header.  Raises AuthError without a token."""
        self._sent = self._cache.get_cached_token()
        if self._sent is None:
            raise AuthError(DISCONNECTED)
        request.headers["Authorization"] = f"Bearer {self._sent['access_token']}"
        return request

    def is_stale(self) -> bool:
        """Whether the token that was sent is still the one in the cache: it needs renewing."""
        return self._cache.get_cached_token() is self._sent


class AppTokens(SpotifyClientCredentials):
    """The app's own token (client credentials): for search and other public reads.

    Raises AuthError where the app has no secret.
    """

    def __init__(self, config: SpotifyConfig, accounts: HttpService) -> None:
        if config.client_secret is None:
            raise AuthError(NO_SECRET)
        super().__init__(
            client_id=config.client_id,
            client_secret=config.client_secret,
            requests_session=False,
            cache_handler=TokenCache(),
        )
        self._call = Call(
            method="POST",
            url=f"{config.accounts}/api/token",
            form={"grant_type": "client_credentials"},
            auth=HTTPBasicAuth(config.client_id, config.client_secret),
        )
        self._accounts = accounts
        self._lock = threading.Lock()

    def ensure(self) -> None:
        """Have a token that lasts another minute.  Raises AuthError or another ServiceError."""
        with self._lock:
            token = self.cache_handler.get_cached_token()
            if token is None or self.is_token_expired(token):
                self.cache_handler.save_token_to_cache(_token(self._accounts.ask(self._call)))

    def renew(self, used: Bearer) -> None:
        """Replace the token that Spotify refused, unless another thread has done so."""
        with self._lock:
            if used.is_stale():
                self.cache_handler.save_token_to_cache(_token(self._accounts.ask(self._call)))

    def __repr__(self) -> str:
        return f"<AppTokens {self.cache_handler!r}>"


class ListenerTokens(SpotifyPKCE):
    """One listener's tokens (Authorization Code with PKCE); no secret of the app is involved."""

    def __init__(self, config: SpotifyConfig, accounts: HttpService, *, scope: str) -> None:
        super().__init__(
            client_id=config.client_id,
            redirect_uri=config.redirect_uri,
            scope=scope.split(),
            requests_session=False,
            open_browser=False,
            cache_handler=TokenCache(),
        )
        self.OAUTH_AUTHORIZE_URL = f"{config.accounts}/authorize"
        self._token_url = f"{config.accounts}/api/token"
        self._accounts = accounts
        self._lock = threading.Lock()

    def exchange(self, code: str) -> None:
        """Turn the code that came back from Spotify into tokens.  Raises AuthError."""
        self._request(
            Hidden(
                grant_type="authorization_code",
                code=code,
                redirect_uri=self.redirect_uri,
                code_verifier=self.code_verifier,
            )
        )
        self.code_verifier = None  # it has done its work

    def ensure(self) -> None:
        """Have a token that lasts another minute.  Raises AuthError once disconnected."""
        with self._lock:
            token = self._present()
            if self.is_token_expired(token):
                self._refresh(token)

    def renew(self, used: Bearer) -> None:
        """Replace the token that Spotify refused, unless another thread has done so."""
        with self._lock:
            if used.is_stale():
                self._refresh(self._present())

    def _present(self) -> Hidden:
        token = self.cache_handler.get_cached_token()
        if token is None:
            raise AuthError(DISCONNECTED)
        return token

    def _refresh(self, token: Hidden) -> None:
        """Ask for a new token.  Spotify may send a new refresh token, or leave the old one."""
        form = Hidden(grant_type="refresh_token", refresh_token=token.get("refresh_token", ""))
        try:
            self._request(form, old=token)
        except AuthError:  # consent was withdrawn: these tokens are worth nothing any more
            self.cache_handler.forget()
            raise

    def _request(self, form: Hidden, old: Hidden | None = None) -> None:
        form["client_id"] = self.client_id
        fresh = _token(self._accounts.ask(Call(method="POST", url=self._token_url, form=form)))
        self.cache_handler.save_token_to_cache(Hidden((old or {}) | fresh))

    def __repr__(self) -> str:
        return f"<ListenerTokens {self.cache_handler!r}>"


def _token(answer: Any) -> Hidden:
    """What the sign-in service sent, with the time at which it expires."""
    usable = isinstance(answer, dict) and isinstance(answer.get("access_token"), str)
    if not usable or not isinstance(answer.get("expires_in"), int | float):
        raise Unavailable("Spotify's sign-in sent no token; try again later.")
    return Hidden(answer, expires_at=int(time.time() + answer["expires_in"]))
