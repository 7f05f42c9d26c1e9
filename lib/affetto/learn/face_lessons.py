"""The steps of training and judging the emotion CNN, one at a time, for notebooks 04 and 05."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from affetto.bundled import read_manifest
from affetto.emotions import EMOTIONS
from affetto.errors import DataError
from affetto.faces.classifier import MANIFEST_ENTRY, EmotionClassifier
from affetto.faces.saliency import where_it_looked
from affetto.settings import project_dir
from affetto.sources.datasets.fer2013 import CrowdVotes, LabelledFaces


def split_of(
    faces: LabelledFaces, votes: CrowdVotes | None, usage: str
) -> tuple[LabelledFaces, CrowdVotes | None]:
    """The faces and votes of one split that was read whole."""
    from affetto.sources.datasets.fer2013 import rows_of

    return rows_of(faces, votes, usage)


def read_history(named: str) -> dict[str, Any]:
    """A release's ``emotion_cnn_history.json``.  named : its path, from the project's folder.

    Raises DataError where there is none.
    """
    path = project_dir() / Path(named).expanduser()
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{named} cannot be read; affetto release faces writes it.") from error


def epochs_before(entry: Mapping[str, Any] | None = None) -> list[int]:
    """Epochs of the runs that a network's last run went on from, earliest first.

    entry : of a manifest, or of what its training began from; None for the bundled network's.
    """
    entry = read_manifest()[MANIFEST_ENTRY] if entry is None else entry
    earlier = entry.get("start")
    return [*epochs_before(earlier), earlier["training"]["epochs"]] if earlier else []


def read_peers(named: str) -> dict[str, Any] | None:
    """``peers.json``, or None where nothing is named or nobody has measured it."""
    path = project_dir() / Path(named).expanduser()
    return json.loads(path.read_text(encoding="utf-8")) if named and path.is_file() else None


def layer_table(network: Any) -> pd.DataFrame:
    """Stage of a network → output shape, layers and weights.  network : a Keras model."""
    rows: dict[str, dict[str, Any]] = {}
    for layer in network.layers:
        stage = layer.name.partition("_")[0]
        row = rows.setdefault(stage, {"output": "", "layers": 0, "weights": 0})
        shape = getattr(layer.output, "shape", None)
        row["output"] = " × ".join(str(side) for side in (shape or ())[1:]) or row["output"]
        row["layers"] += 1
        row["weights"] += layer.count_params()
    return pd.DataFrame.from_dict(rows, orient="index")


def rates(config: Any, *, faces: int) -> pd.Series:
    """Learning rate by epoch: linear warm-up, then half a cosine to zero.

    config : a ``TrainConfig``.  faces : of the training split.
    """
    steps = max(1, faces // config.batch)
    step = np.arange(0, steps * config.epochs, max(1, steps // 20))
    warm = steps * config.warmup_epochs
    rising = config.peak_rate * (0.01 + 0.99 * step / max(1, warm))
    along = (step - warm) / max(1, steps * (config.epochs - config.warmup_epochs))
    falling = config.peak_rate * 0.5 * (1 + np.cos(np.pi * np.clip(along, 0, 1)))
    return pd.Series(np.where(step < warm, rising, falling), index=step / steps)


def augmented_means(
    pixels: np.ndarray, config: Any, *, count: int = 7, seed: int = 7
) -> dict[str, np.ndarray]:
    """The mean face of a split as training sees it in ``count`` draws; float [48, 48] each.

    config : an ``AugmentationConfig``.  A mean of many shows nobody.
    """
    from affetto.learn.augmentation import build_augmentation

    mean = pixels.astype(np.float32).mean(axis=0)
    layers = build_augmentation(config, seed=seed)
    views = np.asarray(layers(np.repeat(mean[None, :, :, None], count, axis=0), training=True))
    return {"mean": mean, **{f"draw {k + 1}": view[..., 0] for k, view in enumerate(views)}}


def history_table(history: Sequence[Mapping[str, float]]) -> pd.DataFrame:
    """One row an epoch, with the best so far and the seconds since the start."""
    table = pd.DataFrame(list(history)).set_index("epoch")
    table["best_so_far"] = table["validation_fer2013"].cummax()
    table["minutes"] = table["seconds"].cumsum() / 60
    return table


def looked_at(
    classifier: EmotionClassifier,
    pixels: np.ndarray,
    labels: np.ndarray,
    *,
    each: int,
    seed: int = 7,
) -> dict[str, np.ndarray]:
    """Emotion → mean map of where the crowd readout looked on ``each`` faces that it names rightly.

    pixels : uint8 [n, 48, 48].  labels : int [n], -1 for none.  Emotions of which it names fewer
    than three rightly are left out.
    """
    rng, found = np.random.default_rng(seed), {}
    named = classifier.probabilities(pixels).argmax(axis=1)
    for index, emotion in enumerate(EMOTIONS):
        rows = np.flatnonzero((labels == index) & (named == index))
        if len(rows) >= 3:
            chosen = rng.permutation(rows)[:each]
            maps = [where_it_looked(classifier, pixels[row], emotion=emotion) for row in chosen]
            found[emotion] = np.mean(maps, axis=0)
    return found


def readout_table(evaluation: Mapping[str, Any]) -> pd.DataFrame:
    """The headline figures of one ``evaluate_faces``, a column a readout."""
    parts = {"fer2013": evaluation, "crowd": evaluation["votes"]}
    columns = {
        name: {
            "faces": part["n"],
            "accuracy": part["accuracy"],
            "from (95 %)": part["accuracy_interval"][0],
            "to": part["accuracy_interval"][1],
            "macro-F1": part["macro_f1"],
            "calibration error": part["ece"],
            "… were it perfect": part["ece_expected"],
            "on the surest 70 %": part["selective"]["accuracy"],
            "in a single view": part["single_view"]["accuracy"],
        }
        for name, part in parts.items()
        if part
    }
    return pd.DataFrame(columns)


def known_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """What of a run's ``config.json`` this version's ``TrainConfig`` still has."""
    from affetto.learn.faces import TrainConfig

    return {name: value for name, value in config.items() if name in TrainConfig.__slots__}


def run_folder(folder: Path, config: Any, train: Any) -> Path:
    """Where a run with these settings on these faces keeps its checkpoints: a name of its own.

    config : a ``TrainConfig``.  train : a ``FaceSplit``.  The same settings and faces find the same
    folder, so that a run which was stopped goes on; any others begin anew.
    """
    told = json.dumps(dataclasses.asdict(config), sort_keys=True).encode()
    digest = hashlib.sha256(told + train.pixels.tobytes() + train.labels.tobytes())
    return folder / f"notebook_04_{digest.hexdigest()[:12]}"
