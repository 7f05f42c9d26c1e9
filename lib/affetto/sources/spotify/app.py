"""One Spotify app, shared by all sessions of this process."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

from affetto.errors import AuthError, ServiceError
from affetto.sources.http import HttpService, Manners
from affetto.sources.spotify.api import SpotifyApi, Tokens
from affetto.sources.spotify.client import SpotifyClient
from affetto.sources.spotify.config import SpotifyConfig, need_config
from affetto.sources.spotify.connect import DECLINED, LOST, WaitingRoom, check_browser
from affetto.sources.spotify.listener import SCOPES, Listener
from affetto.sources.spotify.refusals import explain_accounts, explain_api
from affetto.sources.spotify.tokens import AppTokens, ListenerTokens


@dataclass(frozen=True, slots=True)
class Arrival:
    """Back from Spotify: the page as it was left, and the listener's Spotify.

    listener is None where it did not come to that; ``message`` then is the sentence that says why.
    """

    page: Any = field(repr=False)
    listener: Listener | None = None
    message: str | None = None


class SpotifyApp:
    """Search without a listener, and the way for a listener to connect.

    All sessions share the connections, the limit of four requests at a time and the pause that
    Spotify may ask for; tokens are never shared.
    """

    def __init__(
        self,
        config: SpotifyConfig,
        *,
        manners: Manners | None = None,
        waiting: WaitingRoom | None = None,
    ) -> None:
        self.config = config
        self.waiting = WaitingRoom() if waiting is None else waiting
        self._service = HttpService("Spotify", manners=manners, explain=explain_api)
        self._accounts = HttpService("Spotify", manners=manners, explain=explain_accounts)

    @functools.cached_property
    def catalogue(self) -> SpotifyClient:
        """Public reads, without a listener.  Raises AuthError where the app has no secret."""
        return SpotifyClient(self._api(AppTokens(self.config, self._accounts)))

    def reader(self, listener: Listener | None = None) -> SpotifyClient:
        """Whoever can search and read the catalogue: the app itself, else the listener.

        The app's own reads are remembered for all sessions, which spares its allowance.
        Raises AuthError where the app has no secret and nobody is connected.
        """
        if self.config.client_secret or listener is None:
            return self.catalogue
        return listener

    def begin(self, page: Any, *, browser: str | None) -> str:
        """The address to which the listener goes to say yes or no.

        page : what the page must know again afterwards (the emotion found, the playlist, …).
        browser : who is asking (``browser.browser_of``).  Raises AuthError where that is unknown.
        """
        tokens = ListenerTokens(self.config, self._accounts, scope=" ".join(SCOPES))
        state = self.waiting.enter(tokens, page, browser=check_browser(browser))
        return tokens.get_authorize_url(state=state)

    def finish(
        self,
        *,
        state: str | None,
        code: str | None,
        browser: str | None,
        error: str | None = None,
    ) -> Arrival:
        """Take what came back in the address: ``state``, and ``code`` or ``error``.

        Raises AuthError for a way back that is not this browser's, was used before, or took more
        than ten minutes.  Otherwise the page comes back, even where Spotify or the listener said
        no.
        """
        if not state or not browser:
            raise AuthError(LOST)
        departure = self.waiting.leave(state, browser=browser)
        if error or not code:
            return Arrival(departure.page, message=DECLINED)
        try:
            departure.tokens.exchange(code)
        except ServiceError as trouble:
            return Arrival(departure.page, message=str(trouble))
        listener = Listener(self._api(departure.tokens), departure.tokens)
        return Arrival(departure.page, listener=listener)

    def close(self) -> None:
        """Close the connections."""
        self._service.close()
        self._accounts.close()

    def _api(self, tokens: Tokens) -> SpotifyApi:
        return SpotifyApi(
            self._service,
            tokens,
            base=self.config.api,
            extended_quota=self.config.extended_quota,
        )


@functools.cache
def spotify_app() -> SpotifyApp:
    """The app that the environment names, one for the whole process.

    Raises AuthError with a sentence where none is configured; InputError where it is, wrongly.
    """
    return SpotifyApp(need_config())
