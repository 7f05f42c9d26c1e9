"""Searching and reading, against a server that keeps Spotify's rules."""

from __future__ import annotations

import pytest

from affetto.errors import (
    AuthError,
    Forbidden,
    InputError,
    NotFound,
    RateLimited,
    ServiceError,
    Unavailable,
)
from affetto.sources.expiring import ExpiringCache
from affetto.sources.spotify.app import SpotifyApp
from affetto.sources.spotify.client import SpotifyClient, search_text
from affetto.sources.spotify.config import SpotifyConfig
from tests.servers import faults
from tests.servers.spotify import World, spotify_id


@pytest.fixture
def client(app: SpotifyApp) -> SpotifyClient:
    return app.catalogue


# --- search ------------------------------------------------------------------------------------


def test_a_search_turns_pages_of_ten_until_there_are_enough(
    client: SpotifyClient, world: World
) -> None:
    """25 songs fit; 23 are wanted: pages at 0, 10 and 20, no fourth, each with Spotify's limit."""
    found = client.search("song", limit=23)
    assert [track.title for track in found] == [f"Song {n:02d}" for n in range(23)]
    pages = [exchange.query for exchange in world.log if exchange.path == "/v1/search"]
    assert [(page["offset"], page["limit"]) for page in pages] == [
        ("0", "10"), ("10", "10"), ("20", "10"),
    ]  # fmt: skip


def test_a_search_ends_where_spotify_has_no_more(client: SpotifyClient, world: World) -> None:
    assert len(client.search("song", limit=1_000)) == 25
    assert len(world.paths()) == 3


def test_genre_and_year_are_filters_of_spotifys_own(client: SpotifyClient, world: World) -> None:
    assert {t.artists for t in client.search(genre="ambient")} == {("Bo",)}
    assert [t.year for t in client.search("song", year="1982-1984")] == [1982, 1983, 1984]
    assert world.log[-1].query["q"] == "song year:1982-1984"


def test_a_track_has_what_a_page_shows(client: SpotifyClient) -> None:
    (track,) = client.search("song 07")
    assert (track.title, track.artist_line, track.album) == (
        "Song 07", "Ada Quartet", "Song 07 (album)",
    )  # fmt: skip
    assert (track.year, track.duration_ms, track.explicit) == (1987, 201_000, False)
    assert track.url == f"https://open.spotify.com/track/{track.track_id}"
    assert track.cover == f"https://i.scdn.co/image/{track.track_id}300"  # of 640, 300 and 64


def test_nothing_found_is_an_empty_list(client: SpotifyClient) -> None:
    assert client.search("no such song") == []


def test_null_items_and_local_files_are_left_out(client: SpotifyClient, world: World) -> None:
    whole = next(iter(world.tracks.values()))
    body = {"tracks": {"items": [None, {**whole, "id": None}, whole, {}], "next": None}}
    world.faults.plan("/v1/search", faults.raw(faults.json_response(body).body))
    assert [track.track_id for track in client.search("x")] == [whole["id"]]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"query": "  "}, "nothing to search for"),
        ({"query": "x", "limit": 0}, "1 to 1,000"),
        ({"query": "x", "limit": 1_001}, "1 to 1,000"),
        ({"query": "x", "market": "Italy"}, "two letters"),
        ({"query": "x", "year": "99"}, "no year"),
        ({"query": "x", "year": "1999-1990"}, "backwards"),
        ({"query": "x" * 251}, "250 characters"),
    ],
)
def test_a_search_that_makes_no_sense_is_not_sent(
    client: SpotifyClient, world: World, arguments: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        client.search(**arguments)
    assert world.log == []


def test_an_unknown_market_is_said(client: SpotifyClient) -> None:
    with pytest.raises(InputError, match="does not know the market 'ZZ'"):
        client.search("song", market="zz")


def test_quotes_cannot_break_out_of_a_filter() -> None:
    assert search_text(genre='a" artist:"b') == 'genre:"a artist:b"'


# --- single reads ------------------------------------------------------------------------------


def test_a_track_is_found_by_id_link_and_uri(client: SpotifyClient, world: World) -> None:
    track_id = next(iter(world.tracks))
    for text in (
        track_id,
        f"spotify:track:{track_id}",
        f"https://open.spotify.com/intl-it/track/{track_id}?si=abc",
    ):
        assert client.track(text).track_id == track_id


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"spotify:album:{'a' * 22}", "an album; a track is needed"),
        (f"https://open.spotify.com/playlist/{'a' * 22}", "a playlist; a track is needed"),
        ("not-an-id", "no Spotify id"),
        ("a" * 21, "22 letters"),
        ("../../v1/me" + "a" * 11, "no Spotify id"),
    ],
)
def test_an_id_of_the_wrong_kind_is_not_sent(
    client: SpotifyClient, world: World, text: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        client.track(text)
    assert world.log == []


def test_a_track_that_is_gone_is_said(client: SpotifyClient) -> None:
    with pytest.raises(NotFound, match="this track: it may be private, deleted"):
        client.track(spotify_id("never"))


def test_albums_and_artists(client: SpotifyClient, world: World) -> None:
    track = next(iter(world.tracks.values()))
    artist_id = track["artists"][0]["id"]
    album = client.album(track["album"]["id"])
    assert (album.name, album.year) == (track["album"]["name"], 1980)
    assert album.url == f"https://open.spotify.com/album/{album.item_id}"
    assert client.artist(artist_id).name == "Ada Quartet"
    assert len(client.artist_albums(artist_id)) == 10  # spotipy's own default of 20 is refused
    with pytest.raises(InputError, match="1 to 10"):
        client.artist_albums(artist_id, limit=11)


# --- many at once ------------------------------------------------------------------------------


def test_many_tracks_are_read_one_by_one_four_at_a_time(
    client: SpotifyClient, world: World
) -> None:
    world.faults.plan("/v1/tracks/", faults.together(4), times=100)
    ids = list(world.tracks)[:12]
    fresh = client.tracks([*ids, ids[0], spotify_id("never")])
    assert list(fresh.tracks) == ids
    assert fresh.missing == (spotify_id("never"),)
    assert fresh.message is None
    assert world.most_at_once == 4  # as many as allowed, and no more
    assert not any("ids=" in path or path.endswith("/tracks") for path in world.paths())


def test_what_came_before_spotify_closed_is_kept(client: SpotifyClient, world: World) -> None:
    """Two tracks come; then Spotify wants seven hours of peace."""
    ids = list(world.tracks)[:6]
    client.tracks(ids[:2])
    world.faults.plan("/v1/tracks/", faults.error(429, retry_after="25200"), times=100)
    fresh = client.tracks(ids)
    assert set(fresh.tracks) == set(ids[:2])
    assert fresh.missing == tuple(ids[2:])
    assert "7 hours" in str(fresh.message)


def test_a_spotify_that_is_away_is_not_asked_for_every_track(
    client: SpotifyClient, world: World
) -> None:
    """Four readers meet the trouble, three tries each; the other sixteen tracks cost nothing."""
    client.tracks(list(world.tracks)[30:31])  # the token is there
    world.faults.plan("/v1/tracks/", faults.error(503), times=1_000)
    before = len(world.log)
    fresh = client.tracks(list(world.tracks)[:20])
    assert fresh.tracks == {}
    assert "trouble of its own" in str(fresh.message)
    assert len(world.log) - before <= 4 * 3 + 4 * 3  # a reader may begin a second one meanwhile


def test_no_tracks_cost_no_request(client: SpotifyClient, world: World) -> None:
    assert client.tracks([]).tracks == {}
    assert world.log == []


# --- memory ------------------------------------------------------------------------------------


def test_the_same_question_is_asked_once(client: SpotifyClient, world: World) -> None:
    track_id = next(iter(world.tracks))
    assert client.track(track_id) == client.track(track_id)
    assert world.paths() == [f"GET /v1/tracks/{track_id}"]
    client.track(track_id, market="IT")  # another market is another question
    assert len(world.paths()) == 2


def test_what_was_read_expires(app: SpotifyApp, client: SpotifyClient, world: World) -> None:
    now = [0.0]
    client.api.cache = ExpiringCache(seconds=60, clock=lambda: now[0])
    for now[0] in (0.0, 59.0, 61.0, 62.0):
        client.search("song 01")
    assert len(world.paths()) == 2  # at the start, and after a minute


def test_an_error_is_not_remembered(client: SpotifyClient, world: World) -> None:
    track_id = next(iter(world.tracks))
    world.faults.plan("/v1/tracks/", faults.error(404))
    with pytest.raises(NotFound):
        client.track(track_id)
    assert client.track(track_id).track_id == track_id


# --- trouble -----------------------------------------------------------------------------------


def test_a_wrong_secret_is_said(config: SpotifyConfig, world: World) -> None:
    world.client_secret = "another"
    with pytest.raises(AuthError, match="does not accept this app's credentials"):
        SpotifyApp(config).catalogue.search("x")


def test_no_secret_is_said(config: SpotifyConfig) -> None:
    bare = SpotifyConfig(client_id=config.client_id, api=config.api, accounts=config.accounts)
    with pytest.raises(AuthError, match="SPOTIPY_CLIENT_SECRET"):
        SpotifyApp(bare).reader()


def test_an_expired_token_is_replaced_once_for_all_threads(
    client: SpotifyClient, world: World
) -> None:
    """Four requests meet the same dead token at the same time; one of them gets the new one."""
    ids = list(world.tracks)[:8]
    client.search("song")
    world.expire_tokens()
    world.faults.plan("/v1/tracks/", faults.together(4), times=4)
    assert set(client.tracks(ids).tracks) == set(ids)
    assert world.paths("/api/token") == ["POST /api/token"] * 2


def test_a_token_that_is_always_refused_is_no_endless_loop(
    client: SpotifyClient, world: World
) -> None:
    world.faults.plan("/v1/search", faults.error(401, "Invalid access token"), times=100)
    with pytest.raises(AuthError, match="connect Spotify again"):
        client.search("song")
    assert len(world.paths()) == 2


@pytest.mark.parametrize(
    ("trouble", "error", "sentence"),
    [
        (faults.error(500), Unavailable, "trouble of its own"),
        (faults.error(503), Unavailable, "trouble of its own"),
        (faults.raw(b'{"tracks": {"items": ['), Unavailable, "cannot be read"),
        (faults.raw(b"<html>502</html>", 502), Unavailable, "trouble of its own"),
        (faults.broken_off(), Unavailable, "broke off|cannot be reached"),
    ],
    ids=["500", "503", "truncated JSON", "a proxy's page", "broken off"],
)
def test_what_passes_is_tried_again_and_what_stays_is_said(
    client: SpotifyClient,
    world: World,
    trouble: faults.Trouble,
    error: type[ServiceError],
    sentence: str,
) -> None:
    world.faults.plan("/v1/search", trouble, times=2)
    assert len(client.search("song 01")) == 1  # the third try works
    world.faults.plan("/v1/search", trouble, times=100)
    before = len(world.headers)
    with pytest.raises(error, match=sentence):
        client.search("song 02")
    assert len(world.headers) - before == 3  # and no fourth


def test_a_long_wait_is_an_error_at_once_and_spotify_is_left_alone(
    app: SpotifyApp, client: SpotifyClient, world: World
) -> None:
    client.search("song")
    world.faults.plan("/v1/search", faults.error(429, "Too many requests", retry_after="10800"))
    with pytest.raises(RateLimited, match="3 hours") as caught:
        client.search("other")
    assert (caught.value.seconds, caught.value.kind, caught.value.reason) == (10_800, "rate", None)
    asked = len(world.log)
    with pytest.raises(RateLimited, match="3 hours"):
        client.track(next(iter(world.tracks)))  # nobody knocks meanwhile
    assert len(world.log) == asked
    assert len(client.search("song")) == 10  # what is in memory is still answered


def test_an_exceeded_quota_is_told_from_haste(client: SpotifyClient, world: World) -> None:
    trouble = faults.error(429, "Too many requests", reason="QUOTA_EXCEEDED", retry_after="7200")
    world.faults.plan("/v1/search", trouble)
    with pytest.raises(RateLimited, match="allowance is used up") as caught:
        client.search("song")
    assert (caught.value.kind, caught.value.reason) == ("quota", "QUOTA_EXCEEDED")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Forbidden", "closed this search to this app"),
        ("Insufficient client scope", "not given leave"),
        ("the user may not be registered", "User Management"),
        ("Active premium subscription required for the owner of the app", "Premium"),
    ],
)
def test_forbidden_says_what_can_be_done(
    client: SpotifyClient, world: World, said: str, sentence: str
) -> None:
    world.faults.plan("/v1/search", faults.error(403, said))
    with pytest.raises(Forbidden, match=sentence):
        client.search("song")
