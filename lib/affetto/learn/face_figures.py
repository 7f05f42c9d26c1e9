"""Figures of the emotion network's report: measured numbers in, Plotly figures out.

Every figure is made of counts and shares, so it may be published; none shows a face.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from affetto.data_plots import ACCENT, CYCLE, QUIET, SECOND, dress, faint, heatmap
from affetto.emotions import EMOTIONS

COLOURS = {"crowd": ACCENT, "fer2013": SECOND}
# While training, faces count of which the crowd is undecided, too.
ASKED = {"crowd": "crowd (most votes, undecided faces too)", "fer2013": "fer2013"}
NAMES = {"crowd": "crowd (FER+ majority)", "fer2013": "fer2013 (FER2013's label)"}
Point = Mapping[str, float]


def confusion(counts: Sequence[Sequence[int]], *, title: str) -> go.Figure:
    """What each emotion was taken for, as shares of its row.  counts : [7][7], row = label."""
    table = np.asarray(counts, float)
    totals = table.sum(axis=1, keepdims=True)
    shares = np.divide(table, totals, out=np.full_like(table, np.nan), where=totals > 0)
    rows = [f"{name} ({int(n):,})" for name, n in zip(EMOTIONS, totals[:, 0], strict=True)]
    frame = pd.DataFrame(shares, index=rows, columns=list(EMOTIONS))
    return heatmap(frame, title=title, rows="label (faces)", columns="answer")


def recalls(readouts: Mapping[str, Mapping[str, Any]], *, title: str) -> go.Figure:
    """Share of each emotion that was found, a dot a readout with its 95 % interval.

    readouts : name → what ``readout_metrics`` gives.
    """
    from affetto.learn.metrics import wilson_interval

    figure = go.Figure()
    for name, found in readouts.items():
        table = np.asarray(found["confusion"])
        there = [k for k in range(len(EMOTIONS)) if table[k].sum()]
        shares = [table[k, k] / table[k].sum() for k in there]
        spans = [wilson_interval(int(table[k, k]), int(table[k].sum())) for k in there]
        _dots(figure, name, [EMOTIONS[k] for k in there], shares, spans)
    dress(figure, title, 110 + 42 * len(EMOTIONS), legend=True)
    figure.update_xaxes(title="share that is found", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_layout(scattermode="group", scattergap=0.6)
    return figure


def _dots(
    figure: go.Figure,
    name: str,
    rows: Sequence[str],
    shares: Sequence[float],
    spans: Sequence[tuple[float, float]],
    **where: int,
) -> None:
    """One dot a row with its interval, across."""
    figure.add_scatter(
        x=list(shares),
        y=list(rows),
        mode="markers",
        orientation="h",
        name=NAMES.get(name, name),
        marker={"size": 10, "color": COLOURS.get(name, ACCENT)},
        error_x=_reach(shares, spans),
        hovertemplate="%{y}: %{x:.1%}<extra>" + NAMES.get(name, name) + "</extra>",
        **where,
    )


def _reach(shares: Sequence[float], spans: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Plotly's error bars from intervals."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - share for share, (_, high) in zip(shares, spans, strict=True)],
        "arrayminus": [share - low for share, (low, _) in zip(shares, spans, strict=True)],
        "thickness": 1.4,
        "width": 0,
    }


def reliability(readouts: Mapping[str, Sequence[Point]], *, title: str) -> go.Figure:
    """Confidence across, accuracy up; on the line, a probability means what it says.

    readouts : name → points of ``metrics.reliability``.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": QUIET, "dash": "dot", "width": 1.5},
        name="as confident as right",
        hoverinfo="skip",
    )
    for name, points in readouts.items():
        shares = [point["accuracy"] for point in points]
        figure.add_scatter(
            x=[point["confidence"] for point in points],
            y=shares,
            error_y=_reach(shares, [(point["low"], point["high"]) for point in points]),
            mode="lines+markers",
            name=NAMES.get(name, name),
            line={"color": COLOURS.get(name, ACCENT), "width": 1.2},
            marker={"size": 8},
            hovertemplate="says %{x:.0%}, right %{y:.0%}<extra></extra>",
        )
    dress(figure, title, 430, legend=True)
    figure.update_xaxes(title="mean confidence of a bin", range=[0.15, 1.01], tickformat=".0%")
    figure.update_yaxes(title="share that was right", range=[0.0, 1.03], tickformat=".0%")
    return figure


def coverage(
    readouts: Mapping[str, Sequence[Point]],
    *,
    title: str,
    sure: Mapping[str, float] | None = None,
    marked: float = 0.7,
) -> go.Figure:
    """Share of faces answered across, accuracy on those up.

    readouts : name → points of ``metrics.coverage_curve``.  sure : ``coverage`` and ``accuracy``
    of the released rule on the crowd readout, ringed.  marked : a coverage with a dotted line.
    """
    figure = go.Figure()
    for name, points in readouts.items():
        figure.add_scatter(
            x=[point["coverage"] for point in points],
            y=[point["accuracy"] for point in points],
            customdata=[point["threshold"] for point in points],
            mode="lines",
            name=NAMES.get(name, name),
            line={"color": COLOURS.get(name, ACCENT), "width": 2.5},
            hovertemplate="answers %{x:.0%}, from %{customdata:.0%} on: right %{y:.1%}"
            "<extra></extra>",
        )
    figure.add_vline(x=marked, line={"color": QUIET, "dash": "dot", "width": 1.5})
    if sure and sure.get("accuracy") is not None:
        figure.add_scatter(
            x=[sure["coverage"]],
            y=[sure["accuracy"]],
            mode="markers",
            name="the released rule: sure",
            marker={
                "size": 17,
                "color": "rgba(0,0,0,0)",
                "line": {"width": 3, "color": COLOURS["crowd"]},
            },
            hovertemplate="calls %{x:.1%} sure, right %{y:.1%}<extra></extra>",
        )
    dress(figure, title, 400, legend=True)
    figure.update_xaxes(
        title="share of faces that get an answer", tickformat=".0%", range=[0, 1.02]
    )
    figure.update_yaxes(title="accuracy on those", tickformat=".0%")
    return figure


def robustness(measured: Mapping[str, Any], *, title: str, columns: int = 4) -> go.Figure:
    """One panel a disturbance: accuracy of both readouts with 95 % bands, and the crowd readout's
    mean confidence as dots; where the dots stay above their line, the network is too sure.

    measured : what ``affetto.learn.robustness.robustness`` gives.
    """
    curves = measured["curves"]
    rows = -(-len(curves) // columns)
    figure = make_subplots(
        rows,
        columns,
        subplot_titles=[f"{name}<br><sup>{curve['unit']}</sup>" for name, curve in curves.items()],
        shared_yaxes=True,
        vertical_spacing=0.3 / rows,
        horizontal_spacing=0.03,
    )
    for at, curve in enumerate(curves.values()):
        where = {"row": at // columns + 1, "col": at % columns + 1}
        ticks = [f"{level:g}" for level in curve["levels"]]
        for name in (name for name in COLOURS if name in curve):
            _band(figure, name, ticks, curve[name], legend=at == 0, where=where)
        if "crowd" in curve:
            _confidence(figure, ticks, curve["crowd"], legend=at == 0, where=where)
    height = 120 + 210 * rows
    dress(figure, title, height, legend=True)
    figure.update_layout(
        margin={"t": 128},
        legend={"y": 1 + 44 / (height - 174)},
        title={"y": 0.985, "yanchor": "top"},
    )
    figure.update_xaxes(type="category", tickfont={"size": 10})
    figure.update_yaxes(range=[0, 1], tickformat=".0%", dtick=0.25)
    figure.update_yaxes(title="accuracy", col=1)
    return figure


def _band(
    figure: go.Figure,
    name: str,
    ticks: Sequence[str],
    points: Sequence[Point],
    *,
    legend: bool,
    where: Mapping[str, int],
) -> None:
    figure.add_scatter(
        x=[*ticks, *reversed(ticks)],
        y=[*(p["high"] for p in points), *(p["low"] for p in reversed(points))],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=faint(COLOURS[name], 0.18),
        showlegend=False,
        hoverinfo="skip",
        **where,
    )
    figure.add_scatter(
        x=list(ticks),
        y=[point["accuracy"] for point in points],
        mode="lines+markers",
        name=NAMES[name],
        legendgroup=name,
        showlegend=legend,
        line={"color": COLOURS[name], "width": 2},
        marker={"size": 5},
        hovertemplate="%{x}: %{y:.1%}<extra>" + name + "</extra>",
        **where,
    )


def _confidence(
    figure: go.Figure,
    ticks: Sequence[str],
    points: Sequence[Point],
    *,
    legend: bool,
    where: Mapping[str, int],
) -> None:
    figure.add_scatter(
        x=list(ticks),
        y=[point["confidence"] for point in points],
        mode="markers",
        name="crowd's mean confidence",
        legendgroup="confidence",
        showlegend=legend,
        marker={"size": 6, "symbol": "diamond-open", "color": COLOURS["crowd"]},
        hovertemplate="%{x}: says %{y:.1%}<extra></extra>",
        **where,
    )


def groups(measures: Mapping[str, Sequence[Mapping[str, Any]]], *, title: str) -> go.Figure:
    """Accuracy by kind of picture, one panel a measure; the dotted line is the mean of all.

    measures : name → groups with ``group``, ``n``, ``accuracy``, ``low`` and ``high``.
    """
    figure = make_subplots(
        1, len(measures), subplot_titles=list(measures), shared_xaxes=True, horizontal_spacing=0.12
    )
    for at, found in enumerate(measures.values(), start=1):
        shares = [group["accuracy"] for group in found]
        rows = [f"{group['group']}<br><sup>{group['n']:,} faces</sup>" for group in found]
        spans = [(group["low"], group["high"]) for group in found]
        _dots(figure, "crowd", rows, shares, spans, row=1, col=at)
        total = sum(group["n"] for group in found)
        mean = sum(group["n"] * group["accuracy"] for group in found) / total
        figure.add_vline(x=mean, line={"color": QUIET, "dash": "dot"}, row=1, col=at)
    dress(figure, title, 130 + 46 * max(map(len, measures.values())))
    every = [group for found in measures.values() for group in found]
    low, high = min(one["low"] for one in every), max(one["high"] for one in every)
    figure.update_xaxes(  # one scale, so that panels can be compared
        tickformat=".0%", nticks=4, tickangle=0, range=[low - 0.03, min(1.0, high) + 0.02]
    )
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def training(history: Sequence[Mapping[str, float]], *, title: str) -> go.Figure:
    """Validation accuracy of both readouts by epoch, and the training loss below."""
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.65, 0.35], vertical_spacing=0.06)
    epochs = [row["epoch"] for row in history]
    for name, colour in COLOURS.items():
        figure.add_scatter(
            x=epochs,
            y=[row[f"validation_{name}"] for row in history],
            mode="lines",
            name=ASKED[name],
            line={"color": colour, "width": 2.5},
            hovertemplate="epoch %{x}: %{y:.1%}<extra>" + name + "</extra>",
            row=1,
            col=1,
        )
    figure.add_scatter(
        x=epochs,
        y=[row["loss"] for row in history],
        mode="lines",
        name="training loss",
        line={"color": QUIET, "width": 2},
        hovertemplate="epoch %{x}: %{y:.3f}<extra>loss</extra>",
        row=2,
        col=1,
    )
    dress(figure, title, 470, legend=True)
    figure.update_yaxes(title="validation accuracy", tickformat=".0%", row=1, col=1)
    figure.update_yaxes(title="loss", row=2, col=1)
    figure.update_xaxes(title="epoch", row=2, col=1)
    return figure


def compared(networks: Mapping[str, Mapping[str, Any]], *, title: str) -> go.Figure:
    """Accuracy of several networks on the same faces, with 95 % intervals, time and size.

    networks : name → what ``affetto.learn.peers.compare`` gives.
    """
    figure = go.Figure()
    for at, (name, found) in enumerate(networks.items()):
        words = f"{found['ms_per_face']:.1f} ms, {found['megabytes']:.1f} MB"
        share = found["accuracy"]
        figure.add_bar(
            x=[share],
            y=[f"{name}<br><sup>{words}</sup>"],
            orientation="h",
            marker={"color": CYCLE[0] if at < 2 else QUIET, "cornerradius": 3},
            error_x=_reach([share], [tuple(found["accuracy_interval"])]),
            text=[f"{share:.1%}"],
            textposition="inside",
            insidetextanchor="start",
            hovertemplate="%{x:.1%}<extra></extra>",
        )
    dress(figure, title, 110 + 56 * len(networks))
    figure.update_xaxes(title="accuracy", range=[0, 1], tickformat=".0%")
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_layout(bargap=0.3)
    return figure
