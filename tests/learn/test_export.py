import hashlib
import json

import numpy as np
import pytest

from affetto.bundled import read_bundled
from affetto.errors import ModelError
from affetto.faces.network import EmotionCnnConfig, build_emotion_cnn
from affetto.learn.export import largest_difference, release, to_litert


@pytest.fixture(scope="module")
def network():
    return build_emotion_cnn(EmotionCnnConfig(stem=4, widths=(8,), blocks=1))


def test_litert_answers_as_keras_does(network):
    faces = np.random.default_rng(0).uniform(0, 255, (5, 1, 48, 48, 1)).astype(np.float32)
    probe = [{"image": face} for face in faces]
    assert largest_difference(network, to_litert(network), probe) < 1e-4
    quantised = to_litert(network, weights="int8")
    assert 0 < largest_difference(network, quantised, probe) < 0.1


def test_a_difference_is_seen(network):
    probe = [{"image": np.full((1, 48, 48, 1), 200.0, np.float32)}]
    before = to_litert(network)
    kernel = network.get_layer("fer2013")
    kernel.bias.assign(kernel.bias + 1.0)
    assert largest_difference(network, before, probe) == pytest.approx(1.0, abs=1e-4)
    kernel.bias.assign(kernel.bias - 1.0)


def test_a_release_can_be_read_back_and_leaves_its_neighbours(tmp_path):
    release("first", {"a": 1}, {"one.bin": b"one"}, folder=tmp_path)
    release("second", {"b": 2}, {"two.bin": b"two"}, folder=tmp_path)
    assert read_bundled("one.bin", tmp_path) == b"one"
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert (manifest["first"], manifest["second"]) == ({"a": 1}, {"b": 2})
    assert manifest["files"]["two.bin"]["sha256"] == hashlib.sha256(b"two").hexdigest()
    (tmp_path / "two.bin").write_bytes(b"tow")
    with pytest.raises(ModelError, match=r"two\.bin"):
        read_bundled("two.bin", tmp_path)
