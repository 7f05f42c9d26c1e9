"""Third and fourth panel: what is taken for what, and whether its odds can be trusted."""

from __future__ import annotations

import ipywidgets as widgets

from affetto.dashboard import figures
from affetto.dashboard.parts import Trouble, choice, columns, controls, live, redraw, text
from affetto.emotions import EMOTIONS
from affetto.readings import READOUTS, FaceFigures, face_figures


class _ReadoutPanel:
    """A panel over one of the two readouts."""

    def __init__(self, found: FaceFigures | None = None) -> None:
        self.found = found or face_figures()
        names = [(READOUTS[name], name) for name in self.found.readouts]
        self.readout = choice(names, label="Measured against")
        self.trouble = Trouble()

    @property
    def counts(self):
        """Of the chosen readout."""
        return self.found.readouts[self.readout.value]

    def source(self) -> str:
        """Where the numbers come from."""
        old = "" if self.found.current else " They are of an earlier release: run make reports."
        return (
            f'<p class="soft">{self.counts.total:,} faces of {self.found.usage}, which also chose '
            f"the training epoch, the views and the calibration.{old}</p>"
        )


class ConfusionPanel(_ReadoutPanel):
    """The confusion matrix of the answers from a confidence up."""

    def __init__(self, found: FaceFigures | None = None) -> None:
        super().__init__(found)
        steps = [float(edge) for edge in self.counts.edges[:-1]]
        self.threshold = widgets.SelectionSlider(
            options=[(f"{edge:.0%}", edge) for edge in steps],
            value=steps[0],
            description="Answer only from",
            style={"description_width": "initial"},
            layout={"width": "420px"},
        )
        self.steps, self.said, self.from_where = steps, text(""), text("")
        self.matrix = live(figures.confusion(self.counts.above(0)), name="confusion")
        self.curve = live(self._trade(), name="trade")
        self._tell()
        renew = self.trouble.guards(lambda _: self._renew())
        self.threshold.observe(renew, "value")
        self.readout.observe(renew, "value")

    def widget(self) -> widgets.Widget:
        """The panel."""
        why = (
            "<h2>What does it take for what?</h2><p>Rows are labels, columns what was read. Let it "
            "keep silent where it is unsure, and see what is gained and what is lost.</p>"
        )
        return widgets.VBox(
            [
                text(why),
                controls(self.readout, self.threshold),
                self.trouble,
                columns(self.matrix, widgets.VBox([self.said, self.curve, self.from_where])),
            ]
        )

    def _trade(self):
        return figures.trade(
            self.steps,
            [self.counts.answered(edge) for edge in self.steps],
            chosen=self.threshold.value,
        )

    def _renew(self) -> None:
        redraw(self.matrix, figures.confusion(self.counts.above(self.threshold.value)))
        redraw(self.curve, self._trade())
        self._tell()

    def _tell(self) -> None:
        share, right = self.counts.answered(self.threshold.value)
        shown = "–" if right is None else f"{right:.1%}"
        kept = self.counts.above(self.threshold.value)
        wrong = kept.copy()
        wrong[range(7), range(7)] = 0
        label, taken = divmod(int(wrong.argmax()), 7)
        most = (
            f"<p>Most often {EMOTIONS[label]} is read as {EMOTIONS[taken]}: "
            f"{wrong[label, taken]} faces.</p>"
            if wrong.any()
            else "<p>No answer is wrong.</p>"
        )
        self.said.value = (
            f'<div class="affetto-big"><div><b>{share:.1%}</b>answered</div>'
            f"<div><b>{shown}</b>right among those</div></div>{most}"
        )
        self.from_where.value = self.source()


class ReliabilityPanel(_ReadoutPanel):
    """The reliability diagram."""

    def __init__(self, found: FaceFigures | None = None) -> None:
        super().__init__(found)
        self.from_where = text(self.source())
        self.figure = live(self._figure(), name="reliability")
        self.readout.observe(self.trouble.guards(lambda _: self._renew()), "value")

    def widget(self) -> widgets.Widget:
        """The panel."""
        why = (
            "<h2>When it says 80 %, is it right four times in five?</h2><p>Each point gathers the "
            "faces to which it gave about the same confidence; a larger point has more of them. On "
            "the dotted line it is exactly as sure as it should be.</p>"
        )
        return widgets.VBox(
            [text(why), controls(self.readout), self.trouble, self.figure, self.from_where]
        )

    def _figure(self):
        return figures.reliability(*self.counts.hits(), self.counts.mean_confidence)

    def _renew(self) -> None:
        redraw(self.figure, self._figure())
        self.from_where.value = self.source()
