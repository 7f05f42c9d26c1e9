"""Figures of the data notebooks: small tables in, Plotly figures out; nothing here counts.

Every figure is made of aggregates, so a notebook's page may be published with them.  Colours are
mid-tones on a clear ground: they read on a light page and on a dark one.  Only tables of colours
bring their own light ground, for the numbers in them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

ACCENT, SECOND, QUIET, GRID = "#d8694a", "#3d8b93", "#80766c", "rgba(141, 131, 120, 0.22)"
QUADRANT_COLOURS = {"happy": "#dba32e", "angry": "#c9483e", "sad": "#5679b0", "calm": "#4f9d7a"}
CYCLE = (ACCENT, SECOND, "#dba32e", "#5679b0", "#8a6bb1", "#4f9d7a", "#b0688a", QUIET)
HEAT = ((0.0, "#f9f1ea"), (0.5, "#e0a184"), (1.0, "#a83f22"))
BOTH_WAYS = ((0.0, "#2b6d8f"), (0.5, "#f5f0ea"), (1.0, "#c9483e"))
NIGHT = (
    (0.0, "#14121f"),
    (0.25, "#3b2a5c"),
    (0.5, "#8c3a6e"),
    (0.75, "#e0704a"),
    (0.92, "#f5c76b"),
    (1.0, "#fff6d6"),
)
_ROW_NAMES = {"ticks": "", "ticklabelstandoff": 4}  # of an axis whose ticks are names
_FONT = "Source Sans, Source Sans Pro, Segoe UI, Helvetica, Arial, sans-serif"


def bars(
    table: pd.Series | pd.DataFrame,
    *,
    title: str,
    unit: str = "",
    stacked: bool = False,
    number: str = ",.0f",
) -> go.Figure:
    """Horizontal bars with their numbers, the first row on top.

    table : one bar a row, or a group of bars a row for a frame.  unit : of the numbers.
    stacked : a frame's bars one after the other.  number : d3 format of the labels.
    """
    frame = table.to_frame("value") if isinstance(table, pd.Series) else table
    figure = go.Figure()
    for colour, name in zip(_colours(frame), frame, strict=True):
        figure.add_bar(
            y=[str(label) for label in frame.index],
            x=frame[name],
            orientation="h",
            name=str(name),
            marker={"color": colour, "cornerradius": 3},
            texttemplate=f"%{{x:{number}}}",
            textposition="inside" if stacked else "outside",
            textangle=0,
            cliponaxis=False,
            hovertemplate=f"%{{y}}: %{{x:{number}}} {unit}<extra>{name}</extra>",
        )
    tall = 110 + 26 * len(frame) * (1 if stacked else max(1, len(frame.columns)))
    dress(figure, title, tall, legend=len(frame.columns) > 1)
    figure.update_layout(barmode="stack" if stacked else "group", bargap=0.22)
    if stacked:  # a number that has no room is read by hovering
        figure.update_layout(uniformtext={"minsize": 10, "mode": "hide"})
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category", **_ROW_NAMES)
    figure.update_xaxes(title=unit, rangemode="tozero")
    if number.endswith("%"):
        figure.update_xaxes(tickformat=".0%")
    return figure


def dots(frames: Mapping[str, pd.DataFrame], *, title: str, unit: str = "") -> go.Figure:
    """A dot and its interval a row, the first row on top; a colour a frame.

    frames : name → rows with ``value``, ``low`` and ``high``.
    """
    figure = go.Figure()
    for at, (name, frame) in enumerate(frames.items()):
        low, high = frame["value"] - frame["low"], frame["high"] - frame["value"]
        figure.add_scatter(
            y=[str(label) for label in frame.index],
            x=frame["value"],
            error_x={"array": high, "arrayminus": low, "thickness": 1.6, "width": 4},
            mode="markers",
            orientation="h",
            marker={"color": CYCLE[at % len(CYCLE)], "size": 10},
            name=str(name),
            hovertemplate=f"%{{y}}: %{{x:.3f}}<extra>{name}</extra>",
        )
    rows = max((len(frame) for frame in frames.values()), default=0)
    dress(figure, title, 140 + 30 * rows, legend=len(frames) > 1)
    figure.update_layout(scattermode="group", scattergap=0.5)
    figure.update_yaxes(range=[rows - 0.5, -0.5], type="category", **_ROW_NAMES)
    figure.update_xaxes(title=unit, zeroline=True, zerolinecolor=QUIET)
    return figure


def _colours(frame: pd.DataFrame) -> list[str]:
    """The quadrants' own colours where the columns are quadrants."""
    if set(frame.columns) <= set(QUADRANT_COLOURS):
        return [QUADRANT_COLOURS[name] for name in frame]
    return [CYCLE[k % len(CYCLE)] for k in range(len(frame.columns))]


def heatmap(
    table: pd.DataFrame,
    *,
    title: str,
    rows: str = "",
    columns: str = "",
    number: str = ".0%",
    both_ways: bool = False,
    height: int | None = None,
) -> go.Figure:
    """A table as colours with its numbers inside; empty cells stay empty.

    both_ways : values run from -1 to 1 and 0 is pale.  number : Python format of the numbers.
    """
    values = table.to_numpy(float)
    words = [["" if np.isnan(v) else format(v, number) for v in row] for row in values]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=[str(name) for name in table.columns],
            y=[str(name) for name in table.index],
            text=words,
            texttemplate="%{text}",
            textfont={"size": 12},
            colorscale=BOTH_WAYS if both_ways else HEAT,
            zmin=-1 if both_ways else 0,
            zmax=1 if both_ways else float(np.nanmax(values)),
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="%{y} × %{x}: %{text}<extra></extra>",
        )
    )
    dress(figure, title, height or 150 + 34 * len(table))
    figure.update_yaxes(autorange="reversed", title=rows, title_standoff=14, showgrid=False)
    figure.update_yaxes(**_ROW_NAMES)
    figure.update_xaxes(title=columns, showgrid=False, ticks="", tickangle=-30)
    return figure


def panels(
    curves: Mapping[str, tuple[np.ndarray, np.ndarray]], *, title: str, columns: int = 3
) -> go.Figure:
    """One small filled curve a name: centres and shares, as ``explore.densities`` gives them."""
    rows = -(-len(curves) // columns)
    figure = make_subplots(
        rows,
        columns,
        subplot_titles=list(curves),
        vertical_spacing=0.32 / rows,
        horizontal_spacing=0.05,
    )
    for at, (name, (centres, shares)) in enumerate(curves.items()):
        figure.add_scatter(
            x=centres,
            y=shares,
            mode="lines",
            line={"color": ACCENT, "width": 1.6, "shape": "hvh"},
            fill="tozeroy",
            fillcolor="rgba(216, 105, 74, 0.22)",
            hovertemplate=f"{name} %{{x:.3g}}: %{{y:.1%}}<extra></extra>",
            row=at // columns + 1,
            col=at % columns + 1,
        )
    dress(figure, title, 90 + 150 * rows)
    figure.update_yaxes(showticklabels=False, showgrid=False, rangemode="tozero")
    figure.update_annotations(font={"size": 13, "color": QUIET})
    return figure


def mood_plane(density: np.ndarray, *, songs: int, title: str) -> go.Figure:
    """The plane of spotify_valence and energy as a night sky: bright where many songs lie.

    density : [k, k], energy upwards the first axis, sum 1.  The densest two cells in a hundred
    all shine alike; without that, one crowded corner would darken the rest.
    """
    full = np.quantile(density, 0.98) or density.max()
    bright = np.clip(density / full, 0, 1) ** 0.85
    side = (np.arange(len(density)) + 0.5) / len(density)
    figure = go.Figure(
        go.Heatmap(
            z=bright,
            x=side,
            y=side,
            customdata=density * songs,
            colorscale=NIGHT,
            showscale=False,
            zsmooth="best",
            hovertemplate="spotify_valence %{x:.2f}, energy %{y:.2f}: about %{customdata:.0f} songs"
            "<extra></extra>",
        )
    )
    dress(figure, title, 620)
    for text, x, y in (
        ("turbulent", 0.03, 0.97),
        ("euphoric", 0.97, 0.97),
        ("depressed", 0.03, 0.03),
        ("peaceful", 0.97, 0.03),
    ):
        figure.add_annotation(
            text=text,
            x=x,
            y=y,
            xanchor="left" if x < 0.5 else "right",
            showarrow=False,
            font={"size": 14, "color": "#fff6d6"},
            bgcolor="rgba(20, 18, 31, 0.6)",
        )
    figure.update_layout(width=700)
    figure.update_xaxes(title="spotify_valence: how positive Spotify finds it", range=[0, 1])
    figure.update_yaxes(title="energy", range=[0, 1], scaleanchor="x")
    figure.update_xaxes(showgrid=False, constrain="domain")
    figure.update_yaxes(showgrid=False, constrain="domain")
    return figure


def genre_map(profiles: pd.DataFrame, *, title: str) -> go.Figure:
    """Genres at their medians on the mood plane; the area of a disc is the number of songs.

    profiles : genre → songs, spotify_valence, energy, acousticness (the colour).
    """
    size = profiles["songs"].to_numpy(float)
    diameter = np.maximum(_LARGEST * np.sqrt(size / size.max()), _SMALLEST)
    figure = go.Figure(
        go.Scatter(
            x=profiles["spotify_valence"],
            y=profiles["energy"],
            text=profiles.index,
            customdata=np.stack([size, profiles["acousticness"]], axis=1),
            mode="markers+text",
            textposition=_apart(profiles, diameter / 2),
            textfont={"size": 12, "color": QUIET},
            marker={
                "size": diameter,
                "color": profiles["acousticness"],
                "colorscale": [(0, SECOND), (0.5, "#b9a98a"), (1, ACCENT)],
                "colorbar": {"title": "acousticness", "thickness": 12, "outlinewidth": 0},
                "line": {"width": 0},
                "opacity": 0.8,
            },
            hovertemplate="%{text}: %{customdata[0]:,.0f} songs, acousticness %{customdata[1]:.2f}"
            "<extra></extra>",
        )
    )
    dress(figure, title, 680)
    figure.update_xaxes(title="median spotify_valence")
    figure.update_yaxes(title="median energy")
    return figure


_LARGEST, _SMALLEST = 46, 5  # pixels across the discs of the largest genre and of tiny ones
_PLANE = (580, 500)  # pixels that the points take up on a page, about
_LETTER, _LINE = 6.2, 14  # pixels: the width of a letter, the height of a word


def _apart(profiles: pd.DataFrame, radius: np.ndarray) -> list[str]:
    """Where each genre's word goes, so that words cover neither each other nor discs.

    The largest discs choose first; each takes the side where its word has the most room.

    radius : of each disc, in pixels.
    """
    places = profiles[["spotify_valence", "energy"]].to_numpy(float)
    spread = np.ptp(places, axis=0)
    places = (places - places.min(axis=0)) / np.where(spread > 0, spread, 1.0) * _PLANE
    discs = np.column_stack([places, np.zeros_like(places), radius])
    chosen, words = [""] * len(places), np.empty((0, 5))
    for at in np.argsort(-radius, kind="stable"):
        half = np.array([len(str(profiles.index[at])) * _LETTER, _LINE]) / 2
        others = np.vstack([np.delete(discs, at, axis=0), words])
        sides = {
            name: np.array([*(places[at] + way * (radius[at] + half)), *half, 0.0])
            for name, way in _SIDES.items()
        }
        chosen[at] = max(sides, key=lambda name: _room(sides[name], others))
        words = np.vstack([words, sides[chosen[at]]])
    return chosen


_SIDES = {
    "top center": np.array([0, 1]),
    "bottom center": np.array([0, -1]),
    "middle right": np.array([1, 0]),
    "middle left": np.array([-1, 0]),
}


def _room(word: np.ndarray, others: np.ndarray) -> float:
    """Pixels from a word to the nearest of the others; below zero where it covers one.

    Each is a box with round corners: x, y, half its width and height, its corners' radius.
    """
    if not len(others):
        return np.inf
    gap = np.abs(others[:, :2] - word[:2]) - others[:, 2:4] - word[2:4]
    outside = np.linalg.norm(np.maximum(gap, 0), axis=1)
    return float(np.min(outside + np.minimum(gap.max(axis=1), 0) - others[:, 4]))


def decade_bands(profiles: pd.DataFrame, *, title: str) -> go.Figure:
    """One panel a feature: the median over the decades, and the middle half of songs around it.

    profiles : (decade, feature) → low, median, high, songs; as ``explore.decade_profiles``.
    """
    features = list(dict.fromkeys(profiles.index.get_level_values("feature")))
    columns = 3
    rows = -(-len(features) // columns)
    figure = make_subplots(
        rows,
        columns,
        subplot_titles=features,
        vertical_spacing=0.34 / rows,
        horizontal_spacing=0.07,
    )
    for at, feature in enumerate(features):
        own = profiles.xs(feature, level="feature").sort_index()
        place = {"row": at // columns + 1, "col": at % columns + 1}
        both = [*own.index, *own.index[::-1]]
        edge = [*own["high"], *own["low"][::-1]]
        figure.add_scatter(
            x=both,
            y=edge,
            fill="toself",
            fillcolor="rgba(61, 139, 147, 0.2)",
            mode="lines",
            line={"width": 0},
            hoverinfo="skip",
            **place,
        )
        figure.add_scatter(
            x=own.index,
            y=own["median"],
            customdata=own["songs"],
            mode="lines+markers",
            line={"color": SECOND, "width": 2.5},
            hovertemplate="%{x}s: %{y:.3g} (%{customdata:,} songs)<extra></extra>",
            **place,
        )
    dress(figure, title, 90 + 190 * rows)
    figure.update_annotations(font={"size": 13, "color": QUIET})
    figure.update_xaxes(dtick=20, ticksuffix="s")
    return figure


def ridges(samples: Mapping[str, np.ndarray], *, title: str, axis: str) -> go.Figure:
    """Densities below each other, one a name, each as tall as its neighbours; a mark at the mean.

    samples : name → values [n].
    """
    from scipy.ndimage import gaussian_filter1d

    bins, blur = 64, 1.5  # the blur is a Gaussian's, in bins
    every = np.concatenate([np.asarray(values, float) for values in samples.values()])
    edges = np.linspace(every.min(), np.quantile(every, 0.999) + 1e-9, bins + 1)
    centres = (edges[1:] + edges[:-1]) / 2
    figure = go.Figure()
    for level, (name, values) in enumerate(samples.items()):
        shares = gaussian_filter1d(np.histogram(values, edges)[0] / len(values), blur)
        base = len(samples) - 1 - level
        colour = CYCLE[level % len(CYCLE)]
        figure.add_scatter(
            x=centres,
            y=np.full(bins, float(base)),
            mode="lines",
            hoverinfo="skip",
            line={"width": 0.6, "color": colour},
            showlegend=False,
        )
        figure.add_scatter(
            x=centres,
            y=base + 0.92 * shares / shares.max(),
            mode="lines",
            fill="tonexty",
            line={"color": colour, "width": 1.8},
            fillcolor=faint(colour),
            name=name,
            customdata=shares,
            showlegend=False,
            hovertemplate=f"{name}, %{{x:.2f}}: %{{customdata:.1%}}<extra></extra>",
        )
        figure.add_scatter(
            x=[float(np.mean(values))],
            y=[base + 0.08],
            mode="markers",
            showlegend=False,
            marker={"symbol": "line-ns", "size": 12, "line": {"width": 2, "color": colour}},
            hovertemplate=f"{name}, mean %{{x:.2f}}<extra></extra>",
        )
    dress(figure, title, 110 + 62 * len(samples))
    names = list(samples)
    figure.update_yaxes(
        tickvals=[len(names) - 1 - k + 0.2 for k in range(len(names))],
        ticktext=names,
        showgrid=False,
        ticks="",
        zeroline=False,
    )
    figure.update_xaxes(title=axis)
    return figure


def faces(
    averages: Mapping[str, np.ndarray], *, title: str, counts: Mapping[str, int] | None = None
) -> go.Figure:
    """Images beside each other, each stretched to the whole grey scale.

    averages : name → [48, 48], means of many faces.  counts : name → how many, to be told.
    """
    names = [f"{name}<br>{counts[name]:,}" if counts else name for name in averages]
    figure = make_subplots(1, len(averages), subplot_titles=names, horizontal_spacing=0.012)
    for at, image in enumerate(averages.values(), start=1):
        low, high = np.quantile(image, (0.01, 0.99))
        figure.add_heatmap(
            z=((image - low) / (high - low)).clip(0, 1)[::-1],
            colorscale="gray",
            showscale=False,
            hoverinfo="skip",
            zsmooth="best",
            row=1,
            col=at,
        )
    dress(figure, title, 250)
    figure.update_layout(margin={"t": 96, "b": 8})
    figure.update_annotations(font={"size": 13, "color": QUIET})
    for at in range(1, len(averages) + 1):
        figure.update_yaxes(visible=False, scaleanchor=f"x{at if at > 1 else ''}", row=1, col=at)
        figure.update_xaxes(visible=False, constrain="domain", row=1, col=at)
    return figure


def curve(
    series: Mapping[str, pd.Series],
    *,
    title: str,
    x: str,
    y: str,
    log_x: bool = False,
    log_y: bool = False,
    marks: Mapping[str, object] | None = None,
    area: bool = False,
) -> go.Figure:
    """Lines over one axis.

    series : name → values by x.  marks : words → x of a dashed upright line.
    area : stack them as filled areas.
    """
    figure = go.Figure()
    for at, (name, values) in enumerate(series.items()):
        colour = CYCLE[at % len(CYCLE)]
        figure.add_scatter(
            x=values.index,
            y=values.to_numpy(),
            name=name,
            mode="lines",
            line={"color": colour, "width": 2, "shape": "hvh" if area else "linear"},
            stackgroup="all" if area else None,
            fillcolor=faint(colour, 0.55) if area else None,
            hovertemplate="%{x}: %{y:,.4~g}<extra>" + name + "</extra>",
        )
    marks = marks or {}
    for at, (words, place) in enumerate(marks.items()):
        figure.add_shape(
            type="line",
            x0=place,
            x1=place,
            yref="paper",
            y0=0,
            y1=1,
            line={"color": QUIET, "width": 1.2, "dash": "dash"},
        )
        figure.add_annotation(
            x=place,
            yref="paper",
            y=1.0,
            text=words,
            showarrow=False,
            # on the side where no later line strikes the words through
            xanchor="left" if at == len(marks) - 1 else "right",
            xshift=4 if at == len(marks) - 1 else -4,
            font={"size": 12, "color": QUIET},
        )
    dress(figure, title, 400, legend=len(series) > 1)
    if len(series) > 4:  # on a narrow page their names take a second line
        figure.update_layout(height=420, margin={"t": 100}, title={"y": 0.96, "yanchor": "top"})
    decades = {"type": "log", "dtick": 1}
    figure.update_xaxes(title=x, **(decades if log_x else {}))
    figure.update_yaxes(title=y, **(decades if log_y else {}))
    return figure


def contours(groups: Mapping[str, pd.DataFrame], *, title: str, x: str, y: str) -> go.Figure:
    """Where each group lies on a plane: the line that holds its densest half, and its mean.

    groups : name → frame with columns ``x`` and ``y``; quadrants keep their own colours.
    """
    from scipy.ndimage import gaussian_filter

    bins = 28
    figure = go.Figure()
    for at, (name, frame) in enumerate(groups.items()):
        colour = QUADRANT_COLOURS.get(name, CYCLE[at % len(CYCLE)])
        counts, y_edges, x_edges = np.histogram2d(frame[y], frame[x], bins, [[0, 1], [0, 1]])
        smooth = np.pad(gaussian_filter(counts, 2.2, mode="nearest"), 1)  # so that lines close
        ranked = np.sort(smooth.ravel())[::-1]
        level = ranked[np.searchsorted(np.cumsum(ranked), 0.5 * ranked.sum())]
        figure.add_contour(
            z=smooth,
            x0=x_edges[0] - 0.5 / bins,
            dx=1 / bins,
            y0=y_edges[0] - 0.5 / bins,
            dy=1 / bins,
            contours={"start": level, "end": level, "size": 1, "coloring": "lines"},
            colorscale=[(0, colour), (1, colour)],
            line={"width": 2.5},
            showscale=False,
            name=name,
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=[frame[x].mean()],
            y=[frame[y].mean()],
            mode="markers",
            name=f"{name} ({len(frame):,})",
            marker={"size": 13, "color": colour, "line": {"width": 1.5, "color": "white"}},
            hovertemplate=f"{name}: mean %{{x:.2f}}, %{{y:.2f}}<extra></extra>",
        )
    dress(figure, title, 520, legend=True)
    figure.update_layout(width=680)
    figure.update_xaxes(title=x, range=[-0.02, 1.02])
    figure.update_yaxes(title=y, range=[-0.02, 1.02])
    return figure


def faint(colour: str, alpha: float = 0.28) -> str:
    """``#rrggbb`` with an alpha."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha})"


def dress(figure: go.Figure, title: str, height: int, *, legend: bool = False) -> None:
    """The look that all figures share."""
    figure.update_layout(
        title={"text": title, "x": 0.0, "xanchor": "left", "xref": "paper", "font": {"size": 17}},
        height=height,
        margin={"l": 10, "r": 30, "t": 74 if legend else 58, "b": 46},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": _FONT, "size": 13, "color": QUIET},
        showlegend=legend,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        colorway=CYCLE,
        hoverlabel={"font": {"family": _FONT}},
    )
    figure.update_xaxes(gridcolor=GRID, zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, automargin=True)
