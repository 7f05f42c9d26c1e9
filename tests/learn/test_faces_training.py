"""The fitting loop on made-up faces: it learns, and it resumes; test_twin.py has its twin."""

import dataclasses

import keras
import numpy as np
import pytest

from affetto.emotions import EMOTIONS
from affetto.errors import DataError, InputError, ModelError
from affetto.faces.network import EmotionCnnConfig, build_emotion_cnn
from affetto.learn.augmentation import AugmentationConfig
from affetto.learn.averaging import add_to_mean, measure_statistics
from affetto.learn.checkpoints import load_arrays
from affetto.learn.face_batches import FaceSplit, resize_faces, split_faces
from affetto.learn.faces import TrainConfig, fit, score, set_weights
from affetto.sources.datasets.fer2013 import CrowdVotes, LabelledFaces

TINY = TrainConfig(
    epochs=8,
    sides=(32, 48),
    batch=16,
    peak_rate=0.1,
    warmup_epochs=1,
    ema=0.8,
    mean_from=7,
    mixed_precision=False,
    network=EmotionCnnConfig(stem=4, widths=(8, 8), blocks=1, dropout=0.1),
    augmentation=AugmentationConfig(rotation=5, scale=0.05, shift=0.02, erase=0.1, contrast=0.1),
)


def made_up_faces(count, *, seed):
    """Horizontal stripes whose thickness, 1 to 7 pixels, is the emotion; mirror-symmetric."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(EMOTIONS), count)
    rows = np.arange(48)[None] + rng.integers(0, 48, (count, 1))
    stripes = rows // (labels[:, None] + 1) % 2 * 120
    pixels = rng.integers(0, 90, (count, 48, 48)) + stripes[:, :, None]
    votes = np.eye(len(EMOTIONS), dtype=np.float32)[labels]
    return FaceSplit(pixels.astype(np.uint8), labels, votes, np.ones(count, np.float32))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    train, validation = made_up_faces(640, seed=0), made_up_faces(140, seed=1)
    return *fit(train, validation, TINY, run_dir=folder), folder, train, validation


def test_it_learns_what_there_is_to_learn(trained):
    network, history, _, _, validation = trained
    found = score(network, validation)
    assert found["fer2013"] > 0.8  # chance is 1/7
    assert found["crowd"] > 0.8
    assert found["fer2013"] == max(row["validation_fer2013"] for row in history)


def test_small_faces_come_first(trained):
    _, history, *_ = trained
    assert [row["side"] for row in history] == [32] * 4 + [48] * 4


def test_a_smaller_face_holds_the_averages_of_the_pixels_it_covers():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 48, 48)).astype(np.uint8)
    small = resize_faces(pixels, 24)
    blocks = pixels.reshape(3, 24, 2, 24, 2).mean(axis=(2, 4))
    assert np.abs(small - blocks).max() <= 0.5  # rounded to whole grey levels
    assert resize_faces(pixels, 48) is pixels


@pytest.mark.parametrize("sides", [(), (7,), (48, 49)])
def test_training_faces_of_an_impossible_size_are_refused(sides):
    with pytest.raises(ValueError, match="8 to 48 pixels"):
        TrainConfig(sides=sides)


def test_a_stopped_run_ends_with_the_weights_of_an_unbroken_one(trained, tmp_path):
    _, history, folder, train, validation = trained
    for _ in range(2):  # two calls of four epochs, as if the machine had gone away between them
        _, resumed = fit(train, validation, TINY, run_dir=tmp_path, stop_after=4)
    strip = [{k: v for k, v in row.items() if k != "seconds"} for row in resumed]
    assert strip == [{k: v for k, v in row.items() if k != "seconds"} for row in history]
    for name in ("last.npz", "mean.npz", "best.npz"):
        unbroken, broken = (load_arrays(run / name)[0] for run in (folder, tmp_path))
        assert all(np.array_equal(unbroken[key], broken[key]) for key in unbroken)
    with pytest.raises(InputError, match="begun with another seed"):
        fit(train, validation, dataclasses.replace(TINY, seed=8), run_dir=tmp_path)


def test_a_mean_of_epochs_counts_each_once(tmp_path):
    path = tmp_path / "mean.npz"
    for epoch, value in ((3, 1.0), (4, 2.0), (4, 9.0), (5, 6.0)):
        mean = add_to_mean(path, {"kernel": np.full(2, value, np.float32)}, epoch=epoch)
    assert mean["kernel"] == pytest.approx([3.0, 3.0])  # 1, 2 and 6; what came again is passed over
    assert load_arrays(path)[1] == {"epoch": 5, "epochs": 3}


def test_statistics_are_those_of_what_reaches_a_normalisation():
    network = build_emotion_cnn(TINY.network)
    pixels = made_up_faces(600, seed=3).pixels  # two whole batches; the rest is not read
    momentum = network.get_layer("stem_norm").momentum
    measure_statistics(network, pixels)
    norm = network.get_layer("stem_norm")
    reaching = keras.Model(network.input, norm.input).predict(
        pixels[:512, ..., None].astype(np.float32), verbose=0
    )
    assert norm.momentum == momentum
    np.testing.assert_allclose(norm.moving_mean, reaching.mean((0, 1, 2)), atol=1e-4)
    np.testing.assert_allclose(norm.moving_variance, reaching.var((0, 1, 2)), rtol=0.02)


def test_a_run_can_begin_from_the_weights_of_another(trained, tmp_path):
    _, _, folder, train, validation = trained
    start, best = load_arrays(folder / "best.npz")
    gentle = dataclasses.replace(TINY, epochs=1, peak_rate=1e-4)
    _, history = fit(train, validation, gentle, run_dir=tmp_path, start=start)
    # one epoch from random weights stays near 1/7; from these it is about as good as they are
    assert history[0]["validation_fer2013"] > best["validation_fer2013"] - 0.1


def test_a_checkpoint_of_another_network_is_refused(trained, tmp_path):
    _, _, folder, train, validation = trained
    (tmp_path / "last.npz").write_bytes((folder / "last.npz").read_bytes())
    other = dataclasses.replace(TINY, network=EmotionCnnConfig(stem=4, widths=(8, 16), blocks=1))
    with pytest.raises(ModelError, match="another configuration"):
        fit(train, validation, other, run_dir=tmp_path)


def test_weights_of_another_network_are_refused():
    network = build_emotion_cnn(TINY.network)
    with pytest.raises(ModelError, match="another shape"):
        set_weights(network, {"stem_conv/kernel": np.zeros((3, 3, 1, 4))})


def labelled(usage):
    count = len(usage)
    return LabelledFaces(np.zeros((count, 48, 48), np.uint8), np.arange(count) % 7, np.array(usage))


def test_votes_become_shares_with_the_weight_of_those_who_chose_one_of_ours():
    emotions = np.zeros((2, 7), int)
    emotions[1, EMOTIONS.index("happy")], emotions[1, EMOTIONS.index("sad")] = 6, 2
    votes = CrowdVotes(emotions, np.array([[0, 0, 10], [1, 1, 0]]))
    split = split_faces(labelled(["Training", "Training"]), votes, "Training")
    assert split.vote_weight == pytest.approx([0.0, 0.8])  # nobody of ten; eight of ten
    assert split.votes[1, EMOTIONS.index("happy")] == pytest.approx(0.75)
    assert split.votes[0].sum() == 0


def test_a_split_that_the_file_does_not_have_is_named():
    with pytest.raises(DataError, match="no PrivateTest rows; it holds Training"):
        split_faces(labelled(["Training"]), None, "PrivateTest")


def test_votes_of_another_file_are_refused():
    votes = CrowdVotes(np.zeros((1, 7), int), np.zeros((1, 3), int))
    with pytest.raises(DataError, match="aligned by row"):
        split_faces(labelled(["Training"] * 2), votes, "Training")
