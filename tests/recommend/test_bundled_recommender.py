"""The released recommender itself: what the listener really gets."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from affetto.emotions import EMOTIONS, Mood
from affetto.music.tracks import is_track_id
from affetto.recommend.curator import make_playlist
from affetto.recommend.ranking import Ranker
from affetto.recommend.released import VOCABULARY, Released, load_released
from affetto.recommend.request import PlaylistRequest, Start
from affetto.settings import BUNDLED_DIR


@pytest.fixture(scope="module")
def bundled() -> Released:
    return load_released()


def test_the_vocabulary_keeps_its_limits(bundled: Released) -> None:
    assert 0 < len(bundled.catalogue) <= 60_000
    assert (BUNDLED_DIR / VOCABULARY).stat().st_size <= 6_000_000
    tracks = bundled.catalogue.tracks(range(0, len(bundled.catalogue), 500))
    assert all(is_track_id(track.track_id) for track in tracks)


def test_rock_from_elsewhere_is_not_sung_in_korean(bundled: Released) -> None:
    """ "folk-rock" ends in "k-rock", as "punk-pop" does in "k-pop"."""
    korean = bundled.catalogue.tracks(np.flatnonzero(bundled.catalogue.has_language(["ko"])))
    singers = {artist.lower() for track in korean for artist in track.artists}
    assert "bts" in singers
    assert singers.isdisjoint({"the clash", "blink-182", "the cure", "george ezra", "the smiths"})


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_emotion_gets_twenty_tracks_near_their_steps(bundled: Released, emotion: str) -> None:
    playlist = make_playlist(bundled, PlaylistRequest(start=Start.from_emotion(emotion)))
    known, unknown = bundled.catalogue.find(step.track.track_id for step in playlist)
    assert (len(set(known)), unknown, playlist.messages) == (20, [], ())
    assert playlist.mean_distance <= 0.2


def test_nine_in_ten_of_the_first_ten_lie_within_035_of_any_wanted_mood(bundled: Released) -> None:
    """A grid over the plane, its corners too."""
    ranker = Ranker(bundled.catalogue, bundled.recommender)
    everything = np.ones(len(bundled.catalogue), dtype=bool)
    near = []
    for valence in (-0.8, 0.0, 0.8):
        for arousal in (-0.8, 0.0, 0.8):
            mood = Mood(valence, arousal)
            tracks = bundled.catalogue.tracks(ranker.pick([mood] * 10, allowed=everything))
            near += [track.mood.distance(mood) <= 0.35 for track in tracks]
    assert np.mean(near) >= 0.9


def test_the_command_answers_from_a_process_of_its_own() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "affetto", "recommend", "--emotion", "sad", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert len(json.loads(result.stdout)["tracks"]) == 20
