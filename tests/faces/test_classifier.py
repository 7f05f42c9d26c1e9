"""The released emotion network, as serving runs it."""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from affetto.bundled import read_bundled, read_manifest
from affetto.emotions import EMOTIONS
from affetto.errors import InputError, ModelError
from affetto.faces.classifier import (
    MODEL_FILE,
    READOUTS,
    EmotionClassifier,
    EmotionReading,
    views_of,
)
from affetto.settings import BUNDLED_DIR

PLAIN = {"temperature": 1.0, "biases": [0.0] * len(EMOTIONS)}  # a calibration that changes nothing


@functools.cache
def classifier() -> EmotionClassifier:
    return EmotionClassifier.load()


def _crops(count: int, *, seed: int = 0) -> np.ndarray:
    """Soft blobs: the network must take any grey picture."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 6, 6))
    return np.kron(coarse, np.ones((1, 8, 8))).astype(np.uint8)


def _settings(**changes: object) -> dict:
    return {**read_manifest()["emotion_cnn"], **changes}


# --- answers -----------------------------------------------------------------------------------


def test_both_readouts_answer_seven_finite_logits_a_face() -> None:
    scores = classifier().logits(_crops(3))
    assert set(scores) == {"crowd", "fer2013"}
    for logits in scores.values():
        assert logits.shape == (3, 7)
        assert np.isfinite(logits).all()
        assert len({tuple(row) for row in logits.round(6).tolist()}) == 3  # looks at its input


def test_a_mirror_image_reads_the_same() -> None:
    crops = _crops(4)
    straight, mirrored = classifier().logits(crops), classifier().logits(crops[:, :, ::-1])
    for readout in READOUTS:
        assert np.allclose(straight[readout], mirrored[readout], atol=1e-5)


def test_the_released_answer_is_the_mean_over_six_views() -> None:
    crops = _crops(2)
    views = views_of(crops)
    assert len(views) == 6
    each = [classifier().logits(view, averaged=False)["crowd"] for view in views]
    assert np.allclose(classifier().logits(crops)["crowd"], np.mean(each, axis=0), atol=1e-5)


def test_the_views_are_the_crop_from_afar_from_near_and_their_mirror_images() -> None:
    """A white square of 20 pixels: 20 × 40/48 = 16.7 from afar, 20 × 48/40 = 24 from near."""
    crop = np.zeros((1, 48, 48), np.uint8)
    crop[:, 14:34, 14:34] = 255
    plain, _, afar, _, near, _ = (view[0] / 255 for view in views_of(crop))
    sides = [np.sqrt(view.sum()) for view in (plain, afar, near)]
    assert sides == pytest.approx([20, 16.67, 24], abs=0.3)
    lop = np.random.default_rng(0).integers(0, 256, crop.shape).astype(np.uint8)
    views = views_of(lop)
    assert (views[0] == lop).all()
    for straight, mirrored in zip(views[::2], views[1::2], strict=True):
        assert (straight[:, :, ::-1] == mirrored).all()


@pytest.mark.parametrize("readout", READOUTS)
def test_probabilities_have_the_readouts_own_temperature_and_biases(readout: str) -> None:
    crops = _crops(2)
    own = read_manifest()["emotion_cnn"]["calibration"][readout]
    odds = np.exp(classifier().logits(crops)[readout] / own["temperature"] + own["biases"])
    expected = odds / odds.sum(axis=1, keepdims=True)
    assert np.allclose(classifier().probabilities(crops, readout=readout), expected)


def test_a_reading_says_the_top_class_of_the_crowd() -> None:
    crops = _crops(5)
    readings = classifier().read(list(crops))
    for row, reading in zip(classifier().probabilities(crops), readings, strict=True):
        assert reading.emotion == EMOTIONS[int(row.argmax())]
        assert reading.confidence == row.max() == max(reading.probabilities.values())
        assert list(reading.probabilities.values()) == row.tolist()


def test_no_crops_give_no_readings() -> None:
    assert classifier().read([]) == ()
    assert classifier().logits(np.empty((0, 48, 48), np.uint8))["crowd"].shape == (0, 7)


def test_threads_share_a_classifier() -> None:
    batches = [_crops(2, seed=seed) for seed in range(6)]
    alone = [classifier().probabilities(batch) for batch in batches]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(classifier().probabilities, batches * 3))
    assert all(np.array_equal(a, b) for a, b in zip(alone * 3, together, strict=True))


def test_always_and_never_sure_follow_the_manifest() -> None:
    model = read_bundled(MODEL_FILE)
    always = EmotionClassifier(model, _settings(sure={"probability": 0.0}))
    never = EmotionClassifier(model, _settings(sure={"probability": 1.0}))
    assert [reading.sure for reading in always.read(_crops(2))] == [True, True]
    assert [reading.sure for reading in never.read(_crops(2))] == [False, False]


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "crops",
    [
        np.zeros((48, 48), np.uint8),
        np.zeros((1, 48, 47), np.uint8),
        np.zeros((1, 48, 48, 1), np.uint8),
        np.zeros((1, 48, 48), np.float32),
    ],
)
def test_other_shapes_and_types_are_refused(crops: np.ndarray) -> None:
    with pytest.raises(InputError, match="uint8 of shape"):
        classifier().logits(crops)


def test_an_unknown_readout_is_refused() -> None:
    with pytest.raises(InputError, match="crowd or fer2013"):
        classifier().probabilities(_crops(1), readout="ferplus")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"labels": sorted(EMOTIONS)}, "labels are not angry, disgust, fear"),
        ({"labels": None}, "labels are not"),
        ({"calibration": {"crowd": PLAIN}}, "calibration .* not usable"),
        ({"calibration": {"crowd": PLAIN, "fer2013": {**PLAIN, "temperature": 0}}}, "above 0"),
        ({"calibration": {"crowd": {**PLAIN, "temperature": "warm"}, "fer2013": PLAIN}}, "usable"),
        ({"calibration": {"crowd": {**PLAIN, "biases": [0.1]}, "fer2013": PLAIN}}, "1 biases"),
        ({"calibration": {"crowd": {"temperature": 1.0}, "fer2013": PLAIN}}, "not usable"),
        ({"sure": {"certainty": 0.5}}, "not usable"),
        ({"sure": None}, "not usable"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(changes: dict, why: str) -> None:
    with pytest.raises(ModelError, match=why):
        EmotionClassifier(read_bundled(MODEL_FILE), _settings(**changes))


def test_a_file_that_is_no_model_is_refused() -> None:
    with pytest.raises(ModelError, match="not a LiteRT model"):
        EmotionClassifier(b"TFL3 or so", _settings())


def test_another_released_model_is_refused() -> None:
    with pytest.raises(ModelError, match="does not turn one 48×48 image"):
        EmotionClassifier(read_bundled("recommender_lstm.tflite"), _settings())


def test_a_damaged_model_is_refused_before_it_runs(tmp_path: Path) -> None:
    folder = tmp_path / "bundled"
    folder.mkdir()
    shutil.copy(BUNDLED_DIR / "manifest.json", folder)
    model = bytearray(read_bundled(MODEL_FILE))
    model[len(model) // 2] ^= 1
    (folder / MODEL_FILE).write_bytes(model)
    with pytest.raises(ModelError, match="not the one that was released"):
        EmotionClassifier.load(folder)


@pytest.mark.parametrize("longest", [len(EMOTIONS), 1000])
def test_a_model_whose_weights_are_lost_is_refused(longest: int, tmp_path: Path) -> None:
    """An export that kept variables outside the file answers NaN, or stops, and says nothing."""
    broken = _with_nan_weights(read_bundled(MODEL_FILE), longest=longest)
    entry = {"sha256": hashlib.sha256(broken).hexdigest(), "bytes": len(broken)}
    manifest = {**read_manifest(), "files": {MODEL_FILE: entry}}
    (tmp_path / MODEL_FILE).write_bytes(broken)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ModelError, match="gives no numbers"):
        EmotionClassifier.load(tmp_path)


def _with_nan_weights(model: bytes, *, longest: int) -> bytes:
    """The model with its runs of 7 to ``longest`` floats overwritten by not-a-number.

    Most weights are int8, which cannot be that; biases, 7 of them in each readout, and the scales
    of the weights are float32.
    """
    values = np.frombuffer(model[: len(model) // 4 * 4], np.float32).copy()
    strange = np.flatnonzero(~((np.abs(values) > 1e-7) & (np.abs(values) < 100)))
    for before, after in itertools.pairwise(strange):
        if len(EMOTIONS) < after - before <= longest + 1:
            values[before + 1 : after] = np.nan
    return values.tobytes() + model[len(values) * 4 :]


@pytest.mark.parametrize(
    "wrong",
    [
        {"emotion": "bored"},
        {"confidence": 0.9},
        {"probabilities": {"happy": 1.0}},
        {"probabilities": dict.fromkeys(EMOTIONS, 0.5)},
        {"probabilities": {**dict.fromkeys(EMOTIONS, 0.0), "happy": 1.5, "sad": -0.5}},
    ],
)
def test_a_reading_refuses_nonsense_at_birth(wrong: dict) -> None:
    probabilities = {**dict.fromkeys(EMOTIONS, 0.0), "happy": 1.0}
    good = {"emotion": "happy", "confidence": 1.0, "sure": True, "probabilities": probabilities}
    assert EmotionReading(**good).emotion == "happy"
    with pytest.raises(InputError):
        EmotionReading(**{**good, **wrong})
