"""A Spotify to test against: stateful, on loopback, with the rules of 2026.

It knows OAuth (client credentials, Authorization Code with PKCE, refresh), search in pages of ten,
single reads, one's own playlists and library; and it refuses what Spotify refuses: unknown
redirects, used codes, wrong verifiers, expired tokens, missing scopes, removed endpoints.
``world.faults`` makes it ill on purpose; ``world.log`` remembers every exchange.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.servers.faults import Faults, json_response

MARKETS = {"IT", "US", "GB", "DE"}
CLIENT_ID = "client-of-the-tests"
CLIENT_SECRET = "secret-" + "of-the-tests"
CLOSED = {"status": 403, "message": "Forbidden"}


@dataclass
class Account:
    """A listener at Spotify."""

    name: str
    top: list[str] = field(default_factory=list)
    recent: list[str] = field(default_factory=list)  # the newest first
    library: list[str] = field(default_factory=list)  # URIs
    registered: bool = True  # with the app in development mode


@dataclass
class Grant:
    """What a token may do.  ``user`` is None for the app's own token."""

    user: str | None
    scopes: frozenset[str]
    expires: float


@dataclass
class Code:
    """An authorization code, before it is exchanged."""

    user: str
    challenge: str
    redirect: str
    scopes: frozenset[str]


@dataclass
class Exchange:
    """One request and its answer, for comparing with the description."""

    method: str
    path: str
    query: dict[str, str]
    sent: Any
    status: int
    body: Any


@dataclass
class World:
    """Everything this Spotify knows, and every switch a test may turn."""

    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    redirects: set[str] = field(default_factory=lambda: {"http://127.0.0.1:8501"})
    extended_quota: bool = False
    token_seconds: int = 3600
    visitor: str = "ada"  # who sits at the browser when the consent page is asked for
    consent: str = "page"  # "page" shows buttons, "yes" and "no" answer at once
    accounts: dict[str, Account] = field(default_factory=dict)
    tracks: dict[str, dict[str, Any]] = field(default_factory=dict)
    features: dict[str, dict[str, Any]] = field(default_factory=dict)
    playlists: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, Grant] = field(default_factory=dict)
    refreshers: dict[str, Grant] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    log: list[Exchange] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def paths(self, start: str = "/v1/") -> list[str]:
        """ "METHOD /path" of every exchange so far, of the Web API by default."""
        return [f"{e.method} {e.path}" for e in self.log if e.path.startswith(start)]

    def expire_tokens(self) -> None:
        """Let every access token be refused from now on; refresh tokens stay good."""
        self.tokens.clear()

    def secrets(self) -> set[str]:
        """Every token, refresh token and code that was ever handed out, and the secret."""
        return {*self._handed_out, self.client_secret}

    _handed_out: set[str] = field(default_factory=set)

    def new_secret(self, kind: str) -> str:
        """A random text, remembered so that a test can look where it must not be."""
        text = f"{kind}-{secrets.token_urlsafe(24)}"
        self._handed_out.add(text)
        return text


def spotify_id(name: str) -> str:
    """The same 22 letters and digits for the same name."""
    return hashlib.sha256(name.encode()).hexdigest()[:22]


def make_track(title: str, artist: str, **facts: Any) -> dict[str, Any]:
    """A track as Spotify writes it."""
    track_id = facts.get("track_id") or spotify_id(f"{artist}/{title}")
    year = facts.get("year", 2001)
    artists = [_simple("artist", artist)]
    return {
        **_entity("track", track_id, title),
        "album": {
            **_simple("album", f"{title} (album)"),
            "album_type": "album",
            "artists": artists,
            "available_markets": sorted(MARKETS),
            "images": [
                {"url": f"https://i.scdn.co/image/{track_id}{size}", "height": size, "width": size}
                for size in (640, 300, 64)
            ],
            "release_date": f"{year}-05-04",
            "release_date_precision": "day",
            "total_tracks": 10,
        },
        "artists": artists,
        "disc_number": 1,
        "duration_ms": facts.get("duration_ms", 201_000),
        "explicit": facts.get("explicit", False),
        "external_ids": {"isrc": f"XX{track_id[:10].upper()}"},
        "is_local": False,
        "is_playable": True,
        "preview_url": None,
        "track_number": 1,
        "genre": facts.get("genre", "pop"),  # ours, for the search; not sent
    }


def _entity(kind: str, item_id: str, name: str) -> dict[str, Any]:
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{item_id}"},
        "href": f"https://api.spotify.com/v1/{kind}s/{item_id}",
        "id": item_id,
        "name": name,
        "type": kind,
        "uri": f"spotify:{kind}:{item_id}",
    }


def _simple(kind: str, name: str) -> dict[str, Any]:
    return _entity(kind, spotify_id(f"{kind}/{name}"), name)


def small_world() -> World:
    """Thirty-five songs by two artists, two listeners, and one who is not registered."""
    world = World()
    songs = [make_track(f"Song {n:02d}", "Ada Quartet", year=1980 + n) for n in range(25)]
    songs += [make_track(f"Drift {n}", "Bo", genre="ambient", year=1995) for n in range(10)]
    world.tracks = {song["id"]: song for song in songs}
    ids = list(world.tracks)
    world.accounts = {
        "ada": Account("Ada", top=ids[:5], recent=ids[3:8]),
        "bo": Account("Bo", top=ids[20:23], recent=ids[21:24]),
        "eve": Account("Eve", registered=False),
    }
    return world


def build(world: World) -> Starlette:
    """The app: sign-in under /, the Web API under /v1."""

    def route(path: str, handler: Callable[..., Awaitable[Response]], *methods: str) -> Route:
        async def endpoint(request: Request) -> Response:
            return await handler(world, request)

        return Route(path, endpoint, methods=list(methods or ("GET",)))

    routes = [
        route("/authorize", authorize),
        route("/authorize/answer", consent_answer),
        route("/api/token", token, "POST"),
        route("/v1/search", search),
        route("/v1/tracks/{id}", one_track),
        route("/v1/albums/{id}", one_album),
        route("/v1/artists/{id}", one_artist),
        route("/v1/artists/{id}/albums", artist_albums),
        route("/v1/audio-features", audio_features),
        route("/v1/me", profile),
        route("/v1/me/top/tracks", top_tracks),
        route("/v1/me/player/recently-played", recently_played),
        route("/v1/me/playlists", make_playlist, "POST"),
        route("/v1/me/library", library, "PUT", "DELETE"),
        route("/v1/playlists/{id}/items", add_items, "POST"),
        route("/v1/playlists/{id}/items", playlist_items, "GET"),
        route("/v1/{rest:path}", removed, "GET", "POST", "PUT", "DELETE"),
    ]

    async def watch(request: Request, go_on: Callable[..., Awaitable[Response]]) -> Response:
        return await _watch(world, request, go_on)

    return Starlette(routes=routes, middleware=[Middleware(BaseHTTPMiddleware, dispatch=watch)])


async def _watch(
    world: World, request: Request, go_on: Callable[..., Awaitable[Response]]
) -> Response:
    """Count, log, and let planned trouble answer first."""
    sent = await request.body()
    world.headers.append(dict(request.headers))
    world.at_once += 1
    world.most_at_once = max(world.most_at_once, world.at_once)
    try:
        response = await world.faults.answer(request)
        if response is None:
            response = await go_on(request)
            body = b"".join([part async for part in response.body_iterator])
            response = Response(body, response.status_code, dict(response.headers))
        _remember(world, request, sent, response)
        return response
    finally:
        world.at_once -= 1


def _remember(world: World, request: Request, sent: bytes, response: Response) -> None:
    is_json = "json" in response.headers.get("content-type", "")
    world.log.append(
        Exchange(
            method=request.method,
            path=request.url.path,
            query=dict(request.query_params),
            sent=_json_or_text(sent),
            status=response.status_code,
            body=_json_or_text(response.body) if is_json else None,
        )
    )


def _json_or_text(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode("utf-8", errors="replace")


# --- signing in --------------------------------------------------------------------------------


async def authorize(world: World, request: Request) -> Response:
    """The consent page; refuses before any redirect what Spotify refuses."""
    asked = request.query_params
    if asked.get("client_id") != world.client_id:
        return HTMLResponse("INVALID_CLIENT: Invalid client", 400)
    if asked.get("redirect_uri") not in world.redirects:
        return HTMLResponse("INVALID_CLIENT: Insecure or unknown redirect URI", 400)
    if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
        return HTMLResponse("response_type must be code, with PKCE S256", 400)
    if world.consent == "page":
        links = {
            answer: f"/authorize/answer?{urlencode({**asked, 'answer': answer})}"
            for answer in ("yes", "no")
        }
        return HTMLResponse(
            f"<h1>Connect {world.visitor}?</h1><a id=agree href='{links['yes']}'>Agree</a> "
            f"<a id=cancel href='{links['no']}'>Cancel</a>"
        )
    return _back(world, asked, world.consent)


async def consent_answer(world: World, request: Request) -> Response:
    """A button of the consent page was pressed."""
    return _back(world, request.query_params, request.query_params["answer"])


def _back(world: World, asked: Any, answer: str) -> Response:
    if answer == "yes":
        code = world.new_secret("code")
        world.codes[code] = Code(
            user=world.visitor,
            challenge=asked["code_challenge"],
            redirect=asked["redirect_uri"],
            scopes=frozenset(asked.get("scope", "").split()),
        )
        result = {"code": code, "state": asked.get("state", "")}
    else:
        result = {"error": "access_denied", "state": asked.get("state", "")}
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(result)}", 302)


async def token(world: World, request: Request) -> Response:
    """The token endpoint of all three flows."""
    form = dict(parse_qsl((await request.body()).decode()))
    flows = {
        "client_credentials": _client_credentials,
        "authorization_code": _exchange_code,
        "refresh_token": _refresh,
    }
    flow = flows.get(form.get("grant_type", ""))
    if flow is None:
        return _oauth_error("unsupported_grant_type")
    return flow(world, form, request)


def _client_credentials(world: World, form: dict[str, str], request: Request) -> Response:
    expected = base64.b64encode(f"{world.client_id}:{world.client_secret}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {expected}":
        return _oauth_error("invalid_client", "Invalid client secret")
    return _hand_out(world, user=None, scopes=frozenset(), refreshable=False)


def _exchange_code(world: World, form: dict[str, str], request: Request) -> Response:
    code = world.codes.pop(form.get("code", ""), None)  # good for one try
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    if form.get("client_id") != world.client_id:
        return _oauth_error("invalid_client", "Invalid client")
    if code is None or form.get("redirect_uri") != code.redirect:
        return _oauth_error("invalid_grant", "Invalid authorization code")
    if challenge != code.challenge:
        return _oauth_error("invalid_grant", "code_verifier was incorrect")
    return _hand_out(world, user=code.user, scopes=code.scopes, refreshable=True)


def _refresh(world: World, form: dict[str, str], request: Request) -> Response:
    grant = world.refreshers.pop(form.get("refresh_token", ""), None)  # PKCE: each is used once
    if grant is None or form.get("client_id") != world.client_id:
        return _oauth_error("invalid_grant", "Invalid refresh token")
    return _hand_out(world, user=grant.user, scopes=grant.scopes, refreshable=True)


def _hand_out(
    world: World, *, user: str | None, scopes: frozenset[str], refreshable: bool
) -> Response:
    access = world.new_secret("access")
    world.tokens[access] = Grant(user, scopes, time.monotonic() + world.token_seconds)
    answer: dict[str, Any] = {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": world.token_seconds,
        "scope": " ".join(sorted(scopes)),
    }
    if refreshable:
        answer["refresh_token"] = world.new_secret("refresh")
        world.refreshers[answer["refresh_token"]] = Grant(user, scopes, 0.0)
    return json_response(answer)


def _oauth_error(error: str, description: str = "") -> Response:
    return json_response({"error": error, "error_description": description}, 400)


# --- who is asking -----------------------------------------------------------------------------


class RefusalError(Exception):
    """An error answer of the Web API."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.response = json_response({"error": {"status": status, "message": message}}, status)


def guarded(*scopes: str, listener: bool = False) -> Callable[..., Callable[..., Any]]:
    """An endpoint that wants a token, perhaps a listener's, with scopes."""

    def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
        async def endpoint(world: World, request: Request) -> Response:
            try:
                account = _who(world, request, scopes, listener or bool(scopes))
                return json_response(await handler(world, request, account))
            except RefusalError as refused:
                return refused.response

        return endpoint

    return decorate


def _who(world: World, request: Request, scopes: tuple[str, ...], listener: bool) -> Account | None:
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    grant = world.tokens.get(text)
    if kind != "Bearer" or grant is None:
        raise RefusalError(401, "Invalid access token")
    if grant.expires <= time.monotonic():
        raise RefusalError(401, "The access token expired")
    if listener and grant.user is None:
        raise RefusalError(401, "Valid user authentication required")
    if missing := set(scopes) - grant.scopes:
        raise RefusalError(403, f"Insufficient client scope: {', '.join(sorted(missing))}")
    account = world.accounts[grant.user] if grant.user else None
    if account and not account.registered:
        raise RefusalError(
            403,
            "Check settings on developer.spotify.com/dashboard, the user may not be registered.",
        )
    return account


def _page(request: Request, rows: list[Any], *, most: int, default: int) -> dict[str, Any]:
    limit = _number(request, "limit", default, 1, most)
    offset = _number(request, "offset", 0, 0, 1_000)
    more = offset + limit < len(rows)
    base = f"https://api.spotify.com{request.url.path}"
    return {
        "href": f"{base}?offset={offset}&limit={limit}",
        "items": rows[offset : offset + limit],
        "limit": limit,
        "next": f"{base}?offset={offset + limit}&limit={limit}" if more else None,
        "offset": offset,
        "previous": None,
        "total": len(rows),
    }


def _number(request: Request, name: str, default: int, low: int, high: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdigit() or not low <= int(text) <= high:
        raise RefusalError(400, f"Invalid {name}")
    return int(text)


def _check_market(request: Request) -> None:
    if request.query_params.get("market", "IT") not in MARKETS:
        raise RefusalError(400, "Invalid market code")


def _shown(track: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in track.items() if name != "genre"}


# --- the catalogue -----------------------------------------------------------------------------


@guarded()
async def search(world: World, request: Request, account: Account | None) -> dict[str, Any]:
    _check_market(request)
    query = request.query_params.get("q", "").strip()
    if not query:
        raise RefusalError(400, "No search query")
    if request.query_params.get("type") != "track":
        raise RefusalError(400, "Bad search type field")
    rows = [_shown(track) for track in world.tracks.values() if _fits(track, query)]
    return {"tracks": _page(request, rows, most=10, default=5)}


def _fits(track: dict[str, Any], query: str) -> bool:
    """Whether every word and filter of a query is in a track."""
    text = f"{track['name']} {track['artists'][0]['name']}".lower()
    year = int(track["album"]["release_date"][:4])
    for word in query.lower().split():
        name, colon, value = word.partition(":")
        if colon and name == "genre":
            fits = value.strip('"') == track["genre"]
        elif colon and name == "year":
            first, _, last = value.partition("-")
            fits = int(first) <= year <= int(last or first)
        else:
            fits = word in text
        if not fits:
            return False
    return True


def _find(world: World, track_id: str) -> dict[str, Any]:
    if len(track_id) != 22 or not track_id.isalnum():
        raise RefusalError(400, "Invalid base62 id")
    if track_id not in world.tracks:
        raise RefusalError(404, "Resource not found")
    return world.tracks[track_id]


@guarded()
async def one_track(world: World, request: Request, account: Account | None) -> dict[str, Any]:
    _check_market(request)
    return _shown(_find(world, request.path_params["id"]))


def _part(world: World, kind: str, item_id: str) -> dict[str, Any]:
    for track in world.tracks.values():
        for part in [track["album"]] if kind == "album" else track["artists"]:
            if part["id"] == item_id:
                return part
    raise RefusalError(404, "Resource not found")


@guarded()
async def one_album(world: World, request: Request, account: Account | None) -> dict[str, Any]:
    album = _part(world, "album", request.path_params["id"])
    nothing = _page(request, [], most=50, default=20)
    return {
        **album,
        "tracks": nothing,
        "copyrights": [],
        "external_ids": {},
        "genres": [],
        "label": "Tests",
        "popularity": 0,
    }


@guarded()
async def one_artist(world: World, request: Request, account: Account | None) -> dict[str, Any]:
    artist = _part(world, "artist", request.path_params["id"])
    return {**artist, "images": [], "genres": []}


@guarded()
async def artist_albums(world: World, request: Request, account: Account | None) -> dict[str, Any]:
    artist = request.path_params["id"]
    _part(world, "artist", artist)
    albums = [
        {**track["album"], "album_group": "album"}
        for track in world.tracks.values()
        if track["artists"][0]["id"] == artist
    ]
    return _page(request, albums, most=10, default=5)


@guarded()
async def audio_features(world: World, request: Request, account: Account | None) -> Any:
    if not world.extended_quota:
        raise RefusalError(403, "Forbidden")
    ids = request.query_params.get("ids", "").split(",")
    if len(ids) > 100:
        raise RefusalError(400, "Too many ids requested")
    return {"audio_features": [world.features.get(track_id) for track_id in ids]}


# --- a listener's own --------------------------------------------------------------------------


@guarded(listener=True)
async def profile(world: World, request: Request, account: Account) -> dict[str, Any]:
    user = account.name.lower()
    return {
        "display_name": account.name,
        "external_urls": {"spotify": f"https://open.spotify.com/user/{user}"},
        "href": f"https://api.spotify.com/v1/users/{user}",
        "id": user,
        "images": [],
        "type": "user",
        "uri": f"spotify:user:{user}",
    }


@guarded("user-top-read")
async def top_tracks(world: World, request: Request, account: Account) -> dict[str, Any]:
    rows = [_shown(world.tracks[track_id]) for track_id in account.top]
    return _page(request, rows, most=50, default=20)


@guarded("user-read-recently-played")
async def recently_played(world: World, request: Request, account: Account) -> dict[str, Any]:
    limit = _number(request, "limit", 20, 1, 50)
    plays = [
        {"track": _shown(world.tracks[track_id]), "played_at": "2026-10-01T20:00:00Z"}
        for track_id in account.recent[:limit]
    ]
    href = "https://api.spotify.com/v1/me/player/recently-played"
    return {"href": href, "items": plays, "limit": limit, "total": len(plays), "cursors": {}}


async def make_playlist(world: World, request: Request) -> Response:
    response = await _make_playlist(world, request)
    if response.status_code == 200:
        response.status_code = 201
    return response


@guarded("playlist-modify-private")
async def _make_playlist(world: World, request: Request, account: Account) -> dict[str, Any]:
    asked = await request.json()
    if not isinstance(asked.get("name"), str) or not asked["name"].strip():
        raise RefusalError(400, "Missing required field: name")
    playlist_id = spotify_id(f"playlist/{account.name}/{len(world.playlists)}")
    world.playlists[playlist_id] = {"owner": account.name, "uris": [], **asked}
    href = f"https://api.spotify.com/v1/playlists/{playlist_id}"
    nothing = {"href": f"{href}/items", "items": [], "limit": 100, "next": None}
    return {
        **_entity("playlist", playlist_id, asked["name"]),
        "collaborative": False,
        "description": asked.get("description") or None,
        "images": [],
        "owner": {"id": account.name.lower(), "type": "user", "display_name": account.name},
        "public": asked.get("public", True),
        "snapshot_id": "0",
        "items": {**nothing, "offset": 0, "previous": None, "total": 0},
    }


def _own_playlist(world: World, request: Request, account: Account) -> dict[str, Any]:
    playlist = world.playlists.get(request.path_params["id"])
    if playlist is None:
        raise RefusalError(404, "Resource not found")
    if playlist["owner"] != account.name:
        raise RefusalError(403, "Forbidden")
    return playlist


async def add_items(world: World, request: Request) -> Response:
    response = await _add_items(world, request)
    if response.status_code == 200:
        response.status_code = 201
    return response


@guarded("playlist-modify-private")
async def _add_items(world: World, request: Request, account: Account) -> dict[str, Any]:
    playlist = _own_playlist(world, request, account)
    uris = (await request.json())["uris"]
    if len(uris) > 100:
        raise RefusalError(400, "You can add a maximum of 100 tracks per request.")
    playlist["uris"] += uris
    return {"snapshot_id": str(len(playlist["uris"]))}


@guarded("playlist-read-private")
async def playlist_items(world: World, request: Request, account: Account) -> dict[str, Any]:
    playlist = _own_playlist(world, request, account)
    tracks = [world.tracks[uri.removeprefix("spotify:track:")] for uri in playlist["uris"]]
    rows = [
        {"added_at": "2026-10-01T20:00:00Z", "is_local": False, "item": _shown(track)}
        for track in tracks
    ]
    return _page(request, rows, most=50, default=20)


async def library(world: World, request: Request) -> Response:
    """Answers with nothing at all, as Spotify does."""
    response = await _library(world, request)
    return Response(status_code=200) if response.status_code == 200 else response


@guarded("user-library-modify")
async def _library(world: World, request: Request, account: Account) -> None:
    uris = request.query_params.get("uris", "").split(",")
    if not 1 <= len(uris) <= 40:
        raise RefusalError(400, "Too many uris requested")
    for uri in uris:
        if uri.startswith("spotify:playlist:"):
            world.playlists.pop(uri.removeprefix("spotify:playlist:"), None)
        elif request.method == "PUT":
            account.library.append(uri)
        else:
            account.library.remove(uri)


async def removed(world: World, request: Request) -> Response:
    """Everything that a new app may not call any more."""
    await asyncio.sleep(0)
    return json_response({"error": CLOSED}, 403)
