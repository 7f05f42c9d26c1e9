"""No photo at all: an emotion, a point on the mood map, a sentence."""

from __future__ import annotations

import re
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from affetto.emotions import EMOTION_MOODS
from affetto.recommend.request import Start
from affetto.text.grave import HELP
from app.language import translate
from app.links import write
from tests.app.helpers import html, track_ids, verdict
from tests.photographs import photograph


def open_way(app: AppTest, way: str) -> AppTest:
    return app.segmented_control(key="entry").set_value(way).run()


def say(app: AppTest, sentence: str) -> AppTest:
    open_way(app, "words").text_input(key="sentence").set_value(sentence)
    return app.button(key="words_go").click().run()


def test_an_emotion_is_one_click(app: AppTest) -> None:
    open_way(app, "emotion").pills(key="emotion_0").set_value("fear").run()
    assert not app.exception
    assert verdict(app) == "You feel afraid."
    assert app.segmented_control(key="goal").value == "calm"  # what fear suggests
    assert len(track_ids(app)) == 20
    mood = app.session_state["affetto"].wishes.start.mood
    assert mood.distance(EMOTION_MOODS["fear"]) < 0.01  # hundredths, as in the address


@pytest.mark.parametrize("with_photo", [True, False])
def test_another_mood_has_the_goal_that_it_suggests(app: AppTest, with_photo: bool) -> None:
    if with_photo:
        app.button(key="sample").click().run()
    else:
        open_way(app, "emotion").pills(key="emotion_0").set_value("happy").run()
    app.segmented_control(key="goal").set_value("energise").run()
    app.pills(key="correction").set_value("fear").run()
    assert app.segmented_control(key="goal").value == "calm"


def test_without_a_photo_the_emotion_can_be_changed_in_place(app: AppTest) -> None:
    open_way(app, "emotion").pills(key="emotion_0").set_value("sad").run()
    app.pills(key="correction").set_value("happy").run()
    assert verdict(app) == "You feel happy."
    assert len(track_ids(app)) == 20


def test_the_sliders_of_the_mood_map_start_from_their_point(app: AppTest) -> None:
    open_way(app, "mood")
    app.slider[0].set_value(0.6)
    app.slider[1].set_value(-0.5)
    app.button[-1].click().run()
    assert not app.exception
    start = app.session_state["affetto"].wishes.start
    assert (start.mood.valence, start.mood.arousal) == (0.6, -0.5)
    assert len(track_ids(app)) == 20


def test_a_sentence_is_read_and_its_words_are_told(app: AppTest) -> None:
    say(app, "I am not happy, rather exhausted and lonely")
    assert not app.exception
    assert "exhausted" in html(app)
    assert app.session_state["affetto"].wishes.start.mood.valence < 0
    assert len(track_ids(app)) == 20


def test_italian_is_read_as_well(app: AppTest) -> None:
    say(app, "sono molto felice")
    assert verdict(app) == "You feel happy."


def test_a_sentence_without_a_known_word_asks_to_choose(app: AppTest) -> None:
    say(app, "qwertz uiop")
    assert not app.exception
    (problem,) = app.warning
    assert "choose an emotion" in problem.value
    assert track_ids(app) == []


def test_grave_words_are_answered_with_whom_to_call_and_calm_music(app: AppTest) -> None:
    say(app, "voglio morire")
    told = re.sub("<[^>]+>", "", unescape(html(app)))
    assert translate(HELP, "en") in told
    assert 'href="https://findahelpline.com"' in html(app)
    wishes = app.session_state["affetto"].wishes
    assert (wishes.request().goal, write(wishes)["goal"]) == ("calm", "calm")
    app.button(key="undo").click().run()
    assert HELP not in unescape(html(app))


def test_what_was_typed_is_shown_as_text_never_as_markup(app: AppTest) -> None:
    say(app, "<script>alert(1)</script> happy")
    assert "<script>alert" not in html(app)
    assert len(track_ids(app)) == 20


def test_opening_another_way_clears_the_complaint(app: AppTest) -> None:
    say(app, "qwertz")
    open_way(app, "emotion")
    assert not app.warning


def test_the_same_said_twice_is_one_step_to_undo(app: AppTest) -> None:
    """A double click: Streamlit calls back twice."""
    session = app.session_state["affetto"]
    for _ in range(2):
        session.start_from(Start.from_emotion("sad"), way="emotion")
        assert len(session.moods) == 1
    for _ in range(2):
        session.take_photo(photograph("astronaut"))
        assert len(session.moods) == 2
    session.undo()
    assert session.wishes.start.emotion == "sad"
    session.undo()
    assert not session.started
