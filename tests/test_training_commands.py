"""Training and releasing by command, on a few made-up faces; and what wrong settings get."""

from __future__ import annotations

import json
from dataclasses import asdict

import keras
import numpy as np
import pytest

from affetto.bundled import read_manifest
from affetto.cli import main
from affetto.errors import InputError
from affetto.faces.classifier import EmotionClassifier
from affetto.faces.network import build_emotion_cnn
from affetto.learn.calibrate import choose_sure_rule, fit_calibration
from affetto.learn.checkpoints import load_arrays
from affetto.learn.face_batches import split_faces
from affetto.learn.faces import TrainConfig, score, set_weights
from affetto.learn.faces_evaluation import crowd_majority
from affetto.learn.overrides import override
from affetto.learn_inputs import earlier_network, load_faces, load_split, one_split, read_changes
from affetto.settings import interim_dir

TINY = {
    "batch": 16,
    "warmup_epochs": 0,
    "mixed_precision": False,
    "network": {"stem": 4, "widths": [8], "blocks": 1},
}


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    """A data folder with 110 faces and their votes, as a user's own downloads.

    The first of PublicTest is the first of Training once more; twenty are of PrivateTest.
    """
    monkeypatch.delenv("AFFETTO_DATA_MIRROR", raising=False)
    monkeypatch.setenv("AFFETTO_DATA", str(tmp_path / "data"))
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    rng = np.random.default_rng(0)
    faces, votes = ["emotion,pixels,Usage"], []
    usages = ["Training"] * 48 + ["PublicTest"] * 42 + ["PrivateTest"] * 20
    drawn = rng.integers(0, 256, (len(usages), 2304))
    drawn[48] = drawn[0]
    for row, usage in enumerate(usages):
        faces.append(f"{row % 7},{' '.join(map(str, drawn[row]))},{usage}")
        votes.append(f"{usage},y,{','.join(map(str, rng.multinomial(10, [0.1] * 10)))}")
    (downloads / "fer2013.csv").write_text("\n".join(faces) + "\n")
    header = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,"
    (downloads / "fer2013new.csv").write_text("\n".join([header + "unknown,NF", *votes]) + "\n")
    for source, name in (("fer2013", "fer2013.csv"), ("ferplus", "fer2013new.csv")):
        assert main(["data", "add", source, str(downloads / name)]) == 0
    return tmp_path


def test_train_then_release_then_serve(own_data, capsys):
    settings = own_data / "tiny.json"
    settings.write_text(json.dumps(TINY))
    train = ["train", "faces", "--config", str(settings), "--epochs", "1", "--run", "mine"]
    assert main(train) == 0
    best = json.loads(capsys.readouterr().out)
    assert best["epoch"] == 1
    expect_an_epoch_chosen_on_public_test(best)
    into = own_data / "bundle"
    assert main(["release", "faces", "--run", "mine", "--into", str(into)]) == 0
    stated = json.loads((into / "manifest.json").read_text())["emotion_cnn"]
    measured = stated["metrics"]["PublicTest"]
    assert (measured["n"], measured["duplicates"]) == (42, 1)  # nothing of PrivateTest
    assert measured["votes"]["n"] > 0
    expect_what_public_test_chooses(into, stated)
    assert not {"reliability", "coverage_curve"} & {*measured, *measured["votes"]}
    reported = json.loads((into / "metrics" / "emotion_cnn.json").read_text())
    assert len(reported["reliability"]) > 1  # whoever draws the curve finds it here
    assert set(stated["data"]) == {"fer2013.csv", "fer2013new.csv"}
    assert stated["training"]["network"]["widths"] == [8]
    assert stated["environment"]["backend"] == keras.backend.backend()
    assert stated["environment"]["versions"]["keras"] == keras.__version__
    history = json.loads((into / "metrics" / "emotion_cnn_history.json").read_text())
    assert (
        history["model"]
        == json.loads((into / "manifest.json").read_text())["files"]["emotion_cnn.tflite"]["sha256"]
    )
    assert [row["epoch"] for row in history["history"]] == [1]
    stored = history["stored"]["fer2013"]  # 42 faces: storing int8 may move one of them
    assert abs(stored["float32"] - stored["released"]) < 1.5 / 42
    network = (into / "emotion_cnn.tflite").read_bytes()
    assert main(["release", "faces", "--again", "--into", str(into)]) == 0
    anew = json.loads((into / "manifest.json").read_text())["emotion_cnn"]
    assert (into / "emotion_cnn.tflite").read_bytes() == network
    assert anew["calibration"] == stated["calibration"]  # the same faces choose the same again
    assert anew["training"] == stated["training"]
    (reading,) = EmotionClassifier.load(into).read(np.zeros((1, 48, 48), np.uint8))
    assert sum(reading.probabilities.values()) == pytest.approx(1)


def expect_an_epoch_chosen_on_public_test(best):
    """The best weights score on PublicTest what training said of them."""
    config = override(TrainConfig(), TINY)
    network = build_emotion_cnn(config.network)
    set_weights(network, load_arrays(interim_dir() / "mine" / "best.npz")[0])
    scores = score(network, split_faces(*load_faces()[:2], "PublicTest"))
    assert {name: best[f"validation_{name}"] for name in scores} == pytest.approx(scores)


def expect_what_public_test_chooses(bundle, stated):
    """Each readout's calibration and the crowd's rule, from the released network's logits."""
    faces, votes = load_split("PublicTest")
    logits = EmotionClassifier.load(bundle).logits(faces.pixels)
    majority = crowd_majority(votes)
    told = majority >= 0
    fitted = {
        "fer2013": fit_calibration(logits["fer2013"], faces.labels),
        "crowd": fit_calibration(logits["crowd"][told], majority[told]),
    }
    for readout, calibration in fitted.items():
        assert stated["calibration"][readout]["temperature"] == pytest.approx(
            calibration.temperature, rel=1e-3
        )
        assert stated["calibration"][readout]["biases"] == pytest.approx(
            calibration.biases, abs=1e-3
        )
    assert stated["calibration"]["fer2013"] != stated["calibration"]["crowd"]
    rule = choose_sure_rule(fitted["crowd"].probabilities(logits["crowd"][told]), majority[told])
    assert stated["sure"] == pytest.approx(asdict(rule), abs=1e-3)


def test_a_run_that_begins_from_another_says_so_when_it_is_released(own_data, capsys):
    settings = own_data / "tiny.json"
    settings.write_text(json.dumps(TINY))
    train = ["train", "faces", "--config", str(settings), "--epochs", "1", "--run"]
    assert main([*train, "first"]) == 0
    assert main([*train, "second", "--start", "first"]) == 0
    into = own_data / "bundle"
    assert main(["release", "faces", "--run", "second", "--into", str(into)]) == 0
    start = json.loads((into / "manifest.json").read_text())["emotion_cnn"]["start"]
    assert start["run"] == "first"
    assert start["training"]["network"]["widths"] == [8]
    assert start["start"] is None


def test_a_run_that_learns_from_a_teacher_says_so_when_it_is_released(own_data, capsys):
    settings = own_data / "tiny.json"
    settings.write_text(json.dumps(TINY))
    train = ["train", "faces", "--config", str(settings), "--epochs", "1", "--run"]
    assert main([*train, "first"]) == 0
    assert main([*train, "second", "--teacher", "first"]) == 2  # of which it would learn nothing
    assert "teacher_share above 0" in capsys.readouterr().err
    settings.write_text(json.dumps({**TINY, "teacher_share": 0.4}))
    assert main([*train, "second"]) == 2
    assert main([*train, "second", "--teacher", "first"]) == 0
    into = own_data / "bundle"
    assert main(["release", "faces", "--run", "second", "--into", str(into)]) == 0
    stated = json.loads((into / "manifest.json").read_text())["emotion_cnn"]
    assert stated["training"]["teacher_share"] == 0.4
    assert stated["teacher"]["run"] == "first"
    assert stated["start"] is None


def test_the_released_network_is_somewhere_to_begin():
    faces = np.zeros((3, 48, 48), np.uint8)
    weights, origin = earlier_network("released", TrainConfig(), faces)
    manifest = read_manifest()
    assert origin["model"] == manifest["files"]["emotion_cnn.tflite"]["sha256"]
    assert origin["training"] == manifest["emotion_cnn"]["training"]
    assert weights["crowd/kernel"].shape == (256, 7)


def test_a_run_that_never_finished_an_epoch_is_not_released(own_data, capsys):
    assert main(["release", "faces", "--run", "nothing"]) == 2
    assert "train it first" in capsys.readouterr().err


def test_without_the_faces_training_says_how_to_get_them(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("AFFETTO_DATA_MIRROR", raising=False)
    monkeypatch.setenv("AFFETTO_DATA", str(tmp_path))
    assert main(["train", "faces"]) == 2
    assert "affetto data add fer2013" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "needle"),
    [
        ("{", "cannot be read as JSON"),
        ('{"epoch": 3}', "no setting 'epoch'"),
        ('{"network": {"depth": 3}}', "no setting 'depth'"),
        ('{"network": {"blocks": 0}}', "at least one"),
        ('{"epochs": "many"}', "many"),
        ('{"epochs": 33.9}', "33.9"),
        ('{"mixed_precision": "false"}', "mixed_precision"),
        ('{"batch": 0}', "a batch of one face at least"),
        ('{"ema": 1.5}', "ema in [0, 1)"),
        ('{"peak_rate": 0}', "rate lies above 0"),
    ],
)
def test_wrong_settings_get_one_sentence(own_data, capsys, settings, needle):
    path = own_data / "wrong.json"
    path.write_text(settings)
    assert main(["train", "faces", "--config", str(path)]) == 2
    error = capsys.readouterr().err
    assert needle in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("word", "split"),
    [("by-playlist", "by_playlist"), (" By_Time", "by_time"), ("both", None), ("BOTH", None)],
)
def test_a_run_has_one_split_however_it_is_spelt(word, split):
    if split:
        assert one_split(word) == split
        return
    with pytest.raises(InputError, match="one split"):
        one_split(word)


@pytest.mark.parametrize("command", ["playlists", "track-mood"])
def test_figures_of_a_file_are_not_kept_as_ours(command, capsys):
    assert main(["evaluate", command, "--data", "mine.jsonl", "--save"]) == 2
    assert "leave it out with --data" in capsys.readouterr().err


def test_validation_is_not_kept_as_a_report(capsys):
    assert main(["evaluate", "playlists", "--part", "validation", "--save"]) == 2
    assert "Only the test parts" in capsys.readouterr().err


def test_settings_change_what_they_name_and_nothing_else():
    changed = override(TrainConfig(), {"epochs": 3, "network": {"widths": [8, 16]}})
    assert (changed.epochs, changed.network.widths) == (3, (8, 16))
    assert changed.network.stem == TrainConfig().network.stem
    assert changed.batch == TrainConfig().batch
    assert override(TrainConfig(), {"peak_rate": 1}).peak_rate == 1.0
    assert read_changes(None, epochs=5) == {"epochs": 5}
