"""Live mode: off until switched on, smoothed, gentle, and nothing of a picture stays."""

from __future__ import annotations

import base64
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from affetto.emotions import EMOTION_MOODS, EMOTIONS
from app.live import ELSEWHERE, FORGOTTEN, LASTING, REST, SETTLED, Live
from tests.app.helpers import component, html, send, track_ids, verdict
from tests.photographs import encode, photograph, picture

CAMERA = "affetto_live"


def certain(emotion: str) -> dict[str, float]:
    return {name: float(name == emotion) for name in EMOTIONS}


def watched(emotion: str, *, seconds: float, live: Live | None = None, begin: float = 0.0) -> Live:
    """A face that shows one emotion, four pictures a second."""
    live = live or Live()
    for quarter in range(round(seconds * 4) + 1):
        live.take(certain(emotion), now=begin + quarter / 4)
    return live


# --- smoothing ---------------------------------------------------------------------------------


def test_an_old_reading_has_lost_two_thirds_after_the_smoothing_time() -> None:
    """1 - 1/e = 0.632 of the new one, whatever the number of pictures in between."""
    one = Live()
    one.take(certain("happy"), now=0.0)
    one.take(certain("sad"), now=2.5)
    assert one.probabilities["sad"] == pytest.approx(0.632, abs=0.001)
    many = Live()
    many.take(certain("happy"), now=0.0)
    for step in range(1, 11):
        many.take(certain("sad"), now=0.25 * step)
    assert many.probabilities["sad"] == pytest.approx(one.probabilities["sad"])


@settings(deadline=None)  # a busy machine is no fault
@given(some.lists(some.tuples(some.floats(0.01, 60), some.sampled_from([*EMOTIONS, None]))))
def test_what_is_smoothed_stays_a_probability(pictures: list[tuple[float, str | None]]) -> None:
    live, now = Live(), 0.0
    for gap, emotion in pictures:
        now += gap
        live.take(certain(emotion) if emotion else None, now=now)
        if live.probabilities is not None:
            assert sum(live.probabilities.values()) == pytest.approx(1)
            assert min(live.probabilities.values()) >= 0
            live.due(None, now=now)


def test_a_moment_without_a_face_forgets_nothing_and_an_empty_chair_does() -> None:
    live = watched("happy", seconds=4)
    live.take(None, now=4 + FORGOTTEN / 2)
    assert live.probabilities is not None
    assert not live.due(None, now=4 + FORGOTTEN / 2)  # but nothing follows an absent face
    live.take(None, now=4.1 + FORGOTTEN)
    assert live.probabilities is None


# --- how gently the music follows --------------------------------------------------------------


def test_the_first_list_waits_until_the_face_has_been_there_for_a_while() -> None:
    assert not watched("happy", seconds=SETTLED - 0.5).due(None, now=SETTLED - 0.5)
    assert watched("happy", seconds=SETTLED).due(None, now=SETTLED)


def test_a_passing_frown_changes_nothing() -> None:
    live = watched("happy", seconds=60)
    playing = EMOTION_MOODS["happy"]
    for quarter in range(8):  # two seconds of anger
        now = 60 + quarter / 4
        live.take(certain("angry"), now=now)
        assert not live.due(playing, now=now)
    watched("happy", seconds=10, live=live, begin=62)
    assert not live.due(playing, now=72)


def test_a_mood_that_lasts_is_followed_once_and_then_left_in_peace() -> None:
    live, playing = watched("happy", seconds=10), EMOTION_MOODS["happy"]
    live.moved(now=10)
    followed = []
    for quarter in range(4 * 60):
        now = 10 + quarter / 4
        live.take(certain("sad"), now=now)
        if live.due(playing, now=now):
            followed.append(now)
            playing = live.mood
            live.moved(now=now)
    assert len(followed) == 1  # the list then starts where the face is, so nothing is elsewhere
    assert followed[0] >= 10 + max(LASTING, REST)
    assert EMOTION_MOODS["sad"].distance(EMOTION_MOODS["happy"]) > ELSEWHERE


# --- on the page -------------------------------------------------------------------------------


def frame(number: int, data: bytes) -> dict[str, object]:
    return {"number": number, "jpeg": base64.b64encode(data).decode()}


@pytest.fixture
def live(app: AppTest) -> AppTest:
    """The page of somebody who switched live mode on."""
    app.segmented_control(key="entry").set_value("live").run()
    return app.button(key="live_on").click().run()


@pytest.fixture
def face() -> bytes:
    return encode(picture("astronaut"), "JPEG")


def test_the_camera_is_off_until_it_is_switched_on_and_the_notice_comes_first(app: AppTest) -> None:
    app.segmented_control(key="entry").set_value("live").run()
    assert "The camera stays off until you switch it on" in html(app)
    assert component(app, CAMERA) is None
    app.button(key="live_on").click().run()
    assert component(app, CAMERA) is not None
    app.button(key="live_off").click().run()
    assert component(app, CAMERA) is None
    assert app.session_state["affetto"].live is None


def test_a_picture_is_read_at_once_and_the_music_waits(live: AppTest, face: bytes) -> None:
    send(live, CAMERA, "frame", frame(1, face))
    assert not live.exception
    assert "Right now: <em>happy</em>" in html(live)
    assert track_ids(live) == []
    assert live.session_state["affetto"].scene.photo is None  # nothing of it is kept


def test_the_music_follows_a_face_that_stays(live: AppTest, face: bytes) -> None:
    send(live, CAMERA, "frame", frame(1, face))
    session = live.session_state["affetto"]
    session.live.since -= SETTLED  # as if the face had been there for that long
    send(live, CAMERA, "frame", frame(2, face))
    live.run()
    assert verdict(live) == "This face looks happy."
    assert len(track_ids(live)) == 20
    before = track_ids(live)
    send(live, CAMERA, "frame", frame(3, face))
    assert track_ids(live) == before
    assert [note.way for note in session.moods] == ["live"]


def test_what_the_listener_says_counts_more_than_the_camera(live: AppTest, face: bytes) -> None:
    send(live, CAMERA, "frame", frame(1, face))
    live.button(key="live_use").click().run()
    assert len(track_ids(live)) == 20
    live.pills(key="correction").set_value("sad").run()
    session = live.session_state["affetto"]
    session.live.since -= 100
    session.live._moved -= 100
    session.live._away = -100.0
    send(live, CAMERA, "frame", frame(2, face))
    assert verdict(live) == "You feel sad."
    assert "the camera changes nothing now" in html(live)


def test_undo_is_the_listeners_word_too(live: AppTest, face: bytes) -> None:
    live.segmented_control(key="entry").set_value("emotion").run()
    live.pills(key="emotion_0").set_value("sad").run()
    send(live, CAMERA, "frame", frame(1, face))
    live.button(key="live_use").click().run()
    session = live.session_state["affetto"]
    assert session.led
    session.change(goal="calm")
    assert session.led  # another goal is no other mood
    session.undo()
    session.undo()
    assert verdict(live.run()) == "You feel sad."
    assert not session.led


@pytest.mark.parametrize(
    "told",
    [
        {"number": 1, "jpeg": "no base64!"},
        {"number": "one", "jpeg": ""},
        {"number": math.inf, "jpeg": ""},
        {"number": 1, "jpeg": base64.b64encode(b"Dear diary").decode()},
        {"number": 1, "jpeg": "A" * 2_000_000},
        "nonsense",
        [],
    ],
)
def test_a_camera_that_sends_nonsense_is_told_in_a_sentence(live: AppTest, told: object) -> None:
    send(live, CAMERA, "frame", told)
    live.run()
    assert not live.exception
    assert len(live.warning) == 1


def test_a_picture_without_a_face_waits_for_one(live: AppTest) -> None:
    cat = encode(picture("chelsea"), "JPEG")
    send(live, CAMERA, "frame", frame(1, cat))
    assert not live.exception
    assert not live.warning
    assert "Looking for a face" in html(live)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("NotAllowedError", "closed to this page"),
        ("NotFoundError", "found no camera"),
        ("SecurityError", "over https"),
        ("<b>", "did not start"),
    ],
)
def test_a_camera_that_cannot_open_is_told_in_a_sentence(
    live: AppTest, name: str, sentence: str
) -> None:
    send(live, CAMERA, "trouble", name)
    live.run()
    assert not live.exception
    assert sentence in live.warning[0].value
    assert component(live, CAMERA) is None


def test_live_mode_stays_on_while_a_photo_is_shown(live: AppTest, upload, face: bytes) -> None:
    live.segmented_control(key="entry").set_value("photo").run()
    upload(live, photograph("astronaut"))
    assert len(track_ids(live)) == 20
    assert not live.session_state["affetto"].led  # the photo was the listener's last word
