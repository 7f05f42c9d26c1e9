"""Removed endpoints are never called, whichever of spotipy's methods somebody reaches for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from affetto.errors import Forbidden
from affetto.sources.spotify.api import SpotifyApi
from affetto.sources.spotify.app import SpotifyApp
from tests.servers.spotify import World, spotify_id

ID = spotify_id("anything")
REMOVED: dict[str, Callable[[SpotifyApi], object]] = {
    "batch of tracks": lambda api: api.tracks([ID]),
    "batch of artists": lambda api: api.artists([ID]),
    "batch of albums": lambda api: api.albums([ID]),
    "audio features": lambda api: api.audio_features([ID]),
    "audio analysis": lambda api: api.audio_analysis(ID),
    "recommendations": lambda api: api.recommendations(seed_tracks=[ID]),
    "genre seeds": lambda api: api.recommendation_genre_seeds(),
    "related artists": lambda api: api.artist_related_artists(ID),
    "an artist's top tracks": lambda api: api.artist_top_tracks(ID),
    "new releases": lambda api: api.new_releases(),
    "featured playlists": lambda api: api.featured_playlists(),
    "categories": lambda api: api.categories(),
    "another user": lambda api: api.user("ada"),
    "another user's playlists": lambda api: api.user_playlists("ada"),
    "making a playlist for a user": lambda api: api.user_playlist_create("ada", "x"),
    "leaving a playlist": lambda api: api.current_user_unfollow_playlist(ID),
    "markets": lambda api: api.available_markets(),
    "another host": lambda api: api._get("https://example.org/v1/me"),
    "a path that climbs": lambda api: api._get("tracks/../me/../../api/token"),
}


@pytest.mark.filterwarnings("ignore")  # spotipy knows that some of these are gone
@pytest.mark.parametrize("method", REMOVED.values(), ids=REMOVED.keys())
def test_a_removed_endpoint_is_refused_here(
    app: SpotifyApp, world: World, method: Callable[[SpotifyApi], object]
) -> None:
    with pytest.raises(Forbidden, match="has closed"):
        method(app.catalogue.api)
    assert world.log == []
