"""A released file becomes weights again: the same answers, and normalisations that can train."""

import dataclasses

import keras
import numpy as np
import pytest

from affetto.bundled import read_bundled
from affetto.errors import ModelError
from affetto.faces.classifier import MODEL_FILE
from affetto.faces.network import READOUTS, EmotionCnnConfig, build_emotion_cnn
from affetto.learn.export import to_litert
from affetto.learn.faces import predict_logits
from affetto.learn.unfold import unfold

SMALL = EmotionCnnConfig(stem=8, widths=(8, 16), blocks=1, dropout=0.0)


@pytest.fixture(scope="module")
def faces():
    return np.random.default_rng(0).integers(0, 256, (64, 48, 48, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def released(faces):
    """A network whose normalisations are far from how they begin, and its float32 file."""
    keras.utils.set_random_seed(0)
    network = build_emotion_cnn(SMALL)
    rng = np.random.default_rng(1)
    for variable in network.weights:
        if variable.path.split("/")[-1] in ("gamma", "moving_variance"):
            variable.assign(rng.uniform(0.5, 2.0, variable.shape))
        elif variable.path.split("/")[-1] in ("beta", "moving_mean", "bias"):
            variable.assign(rng.normal(0, 0.3, variable.shape))
    return network, to_litert(network)


def test_the_unfolded_network_answers_as_the_file_does(released, faces):
    network, model = released
    again = build_emotion_cnn(SMALL)
    weights = unfold(model, again, faces)
    assert weights.keys() == {v.path for v in network.weights}
    pixels = faces[..., 0].astype(np.uint8)
    ours, theirs = predict_logits(network, pixels), predict_logits(again, pixels)
    for name in READOUTS:
        assert np.abs(ours[name]).max() > 0.5
        assert np.abs(ours[name] - theirs[name]).max() < 1e-3


def test_its_normalisations_know_what_they_are_given(released, faces):
    """In training they use the batch's own mean and deviation: on these faces, the same ones."""
    again = build_emotion_cnn(SMALL)
    unfold(released[1], again, faces)
    resting = keras.ops.convert_to_numpy(again(faces, training=False)["crowd"])
    training = keras.ops.convert_to_numpy(again(faces, training=True)["crowd"])
    assert np.abs(resting - training).max() < 0.01


def test_the_released_network_can_be_unfolded():
    network = build_emotion_cnn()
    weights = unfold(read_bundled(MODEL_FILE), network, np.zeros((4, 48, 48, 1), np.float32))
    assert {v.path for v in network.weights} == weights.keys()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [({"widths": (8,)}, "other layers"), ({"stem": 4}, "another shape")],
)
def test_a_network_of_another_shape_is_refused(released, faces, change, complaint):
    other = build_emotion_cnn(dataclasses.replace(SMALL, **change))
    with pytest.raises(ModelError, match=complaint):
        unfold(released[1], other, faces)
