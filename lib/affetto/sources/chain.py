"""The order in which sources of audio features are asked."""

from __future__ import annotations

from affetto.sources.catalogue_features import local_sources
from affetto.sources.features import FeatureSource
from affetto.sources.reccobeats import ReccoBeats
from affetto.sources.spotify.audio_features import SpotifyFeatures
from affetto.sources.spotify.client import SpotifyClient


def feature_sources(client: SpotifyClient | None = None) -> list[FeatureSource]:
    """Spotify's own (with extended quota only), ReccoBeats, our catalogue by id, then by name.

    client : Spotify, where there is one.  The catalogue is left out where it is not built.
    """
    own = [SpotifyFeatures(client)] if client else []
    return [*own, ReccoBeats.from_environment(), *local_sources()]
