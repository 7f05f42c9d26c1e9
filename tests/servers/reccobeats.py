"""A ReccoBeats to test against: ids of its own, rows in an order of its own, gaps, and trouble."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.servers.faults import Faults, json_response

FEATURES: dict[str, float] = {
    "acousticness": 0.25,
    "danceability": 0.5,
    "energy": 0.75,
    "instrumentalness": 0.125,
    "key": 7,
    "liveness": 0.0625,
    "loudness": -8.5,
    "mode": 1,
    "speechiness": 0.03125,
    "tempo": 120.0,
    "valence": 0.375,
}


@dataclass
class Beats:
    """What it knows, by Spotify id, and what it was asked."""

    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    def learn(self, track_id: str, **features: Any) -> None:
        """Know a track from now on; FEATURES where nothing else is said."""
        self.known[track_id] = {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, track_id)),
            "href": f"https://open.spotify.com/track/{track_id}",
            "isrc": "XX0000000001",
            **FEATURES,
            **features,
        }


def build(beats: Beats) -> Starlette:
    """The app."""

    async def endpoint(request: Request) -> Response:
        return await beats.faults.answer(request) or await _features(beats, request)

    handler: Callable[[Request], Awaitable[Response]] = endpoint
    return Starlette(routes=[Route("/v1/audio-features", handler)])


async def _features(beats: Beats, request: Request) -> Response:
    ids = [i for i in request.query_params.get("ids", "").split(",") if i]
    beats.asked.append(ids)
    if not 1 <= len(ids) <= 40:
        return json_response({"error": "ids: size must be between 1 and 40", "status": 4001}, 400)
    rows = [beats.known[track_id] for track_id in sorted(ids) if track_id in beats.known]
    return json_response({"content": rows[::-1]})
