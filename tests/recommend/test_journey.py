from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affetto.emotions import CALM, EMOTION_MOODS, EMOTIONS, Mood
from affetto.errors import InputError
from affetto.recommend.journey import (
    GOALS,
    default_goal,
    goal_mood,
    nearest_emotion,
    parse_goal,
    parse_mood,
    plan_journey,
)

ROUNDING = 1e-9
axis = st.floats(-1, 1, allow_nan=False)
moods = st.builds(Mood, axis, axis)
lengths = st.integers(1, 100)


def _enough(distance: float, n: int) -> bool:
    """DESIGN's condition: n ≥ 1 + ⌈(distance − 0.4)/0.25⌉."""
    return n >= 1 + math.ceil((distance - 0.4) / 0.25 - ROUNDING)


@given(moods, moods, lengths)
def test_a_path_has_its_length_and_begins_near_the_listener(
    current: Mood, goal: Mood, n: int
) -> None:
    path = plan_journey(current, goal, n=n)
    assert len(path) == n
    assert path[0].distance(current) <= 0.2 + ROUNDING


@given(moods, moods, lengths)
def test_no_step_is_long_and_each_leads_towards_the_goal(current: Mood, goal: Mood, n: int) -> None:
    path = plan_journey(current, goal, n=n)
    for one, other in itertools.pairwise(path):
        assert one.distance(other) <= 0.25 + ROUNDING
        assert other.distance(goal) <= one.distance(goal) + ROUNDING


@given(moods, moods, lengths)
def test_a_path_that_is_long_enough_arrives(current: Mood, goal: Mood, n: int) -> None:
    end = plan_journey(current, goal, n=n)[-1]
    if _enough(current.distance(goal), n):
        assert end.distance(goal) <= 0.2 + ROUNDING


@given(moods, moods, lengths)
def test_a_shorter_path_ends_as_near_as_the_steps_allow(current: Mood, goal: Mood, n: int) -> None:
    distance = current.distance(goal)
    end = plan_journey(current, goal, n=n)[-1]
    if not _enough(distance, n):
        # 0.2 for free at the beginning, then n - 1 strides of 0.25, all straight at the goal
        assert end.distance(goal) == pytest.approx(distance - 0.2 - 0.25 * (n - 1), abs=1e-9)


def test_a_path_by_hand() -> None:
    # distance 1; five tracks make four strides of 0.25: exactly enough to begin and end on the spot
    path = plan_journey(Mood(-0.5, 0.0), Mood(0.5, 0.0), n=5)
    assert [step.valence for step in path] == pytest.approx([-0.5, -0.25, 0.0, 0.25, 0.5])


def test_two_tracks_share_what_is_missing_between_both_ends() -> None:
    # distance 0.55, one stride of 0.25: 0.3 is left, 0.15 at each end
    path = plan_journey(Mood(0.0, 0.0), Mood(0.0, 0.55), n=2)
    assert [step.arousal for step in path] == pytest.approx([0.15, 0.4])


def test_one_track_for_a_short_way_stands_half_way() -> None:
    assert plan_journey(Mood(0.0, 0.0), Mood(0.4, 0.0), n=1) == (Mood(0.2, 0.0),)


def test_a_long_list_rests_at_the_goal_for_its_last_quarter() -> None:
    # 21 tracks have 20 steps; the way takes ⌈0.75 · 20⌉ = 15, so tracks 16 to 21 are at the goal
    goal = Mood(0.5, 0.5)
    path = plan_journey(Mood(-0.5, -0.5), goal, n=21)
    at_goal = [step.distance(goal) < 1e-9 for step in path]
    assert at_goal == [False] * 15 + [True] * 6


@given(moods, lengths)
def test_matching_stays_where_the_listener_is(current: Mood, n: int) -> None:
    path = plan_journey(current, goal_mood("match", current), n=n)
    assert set(path) == {current}


@given(moods, st.sampled_from(GOALS))
def test_no_goal_but_calm_is_less_pleasant_than_the_listener(current: Mood, goal: str) -> None:
    if goal != "calm":
        assert goal_mood(goal, current).valence >= current.valence


@given(moods)
def test_goals_lead_where_they_say(current: Mood) -> None:
    assert goal_mood("lift", current).valence >= EMOTION_MOODS["happy"].valence
    assert goal_mood("calm", current).arousal <= min(CALM.arousal, current.arousal)
    assert goal_mood("energise", current).arousal >= current.arousal


@given(moods, moods)
def test_a_free_goal_is_itself(current: Mood, goal: Mood) -> None:
    assert goal_mood(goal, current) == goal


def test_defaults_neither_answer_anger_with_rage_nor_sadness_with_deeper_sadness() -> None:
    assert {emotion: default_goal(emotion) for emotion in EMOTIONS} == {
        "happy": "match",
        "surprise": "match",
        "neutral": "match",
        "angry": "calm",
        "fear": "calm",
        "sad": "lift",
        "disgust": "lift",
    }


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_nearest_emotion_of_an_emotions_own_point_is_itself(emotion: str) -> None:
    assert nearest_emotion(EMOTION_MOODS[emotion]) == emotion


@pytest.mark.parametrize(
    ("written", "goal"),
    [
        ("Lift", "lift"),
        (" energize ", "energise"),
        ("0.5,-0.2", Mood(0.5, -0.2)),
        (Mood(0, 0), Mood(0, 0)),
    ],
)
def test_goals_are_read(written: str | Mood, goal: str | Mood) -> None:
    assert parse_goal(written) == goal


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("up", "I don't know the goal 'up'; choose match, lift, calm, energise, or a mood"),
        ("", "I don't know the goal ''"),
        ("2,0", "valence lies between -1 and 1; got 2.0"),
        ("nan,0", "valence lies between -1 and 1; got nan"),
        ("1,2,3", "I can't read the mood '1,2,3'"),
    ],
)
def test_other_goals_are_refused_in_one_sentence(written: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        parse_goal(written)


@pytest.mark.parametrize("form", [" -0.5 , 1", (-0.5, 1), [-0.5, 1.0], Mood(-0.5, 1.0)])
def test_a_mood_may_come_in_several_forms(form: object) -> None:
    assert parse_mood(form) == parse_goal(form) == Mood(-0.5, 1.0)


@pytest.mark.parametrize("form", [(1,), (0, 0, 0), ("a", "b"), 3, None, b"0,0", {}])
def test_what_is_no_mood_is_refused(form: object) -> None:
    with pytest.raises(InputError, match="I can't read the mood"):
        parse_mood(form)


@pytest.mark.parametrize("n", [0, -1, 101, 2.5, True, "5"])
def test_a_length_that_makes_no_sense_is_refused(n: object) -> None:
    with pytest.raises(InputError, match=r"1 to 100 tracks; got"):
        plan_journey(Mood(0, 0), Mood(1, 1), n=n)
