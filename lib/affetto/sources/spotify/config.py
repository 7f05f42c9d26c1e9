"""Which Spotify app Affetto speaks for: from the environment, else from a file ``.env``.

Light: neither spotipy nor requests is loaded to find out that there is no account.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from affetto.errors import AuthError, InputError
from affetto.settings import project_dir

API = "https://api.spotify.com/v1"
ACCOUNTS = "https://accounts.spotify.com"
REDIRECT = "http://127.0.0.1:8501"
LOOPBACK = ("127.0.0.1", "[::1]")

CLIENT_ID = "SPOTIPY_CLIENT_ID"
CLIENT_SECRET = "SPOTIPY_CLIENT_SECRET"
REDIRECT_URI = "SPOTIPY_REDIRECT_URI"
EXTENDED_QUOTA = "AFFETTO_SPOTIFY_EXTENDED_QUOTA"
API_URL = "AFFETTO_SPOTIFY_API"
ACCOUNTS_URL = "AFFETTO_SPOTIFY_ACCOUNTS"
VARIABLES = (CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, EXTENDED_QUOTA, API_URL, ACCOUNTS_URL)

NOT_CONFIGURED = (
    "No Spotify app is set up here (SPOTIPY_CLIENT_ID), and none is needed: everything but "
    "Spotify's own search, covers and saved playlists works without; the README shows how in five "
    "steps."
)
NO_SECRET = (
    "Searching Spotify without a listener needs SPOTIPY_CLIENT_SECRET as well; "
    "the README shows where to find it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotifyConfig:
    """A Spotify app.  Raises InputError for addresses that Spotify or good sense would refuse.

    client_secret : only for searching without a listener; a listener connects with PKCE.
    redirect_uri : where Spotify sends the listener back, exactly as registered with Spotify.
    extended_quota : the app may still read audio features, which are closed to new apps.
    """

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    redirect_uri: str = REDIRECT
    extended_quota: bool = False
    api: str = API
    accounts: str = ACCOUNTS

    def __post_init__(self) -> None:
        if not self.client_id.strip():
            raise InputError(f"{CLIENT_ID} is empty.")
        check_redirect(self.redirect_uri)
        for address in (self.api, self.accounts):
            check_address(address)


def read_config(
    environment: Mapping[str, str] | None = None, *, env_file: Path | None = None
) -> SpotifyConfig | None:
    """The app that is configured; None where none is.  Arguments as in ``read_values``.

    Raises InputError where a value makes no sense.
    """
    values = read_values(environment, env_file=env_file)
    if not values[CLIENT_ID]:
        return None
    return SpotifyConfig(
        client_id=values[CLIENT_ID],
        client_secret=values[CLIENT_SECRET] or None,
        redirect_uri=values[REDIRECT_URI] or REDIRECT,
        extended_quota=values[EXTENDED_QUOTA] == "1",
        api=values[API_URL].rstrip("/") or API,
        accounts=values[ACCOUNTS_URL].rstrip("/") or ACCOUNTS,
    )


def read_values(
    environment: Mapping[str, str] | None = None, *, env_file: Path | None = None
) -> dict[str, str]:
    """The value of each of VARIABLES; empty where it is not set.

    environment : ``os.environ`` by default.  A variable that is set there counts, even when it is
    empty; ``env_file`` (``.env`` of the checkout by default) fills in the others.
    """
    environment = os.environ if environment is None else environment
    written = read_env_file(env_file or project_dir() / ".env")
    return {name: environment.get(name, written.get(name, "")).strip() for name in VARIABLES}


def need_config() -> SpotifyConfig:
    """``read_config``, or AuthError with the sentence that says what is missing."""
    config = read_config()
    if config is None:
        raise AuthError(NOT_CONFIGURED)
    return config


def read_env_file(path: Path) -> dict[str, str]:
    """``NAME=value`` lines of a file like ``.env.example``; nothing where there is no such file.

    Quotes around a value go, and so do lines that are empty or start with ``#``.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError:
        return {}
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text; save it as that.") from error
    pairs = (line.strip().removeprefix("export ").partition("=") for line in lines)
    return {
        name.strip(): value.strip().strip("'\"")
        for name, equals, value in pairs
        if equals and not name.startswith("#")
    }


def check_redirect(address: str) -> None:
    """Raise InputError for a redirect address that Spotify refuses since 2025."""
    if _parts(address).hostname == "localhost":
        raise InputError(
            f"Spotify no longer takes localhost as {REDIRECT_URI}; write http://127.0.0.1:PORT, "
            "here and in Spotify's dashboard."
        )
    if not _is_safe(address) or _parts(address).fragment:
        raise InputError(
            f"{REDIRECT_URI} must be https://… or http://127.0.0.1:PORT, exactly as in "
            "Spotify's dashboard."
        )


def check_address(address: str) -> None:
    """Raise InputError unless ``address`` is https, or this very machine: tokens are sent there."""
    if not _is_safe(address):
        raise InputError(f"{address} is no address to send a token to; use https.")


def _parts(address: str) -> SplitResult:
    """The parts of an address; none where it is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # which may be no number
    except ValueError:
        return urlsplit("")
    return parts


def _is_safe(address: str) -> bool:
    parts = _parts(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and parts.netloc in {f"{host}:{parts.port}" for host in LOOPBACK}
