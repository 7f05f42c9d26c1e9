"""What Spotify means when it says no, in a sentence that a person can act on."""

from __future__ import annotations

from urllib.parse import urlsplit

from affetto.errors import AffettoError, AuthError, Forbidden, InputError, NotFound
from affetto.sources.http import Call, Refusal

RECONNECT = "Spotify no longer accepts this sign-in; connect Spotify again."
DEVELOPMENT_MODE = (
    "This Spotify app is in development mode and does not know this account; its owner can add "
    "it in Spotify's dashboard under User Management (five users at most)."
)
PREMIUM = (
    "Spotify asks for Premium here: an app in development mode works only while its owner has "
    "Premium."
)
MORE_LEAVE = "Affetto was not given leave for that; disconnect Spotify and connect it again."
_SUBJECTS = {
    "search": "this search",
    "tracks": "this track",
    "albums": "this album",
    "artists": "this artist",
    "playlists": "this playlist",
    "audio-features": "audio features",
    "me": "this part of your account",
}


def explain_api(refusal: Refusal, call: Call) -> AffettoError | None:
    """An answer of the Web API → our error; None for what every service says alike."""
    said = refusal.message or ""
    if refusal.status == 401:
        return AuthError(RECONNECT)
    if refusal.status == 403:
        return _forbidden(said, subject_of(call.url))
    if refusal.status == 404:
        return NotFound(
            f"Spotify does not show {subject_of(call.url)}: it may be private, deleted, "
            "or not there in this market."
        )
    if refusal.status == 400:
        return _bad_request(said, call)
    return None


def explain_accounts(refusal: Refusal, call: Call) -> AffettoError | None:
    """An answer of Spotify's sign-in service → our error; None for what every service says."""
    if refusal.reason in {"invalid_client", "unauthorized_client"}:
        return AuthError(
            "Spotify does not accept this app's credentials; compare SPOTIPY_CLIENT_ID and "
            "SPOTIPY_CLIENT_SECRET with Spotify's dashboard."
        )
    if refusal.reason == "invalid_grant":
        return AuthError(RECONNECT)
    if refusal.status in {400, 401, 403}:
        return AuthError(f"Spotify refused the sign-in ({refusal.reason or refusal.status}).")
    return None


def subject_of(url: str) -> str:
    """What a request was about, for a sentence: "this playlist"."""
    parts = [part for part in urlsplit(url).path.split("/") if part not in {"", "v1"}]
    return _SUBJECTS.get(parts[0] if parts else "", "this")


def closed(subject: str) -> Forbidden:
    """The error for an endpoint that Spotify closed to new apps."""
    return Forbidden(f"Spotify has closed {subject} to this app, as to all new apps.")


def _forbidden(said: str, subject: str) -> AffettoError:
    words = said.lower()
    if "scope" in words:
        return Forbidden(MORE_LEAVE)
    if "registered" in words or "dashboard" in words:
        return Forbidden(DEVELOPMENT_MODE)
    if "premium" in words:
        return Forbidden(PREMIUM)
    if subject in {"this playlist", _SUBJECTS["me"]}:
        return Forbidden(f"Spotify does not let this account at {subject}; it may be private.")
    return closed(subject)


def _bad_request(said: str, call: Call) -> InputError:
    market = (call.params or {}).get("market")
    if "market" in said.lower() or "country" in said.lower():
        return InputError(
            f"Spotify does not know the market {market!r}; use a country's two letters, "
            "such as IT or US."
        )
    return InputError(f"Spotify refused the request: {said or 'it does not say why'}.")
