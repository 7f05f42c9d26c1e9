"""From a training run's best weights to the released emotion network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from affetto.bundled import read_bundled, read_manifest, sha256
from affetto.emotions import EMOTIONS
from affetto.errors import ModelError
from affetto.faces.classifier import MANIFEST_ENTRY, MODEL_FILE, READOUTS, EmotionClassifier
from affetto.faces.network import EmotionCnnConfig, build_emotion_cnn
from affetto.files import write_json
from affetto.learn import metrics
from affetto.learn.calibrate import choose_sure_rule, cross_fitted, fit_calibration
from affetto.learn.checkpoints import load_arrays
from affetto.learn.environment import (
    ORIGINS,
    describe_data,
    expect_data,
    read_origin,
    read_settings,
)
from affetto.learn.export import TOLERANCE, git_revision, largest_difference, release, to_litert
from affetto.learn.face_batches import TRAINED_ON
from affetto.learn.faces import set_weights
from affetto.learn.faces_evaluation import HASHES_FILE, crowd_majority, evaluate_faces, pack_hashes
from affetto.settings import BUNDLED_DIR, reports_dir
from affetto.sources.datasets.fer2013 import CrowdVotes, LabelledFaces

CURVES = ("reliability", "coverage_curve")


def release_faces(
    run_dir: Path,
    faces: LabelledFaces,
    votes: CrowdVotes,
    *,
    data_files: list[Path],
    folder: Path = BUNDLED_DIR,
    reports: Path | None = None,
) -> dict[str, Any]:
    """Export, calibrate and measure the best network of ``run_dir``; its metrics.

    The calibration and the "not sure" rule are chosen on PublicTest, and the metrics are measured
    on it through the LiteRT file that is written.  Raises InputError unless the run learned from
    ``data_files``, ModelError if the float32 export does not equal the Keras network within 1e-4;
    the released file holds the same weights as int8.
    """
    learned = describe_data(data_files, split=TRAINED_ON)
    expect_data(run_dir, learned)
    weights, best = load_arrays(run_dir / "best.npz")
    config, environment = read_settings(run_dir)
    shape = {**config["network"], "widths": tuple(config["network"]["widths"])}
    network = build_emotion_cnn(EmotionCnnConfig(**shape))
    set_weights(network, weights)
    pixels, labels, crowd = _choosing(faces, votes)
    probe = [{"image": face[None, :, :, None].astype(np.float32)} for face in pixels[:20]]
    exact = to_litert(network)
    gap = largest_difference(network, exact, probe)
    if gap > TOLERANCE:
        raise ModelError(
            f"The LiteRT network differs from Keras by {gap:.2g}; nothing was released."
        )
    model = to_litert(network, weights="int8")
    hashes = pack_hashes(faces.pixels[faces.usage == TRAINED_ON])
    calibration, result = _calibrated(model, pixels, labels, crowd, hashes)
    entry = {
        **calibration,
        "network": config["network"],
        "parameters": int(network.count_params()),
        "selected_on": "PublicTest",
        "best_epoch": best["epoch"],
        "largest_difference_from_keras": {
            "float32": gap,
            "released_int8": largest_difference(network, model, probe),
        },
        "metrics": {"PublicTest": without_curves(result)},
        "data": learned["files"],
        "training": config,
        **{part: read_origin(run_dir, part) for part in ORIGINS},
        "environment": environment,
        "git_revision": git_revision(),
    }
    release(MANIFEST_ENTRY, entry, {MODEL_FILE: model, HASHES_FILE: hashes}, folder=folder)
    metrics_dir = _write_result(result, reports)
    unrounded = evaluate_faces(
        EmotionClassifier(exact, calibration), pixels, labels, crowd, training_hashes=hashes
    )
    history = run_history(run_dir, model, {"float32": unrounded, "released": result})
    write_json(metrics_dir / "emotion_cnn_history.json", history)
    return result


def recalibrate_faces(
    faces: LabelledFaces,
    votes: CrowdVotes,
    *,
    folder: Path = BUNDLED_DIR,
    reports: Path | None = None,
) -> dict[str, Any]:
    """Calibrate and measure the bundled network anew, after serving changed how it looks at a face.

    Its file stays as it is.  Returns the metrics, as ``release_faces`` does.
    """
    model, entry = read_bundled(MODEL_FILE, folder), read_manifest(folder)[MANIFEST_ENTRY]
    hashes = read_bundled(HASHES_FILE, folder)
    calibration, result = _calibrated(model, *_choosing(faces, votes), hashes)
    measured = {"PublicTest": without_curves(result)}
    entry = {**entry, **calibration, "metrics": measured, "git_revision": git_revision()}
    release(MANIFEST_ENTRY, entry, {}, folder=folder)
    _write_result(result, reports)
    return result


def _choosing(faces: LabelledFaces, votes: CrowdVotes) -> tuple[np.ndarray, np.ndarray, CrowdVotes]:
    """Pixels, labels and votes of PublicTest, on which everything is chosen."""
    rows = faces.usage == "PublicTest"
    count = len(rows)
    crowd = CrowdVotes(emotions=votes.emotions[:count][rows], others=votes.others[:count][rows])
    return faces.pixels[rows], faces.labels[rows], crowd


def _calibrated(
    model: bytes, pixels: np.ndarray, labels: np.ndarray, crowd: CrowdVotes, hashes: bytes
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of the manifest is chosen on these faces, and what the network reaches with it."""
    calibration, carried = _calibrate(model, pixels, labels, crowd)
    classifier = EmotionClassifier(model, calibration)
    result = evaluate_faces(classifier, pixels, labels, crowd, training_hashes=hashes)
    return calibration, {**result, "calibrated_on_the_other_half": carried}


def _write_result(result: Mapping[str, Any], reports: Path | None) -> Path:
    """Write ``emotion_cnn.json``; the folder that it lies in."""
    metrics_dir = (reports or reports_dir()) / "metrics"
    write_json(metrics_dir / "emotion_cnn.json", {"usage": "PublicTest", **result})
    return metrics_dir


def without_curves(result: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of ``evaluate_faces`` less the points of its curves, which only a report draws."""
    kept = {name: value for name, value in result.items() if name not in CURVES}
    return {**kept, "votes": without_curves(result["votes"])} if result.get("votes") else kept


def run_history(
    run_dir: Path, model: bytes, measured: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """What a report needs of the run behind a release, without the run's own files.

    model : the released file.  measured : ``float32`` and ``released``, both of ``evaluate_faces``
    on the same faces.  Returns ``model`` (SHA-256), ``run``, ``config``, ``history`` (a row an
    epoch) and ``stored``: readout → accuracy with float32 weights and as released.
    """
    history = load_arrays(run_dir / "last.npz")[1]["history"]
    return {
        "model": sha256(model),
        "run": run_dir.name,
        "config": read_settings(run_dir)[0],
        "history": [
            {k: round(v, 5) if isinstance(v, float) else v for k, v in row.items()}
            for row in history
        ],
        "stored": {
            "fer2013": {name: one["accuracy"] for name, one in measured.items()},
            **(
                {"crowd": {name: one["votes"]["accuracy"] for name, one in measured.items()}}
                if measured["released"]["votes"]
                else {}
            ),
        },
    }


def _calibrate(
    model: bytes, pixels: np.ndarray, labels: np.ndarray, crowd: CrowdVotes
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Label order, calibration and rule, for the manifest; and how well a calibration carries over.

    The second is what each readout reaches on the faces that its calibration was not fitted on.
    """
    settings = {name: {"temperature": 1.0, "biases": [0.0] * len(EMOTIONS)} for name in READOUTS}
    neutral = {"labels": list(EMOTIONS), "calibration": settings, "sure": {}}
    logits = EmotionClassifier(model, neutral).logits(pixels)
    majority = crowd_majority(crowd)
    told = majority >= 0
    asked = {
        "fer2013": (logits["fer2013"], labels),
        "crowd": (logits["crowd"][told], majority[told]),
    }
    found = {name: fit_calibration(*own) for name, own in asked.items()}
    rule = choose_sure_rule(found["crowd"].probabilities(asked["crowd"][0]), majority[told])
    chosen = {name: asdict(own) for name, own in found.items()}
    carried = {name: _carried(*own) for name, own in asked.items()}
    return {"labels": list(EMOTIONS), "calibration": chosen, "sure": asdict(rule)}, carried


def _carried(logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    chances = cross_fitted(logits, labels)
    return {
        "accuracy": metrics.accuracy(chances, labels),
        "macro_f1": metrics.macro_f1(metrics.confusion_matrix(chances.argmax(axis=1), labels)),
        "ece": metrics.expected_calibration_error(chances, labels),
        "ece_expected": metrics.calibration_error_if_perfect(chances),
    }
