"""Fifth panel: the recommender against each baseline, on the same targets."""

from __future__ import annotations

import ipywidgets as widgets

from affetto.dashboard import figures
from affetto.dashboard.parts import Trouble, choice, columns, controls, live, redraw, text
from affetto.readings import PlaylistFigures, playlist_figures

METRICS = {
    "hr@10": "among the first 10", "hr@50": "among the first 50",
    "hr@100": "among the first 100", "mrr": "mean reciprocal rank",
    "ndcg@100": "NDCG of the first 100", "r_precision": "R-precision",
}  # fmt: skip
MODELS = {
    "released": "Affetto", "lstm": "its LSTMs alone", "neighbours": "its neighbours alone",
    "popularity": "popularity",
    "mood_popularity": "popularity by mood", "item_item": "item-item",
    "last_track_knn": "kNN of the last track", "s_knn": "session kNN", "vs_knn": "VS-kNN",
    "markov": "Markov chain", "nearest_mood": "nearest mood", "untrained": "untrained LSTMs",
}  # fmt: skip
TARGETS = (("songs it knows", "known"), ("all songs", "all"))
FIRST_METRIC = "hr@50"


def model_name(name: str) -> str:
    """A model as people call it."""
    return MODELS.get(name, name.replace("_", " "))


class BaselinesPanel:
    """Scores of every model, and how far ours is ahead of each."""

    def __init__(self, found: PlaylistFigures | None = None) -> None:
        self.found = found or playlist_figures()
        names = self.found.metrics
        self.metric = widgets.Dropdown(
            options=[(METRICS.get(name, name), name) for name in names],
            value=FIRST_METRIC if FIRST_METRIC in names else names[0],
            description="Score",
            style={"description_width": "initial"},
        )
        self.targets = choice(TARGETS, label="counting")
        self.trouble, self.said = Trouble(), text("")
        self.bars = live(self._bars(), name="scores")
        self.ahead = live(self._ahead(), name="differences")
        self._tell()
        renew = self.trouble.guards(lambda _: self._renew())
        self.metric.observe(renew, "value")
        self.targets.observe(renew, "value")

    @property
    def ours(self) -> str:
        """The model that ships."""
        return "released" if "released" in self.found.scores["known"] else "lstm"

    def widget(self) -> widgets.Widget:
        """The panel."""
        why = (
            "<h2>Does it find the song that came next?</h2><p>After its first five, each song of "
            "a playlist that nobody trained on is hidden in turn; told the songs before it, every "
            "model ranks its whole vocabulary.</p>"
        )
        ahead = "<p><b>How far Affetto is ahead</b>, 95 % interval, playlists resampled</p>"
        return widgets.VBox(
            [
                text(why),
                controls(self.metric, self.targets),
                self.trouble,
                columns(
                    widgets.VBox([text("<p><b>Score</b></p>"), self.bars]),
                    widgets.VBox([text(ahead), self.ahead]),
                ),
                self.said,
            ]
        )

    def _bars(self):
        rows = self.found.scores[self.targets.value]
        values = {model_name(name): row[self.metric.value] for name, row in rows.items()}
        return figures.scores(values, ours=model_name(self.ours))

    def _ahead(self):
        return figures.differences(
            {
                model_name(name): tuple(row[self.metric.value])
                for name, row in self.found.differences.items()
                if self.metric.value in row
            }
        )

    def _renew(self) -> None:
        redraw(self.bars, self._bars())
        redraw(self.ahead, self._ahead())
        self._tell()

    def _tell(self) -> None:
        found = self.found
        behind = [
            model_name(name)
            for name, row in found.differences.items()
            if self.metric.value in row and row[self.metric.value][0] <= 0
        ]
        verdict = (
            f"Not clearly ahead of {', '.join(behind)}: the interval reaches zero."
            if behind
            else "Ahead of each of them: no interval reaches zero."
        )
        self.said.value = (
            f"<p>{verdict}</p><p class='soft'>{found.targets:,} hidden songs of "
            f"{found.playlists:,} playlists; {found.coverage:.1%} of them are in "
            "the vocabulary. The intervals are for songs it knows. "
            f"From reports/metrics/{found.file}.</p>"
        )
