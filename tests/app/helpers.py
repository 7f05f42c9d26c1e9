"""Reading what AppTest drew, and doing what it has no words for."""

from __future__ import annotations

import json
import re
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

LINK = re.compile(r'href="https://open\.spotify\.com/track/([0-9A-Za-z]{22})"')
SONGS = "affetto_songs"


def html(app: AppTest) -> str:
    """All HTML that our views wrote, in the page's order, the list of songs last."""
    return "\n".join([*(part.value for part in app.html), *song_rows(app)])


def component(app: AppTest, name: str) -> Any | None:
    """The message that one of our own components was sent, or None where it is not drawn."""
    drawn = [part.proto for part in app.get("bidi_component")]
    return next((proto for proto in drawn if proto.component_name == name), None)


def song_rows(app: AppTest) -> list[str]:
    """The HTML of each song."""
    proto = component(app, SONGS)
    return json.loads(proto.json)["rows"] if proto else []


def set_aside(app: AppTest, name: str, event: str, value: Any) -> WidgetState:
    """What the browser sends after ``setTriggerValue(event, value)`` in our JavaScript."""
    return WidgetState(
        id=f"$$STREAMLIT_INTERNAL_KEY_{component(app, name).id}__events",
        json_trigger_value=json.dumps([{"event": event, "value": value}]),
    )


def send(app: AppTest, name: str, event: str, value: Any) -> AppTest:
    """Run the app as after ``setTriggerValue(event, value)`` in our component's JavaScript."""
    states = app._tree.get_widget_states()
    states.widgets.append(set_aside(app, name, event, value))
    return app._run(states)


def do(app: AppTest, track_id: str, what: str) -> AppTest:
    """Press a song's button or an entry of its menu: play, liked, more_like, replace, disliked."""
    return send(app, SONGS, "act", [what, track_id])


def choose_again(app: AppTest) -> AppTest:
    """Open the ways in beside the music."""
    return app.button(key="again").click().run()


def open_memory(app: AppTest) -> AppTest:
    """Unfold the session's history, saving and restoring."""
    app.session_state["memory"] = True
    return app.run()


def track_ids(app: AppTest) -> list[str]:
    """The ids behind the Spotify links, in the order of the list."""
    return LINK.findall(html(app))


def verdict(app: AppTest) -> str:
    """The sentence on what is seen, without markup."""
    (found,) = re.findall(r'<h2 class="verdict">(.*?)</h2>', html(app))
    return re.sub(r"<[^>]+>", "", found)
