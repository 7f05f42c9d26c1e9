"""Data in, Plotly figure out; only the edge shows or saves a figure.

Colours are mid-tones that read on light and on dark, and backgrounds stay clear, so that a figure
takes on the look of the page it stands on.  Words can be replaced for another language.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from affetto.emotions import EMOTION_MOODS, EMOTIONS, Mood
from affetto.errors import InputError

if TYPE_CHECKING:
    from affetto.music.playlists import Playlist

ACCENT, QUIET, GRID = "#d8694a", "#80766c", "rgba(141, 131, 120, 0.28)"
PAPER, INK = "#fffaf5", "#2b2622"  # of what lies over a figure
FONT = "Source Sans, Source Sans Pro, sans-serif"
_WORD = 0.2  # closer than this to an end, an emotion's word would lie under it
_ABOVE = ("angry", "surprise")  # their words stand above: angry and afraid are neighbours
_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0))  # of an end, where its word may stand
_WORDS_WORTH = 3  # songs that a word may rather cover than another word
_LETTER, _LINE = 0.018, 0.05  # half of a letter's width, and of a line's height, on the plane
_EDGE = 1.06  # the plane's limit of 1, and room for a marker on it
# Of moments as numbers, which need no translation: seconds, minutes, then days; the day is told
# wherever there are several.
_DAY = 86_400_000  # ms
_CLOCK = [
    {"dtickrange": [None, 60_000], "value": "%H:%M:%S"},
    {"dtickrange": [60_000, _DAY], "value": "%H:%M"},
    {"dtickrange": [_DAY, None], "value": "%d/%m"},
]
_DAYS = [{**_CLOCK[1], "value": "%d/%m %H:%M"}, _CLOCK[2]]
_SHORTEST = timedelta(seconds=30)  # that a timeline covers, so that its ticks are seconds apart
_LONGEST = 44  # letters of a hover's line
PICKER_STEP = 0.1  # between two points that can be picked on the plane


@dataclass(frozen=True, slots=True)
class PlaneWords:
    """The words on a mood plane."""

    pleasant: str = "pleasant →"
    unpleasant: str = "← unpleasant"
    lively: str = "lively"
    quiet: str = "quiet"
    you: str = "you"
    goal: str = "goal"
    emotions: Mapping[str, str] = field(default_factory=lambda: {name: name for name in EMOTIONS})


ENGLISH = PlaneWords()
End = tuple[Mood, str]  # a place on the plane that gets a ring, and its word
Word = tuple[tuple[float, float], float]  # the middle of a word on the plane, half its width


def journey_plane(playlist: Playlist, *, words: PlaneWords = ENGLISH, height: int = 380):
    """The mood plane with the wanted path and the chosen tracks on it.

    Returns a plotly Figure.  The track markers are the trace named "tracks"; a point's
    ``customdata`` is (position from 0, track id).  Tracks of unknown mood are not drawn.
    height : pixels.
    """
    path = playlist.journey
    line = {
        **_points(path),
        "mode": "lines",
        "line": {"color": ACCENT, "width": 3},
        "opacity": 0.55,
        "hoverinfo": "skip",
        "name": "path",
    }
    ends = _ends(path, words)
    songs = [step.track.mood for step in playlist if step.track.mood is not None]
    traces = (line, _tracks(playlist), _rings(ends))
    return _plane(words, traces, named=ends, height=height, dots=songs)


def mood_picker(chosen: Mood | None = None, *, words: PlaneWords = ENGLISH):
    """A mood plane whose every tenth can be clicked.

    Returns a plotly Figure; the trace "points" holds one small marker a grid point, valence in
    x and arousal in y.
    """
    steps = [round(k * PICKER_STEP - 1, 2) for k in range(round(2 / PICKER_STEP) + 1)]
    grid = {
        "type": "scatter",
        "x": [x for x in steps for _ in steps],
        "y": [y for _ in steps for y in steps],
        "mode": "markers",
        "marker": {"size": 4, "color": QUIET, "opacity": 0.3},
        "selected": {"marker": {"opacity": 0.9, "color": ACCENT}},
        "hovertemplate": "%{x:+.1f}, %{y:+.1f}<extra></extra>",
        "name": "points",
    }
    ends = _ends((chosen,), words) if chosen is not None else []
    rings = (_rings(ends),) if ends else ()
    return _plane(words, (grid, *rings), named=ends, height=380)


def probability_bars(probabilities: Mapping[str, float]):
    """Seven horizontal bars with their numbers, the most probable on top.

    probabilities : emotion → 0 to 1, all seven.
    Returns a plotly Figure.  Raises InputError unless exactly the seven emotions are given.
    """
    if set(probabilities) != set(EMOTIONS):
        raise InputError(f"The bars show the seven emotions: {', '.join(EMOTIONS)}.")
    order = sorted(EMOTIONS, key=lambda name: probabilities[name])
    values = [probabilities[name] for name in order]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=order,
            orientation="h",
            marker={"color": [QUIET] * (len(order) - 1) + [ACCENT], "cornerradius": 4},
            text=[percent(value) for value in values],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.update_layout(**_layout(260), xaxis={"visible": False, "range": [0, 1.12]})
    figure.update_yaxes(
        ticks="", ticklabelstandoff=4, showgrid=False, fixedrange=True, automargin=True
    )
    return figure


def photo_with_faces(pixels: np.ndarray, boxes: Sequence[Sequence[float]]):
    """A photo, shrunk to be shown, with a frame around each face.

    pixels : uint8 [h, w, 3].  boxes : (x, y, width, height) in those pixels.
    Returns a plotly Figure, which holds the photo as a JPEG of at most 480 pixels a side.
    """
    tall, wide = pixels.shape[:2]
    figure = go.Figure()
    figure.add_layout_image(
        source=_jpeg_uri(pixels), xref="x", yref="y", x=0, y=0, sizex=wide, sizey=tall,
        sizing="stretch", layer="below",
    )  # fmt: skip
    for x, y, width, high in boxes:
        frame = {"type": "rect", "x0": x, "y0": y, "x1": x + width, "y1": y + high}
        figure.add_shape(frame, line={"color": ACCENT, "width": 3})
    figure.update_layout(**_layout(420))
    figure.update_xaxes(range=[0, wide], visible=False)
    figure.update_yaxes(range=[tall, 0], visible=False, scaleanchor="x")
    return figure


def _jpeg_uri(pixels: np.ndarray) -> str:
    from PIL import Image  # only who shows a photo needs it

    picture = Image.fromarray(pixels)
    picture.thumbnail((480, 480))
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(sink.getvalue()).decode('ascii')}"


def mood_timeline(times: Sequence[str], moods: Sequence[Mood], *, words: tuple[str, str]):
    """Valence and arousal over time, one line each.

    times : ISO 8601, one a mood.  words : the names of the two lines.  Returns a plotly Figure.
    """
    figure = go.Figure()
    for name, values, colour in (
        (words[0], [mood.valence for mood in moods], ACCENT),
        (words[1], [mood.arousal for mood in moods], QUIET),
    ):
        figure.add_scatter(
            x=list(times),
            y=values,
            mode="lines+markers",
            name=name,
            line={"color": colour, "width": 2},
            hovertemplate="%{y:+.2f}",
        )
    figure.update_layout(
        **{**_layout(220), "showlegend": True}, legend={"orientation": "h", "y": 1.2}
    )
    figure.update_yaxes(range=[-_EDGE, _EDGE], gridcolor=GRID, zeroline=True, zerolinecolor=GRID)
    first, last = (datetime.fromisoformat(when) for when in (min(times), max(times)))
    if last - first < _SHORTEST:
        figure.update_xaxes(range=[first - _SHORTEST / 2, last + _SHORTEST / 2])
    days = first.date() != last.date()
    figure.update_xaxes(showgrid=False, nticks=5, tickformatstops=_DAYS if days else _CLOCK)
    return figure


def percent(share: float) -> str:
    """0 to 1 as people say it: "<1%", "34%", ">99%"; never a certainty that is none."""
    if 0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1:
        return ">99%"
    return f"{share:.0%}"


def _layout(height: int) -> dict:
    return {
        "height": height,
        "margin": {"l": 4, "r": 4, "t": 4, "b": 4},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": QUIET},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {"font": {"family": FONT, "size": 13, "color": PAPER}, "bgcolor": INK},
    }


def _plane(
    words: PlaneWords,
    traces: Sequence[dict],
    *,
    named: Sequence[End],
    height: int,
    dots: Sequence[Mood] = (),
):
    """Both axes from -1 to 1 with words in the place of numbers, the emotions, and ``traces``.

    Put together from plain dicts and checked by Plotly once: adding piece by piece to a figure
    takes five times as long, and the app draws one at every click.
    """
    axis = {
        "range": [-_EDGE, _EDGE],
        "showgrid": False,
        "zeroline": True,
        "zerolinecolor": GRID,
        "zerolinewidth": 1,
        "showticklabels": False,
        "ticks": "",
        "fixedrange": True,
    }
    frame = {
        "type": "rect", "x0": -1, "y0": -1, "x1": 1, "y1": 1,
        "line": {"color": GRID, "width": 1}, "layer": "below",
    }  # fmt: skip
    layout = {
        **_layout(height),
        "xaxis": axis,
        "yaxis": axis,
        "shapes": [frame],
        "annotations": _end_words(named, dots, words),
    }
    drawn = [_emotions(words, named), *traces, _edge_words(words)]
    return go.Figure([_never_faded(trace) for trace in drawn], layout)


def _never_faded(trace: dict) -> dict:
    """The trace as it is, also while a point of the figure is chosen: Plotly fades all others."""
    if "markers" in trace["mode"]:
        own = trace["marker"].get("opacity", 1)
        trace = {**trace, "unselected": {"marker": {"opacity": own}}}
    if "text" in trace["mode"]:
        text = {"textfont": {"color": trace["textfont"]["color"]}}
        trace = {**trace, "unselected": {**trace.get("unselected", {}), **text}}
    return trace


def _edge_words(words: PlaneWords) -> dict:
    """What the axes mean, at their ends: one trace, drawn faster than four annotations."""
    return {
        **_points([Mood(-1, 0), Mood(1, 0), Mood(0, 1), Mood(0, -1)]),
        "mode": "text",
        "text": [words.unpleasant, words.pleasant, words.lively, words.quiet],
        "textposition": ["top right", "top left", "bottom right", "top right"],
        "textfont": {"size": 12, "color": QUIET},
        "hoverinfo": "skip",
        "name": "edges",
    }


def _points(moods: Sequence[Mood]) -> dict:
    """A trace's type and its coordinates."""
    return {
        "type": "scatter",
        "x": [mood.valence for mood in moods],
        "y": [mood.arousal for mood in moods],
    }


def _emotions(words: PlaneWords, named: Sequence[End]) -> dict:
    """Where the seven emotions lie, in small print; without a word where an end has its own."""
    return {
        **_points([EMOTION_MOODS[name] for name in EMOTIONS]),
        "mode": "markers+text",
        "text": [words.emotions[name] * _told(name, named) for name in EMOTIONS],
        "textposition": [f"{'top' if n in _ABOVE else 'bottom'} center" for n in EMOTIONS],
        "textfont": {"size": 11, "color": QUIET},
        "marker": {"size": 4, "color": QUIET},
        "hoverinfo": "skip",
        "name": "emotions",
    }


def _told(name: str, named: Sequence[End]) -> bool:
    """Whether an emotion has its word: not where an end has its own."""
    return all(mood.distance(EMOTION_MOODS[name]) > _WORD for mood, _ in named)


def _tracks(playlist: Playlist) -> dict:
    """One marker a track whose mood is known; its neighbourhood on the path in the hover."""
    known = [(k, s) for k, s in enumerate(playlist.tracks) if s.track.mood is not None]
    return {
        **_points([s.track.mood for _, s in known]),
        "mode": "markers",
        "marker": {"size": 9, "color": ACCENT, "line": {"width": 1, "color": PAPER}},
        "customdata": [(k, s.track.track_id) for k, s in known],
        "text": [
            f"{k + 1}. {_short(s.track.title)}<br>{_short(s.track.artist_line)}" for k, s in known
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "name": "tracks",
    }


def _ends(path: Sequence[Mood], words: PlaneWords) -> list[End]:
    """Where the path begins and, if that is another place, ends."""
    ends = [(path[0], words.you)]
    if path[-1].distance(path[0]) > 0.05:
        ends.append((path[-1], words.goal))
    return ends


def _rings(ends: Sequence[End]) -> dict:
    return {
        **_points([mood for mood, _ in ends]),
        "mode": "markers",
        "marker": {"size": 20, "color": "rgba(0,0,0,0)", "line": {"width": 2.5, "color": ACCENT}},
        "hoverinfo": "skip",
        "name": "ends",
    }


def _end_words(ends: Sequence[End], dots: Sequence[Mood], words: PlaneWords) -> list[dict]:
    """The word beside each ring, on the side where it covers least of what else is on the plane."""
    taken, placed = _words_on_plane(words, ends), []
    for mood, text in ends:
        half = _LETTER * len(text)
        side = min(_SIDES, key=lambda side: _covered(_beside(mood, side), half, dots, taken))
        taken.append((_beside(mood, side), half))
        placed.append({
            "text": f"<b>{text}</b>",
            "x": mood.valence,
            "y": mood.arousal,
            "xshift": 34 * side[0],
            "yshift": 22 * side[1],
            "showarrow": False,
            "font": {"size": 13, "color": ACCENT},
        })  # fmt: skip
    return placed


def _beside(mood: Mood, side: tuple[int, int]) -> tuple[float, float]:
    """The middle of a word that stands on this side of a ring."""
    return mood.valence + 0.21 * side[0], mood.arousal + 0.14 * side[1]


def _words_on_plane(words: PlaneWords, ends: Sequence[End]) -> list[Word]:
    """The middle and half the width of each word that is there before the ends'."""
    half = {text: _LETTER * len(text) for text in (words.pleasant, words.unpleasant)}
    taken = [
        ((1 - half[words.pleasant], _LINE), half[words.pleasant]),
        ((half[words.unpleasant] - 1, _LINE), half[words.unpleasant]),
    ]
    for name in EMOTIONS:
        x, y = EMOTION_MOODS[name].valence, EMOTION_MOODS[name].arousal
        if _told(name, ends):
            y += 0.08 if name in _ABOVE else -0.08
            taken.append(((x, y), _LETTER * len(words.emotions[name])))
    return taken


def _covered(
    middle: tuple[float, float], half: float, dots: Sequence[Mood], taken: Sequence[Word]
) -> float:
    """How much a word here would cover, in songs; beyond the plane there is no room."""
    x, y = middle
    if abs(x) + half > 1 or abs(y) > 0.95:
        return math.inf
    songs = sum(abs(dot.valence - x) < 0.15 and abs(dot.arousal - y) < 0.08 for dot in dots)
    words = sum(
        abs(left - x) < half + other and abs(low - y) < 2 * _LINE for (left, low), other in taken
    )
    return songs + _WORDS_WORTH * words


def _short(text: str) -> str:
    """A hover's line, without what Plotly would take for markup."""
    plain = text.replace("<", "‹").replace(">", "›")
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1].rstrip() + "…"
