"""Plotly figures made small enough to be committed: no template, five digits, packed.

One JSON list a page, gzipped and in base64; ``page.js`` unpacks it in the browser.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

DIGITS = 5  # significant ones that a figure keeps
_TYPES = {
    "i1": np.int8, "u1": np.uint8, "i2": np.int16, "u2": np.uint16, "i4": np.int32,
    "u4": np.uint32, "f4": np.float32, "f8": np.float64,
}  # fmt: skip


def slim(figure: Mapping[str, Any]) -> dict[str, Any]:
    """Data and layout of a figure's JSON: numbers rounded, Plotly's own template left out."""
    layout = {key: value for key, value in figure.get("layout", {}).items() if key != "template"}
    return {"data": _plain(figure.get("data", [])), "layout": _plain(layout)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if {"dtype", "bdata"} <= set(value):
            return _plain(_decoded(value).tolist())
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, str) or not isinstance(value, Sequence | float):
        return value
    if isinstance(value, float):
        return _rounded(value)
    return [_plain(item) for item in value]


def _decoded(packed: Mapping[str, Any]) -> np.ndarray:
    """A typed array as Plotly packs it."""
    values = np.frombuffer(base64.b64decode(packed["bdata"]), _TYPES[packed["dtype"]])
    shape = packed.get("shape")
    return values.reshape([int(side) for side in str(shape).split(",")]) if shape else values


def _rounded(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def pack(content: bytes) -> str:
    """Gzipped, in base64; the same bytes for the same content."""
    return base64.b64encode(gzip.compress(content, compresslevel=9, mtime=0)).decode("ascii")


def pack_figures(figures: Sequence[Mapping[str, Any]]) -> str:
    """A page's figures for its ``figures`` element."""
    text = json.dumps([slim(figure) for figure in figures], separators=(",", ":"))
    return pack(text.encode("utf-8"))
