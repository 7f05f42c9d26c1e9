"""Spotify's own audio features: closed to new apps, open to a few with extended quota."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from affetto.errors import Forbidden
from affetto.sources.features import AudioFeatures, Wanted, usable_values
from affetto.sources.spotify.client import SpotifyClient
from affetto.sources.spotify.facts import PROVENANCE

AT_ONCE = 100  # ids in one request


class SpotifyFeatures:
    """A FeatureSource for display only: ``learn`` refuses its rows.

    Asks nothing unless the app says that it has extended quota (AFFETTO_SPOTIFY_EXTENDED_QUOTA=1),
    and nothing more once Spotify has said that it has not.
    """

    name = PROVENANCE

    def __init__(self, client: SpotifyClient) -> None:
        self._api = client.api
        self._closed = not self._api.extended_quota

    def features(self, wanted: Sequence[Wanted]) -> dict[str, AudioFeatures]:
        """See FeatureSource.  Raises a ServiceError; Forbidden at most once."""
        if self._closed:
            return {}
        ids = [track.track_id for track in wanted]
        found: dict[str, AudioFeatures] = {}
        for start in range(0, len(ids), AT_ONCE):
            found |= self._some(ids[start : start + AT_ONCE])
        return found

    def _some(self, ids: Sequence[str]) -> dict[str, AudioFeatures]:
        """Not spotipy's ``audio_features``: it warns and puts a query into the path."""
        try:
            answer = self._api.get("audio-features", ids=",".join(ids))
        except Forbidden:
            self._closed = True
            raise
        return {row.track_id: row for row in map(_row, _rows(answer)) if row}


def _rows(answer: Any) -> list[Any]:
    rows = answer.get("audio_features") if isinstance(answer, dict) else None
    return rows if isinstance(rows, list) else []


def _row(row: Any) -> AudioFeatures | None:
    """One row; None for the null that stands for an unknown track."""
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        return None
    values = usable_values(row)
    if not values:
        return None
    return AudioFeatures(track_id=row["id"], values=values, provenance=PROVENANCE)
