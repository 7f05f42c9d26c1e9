"""The dashboard's own figures: counts and scores in, Plotly figures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from affetto.data_plots import HEAT, SECOND
from affetto.emotions import EMOTIONS
from affetto.learn.metrics import wilson_interval
from affetto.plots import ACCENT, FONT, GRID, QUIET

SCALE = ((0.0, "#4b3b78"), (0.35, "#b1477b"), (0.7, "#e2764d"), (1.0, "#f0c061"))
BLANK = "rgba(0, 0, 0, 0)"
FEW = 10  # faces in a bin, below which its point is not drawn


def confusion(counts: np.ndarray) -> go.Figure:
    """Shares by row of a [7, 7] matrix of counts, with the counts in the hover."""
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    words = [["" if np.isnan(v) else f"{v:.0%}" for v in row] for row in shares]
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=EMOTIONS,
            y=EMOTIONS,
            text=words,
            customdata=counts,
            texttemplate="%{text}",
            textfont={"size": 12},
            colorscale=HEAT,
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="%{y} read as %{x}: %{customdata} faces, %{text}<extra></extra>",
        )
    )
    _dress(figure, 470)
    figure.update_xaxes(title="read as", side="bottom", tickangle=-35, showgrid=False)
    figure.update_yaxes(title="label", autorange="reversed", showgrid=False)
    return figure


def trade(
    thresholds: Sequence[float], answered: Sequence[tuple[float, float | None]], *, chosen: float
) -> go.Figure:
    """Coverage and accuracy by threshold; a line where the slider stands."""
    figure = go.Figure()
    for at, (name, colour) in enumerate((("answered", SECOND), ("right among those", ACCENT))):
        figure.add_scatter(
            x=list(thresholds),
            y=[pair[at] for pair in answered],
            mode="lines",
            name=name,
            line={"color": colour, "width": 2.5},
            hovertemplate="%{x:.0%} or more: %{y:.1%}",
        )
    _dress(figure, 300)
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "y": 1.16},
        shapes=[
            {
                "type": "line", "x0": chosen, "x1": chosen, "y0": 0, "y1": 1,
                "line": {"color": QUIET, "dash": "dot", "width": 1.5},
            }
        ],
    )  # fmt: skip
    figure.update_xaxes(title="answer only from this confidence up", tickformat=".0%")
    figure.update_yaxes(tickformat=".0%", range=[0, 1.02])
    return figure


def reliability(hits: np.ndarray, counts: np.ndarray, confidence: np.ndarray) -> go.Figure:
    """How often answers of a confidence are right, with 95 % intervals; the diagonal is perfect.

    hits, counts, confidence : one number a bin.  Bins of fewer than FEW faces are left out.
    """
    kept = np.flatnonzero(counts >= FEW)
    share = hits[kept] / counts[kept]
    ends = np.array([wilson_interval(int(hits[k]), int(counts[k])) for k in kept]).reshape(-1, 2)
    figure = go.Figure(
        go.Scatter(
            x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", name="perfect",
            line={"color": QUIET, "dash": "dot", "width": 1.5},
        )
    )  # fmt: skip
    figure.add_scatter(
        x=confidence[kept],
        y=share,
        mode="lines+markers",
        name="measured",
        line={"color": ACCENT, "width": 2},
        marker={"color": ACCENT, "size": 7 + 22 * np.sqrt(counts[kept] / max(counts.max(), 1))},
        error_y={
            "type": "data", "symmetric": False, "array": ends[:, 1] - share,
            "arrayminus": share - ends[:, 0], "color": ACCENT, "thickness": 1.2, "width": 0,
        },
        customdata=counts[kept],
        hovertemplate="said %{x:.0%}, right %{y:.0%}<br>%{customdata} faces<extra></extra>",
    )  # fmt: skip
    _dress(figure, 470)
    figure.update_xaxes(title="it says", tickformat=".0%", range=[0.1, 1.03])
    figure.update_yaxes(title="it is right", tickformat=".0%", range=[0, 1.05])
    return figure


def scores(values: Mapping[str, float], *, ours: str) -> go.Figure:
    """One bar a model, the best on top; ours in colour.  values : shares, 0 to 1."""
    order = sorted(values, key=lambda name: values[name])
    figure = go.Figure(
        go.Bar(
            x=[values[name] for name in order],
            y=order,
            orientation="h",
            marker={"color": [ACCENT if n == ours else QUIET for n in order], "cornerradius": 4},
            text=[f"{values[name]:.1%}" for name in order],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    _dress(figure, 90 + 36 * len(order))
    top = max([*values.values(), 1e-6])
    figure.update_xaxes(visible=False, range=[0, top * 1.2])
    figure.update_yaxes(showgrid=False, automargin=True)
    return figure


def differences(intervals: Mapping[str, tuple[float, float]]) -> go.Figure:
    """How far ours is ahead of each baseline, 95 %; left of zero it would be behind."""
    order = sorted(intervals, key=lambda name: -sum(intervals[name]))
    figure = go.Figure()
    figure.add_scatter(
        x=[end for name in order for end in (*intervals[name], None)],
        y=[name for name in order for _ in range(3)],
        mode="lines",
        line={"color": ACCENT, "width": 7},
        hoverinfo="skip",
        name="interval",
    )
    figure.add_scatter(
        x=[sum(intervals[name]) / 2 for name in order],
        y=order,
        mode="markers",
        marker={"color": ACCENT, "size": 1},
        customdata=[intervals[name] for name in order],
        hovertemplate="%{customdata[0]:+.3f} to %{customdata[1]:+.3f}<extra>%{y}</extra>",
        name="middle",
    )
    _dress(figure, 100 + 36 * len(order))
    figure.update_xaxes(zeroline=True, zerolinecolor=QUIET, zerolinewidth=1.5, tickformat="+.2f")
    figure.update_xaxes(rangemode="tozero")
    figure.update_yaxes(showgrid=False, automargin=True, range=[-0.6, len(order) - 0.4])
    return figure


def points(
    x: np.ndarray, y: np.ndarray, *, axes: tuple[str, str], colour: np.ndarray | None = None,
    shade: str = "",
) -> go.Figure:  # fmt: skip
    """Songs as WebGL points, which stay smooth in their tens of thousands.

    x, y : float [n].  axes : their names.  colour : float [n] named ``shade``, or None.
    """
    marker = {"size": 4, "opacity": 0.45, "color": ACCENT, "line": {"width": 0}}
    if colour is not None:
        marker |= {"color": colour, "colorscale": SCALE, "showscale": True, "opacity": 0.6}
        marker["colorbar"] = {"title": {"text": shade, "side": "right"}, "thickness": 10}
    figure = go.Figure(
        go.Scattergl(x=x, y=y, mode="markers", marker=marker, hoverinfo="none", name="songs")
    )
    _dress(figure, 480)
    figure.update_layout(dragmode="pan", hovermode="closest")
    figure.update_xaxes(title=axes[0])
    figure.update_yaxes(title=axes[1])
    return figure


def _dress(figure: go.Figure, height: int) -> None:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 12, "b": 8},
        paper_bgcolor=BLANK,
        plot_bgcolor=BLANK,
        font={"family": FONT, "size": 13, "color": QUIET},
        showlegend=False,
        dragmode=False,
        hoverlabel={"font": {"family": FONT, "size": 13}},
    )
    axis = {"gridcolor": GRID, "zeroline": False, "automargin": True, "ticks": ""}
    figure.update_xaxes(**axis, title_font_size=13, title_standoff=8)
    figure.update_yaxes(**axis, title_font_size=13, title_standoff=8)
    figure.update_layout(xaxis_ticklabelstandoff=4, yaxis_ticklabelstandoff=4)
