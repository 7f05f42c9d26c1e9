"""What panels share: figures that change in place, a place to drop a photo, trouble kept inside."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import plotly.graph_objects as go
import traitlets

from affetto.errors import AffettoError
from affetto.faces.photo import MAX_BYTES

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent


class DropZone(anywidget.AnyWidget):
    """A place to drop a photo, or to choose one.

    The photo comes as a message and not as a trait: it is held nowhere and not echoed to the page.
    """

    _esm = (_HERE / "drop.js").read_text(encoding="utf-8")
    limit = traitlets.Int(MAX_BYTES).tag(sync=True)

    def on_photo(self, handler: Callable[[bytes, bool], None]) -> None:
        """Call ``handler(photo, refused)`` for each photo; refused: too large, and not sent."""

        def arrived(_: Any, message: dict[str, Any], buffers: list[memoryview]) -> None:
            handler(b"".join(buffers), bool(message["refused"]))

        self.on_msg(arrived)


class Carrier(anywidget.AnyWidget):
    """Brings Plotly to the page once; it must stand there for a Figure to be drawn."""

    _esm = (_HERE / "carrier.js").read_text(encoding="utf-8")
    source = traitlets.Unicode(str(go.FigureWidget._esm)).tag(sync=True)  # the file's text


class Figure(go.FigureWidget):
    """Plotly's live figure, without a copy of Plotly in each."""

    _esm = (_HERE / "figure.js").read_text(encoding="utf-8")


class Trouble(widgets.HTML):
    """One sentence in its panel when something in there went wrong; empty otherwise."""

    def tell(self, error: Exception) -> None:
        """Show what happened: our own sentence, or the name of what nobody foresaw."""
        if not isinstance(error, AffettoError):
            _log.error("a panel of the dashboard failed", exc_info=error)
        told = str(error) if isinstance(error, AffettoError) else _unforeseen(error)
        self.value = f'<p class="affetto-trouble" role="alert">{escape(told)}</p>'

    def guards(self, handler: Callable[..., Any]) -> Callable[..., None]:
        """``handler``, whose errors are told here and go no further."""

        @functools.wraps(handler)
        def guarded(*arguments: Any, **named: Any) -> None:
            try:
                handler(*arguments, **named)
                self.value = ""
            except Exception as error:
                self.tell(error)

        return guarded


def _unforeseen(error: Exception) -> str:
    return f"Something went wrong in this panel ({type(error).__name__}); the others still work."


def guarded_panel(build: Callable[[], widgets.Widget]) -> widgets.Widget:
    """What ``build`` makes; where it fails, one sentence in its place."""
    try:
        return build()
    except Exception as error:
        trouble = Trouble()
        trouble.tell(error)
        return trouble


def live(figure: go.Figure, *, name: str) -> Figure:
    """A figure that can change on the page.  name : a CSS class that tells it from others."""
    shown = Figure(figure)
    shown.update_layout(autosize=True, width=None)
    shown._config = {"responsive": True, "displayModeBar": False, "scrollZoom": False}
    shown.add_class(f"affetto-figure-{name}")
    return shown


def redraw(shown: Figure, figure: go.Figure) -> None:
    """Make ``shown`` look like ``figure``, in one message to the page."""
    if [trace.type for trace in shown.data] != [trace.type for trace in figure.data]:
        with shown.batch_update():
            shown.data = ()
            shown.add_traces(figure.data)
            shown.layout.update(figure.layout.to_plotly_json(), overwrite=True)
        return
    with shown.batch_update():
        for old, new in zip(shown.data, figure.data, strict=True):
            values = new.to_plotly_json()
            values.pop("type", None)
            old.update(values, overwrite=True)
        shown.layout.update(figure.layout.to_plotly_json(), overwrite=True)


def text(html: str, *classes: str) -> widgets.HTML:
    """HTML on the page."""
    shown = widgets.HTML(html)
    for name in classes:
        shown.add_class(name)
    return shown


def columns(*children: widgets.Widget) -> widgets.Box:
    """Side by side where there is room, else one under the other."""
    box = widgets.Box(children)
    box.add_class("affetto-columns")
    return box


def controls(*children: widgets.Widget) -> widgets.Box:
    """Widgets in a row that wraps."""
    box = widgets.Box(children)
    box.add_class("affetto-controls")
    return box


def choice(options: Any, *, label: str = "", value: Any = None, **more: Any):
    """Buttons of which one is pressed; they wrap on a narrow page."""
    chosen = {"value": value} if value is not None else {}
    return widgets.ToggleButtons(
        options=options, description=label, style={"button_width": "auto"}, **chosen, **more
    )
