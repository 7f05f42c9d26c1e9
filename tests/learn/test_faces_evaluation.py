"""How faces are scored, and the released network on real ones."""

import json

import numpy as np
import pytest

from affetto.bundled import read_bundled, read_manifest
from affetto.cli import main
from affetto.emotions import EMOTIONS
from affetto.faces.classifier import EmotionClassifier
from affetto.learn.faces_evaluation import (
    HASHES_FILE,
    crowd_majority,
    evaluate_faces,
    pack_hashes,
    readout_metrics,
    seen_in_training,
)
from affetto.sources.datasets.fer2013 import CrowdVotes, read_fer2013, read_ferplus, rows_of


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
