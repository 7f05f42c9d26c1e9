"""Second panel: the songs as points, by whatever two numbers, through filters."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets
import numpy as np

from affetto.dashboard import figures
from affetto.dashboard.parts import Trouble, choice, controls, live, redraw, text
from affetto.dashboard.songs import Songs, built_catalogue, bundled_vocabulary
from affetto.music.tracks import TRACK_URL

MOST = 30_000  # points drawn at once; a fixed sample of more, so that nothing flickers
EVERY, NONE = "every genre", "nothing"
HINT = (
    "<span class='soft'>Touch a point to see which song it is; drag to move, scroll to zoom.</span>"
)


class ExplorePanel:
    """Points, filters, and the song under the pointer."""

    def __init__(self, tables: dict[str, Songs] | None = None) -> None:
        self._tables = tables or _tables()
        self.which = choice(
            [(f"{name} ({len(songs):,} songs)", name) for name, songs in self._tables.items()],
            label="Look at",
        )
        self.x, self.y, self.shade = (_dropdown(label) for label in ("across", "up", "colour"))
        self.genre = _dropdown("genre")
        self.words = widgets.Text(
            placeholder="artist or title", continuous_update=False, description=""
        )
        self.years = widgets.IntRangeSlider(
            description="years", continuous_update=False, layout={"width": "320px"},
            style={"description_width": "initial"}, min=1900, max=2030,
        )  # fmt: skip
        self.trouble, self.said, self.card = Trouble(), text(""), text(HINT, "affetto-song")
        self._rows, self._busy = np.zeros(0, int), False
        self._offer()
        self.figure = live(self._figure(), name="songs")
        self.figure._config = {**self.figure._config, "scrollZoom": True}
        guards = self.trouble.guards
        self.which.observe(guards(lambda _: self._switch()), "value")
        for widget in (self.x, self.y, self.shade, self.genre, self.words, self.years):
            widget.observe(guards(lambda _: self._renew()), "value")
        self._listen()

    @property
    def songs(self) -> Songs:
        """The table that is looked at."""
        return self._tables[self.which.value]

    def widget(self) -> widgets.Widget:
        """The panel."""
        why = "<h2>What songs are there?</h2>"
        if len(self._tables) == 1:
            why += (
                "<p class='soft'>The full catalogue is not built here (affetto data build makes "
                "it); this is the bundled vocabulary, the songs that the recommender ranks.</p>"
            )
        return widgets.VBox(
            [
                text(why),
                controls(self.which),
                controls(self.x, self.y, self.shade),
                controls(self.genre, self.years, self.words),
                self.trouble,
                self.said,
                self.figure,
                self.card,
            ]
        )

    def _offer(self) -> None:
        """Fill the choices with what the table has."""
        names = [(called, column) for column, called in self.songs.axes.items()]
        first, second = (column for _, column in names[:2])
        self.x.options = self.y.options = names
        self.x.value, self.y.value = first, second
        self.shade.options = [(NONE, ""), *names]
        self.genre.options = [(EVERY, ""), *((n, n) for n in self.songs.genre_rows)]
        year = self.songs.numbers["year"]
        known = year[~np.isnan(year)]
        low, high = (int(known.min()), int(known.max())) if known.size else (1900, 2030)
        self.years.max, self.years.min = max(high, self.years.min), min(low, high)
        self.years.max = high
        self.years.value = (low, high)

    def _switch(self) -> None:
        self._busy = True
        try:
            self._offer()
        finally:
            self._busy = False
        self._renew()

    def _renew(self) -> None:
        if not self._busy:
            redraw(self.figure, self._figure())
            self.card.value = HINT
            self._listen()

    def _listen(self) -> None:
        """Name the song under the pointer or finger."""
        trace = self.figure.data[0]
        trace.on_hover(self._named)
        trace.on_click(self._named)

    def _figure(self):
        whole = self.years.value == (self.years.min, self.years.max)
        shade = self.shade.value
        found = self.songs.matching(
            genre=self.genre.value or None,
            years=None if whole else self.years.value,
            words=self.words.value,
            needs=(self.x.value, self.y.value, *([shade] if shade else [])),
        )
        self._rows = sample(found, len(self.songs))
        drawn = "" if len(self._rows) == len(found) else f"; {len(self._rows):,} drawn at random"
        self.said.value = (
            f"<p><b>{len(found):,}</b> of {len(self.songs):,} songs of the {self.songs.name}{drawn}"
            ".</p>"
        )
        column, names = self.songs.numbers, self.songs.axes
        return figures.points(
            column[self.x.value][self._rows],
            column[self.y.value][self._rows],
            axes=(names[self.x.value], names[self.y.value]),
            colour=column[shade][self._rows] if shade else None,
            shade=names[shade] if shade else "",
        )

    def _named(self, _trace: object, points, _state: object) -> None:
        if points.point_inds:
            row = int(self._rows[points.point_inds[0]])
            title, artists, track = self.songs.describe(row)
            self.card.value = (
                f'<a href="{TRACK_URL}{escape(track)}" target="_blank" rel="noopener">'
                f"<b>{escape(title)}</b></a> · {escape(artists)}<br>"
                f"<span class='soft'>{self._facts(row)}</span>"
            )

    def _facts(self, row: int) -> str:
        wanted = dict.fromkeys((self.x.value, self.y.value, self.shade.value or "year", "year"))
        values = {name: float(self.songs.numbers[name][row]) for name in wanted}
        shown = (
            f"{self.songs.axes[name]} {value:.0f}" if abs(value) >= 10 else
            f"{self.songs.axes[name]} {value:.2f}"
            for name, value in values.items() if not np.isnan(value)
        )  # fmt: skip
        return escape(", ".join(shown))


def _tables() -> dict[str, Songs]:
    """What can be looked at, the full catalogue first."""
    found = [songs for songs in (built_catalogue(), bundled_vocabulary()) if songs is not None]
    return {songs.name: songs for songs in found}


def sample(rows: np.ndarray, size: int) -> np.ndarray:
    """At most MOST of ``rows``; a song's place in the queue never changes, so none flickers.

    size : of the whole table.
    """
    if len(rows) <= MOST:
        return rows
    queue = np.random.default_rng(0).permutation(size)
    return np.sort(rows[np.argsort(queue[rows], kind="stable")[:MOST]])


def _dropdown(label: str) -> widgets.Dropdown:
    return widgets.Dropdown(
        options=[""],
        description=label,
        style={"description_width": "initial"},
        layout={"width": "220px"},
    )
