"""Whom the network fails: accuracy by how dark, flat or soft a photograph is, and how people agree.

FER2013 says nothing of age, gender or skin, and nothing here guesses them from a face; what can be
measured honestly is the picture itself and how undecided people were.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from affetto.faces.quality import sharpness
from affetto.learn import metrics

EDGES = (0.0, 0.05, 0.2, 0.8, 0.95, 1.0)  # quantiles: the extreme twentieths, and what lies between
MEASURES = {
    "light": ("mean grey", ("darkest 5 %", "dark", "middle 60 %", "bright", "brightest 5 %")),
    "contrast": (
        "deviation of the grey",
        ("flattest 5 %", "flat", "middle 60 %", "strong", "strongest 5 %"),
    ),
    "sharpness": (
        "variance of the Laplacian",
        ("softest 5 %", "soft", "middle 60 %", "sharp", "sharpest 5 %"),
    ),
}


def measured(faces: np.ndarray) -> dict[str, np.ndarray]:
    """Measure → its value for each face; float [n].  faces : uint8 [n, 48, 48]."""
    flat = faces.reshape(len(faces), -1).astype(np.float32)
    return {
        "light": flat.mean(axis=1),
        "contrast": flat.std(axis=1),
        "sharpness": np.array([sharpness(face) for face in faces]),
    }


def by_picture(faces: np.ndarray, right: np.ndarray) -> dict[str, list[dict[str, Any]]]:
    """Measure → accuracy in five groups from its lowest values to its highest.

    faces : uint8 [n, 48, 48].  right : bool [n], whether the network named the face rightly.
    Each group has ``group`` (in words), ``from`` and ``to`` of the measure, ``n``, ``accuracy``
    and its 95 % interval ``low`` and ``high``.  Groups without faces are left out.
    """
    return {
        name: _groups(values, right, MEASURES[name][1]) for name, values in measured(faces).items()
    }


def _groups(values: np.ndarray, right: np.ndarray, words: tuple[str, ...]) -> list[dict[str, Any]]:
    places = np.argsort(np.argsort(values, kind="stable"), kind="stable") / len(values)
    found = []
    for word, low, high in zip(words, EDGES[:-1], EDGES[1:], strict=True):
        inside = (places >= low) & (places < high)
        if inside.any():
            span = {"from": round(float(values[inside].min()), 3)}
            span["to"] = round(float(values[inside].max()), 3)
            found.append({"group": word, **span, **share_of(right[inside])})
    return found


def by_agreement(votes: np.ndarray, right: np.ndarray) -> list[dict[str, Any]]:
    """Accuracy by how many of ten voters chose the majority's emotion.

    votes : int [n, 7], FER+ votes.  right : bool [n].  Groups without faces are left out.
    """
    most = votes.max(axis=1)
    names = {"10 of 10": most >= 10, "8 or 9": (most == 8) | (most == 9)}
    names |= {"6 or 7": (most == 6) | (most == 7), "5 or fewer": most <= 5}
    return [{"group": k, **share_of(right[rows])} for k, rows in names.items() if rows.any()]


def share_of(right: np.ndarray) -> dict[str, Any]:
    """``n``, ``accuracy`` and its 95 % interval.  right : bool [n], at least one."""
    low, high = metrics.wilson_interval(int(right.sum()), len(right))
    shares = {"accuracy": float(right.mean()), "low": low, "high": high}
    return {"n": len(right), **{name: round(value, 4) for name, value in shares.items()}}
