"""How faces are scored, and the released network on real ones."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import affetto
from affetto.bundled import read_bundled, read_manifest
from affetto.cli import main
from affetto.emotions import EMOTIONS
from affetto.faces.calibration import Calibration, SureRule
from affetto.faces.classifier import EmotionClassifier
from affetto.learn.faces_evaluation import (
    HASHES_FILE,
    Views,
    averaging_gain,
    crowd_majority,
    evaluate_faces,
    pack_hashes,
    readout_metrics,
    seen_in_training,
)
from affetto.sources.datasets.fer2013 import CrowdVotes, read_fer2013, read_ferplus, rows_of

PACKAGE = Path(affetto.__file__).parent


def test_only_the_same_pixels_count_as_seen():
    faces = np.random.default_rng(0).integers(0, 256, (5, 48, 48)).astype(np.uint8)
    packed = pack_hashes(faces[[0, 1, 1, 2]])
    assert len(packed) == 3 * 6  # three distinct faces, six bytes each
    nearly = faces[:1].copy()
    nearly[0, 20, 20] ^= 1
    assert seen_in_training(np.concatenate([faces, nearly]), packed).tolist() == [
        True, True, True, False, False, False,
    ]  # fmt: skip


def votes(**counts):
    """One face's ten votes, by emotion or contempt, unknown, nf."""
    others = [counts.get(name, 0) for name in ("contempt", "unknown", "nf")]
    return [counts.get(name, 0) for name in EMOTIONS], others


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"happy": 6, "neutral": 4}, "happy"),
        ({"happy": 5, "neutral": 5}, None),  # tied
        ({"happy": 4, "contempt": 6}, None),  # contempt leads
        ({"sad": 3, "nf": 7}, None),  # not a face
        ({"sad": 3, "nf": 3, "fear": 4}, "fear"),
        ({"sad": 4, "unknown": 6}, "sad"),  # "unknown" names nothing, so it wins nothing
    ],
)
def test_the_majority_is_one_of_seven_that_leads_alone(counts, expected):
    emotions, others = votes(**counts)
    found = crowd_majority(CrowdVotes(np.array([emotions]), np.array([others])))[0]
    assert found == (-1 if expected is None else EMOTIONS.index(expected))


def test_a_class_without_faces_has_no_recall():
    chances = np.full((2, 7), 0.05)
    chances[:, 3] = 0.7
    found = readout_metrics(chances, np.array([3, 4]))
    assert found["accuracy"] == 0.5
    assert found["recall"]["happy"] == 1.0
    assert found["recall"]["sad"] == 0.0
    assert found["recall"]["angry"] is None


def test_the_manifest_states_the_floor_that_was_promised():
    stated = read_manifest()["emotion_cnn"]["metrics"]["PublicTest"]
    assert stated["n"] == 3589
    assert stated["accuracy"] >= 0.60
    low, high = stated["accuracy_interval"]
    assert low < stated["accuracy"] < high


@pytest.mark.needs_data
def test_the_released_network_is_as_good_as_its_manifest_says(mirror):
    faces, crowd = rows_of(
        read_fer2013(mirror / "faces" / "fer2013.csv.xz"),
        read_ferplus(mirror / "faces" / "fer2013new.csv.xz"),
        "PublicTest",
    )
    some = np.random.default_rng(0).permutation(len(faces.labels))[:700]
    found = evaluate_faces(
        EmotionClassifier.load(),
        faces.pixels[some],
        faces.labels[some],
        CrowdVotes(crowd.emotions[some], crowd.others[some]),
        training_hashes=read_bundled(HASHES_FILE),
    )
    stated = read_manifest()["emotion_cnn"]["metrics"]["PublicTest"]
    # 700 of the 3,589: three deviations of a share near 0.65, without replacement, are 0.049
    assert found["accuracy"] == pytest.approx(stated["accuracy"], abs=0.049)
    assert found["votes"]["accuracy"] == pytest.approx(stated["votes"]["accuracy"], abs=0.045)
    assert 0.03 < found["duplicates"] / 700 < 0.13  # 280 of 3,589 stand in Training too


def logits_for(*classes):
    """Scores of 3 for one class a row."""
    return 3.0 * np.eye(7)[list(classes)]


def test_each_readout_is_judged_by_its_own_calibration_on_its_own_labels():
    plain = Calibration(1.0, (0.0,) * 7)
    partial = Calibration(1.0, (0.0,) * 6 + (9.0,))  # says neutral whatever it sees
    faces = np.random.default_rng(1).integers(0, 256, (4, 48, 48)).astype(np.uint8)
    labels = np.array([0, 1, 2, 3])
    told = [votes(happy=10), votes(neutral=9, sad=1), votes(happy=5, neutral=5), votes(happy=10)]
    crowd = CrowdVotes(*(np.array(part) for part in zip(*told, strict=True)))
    seen = {"fer2013": logits_for(0, 1, 5, 5), "crowd": logits_for(3, 3, 3, 3)}
    views = Views(averaged=seen, single=seen, milliseconds=1.0)

    def judged(fer2013, crowd_readout, rule=SureRule()):  # noqa: B008
        classifier = SimpleNamespace(
            calibration={"fer2013": fer2013, "crowd": crowd_readout}, rule=rule
        )
        hashes = pack_hashes(faces[:1])
        return evaluate_faces(classifier, faces, labels, crowd, training_hashes=hashes, views=views)

    found = judged(plain, plain)
    assert (found["accuracy"], found["duplicates"]) == (2 / 4, 1)
    assert found["accuracy_without_duplicates"] == pytest.approx(1 / 3)
    assert found["votes"]["accuracy_without_duplicates"] == pytest.approx(1 / 2)
    assert (found["votes"]["n"], found["votes"]["left_out"]) == (3, 1)
    assert found["votes"]["accuracy"] == pytest.approx(2 / 3)
    found = judged(plain, partial)
    assert (found["accuracy"], found["votes"]["accuracy"]) == (2 / 4, pytest.approx(1 / 3))
    found = judged(partial, plain)
    assert (found["accuracy"], found["votes"]["accuracy"]) == (0, pytest.approx(2 / 3))
    seen["crowd"] = logits_for(3, 3, 3, 3) / [[1], [3], [1], [1]]  # the wrong one is in doubt
    assert judged(plain, plain, SureRule(0.5))["votes"]["sure"] == {
        "coverage": 2 / 3,
        "accuracy": 1,
    }


def write_csv(path, rows, header="emotion,pixels,Usage"):
    path.write_text("\n".join([header, *rows]) + "\n")
    return str(path)


def face_row(emotion, usage, grey=7):
    return f"{emotion},{' '.join([str(grey)] * 2304)},{usage}"


def test_the_command_scores_a_file_it_has_never_seen(tmp_path, capsys):
    rows = [face_row(k % 7, "PrivateTest", grey=20 + k) for k in range(9)]
    data = write_csv(tmp_path / "mine.csv", [*rows, face_row(0, "Training")])
    assert main(["evaluate", "faces", "--data", data, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["n"] == 9
    assert found["votes"] is None
    assert set(found["recall"]) == set(EMOTIONS)
    assert found["selective"]["coverage"] == 0.7


@pytest.mark.parametrize(
    ("rows", "header", "needle"),
    [
        ([face_row(0, "Training")], "emotion,pixels,Usage", "PrivateTest"),
        ([face_row(9, "PrivateTest")], "emotion,pixels,Usage", "emotion"),
        (["1,1 2 3,PrivateTest"], "emotion,pixels,Usage", "row 2"),
        ([face_row(0, "PrivateTest")], "feeling,pixels,Usage", "emotion"),
    ],
)
def test_a_wrong_file_gets_one_sentence(tmp_path, capsys, rows, header, needle):
    data = write_csv(tmp_path / "mine.csv", rows, header)
    assert main(["evaluate", "faces", "--data", data, "--json"]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert needle in streams.err
    assert "Traceback" not in streams.err


@pytest.mark.parametrize("kind", ["damaged", "foreign"])
def test_a_model_that_was_not_released_gets_one_sentence(tmp_path, kind):
    """The whole package with one byte of its network changed, or with another network there."""
    package = tmp_path / "affetto"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "*.parquet"))
    model = package / "bundled" / "emotion_cnn.tflite"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    other = (package / "bundled" / "recommender_lstm.tflite").read_bytes()
    model.write_bytes(bytes(content) if kind == "damaged" else other)
    data = write_csv(tmp_path / "mine.csv", [face_row(0, "PrivateTest")])
    done = subprocess.run(
        [sys.executable, "-m", "affetto", "evaluate", "faces", "--data", data, "--json"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "emotion_cnn.tflite is not the one that was released" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_of_images_is_scored_and_one_of_another_size_is_named(tmp_path, capsys):
    folder = tmp_path / "test" / "sad"
    folder.mkdir(parents=True)
    for k in range(3):
        Image.fromarray(np.full((48, 48), 50 * k, np.uint8)).save(folder / f"{k}.png")
    assert main(["evaluate", "faces", "--data", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["n"], found["recall"]["happy"]) == (3, None)
    Image.fromarray(np.zeros((50, 48), np.uint8)).save(folder / "z.png")
    assert main(["evaluate", "faces", "--data", str(tmp_path)]) == 2
    assert "z.png is 48x50, not 48x48" in capsys.readouterr().err


def test_the_page_of_figures_is_written_whole(tmp_path, capsys):
    data = write_csv(tmp_path / "mine.csv", [face_row(k % 7, "PrivateTest", k) for k in range(9)])
    page = tmp_path / "page.html"
    assert main(["evaluate", "faces", "--data", data, "--page", str(page)]) == 0
    assert "of 9" in capsys.readouterr().out
    assert page.read_text().count("plotly-graph-div") == 4


def test_averaging_views_is_weighed_on_the_same_faces():
    """Of four faces, one is mended by averaging and one is spoiled: no gain, and none is sure."""
    labels = np.array([0, 0, 0, 0])
    alone, both = np.zeros((4, 7)), np.zeros((4, 7))
    alone[:, 0], both[:, 0] = [1, 1, 0, 0], [1, 0, 1, 0]
    alone[[2, 3], 1] = both[[1, 3], 1] = 1
    found = averaging_gain(alone, both, labels)
    assert (found["accuracy"], found["gain"]) == (0.5, 0.0)
    reach = 1.959964 * np.sqrt(0.5) / 2  # differences 0 -1 1 0
    assert found["gain_interval"] == pytest.approx([-reach, reach])
