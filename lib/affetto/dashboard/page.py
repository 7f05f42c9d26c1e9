"""The page: a row of buttons, and the panel that was chosen; a panel is built when first seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import ipywidgets as widgets

from affetto.dashboard.parts import Carrier, choice, guarded_panel, text

_STYLE = Path(__file__).with_name("style.css")
_HEADER = """
<h1>Affetto</h1>
<p class="soft">A face becomes an emotion, an emotion a journey, a journey twenty songs.
Look inside, and see how well each step was measured.</p>
"""
_FOOTER = """
<footer>A face is not a readout of emotion, and a song's mood, estimated from labels, playlists and
sound, is not the mood that everybody hears. Photos stay in memory;
the page holds a small copy until it is closed.</footer>
"""


def _journey() -> widgets.Widget:
    from affetto.dashboard.journey import JourneyPanel

    return JourneyPanel().widget()


def _songs() -> widgets.Widget:
    from affetto.dashboard.explore import ExplorePanel

    return ExplorePanel().widget()


def _confusion() -> widgets.Widget:
    from affetto.dashboard.faces import ConfusionPanel

    return ConfusionPanel().widget()


def _reliability() -> widgets.Widget:
    from affetto.dashboard.faces import ReliabilityPanel

    return ReliabilityPanel().widget()


def _baselines() -> widgets.Widget:
    from affetto.dashboard.baselines import BaselinesPanel

    return BaselinesPanel().widget()


PANELS: Mapping[str, Callable[[], widgets.Widget]] = {
    "Journey": _journey,
    "Songs": _songs,
    "Mistakes": _confusion,
    "Odds": _reliability,
    "Against others": _baselines,
}


class Dashboard:
    """All panels on one page.  panels : name → what builds it; the first is seen first."""

    def __init__(self, panels: Mapping[str, Callable[[], widgets.Widget]] = PANELS) -> None:
        self._panels = panels
        self._built: dict[str, widgets.Widget] = {}
        self.choice = choice(list(panels))
        self.choice.add_class("affetto-nav")
        self.place = widgets.VBox()
        self.choice.observe(lambda _: self.show(), "value")
        self.show()

    def show(self) -> None:
        """Put the chosen panel on the page."""
        name = self.choice.value
        if name not in self._built:
            self._built[name] = guarded_panel(self._panels[name])
        # Hidden, not taken away: a figure that came back to the page would draw no change.
        self.place.children = tuple(self._built.values())
        for other, panel in self._built.items():
            panel.layout.display = None if other == name else "none"

    def widget(self) -> widgets.Widget:
        """The whole page."""
        style = f"<style>{_STYLE.read_text(encoding='utf-8')}</style>"
        parts = [text(style + _HEADER), self.choice, self.place, text(_FOOTER), Carrier()]
        page = widgets.VBox(parts)
        page.add_class("affetto")
        return page
