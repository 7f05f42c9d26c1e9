"""What was measured, read from ``reports/metrics``; what is missing says how it is made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from affetto.bundled import read_manifest
from affetto.emotions import EMOTIONS
from affetto.errors import DataError
from affetto.settings import reports_dir

BY_CONFIDENCE = "emotion_cnn_by_confidence.json"
PLAYLISTS = ("playlists.json", "recommender.json")  # the first that is there
SPLIT = "by_playlist"  # the recommender's own split; the other in that file is by time
READOUTS = {"crowd": "what ten people named most often (FER+)", "fer2013": "FER2013's own labels"}


def metrics_dir() -> Path:
    """Where the measured figures lie."""
    return reports_dir() / "metrics"


def read_metrics(name: str, *, made_by: str) -> dict[str, Any]:
    """A JSON file of ``reports/metrics``.  Raises DataError, naming ``made_by``, if it is not."""
    try:
        found = json.loads((metrics_dir() / name).read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"There is no reports/metrics/{name} yet; run: {made_by}.") from error
    except ValueError as error:
        raise DataError(f"reports/metrics/{name} is damaged; run: {made_by}.") from error
    if not isinstance(found, dict):
        raise DataError(f"reports/metrics/{name} is damaged; run: {made_by}.")
    return found


@dataclass(frozen=True, slots=True, eq=False)
class ConfidenceCounts:
    """How often which emotion was taken for which, by confidence.

    edges : [k + 1] from 0 to 1.  confusion : int [k, 7, 7], row = label, column = prediction.
    mean_confidence : [k], nan where a bin is empty.  Raises DataError where they don't fit.
    """

    edges: np.ndarray
    confusion: np.ndarray
    mean_confidence: np.ndarray

    def __post_init__(self) -> None:
        bins = len(self.edges) - 1
        if self.confusion.shape != (bins, 7, 7) or self.mean_confidence.shape != (bins,):
            raise DataError(f"reports/metrics/{BY_CONFIDENCE} is damaged; run: make reports.")

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> ConfidenceCounts:
        """From one readout's part of the JSON."""
        try:
            return cls(
                np.array(entry["edges"], float),
                np.array(entry["confusion"], int),
                np.array([np.nan if m is None else m for m in entry["mean_confidence"]], float),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"reports/metrics/{BY_CONFIDENCE} is damaged ({error}).") from error

    @property
    def total(self) -> int:
        """All faces."""
        return int(self.confusion.sum())

    def above(self, threshold: float) -> np.ndarray:
        """[7, 7] counts of the answers whose confidence lies in a bin from ``threshold`` up."""
        return self.confusion[self.edges[:-1] >= threshold - 1e-9].sum(axis=0)

    def answered(self, threshold: float) -> tuple[float, float | None]:
        """(share answered, accuracy among those); no accuracy where nothing is answered."""
        kept = self.above(threshold)
        n = int(kept.sum())
        return n / max(self.total, 1), (float(np.trace(kept) / n) if n else None)

    def hits(self) -> tuple[np.ndarray, np.ndarray]:
        """Right answers and all answers, a number a bin."""
        return np.trace(self.confusion, axis1=1, axis2=2), self.confusion.sum(axis=(1, 2))


@dataclass(frozen=True, slots=True, eq=False)
class FaceFigures:
    """Both readouts, and whether they belong to the network that is bundled now."""

    usage: str
    readouts: Mapping[str, ConfidenceCounts]
    current: bool


def face_figures() -> FaceFigures:
    """What the confidence aggregates say.  Raises DataError where they are missing or damaged."""
    found = read_metrics(BY_CONFIDENCE, made_by="affetto reports confidence")
    named = [name for name in READOUTS if name in found]
    if not named or list(found.get("labels", ())) != list(EMOTIONS):
        raise DataError(f"reports/metrics/{BY_CONFIDENCE} is damaged; run: make reports.")
    readouts = {name: ConfidenceCounts.of(found[name]) for name in named}
    current = released_answers().items() <= found.items()
    return FaceFigures(str(found.get("usage")), readouts, current)


def released_answers() -> dict[str, Any]:
    """What decides the released emotion network's answers: its file, and its calibration."""
    manifest = read_manifest()
    return {
        "model": manifest["files"]["emotion_cnn.tflite"]["sha256"],
        "calibration": manifest["emotion_cnn"]["calibration"],
    }


@dataclass(frozen=True, slots=True, eq=False)
class PlaylistFigures:
    """The recommender against its baselines.

    scores : which targets → model → metric → 0 to 1.  differences : baseline → metric → interval
    of ours minus theirs.  Raises DataError without a model.
    """

    file: str
    playlists: int
    targets: int
    coverage: float
    scores: Mapping[str, Mapping[str, Mapping[str, float]]]
    differences: Mapping[str, Mapping[str, tuple[float, float]]]

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names that every model has, in the file's order."""
        rows = list(self.scores["known"].values())
        return tuple(name for name in rows[0] if all(name in row for row in rows))


def playlist_figures() -> PlaylistFigures:
    """The newest evaluation that is there.  Raises DataError where there is none."""
    name = next((n for n in PLAYLISTS if (metrics_dir() / n).is_file()), PLAYLISTS[-1])
    found = read_metrics(name, made_by="affetto release recommender")
    found = found.get("splits", {}).get(SPLIT, found)
    models = found.get("models")
    if not isinstance(models, dict) or not models:
        raise DataError(f"reports/metrics/{name} has no models; run: make reports.")
    everything = found.get("models_all") or models
    return PlaylistFigures(
        file=name,
        playlists=int(found.get("playlists", 0)),
        targets=int(found.get("targets", 0)),
        coverage=float(found.get("coverage", 0.0)),
        scores={"known": _told(models), "all": _told(everything)},
        differences=found.get("differences") or {},
    )


def _told(models: Mapping[str, Any]) -> dict[str, Any]:
    """The models without the LSTM on its own where what ships is nothing else."""
    same = models.get("lstm") == models.get("released")
    return {name: scores for name, scores in models.items() if not (same and name == "lstm")}
