"""The fused layers say what Keras' own say, whichever backend runs them."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
from keras import layers

from affetto.faces.network import SIDE, EmotionCnnConfig, FusedConv2D, build_emotion_cnn

SAME_AS_KERAS = """
import numpy as np
from keras import layers, ops
from affetto.faces.network import FusedConv2D

image = np.random.default_rng(0).normal(size=(2, 9, 12, 3)).astype("float32")
for size, kernel, stride in ((12, 3, 1), (12, 3, 2), (9, 3, 2), (12, 1, 2), (9, 1, 2), (9, 5, 3)):
    options = {"strides": stride, "padding": "same", "use_bias": False}
    ours, theirs = (kind(4, kernel, **options) for kind in (FusedConv2D, layers.Conv2D))
    face = image[:, :size, :size]
    ours(face), theirs(face)
    theirs.set_weights(ours.get_weights())
    apart = np.abs(ops.convert_to_numpy(ours(face)) - ops.convert_to_numpy(theirs(face))).max()
    assert apart < 1e-5, (size, kernel, stride, apart)
print("the same")
"""


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_the_fused_convolution_is_that_of_keras(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"no {backend} in this environment")
    found = subprocess.run(
        [sys.executable, "-c", SAME_AS_KERAS],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == "the same", found.stderr[-2000:]


def test_one_set_of_weights_serves_every_size_of_face():
    config = EmotionCnnConfig(stem=4, widths=(8, 8), blocks=1)
    fixed, free = build_emotion_cnn(config), build_emotion_cnn(config, side=None)
    assert [w.path for w in fixed.weights] == [w.path for w in free.weights]
    free.set_weights(fixed.get_weights())
    faces = np.random.default_rng(0).uniform(0, 255, (2, SIDE, SIDE, 1)).astype(np.float32)
    for name, logits in fixed(faces).items():
        assert np.allclose(logits, free(faces)[name], atol=1e-6)
    assert free(faces[:, :32, :32])["crowd"].shape == (2, 7)


def test_the_convolutions_are_the_fused_ones():
    network = build_emotion_cnn(EmotionCnnConfig(stem=4, widths=(8,), blocks=1))
    convolutions = [layer for layer in network.layers if isinstance(layer, layers.Conv2D)]
    assert convolutions
    assert all(isinstance(layer, FusedConv2D) for layer in convolutions)
