"""The notebooks' own steps say what they should."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from affetto.emotions import EMOTIONS
from affetto.errors import DataError
from affetto.faces.calibration import Calibration
from affetto.faces.network import EmotionCnnConfig, build_emotion_cnn
from affetto.learn import face_lessons
from affetto.learn.augmentation import AugmentationConfig
from affetto.learn.faces import TrainConfig
from tests.learn.test_faces_training import TINY, made_up_faces


def test_the_rate_climbs_to_its_peak_and_falls_to_nothing() -> None:
    config = TrainConfig(epochs=10, warmup_epochs=2, peak_rate=0.05, batch=10)
    rate = face_lessons.rates(config, faces=1000)
    assert rate.idxmax() == pytest.approx(2, abs=0.06)
    assert rate.max() == pytest.approx(0.05, rel=1e-3)
    assert rate.iloc[0] == pytest.approx(0.05 / 100)
    assert rate.loc[6.0] == pytest.approx(0.025, rel=0.02)  # half way down: cos(π/2) = 0
    assert rate.iloc[-1] < 0.0001
    assert len(face_lessons.rates(TINY, faces=640)) > 10


def test_the_epochs_of_earlier_runs_are_told_from_the_first_on() -> None:
    first = {"training": {"epochs": 34}, "start": None}
    second = {"training": {"epochs": 26}, "start": first}
    third = {"training": {"epochs": 20}, "start": second}
    assert face_lessons.epochs_before(third) == [34, 26]
    assert face_lessons.epochs_before(first) == []


def test_the_table_of_stages_has_every_weight_once() -> None:
    network = build_emotion_cnn(EmotionCnnConfig(stem=4, widths=(8, 8), blocks=1))
    table = face_lessons.layer_table(network)
    assert table["weights"].sum() == network.count_params()
    assert {"stem", "stage1", "stage2", "crowd", "fer2013"} <= set(table.index)


def test_draws_of_the_mean_face_differ_and_keep_their_shape() -> None:
    found = face_lessons.augmented_means(made_up_faces(20, seed=0).pixels, AugmentationConfig())
    assert len(found) == 8
    assert {view.shape for view in found.values()} == {(48, 48)}
    assert not np.allclose(found["draw 1"], found["draw 2"])


def test_a_history_becomes_a_table_that_never_forgets_the_best() -> None:
    rows = [
        {"epoch": k + 1, "loss": 2 - k, "validation_fer2013": v, "seconds": 30.0}
        for k, v in enumerate((0.5, 0.7, 0.6))
    ]
    table = face_lessons.history_table(rows)
    assert table["best_so_far"].tolist() == [0.5, 0.7, 0.7]
    assert table["minutes"].iloc[-1] == 1.5


def test_a_missing_history_says_who_writes_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="affetto release faces"):
        face_lessons.read_history(str(tmp_path / "none.json"))
    assert face_lessons.read_peers("") is None
    assert face_lessons.read_peers(str(tmp_path / "none.json")) is None


def test_the_same_run_finds_its_folder_again(tmp_path: Path) -> None:
    split = made_up_faces(20, seed=0)
    first = face_lessons.run_folder(tmp_path, TINY, split)
    assert first == face_lessons.run_folder(tmp_path, TINY, made_up_faces(20, seed=0))
    assert first != face_lessons.run_folder(tmp_path, TINY, made_up_faces(20, seed=1))
    assert first != face_lessons.run_folder(tmp_path, dataclasses.replace(TINY, seed=8), split)


def test_settings_of_an_older_run_are_taken_as_far_as_they_are_known() -> None:
    known = face_lessons.known_settings({"epochs": 3, "network": {"stem": 4}, "gone": 1})
    assert known == {"epochs": 3, "network": {"stem": 4}}


class Known:
    """Always says happy, and all of it rests on one square about the mouth."""

    calibration = {"crowd": Calibration(), "fer2013": Calibration()}  # noqa: RUF012

    def logits(self, crops: np.ndarray, *, averaged: bool = True) -> dict[str, np.ndarray]:
        scores = np.zeros((len(crops), 7))
        scores[:, 3] = crops[:, 34:46, 18:30].std(axis=(1, 2)) / 20
        return {"crowd": scores, "fer2013": scores}

    def probabilities(self, crops: np.ndarray) -> np.ndarray:
        return np.eye(7)[np.full(len(crops), 3)]


def test_maps_are_means_over_faces_that_are_named_rightly() -> None:
    faces = np.random.default_rng(0).integers(0, 256, (9, 48, 48)).astype(np.uint8)
    labels = np.array([3, 3, 3, 3, 4, 4, 4, 4, -1])
    found = face_lessons.looked_at(Known(), faces, labels, each=2)
    assert list(found) == [EMOTIONS[3]]  # the sad ones are all taken for happy
    assert found["happy"][36:44, 20:28].mean() > 0.5
    assert found["happy"][:12].max() < 0.05
