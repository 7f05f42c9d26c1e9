"""A click that comes after its widget has left the page: nothing happens, and nothing breaks."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from tests.app.helpers import SONGS, html, set_aside, track_ids
from tests.photographs import encode, picture

Event = Callable[[AppTest], WidgetState]


def open_way(app: AppTest, way: str) -> AppTest:
    return app.segmented_control(key="entry").set_value(way).run()


def a_way_in(app: AppTest) -> WidgetState:
    late = app.segmented_control(key="entry").set_value("words")._widget_state
    open_way(app, "emotion").pills(key="emotion_0").set_value("sad").run()
    return late


def a_sentence_again(app: AppTest) -> WidgetState:
    open_way(app, "words").text_input(key="sentence").set_value("so sad")
    late = app.button(key="words_go").click()._widget_state
    app.run()
    return late


def a_songs_button(app: AppTest) -> WidgetState:
    open_way(app, "emotion").pills(key="emotion_0").set_value("sad").run()
    late = set_aside(app, SONGS, "act", ["liked", track_ids(app)[0]])
    app.button(key="undo").click().run()
    return late


def a_picture_of_live_mode(app: AppTest) -> WidgetState:
    open_way(app, "live").button(key="live_on").click().run()
    jpeg = base64.b64encode(encode(picture("astronaut"), "JPEG")).decode()
    late = set_aside(app, "affetto_live", "frame", {"number": 1, "jpeg": jpeg})
    app.button(key="live_off").click().run()
    return late


def a_cameras_trouble(app: AppTest) -> WidgetState:
    open_way(app, "live").button(key="live_on").click().run()
    late = set_aside(app, "affetto_live", "trouble", "NotReadableError")
    app.button(key="live_off").click().run()
    return late


@pytest.mark.parametrize(
    "event",
    [
        a_way_in,
        a_sentence_again,
        a_songs_button,
        a_picture_of_live_mode,
        a_cameras_trouble,
    ],
)
def test_a_late_click_changes_nothing(app: AppTest, event: Event) -> None:
    late = event(app)
    session = app.session_state["affetto"]
    before, scene, moods = html(app), session.scene, list(session.moods)
    states = app._tree.get_widget_states()
    states.widgets.append(late)
    app._run(states)
    assert not app.exception
    assert not app.warning
    assert html(app) == before
    assert app.session_state["affetto"].scene == scene
    assert app.session_state["affetto"].moods == moods
