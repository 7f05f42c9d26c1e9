from __future__ import annotations

import numpy as np
import pytest

from affetto.emotions import Mood
from affetto.music.tracks import Track
from affetto.recommend.reasons import Place, alike_seeds, mood_colour, reason

SAD, HAPPY = Mood(-0.8, -0.2), Mood(0.8, 0.4)


def _track(valence: float | None, arousal: float = 0.0, **facts: object) -> Track:
    mood = None if valence is None else Mood(valence, arousal)
    whole = {"track_id": "a" * 22, "title": "Song", "artists": ("Ann",), **facts}
    return Track(**whole, mood=mood)


def _place(track: Track, **around: object) -> Place:
    whole = {"wanted": track.mood or Mood(0, 0), "start": SAD, "goal": HAPPY, **around}
    return Place(track=track, **whole)


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        (Mood(0.1, 0.1), "Even-tempered"),
        (Mood(0.2, 0.1), "Even-tempered"),  # faint as it is, no mood to speak of
        (Mood(0.6, 0.0), "Bright and easy"),
        (Mood(0.5, 0.5), "Bright and lively"),
        (Mood(0.0, 0.6), "Driving and alert"),
        (Mood(-0.5, 0.5), "Dark and intense"),
        (Mood(-0.6, 0.0), "Heavy-hearted"),
        (Mood(-0.5, -0.5), "Sad and quiet"),
        (Mood(0.0, -0.6), "Quiet and still"),
        (Mood(0.5, -0.5), "Calm and warm"),
        (Mood(0.6, -0.01), "Bright and easy"),  # just below 360° is the first octant again
    ],
)
def test_a_mood_has_a_colour(mood: Mood, words: str) -> None:
    assert mood_colour(mood) == words


@pytest.mark.parametrize(
    ("valence", "arousal", "words"),
    [
        (-0.75, -0.24, "Heavy-hearted, just where you are"),
        (-0.6, -0.2, "Heavy-hearted, a little brighter than you"),
        (-0.95, -0.25, "Heavy-hearted, a little darker than you"),
        (-0.75, 0.1, "Heavy-hearted, a little livelier than you"),
        (-0.7, -0.4, "Sad and quiet, a little calmer than you"),
    ],
)
def test_beside_the_listener(valence: float, arousal: float, words: str) -> None:
    assert reason(_place(_track(valence, arousal))) == words


@pytest.mark.parametrize(
    ("valence", "arousal", "words"), [(0.7, 0.5, "close to"), (0.75, 0.45, "just")]
)
def test_close_to_the_goal(valence: float, arousal: float, words: str) -> None:
    told = reason(_place(_track(valence, arousal)))
    assert told == f"Bright and lively, {words} where you want to be"


def test_a_step_is_told_by_the_track_before() -> None:
    between = _track(0.0, 0.05)
    brighter = reason(_place(between, before=_track(-0.2)))
    assert brighter == "Even-tempered, a step brighter"
    equal = reason(_place(between, before=_track(0.0)))
    assert equal == "Even-tempered, on the way to where you want to be"


@pytest.mark.parametrize(
    ("start", "goal", "before", "words"),
    [
        (Mood(0, 0.9), Mood(0, -0.9), _track(0.0, 0.3), "a step calmer"),
        (Mood(0, -0.9), Mood(0, 0.9), _track(0.0, -0.3), "a step livelier"),
        (Mood(0.9, 0), Mood(-0.9, 0), _track(0.3), "a step darker"),
    ],
)
def test_a_step_goes_along_the_main_axis(
    start: Mood, goal: Mood, before: Track, words: str
) -> None:
    told = reason(_place(_track(0.0, 0.0), start=start, goal=goal, before=before))
    assert told == f"Even-tempered, {words}"


def test_a_track_far_from_its_step_does_not_claim_to_fit() -> None:
    told = reason(_place(_track(-0.7, -0.3), wanted=Mood(0.5, 0.5)))
    assert told == "Sad and quiet, the mood you asked for is rare here"


def test_seed_tracks_are_named_only_where_there_is_a_tie() -> None:
    seed = _track(0.0, title="Hello")
    by = reason(_place(_track(0.5, 0.5), seed_by_artist=seed))
    assert by == "Bright and lively, by the artist of “Hello”"
    alike = reason(_place(_track(0.5, 0.5), seed_alike=seed))
    assert alike == "Bright and lively, among the nearest to “Hello”"


def test_an_unknown_mood_is_said() -> None:
    told = reason(_place(_track(None)))
    assert told == "Mood unknown; chosen to go with the rest of the list"
    seed = _track(0.0, title="Hello")
    assert (
        reason(_place(_track(None), seed_alike=seed))
        == "Mood unknown; among the nearest to “Hello”"
    )


def test_alike_means_in_the_nearest_hundredth_of_the_vocabulary() -> None:
    # 200 tracks on a quarter circle, one a step: the nearest two to track 0 are 0 itself and 1
    angles = np.linspace(0, np.pi / 2, 200)
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    vectors[1] *= 5  # length makes no difference
    assert alike_seeds(vectors, [0, 199], [1, 2, 198, 100]) == [0, None, 199, None]


def test_without_vectors_or_seeds_nothing_is_alike() -> None:
    assert alike_seeds(None, [0], [1, 2]) == [None, None]
    assert alike_seeds(np.eye(3), [], [1, 2]) == [None, None]
