"""What a connected listener can do: history by id, playlists whole or not at all, the library."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from affetto.errors import AuthError, Forbidden, InputError, NotFound, RateLimited, Unavailable
from affetto.sources.spotify.app import SpotifyApp
from affetto.sources.spotify.facts import track_ids_of
from affetto.sources.spotify.listener import Listener, latest_once
from tests.servers import faults
from tests.servers.spotify import World, spotify_id


class Knows:
    """A vocabulary of these ids and no others."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = list(ids)

    def find(self, track_ids: Iterable[str]) -> tuple[list[int], list[str]]:
        asked = list(track_ids)
        known = [self.ids.index(track_id) for track_id in asked if track_id in self.ids]
        return known, [track_id for track_id in asked if track_id not in self.ids]


# --- history -----------------------------------------------------------------------------------


def test_history_is_only_what_the_vocabulary_knows(listener: Listener, world: World) -> None:
    """Ada's top five are songs 0 to 4, her last plays 3 to 7, the newest first."""
    ids = list(world.tracks)
    knows = Knows([ids[1], ids[4], ids[6], "x" * 22])
    assert listener.top_track_ids(knows) == [ids[1], ids[4]]
    assert listener.recent_track_ids(knows) == [ids[6], ids[4]]  # the oldest first
    assert listener.top_track_ids(Knows([])) == []


def test_what_was_heard_last_stands_last(listener: Listener, world: World) -> None:
    """Songs 3 and 4 are among her top five and her last plays: the plays' place counts."""
    ids = list(world.tracks)
    everything = listener.history(Knows(ids), top=True, recent=True)
    assert everything == [*ids[2::-1], *ids[7:2:-1]]
    assert listener.history(Knows(ids), top=True, recent=False) == ids[4::-1]


def test_a_song_heard_twice_stands_where_it_was_heard_last() -> None:
    assert latest_once(["d", "e", "d", "c"]) == ["e", "d", "c"]


def test_history_is_asked_only_when_it_is_wanted(listener: Listener, world: World) -> None:
    listener.save_playlist("Evening", list(world.tracks)[:1])
    assert not any("top" in path or "recently" in path for path in world.paths())


def test_a_track_played_as_another_release_counts_under_both_ids(world: World) -> None:
    row = next(iter(world.tracks.values()))
    linked = {**row, "linked_from": {"id": spotify_id("older release")}}
    assert track_ids_of([linked]) == [spotify_id("older release"), row["id"]]


@pytest.mark.parametrize("limit", [0, 51])
def test_a_limit_outside_spotifys_is_said(listener: Listener, limit: int) -> None:
    with pytest.raises(InputError, match="1 to 50"):
        listener.top_track_ids(Knows([]), limit=limit)
    with pytest.raises(InputError, match="1 to 50"):
        listener.recent_track_ids(Knows([]), limit=limit)
    with pytest.raises(InputError, match="long_term"):
        listener.top_track_ids(Knows([]), time_range="yesterday")


# --- saving ------------------------------------------------------------------------------------


def test_a_saved_playlist_is_private_whole_and_in_order(listener: Listener, world: World) -> None:
    ids = list(world.tracks)[:7][::-1]
    saved = listener.save_playlist("  Affetto: sad,\n lift ", ids, description="from a photo")
    kept = world.playlists[saved.playlist_id]
    assert kept["uris"] == [f"spotify:track:{track_id}" for track_id in ids]
    assert (kept["name"], kept["public"], kept["owner"]) == ("Affetto: sad, lift", False, "Ada")
    assert kept["description"] == "from a photo"
    assert saved.url == f"https://open.spotify.com/playlist/{saved.playlist_id}"
    assert saved.tracks == 7


def test_a_long_playlist_goes_in_hundreds(listener: Listener, world: World) -> None:
    ids = [spotify_id(str(n)) for n in range(205)]
    saved = listener.save_playlist("Long", ids)
    uris = world.playlists[saved.playlist_id]["uris"]
    assert uris == [f"spotify:track:{track_id}" for track_id in ids]
    sent = [len(e.sent["uris"]) for e in world.log if e.path.endswith("/items")]
    assert sent == [100, 100, 5]


def test_a_playlist_that_cannot_be_filled_is_taken_away_again(
    listener: Listener, world: World
) -> None:
    world.faults.plan("POST .*/items", faults.error(500))
    with pytest.raises(Unavailable):
        listener.save_playlist("Broken", list(world.tracks)[:3])
    assert world.playlists == {}
    assert world.paths()[-1] == "DELETE /v1/me/library"


def test_making_a_playlist_is_never_sent_twice(listener: Listener, world: World) -> None:
    """After a 500 nobody knows whether it was made; after a 429 it was not."""
    world.faults.plan("POST /v1/me/playlists", faults.error(500))
    with pytest.raises(Unavailable):
        listener.save_playlist("Once", list(world.tracks)[:1])
    assert world.paths().count("POST /v1/me/playlists") == 1
    world.faults.plan("POST /v1/me/playlists", faults.error(429, retry_after="0"))
    listener.save_playlist("Once", list(world.tracks)[:1])
    assert len(world.playlists) == 1


@pytest.mark.parametrize(
    ("name", "ids", "sentence"),
    [
        ("", ["a" * 22], "1 to 100"),
        ("x" * 101, ["a" * 22], "1 to 100"),
        ("Empty", [], "no tracks"),
        ("Album", [f"spotify:album:{'a' * 22}"], "a track is needed"),
    ],
)
def test_a_playlist_that_makes_no_sense_is_not_sent(
    listener: Listener, world: World, name: str, ids: list[str], sentence: str
) -> None:
    before = len(world.log)
    with pytest.raises(InputError, match=sentence):
        listener.save_playlist(name, ids)
    assert len(world.log) == before


def test_tracks_are_saved_forty_at_a_time(listener: Listener, world: World) -> None:
    ids = [spotify_id(str(n)) for n in range(45)]
    assert listener.save_tracks(ids) == 45
    assert world.accounts["ada"].library == [f"spotify:track:{track_id}" for track_id in ids]
    assert world.paths() == ["PUT /v1/me/library"] * 2


# --- reading playlists -------------------------------------------------------------------------


def test_ones_own_playlist_can_be_a_start(listener: Listener, world: World) -> None:
    ids = list(world.tracks)
    saved = listener.save_playlist("Mine", ids)  # 35 tracks fit a page of 50
    assert listener.playlist_track_ids(saved.url, Knows(ids[10:20])) == ids[10:20]


def test_a_private_playlist_of_somebody_else_and_a_deleted_one(
    connect: Callable[..., Listener], world: World
) -> None:
    ada, bo = connect("ada"), connect("bo")
    saved = ada.save_playlist("Ada's own", list(world.tracks)[:2])
    with pytest.raises(Forbidden, match="may be private"):
        bo.playlist_track_ids(saved.playlist_id, Knows([]))
    del world.playlists[saved.playlist_id]
    with pytest.raises(NotFound, match="this playlist: it may be private, deleted"):
        ada.playlist_track_ids(saved.playlist_id, Knows([]))


# --- the end of a connection -------------------------------------------------------------------


def test_disconnect_deletes_the_token_at_once(listener: Listener, world: World) -> None:
    assert listener.connected
    assert listener.name() == "Ada"
    listener.disconnect()
    assert not listener.connected
    before = len(world.log)
    for attempt in (listener.name, lambda: listener.search("song"), lambda: listener.tracks(["a"])):
        with pytest.raises((AuthError, InputError)):
            attempt()
    assert len(world.log) == before


def test_a_late_answer_does_not_bring_a_token_back(listener: Listener, world: World) -> None:
    """The token is refreshed while the listener disconnects: the new one is thrown away."""
    cache = listener._tokens.cache_handler
    token = cache.get_cached_token()
    listener.disconnect()
    cache.save_token_to_cache(token)
    assert not listener.connected


def test_consent_that_was_withdrawn_ends_the_connection(listener: Listener, world: World) -> None:
    world.expire_tokens()
    world.refreshers.clear()
    with pytest.raises(AuthError, match="connect Spotify again"):
        listener.name()
    assert not listener.connected


def test_an_expired_token_is_refreshed_without_a_word(listener: Listener, world: World) -> None:
    for _ in range(3):  # each refresh token works once, so the new ones are kept
        world.expire_tokens()
        assert listener.name() == "Ada"
    assert len(world.paths("/api/token")) == 4


def test_a_token_about_to_expire_is_refreshed_before_it_is_used(
    app: SpotifyApp, connect: Callable[..., Listener], world: World
) -> None:
    world.token_seconds = 30  # spotipy calls a token old in its last minute
    listener = connect()
    world.token_seconds = 3600
    assert listener.name() == "Ada"
    assert [exchange.status for exchange in world.log if exchange.path == "/v1/me"] == [200]


def test_an_account_that_the_app_does_not_know_is_told(
    connect: Callable[..., Listener],
) -> None:
    with pytest.raises(Forbidden, match="development mode"):
        connect("eve").name()


def test_a_long_wait_for_one_listener_is_one_for_all(
    connect: Callable[..., Listener], world: World
) -> None:
    """Spotify counts per app, so the pause is shared; tokens are not."""
    ada, bo = connect("ada"), connect("bo")
    world.faults.plan("/v1/me", faults.error(429, retry_after="3600"))
    for listener in (ada, bo):
        with pytest.raises(RateLimited, match="60 minutes"):
            listener.name()
    assert world.paths() == ["GET /v1/me"]
