"""The picture beside the ways in: a journey on the mood plane, as every list will draw its own."""

from __future__ import annotations

import base64
from html import escape

import streamlit as st

from app.language import t

# Mid-tones that read on paper and on ink, as those of the charts.
_SHAPES = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 360"
font-family="Source Sans, Source Sans Pro, sans-serif">
<g fill="none" stroke="#8d8378" stroke-opacity=".35"><rect x="4" y="4" width="352" height="352"
rx="22"/><path d="M180 4V356M4 180H356"/></g>
<path d="M66 278C130 262 168 214 200 190S276 112 310 88" fill="none" stroke="#d8694a"
stroke-width="4" stroke-linecap="round" stroke-opacity=".4"/>"""
# Songs on the way, from the lower left to the upper right: x, y and radius of each.
_SONGS = ((98, 262, 5), (121, 240, 4), (150, 232, 6), (172, 205, 5), (200, 196, 4), (217, 166, 6),
          (243, 152, 5), (262, 124, 4), (285, 119, 6))  # fmt: skip
_ENDS = (("plane.you", 66, 278), ("plane.goal", 310, 88))
_AXES = (
    ("plane.lively", 186, 22, "start"),
    ("plane.quiet", 186, 346, "start"),
    ("plane.pleasant", 346, 172, "end"),
    ("plane.unpleasant", 14, 172, "start"),
)


def draw() -> None:
    """Only something to look at, so a screen reader passes over it; a phone leaves it out."""
    picture = base64.b64encode(drawing().encode()).decode("ascii")
    st.html(f'<img class="hero" alt="" src="data:image/svg+xml;base64,{picture}">')


def drawing() -> str:
    """The picture as SVG, with the plane's words in the page's language."""
    words = "".join(
        f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(t(key))}</text>'
        for key, x, y, anchor in _AXES
    )
    songs = "".join(f'<circle cx="{x}" cy="{y}" r="{radius}"/>' for x, y, radius in _SONGS)
    rings = "".join(f'<circle cx="{x}" cy="{y}" r="13"/>' for _, x, y in _ENDS)
    names = "".join(f'<text x="{x}" y="{y - 22}">{escape(t(key))}</text>' for key, x, y in _ENDS)
    return (
        f'{_SHAPES}<g fill="#80766c" font-size="12">{words}</g><g fill="#d8694a">{songs}</g>'
        f'<g fill="none" stroke="#d8694a" stroke-width="2.5">{rings}</g>'
        f'<g fill="#d8694a" font-size="15" font-weight="600" text-anchor="middle">{names}</g></svg>'
    )
