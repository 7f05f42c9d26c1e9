"""The released emotion network: 48×48 grey crops → calibrated probabilities of seven emotions.

It has two readouts on one trunk.  ``crowd`` was trained on ten people's votes for each face and is
what people see; ``fer2013`` was trained on FER2013's own labels and is comparable with the
literature.  It runs on LiteRT; TensorFlow is not needed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from affetto.bundled import manifest_part, read_bundled, read_manifest
from affetto.emotions import EMOTIONS
from affetto.errors import InputError, ModelError
from affetto.faces.calibration import Calibration, SureRule, is_sure
from affetto.settings import BUNDLED_DIR

MODEL_FILE = "emotion_cnn.tflite"
MANIFEST_ENTRY = "emotion_cnn"
READOUTS = ("crowd", "fer2013")
CROP_SHAPE = (48, 48)
# Pixels a side: a crop is also seen shrunk to this, and its inside of this size enlarged.
INNER = 40


@dataclass(frozen=True, slots=True)
class EmotionReading:
    """What the network says about one face.

    emotion : the top class, always one of ``EMOTIONS``.
    confidence : its calibrated probability, 0 to 1.
    sure : whether the released rule lets it be said without "not sure".
    probabilities : emotion → probability in the order of ``EMOTIONS``; sum to 1.
    """

    emotion: str
    confidence: float
    sure: bool
    probabilities: Mapping[str, float]

    def __post_init__(self) -> None:
        if tuple(self.probabilities) != EMOTIONS:
            raise InputError(f"A reading has a probability for each of {', '.join(EMOTIONS)}.")
        values = np.array(list(self.probabilities.values()))
        if (values < 0).any() or not abs(values.sum() - 1) < 1e-6:
            raise InputError("A reading's probabilities are zero or more and sum to 1.")
        if self.emotion not in EMOTIONS or self.confidence != self.probabilities[self.emotion]:
            raise InputError("A reading's confidence is the probability of its emotion.")


class EmotionClassifier:
    """The network, its calibration and its rule for being sure; threads may share it."""

    def __init__(self, model: bytes, settings: Mapping[str, Any], *, threads: int = 2) -> None:
        """model : the LiteRT file's bytes.  settings : the manifest's ``emotion_cnn``.

        Raises ModelError if the two do not belong together or the label order is not ours.
        """
        self.calibration, self.rule = _settings(settings)
        self._lock = threading.Lock()  # an interpreter holds its tensors as state
        self._run = _signature(model, threads=threads)
        if not self._answers():
            raise ModelError(f"{MODEL_FILE} gives no numbers for a black image; export it again.")

    @classmethod
    def load(cls, folder: Path = BUNDLED_DIR, *, threads: int = 2) -> EmotionClassifier:
        """The released network.  Raises ModelError if it is missing, damaged or not as stated."""
        settings = manifest_part(read_manifest(folder), MANIFEST_ENTRY, of="it")
        return cls(read_bundled(MODEL_FILE, folder), settings, threads=threads)

    def logits(self, crops: np.ndarray, *, averaged: bool = True) -> dict[str, np.ndarray]:
        """Raw scores of both readouts.

        crops : uint8 [n, 48, 48], grey.  Returns {"crowd": [n, 7], "fer2013": [n, 7]}.
        averaged : the mean over the views of each crop (``views_of``), as released.
        Raises InputError for another shape or type.
        """
        crops = np.asarray(crops)
        if crops.dtype != np.uint8 or crops.ndim != 3 or crops.shape[1:] != CROP_SHAPE:
            raise InputError("Face crops are uint8 of shape [n, 48, 48].")
        views = views_of(crops) if averaged else (crops,)
        scores = {name: np.zeros((len(crops), len(EMOTIONS))) for name in READOUTS}
        for view in views:
            for row, crop in enumerate(view):
                for name, values in self._one(crop).items():
                    scores[name][row] += values / len(views)
        return scores

    def probabilities(self, crops: np.ndarray, *, readout: str = "crowd") -> np.ndarray:
        """Calibrated probabilities of one readout.

        crops : uint8 [n, 48, 48], grey.  Returns float64 [n, 7] in the order of ``EMOTIONS``.
        Raises InputError for another shape or a readout that does not exist.
        """
        if readout not in READOUTS:
            raise InputError(f"There is no readout {readout!r}; choose {' or '.join(READOUTS)}.")
        return self.calibration[readout].probabilities(self.logits(crops)[readout])

    def read(self, crops: np.ndarray | Sequence[np.ndarray]) -> tuple[EmotionReading, ...]:
        """What people would see in each crop: one reading a face, in the order given.

        crops : uint8 [n, 48, 48] or a sequence of [48, 48]; none gives an empty answer.
        """
        if len(crops) == 0:
            return ()
        probabilities = self.probabilities(np.asarray(crops))
        sure = is_sure(probabilities, self.rule)
        return tuple(_reading(row, bool(one)) for row, one in zip(probabilities, sure, strict=True))

    def _answers(self) -> bool:
        """Whether a first answer is numbers: an export that lost its weights says NaN, or stops.

        It also makes the network ready.
        """
        try:
            first = self._one(np.zeros(CROP_SHAPE))
        except RuntimeError:
            return False
        return all(np.isfinite(values).all() for values in first.values())

    def _one(self, crop: np.ndarray) -> dict[str, np.ndarray]:
        """Both readouts' logits [7] for one crop."""
        image = crop.astype(np.float32)[np.newaxis, :, :, np.newaxis]
        with self._lock:
            return {name: values[0].copy() for name, values in self._run(image=image).items()}


def views_of(crops: np.ndarray) -> tuple[np.ndarray, ...]:
    """Each crop as it is, from afar and from near, and the mirror image of each of the three.

    crops : uint8 [n, 48, 48].  Returns six times the same shape.  From afar the edge repeats beyond
    the crop's own, as in training.
    """
    if not len(crops):
        return (crops,) * 6
    sizes = (crops, np.stack([_from_afar(c) for c in crops]), np.stack([_near(c) for c in crops]))
    return tuple(view for size in sizes for view in (size, size[:, :, ::-1]))


def _from_afar(crop: np.ndarray) -> np.ndarray:
    small = cv2.resize(crop, (INNER, INNER), interpolation=cv2.INTER_AREA)
    return np.pad(small, (CROP_SHAPE[0] - INNER) // 2, mode="edge")


def _near(crop: np.ndarray) -> np.ndarray:
    edge = (CROP_SHAPE[0] - INNER) // 2
    return cv2.resize(crop[edge:-edge, edge:-edge], CROP_SHAPE, interpolation=cv2.INTER_LINEAR)


def _settings(entry: Mapping[str, Any]) -> tuple[dict[str, Calibration], SureRule]:
    """Calibration and rule from the manifest.  Raises ModelError if they are not usable."""
    if list(entry.get("labels") or ()) != list(EMOTIONS):
        raise ModelError(
            f"The emotion network's labels are not {', '.join(EMOTIONS)} in this order; "
            "release it again with this version of Affetto."
        )
    try:
        found, classes = entry["calibration"], len(EMOTIONS)
        calibration = {
            name: Calibration.from_manifest(found[name], classes=classes) for name in READOUTS
        }
        rule = SureRule.from_manifest(entry["sure"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"The emotion network's calibration in the manifest is not usable ({error}); "
            "release it again with this version of Affetto."
        ) from error
    return calibration, rule


def _signature(model: bytes, *, threads: int) -> Any:
    """The callable LiteRT signature.  Raises ModelError if it is not the one that we release."""
    try:
        interpreter = Interpreter(model_content=model, num_threads=threads)
        run = interpreter.get_signature_runner("serving_default")
        inputs = {name: tuple(item["shape"]) for name, item in run.get_input_details().items()}
        outputs = {name: tuple(item["shape"]) for name, item in run.get_output_details().items()}
    except (ValueError, RuntimeError) as error:
        raise ModelError(f"{MODEL_FILE} is not a LiteRT model that can be run here.") from error
    if inputs != {"image": (1, *CROP_SHAPE, 1)} or outputs != dict.fromkeys(READOUTS, (1, 7)):
        raise ModelError(
            f"{MODEL_FILE} does not turn one 48×48 image into the readouts "
            f"{' and '.join(READOUTS)}."
        )
    return run


def _reading(probabilities: np.ndarray, sure: bool) -> EmotionReading:
    named = dict(zip(EMOTIONS, probabilities.tolist(), strict=True))
    emotion = max(named, key=named.__getitem__)
    return EmotionReading(emotion, named[emotion], sure, named)
