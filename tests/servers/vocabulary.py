"""A Spotify that knows every song of the released vocabulary, made up when it is asked for."""

from __future__ import annotations

from typing import Any

from affetto.recommend.released import load_released
from tests.servers import spotify


class KnownTracks(dict[str, dict[str, Any]]):
    """The tracks written down, and behind them the vocabulary's, under their own ids.

    Their titles differ from ours, so that a fresh title can be told from an old one.
    """

    def __contains__(self, track_id: object) -> bool:
        return super().__contains__(track_id) or not load_released().catalogue.find([track_id])[1]

    def __missing__(self, track_id: str) -> dict[str, Any]:
        catalogue = load_released().catalogue
        track = catalogue.track(catalogue.find([track_id])[0][0])
        self[track_id] = spotify.make_track(
            fresh_title(track.title), track.artists[0], track_id=track_id, year=track.year or 2001
        )
        return self[track_id]


def fresh_title(title: str) -> str:
    """The title under which this Spotify has a song of ours."""
    return f"{title} (2026 Remaster)"


def world() -> spotify.World:
    """The small world with the vocabulary behind it; Ada loves thirty songs of ours."""
    world = spotify.small_world()
    strangers = list(world.tracks)[:5]
    world.tracks = KnownTracks(world.tracks)
    catalogue = load_released().catalogue
    ours = [track.track_id for track in catalogue.tracks(range(0, 6000, 200))]
    world.accounts["ada"].top = [*ours[:25], *strangers]
    world.accounts["ada"].recent = [*ours[25:], *strangers]
    return world
