"""The report, its card and its figures: of made-up numbers, and the committed card itself."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affetto.bundled import read_manifest
from affetto.cli import main
from affetto.emotions import EMOTIONS
from affetto.errors import DataError
from affetto.faces.classifier import EmotionClassifier
from affetto.learn import face_figures, faces_report
from affetto.learn.cards import percent, table
from affetto.learn.emotion_card import card, points, reflowed, span
from affetto.learn.faces_evaluation import readout_metrics
from affetto.learn.faces_speed import speed
from affetto.settings import project_dir
from affetto.sources.datasets.fer2013 import CrowdVotes, LabelledFaces

REPORTS = project_dir() / "reports"


def made_up_split(count: int = 35) -> tuple[LabelledFaces, CrowdVotes]:
    """Blobs with labels, nine of ten votes for the label and one for neutral."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (count, 6, 6))
    pixels = np.kron(coarse, np.ones((1, 8, 8))).astype(np.uint8)
    labels = np.arange(count) % 7
    emotions = 9 * np.eye(7, dtype=np.int64)[labels]
    emotions[:, EMOTIONS.index("neutral")] += 1
    faces = LabelledFaces(pixels, labels, np.array(["PublicTest"] * count))
    return faces, CrowdVotes(emotions, np.zeros((count, 3), np.int64))


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    """The report of the released network on made-up faces, two of them disturbed."""
    alike = np.arange(35) < 5
    return faces_report.measure(*made_up_split(), disturbed=2, timed=3, alike=alike)


def test_the_report_counts_the_faces_that_it_was_given(measured: dict[str, Any]) -> None:
    assert measured["usage"] == "PublicTest"
    assert measured["evaluation"]["n"] == measured["evaluation"]["votes"]["n"] == 35
    assert measured["robustness"]["n"] == 2
    assert measured["labels_agree"] == 1.0  # nine of ten votes are for the label
    assert sum(group["n"] for group in measured["groups"]["light"]) == 35
    assert measured["groups"]["agreement"][0]["group"] == "10 of 10"  # neutral: 9 + 1
    assert measured["groups"]["agreement"][0]["n"] == 5  # every seventh
    assert measured["model"] == read_manifest()["files"]["emotion_cnn.tflite"]["sha256"]
    assert json.loads(json.dumps(measured)) == measured


def test_look_alikes_of_training_are_left_out_of_both_readouts(measured: dict[str, Any]) -> None:
    assert measured["without_look_alikes"]["left_out"] == 5
    chances = np.eye(7)[[0, 1, 2, 3]]
    labels = {"fer2013": np.array([0, 1, 0, 0]), "crowd": np.array([0, -1, 2, 0])}
    alike = np.array([True, False, False, False])
    found = faces_report.without(alike, dict.fromkeys(labels, chances), labels)
    assert found["fer2013"]["accuracy"] == pytest.approx(1 / 3)
    assert found["crowd"]["accuracy"] == pytest.approx(1 / 2)  # who has no majority is not asked
    assert found["crowd"]["accuracy_interval"] == pytest.approx([0.0945, 0.9055], abs=1e-4)


def test_a_single_view_is_measured_on_the_same_faces(measured: dict[str, Any]) -> None:
    faces, _ = made_up_split()
    classifier = EmotionClassifier.load()
    logits = classifier.logits(faces.pixels, averaged=False)["fer2013"]
    alone = classifier.calibration["fer2013"].probabilities(logits)  # its biases move the answer
    single = measured["evaluation"]["single_view"]
    assert single["accuracy"] == pytest.approx(
        (alone.argmax(axis=1) == faces.labels).mean(), abs=1e-6
    )
    assert single["accuracy"] + single["gain"] == pytest.approx(
        measured["evaluation"]["accuracy"], abs=2e-6
    )
    low, high = single["gain_interval"]
    assert low <= single["gain"] <= high


def test_speed_says_what_was_timed() -> None:
    faces, _ = made_up_split(3)
    found = speed([EmotionClassifier.load(threads=1)] * 2, faces.pixels, runs=4)
    assert found["runs"] == 4
    assert 0 < found["ms_one_face"] <= found["ms_one_face_p95"]
    assert found["faces_per_second"] > 0
    assert found["ms_saliency"] > found["ms_one_face"]  # fifty answers against two


# --- the card ----------------------------------------------------------------------------------


def entry() -> dict[str, Any]:
    return read_manifest()["emotion_cnn"]


def test_a_card_takes_its_figures_from_the_report(measured: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(measured))
    changed["evaluation"]["accuracy"] = 0.98765
    changed["evaluation"]["votes"]["recall"]["disgust"] = 0.12345
    changed["speed"]["faces_per_second"] = 4321.0
    changed["speed"]["ms_saliency"] = 123.4
    reports = {"report": changed, "peers": None, "history": None, "twin": None}
    text = card(entry(), 4_200_000, reports)
    for figure in (
        "**98.8 %**",
        "| disgust | 12.3 % |",
        "4321 faces a second",
        "4.2 MB",
        "took 123 ms",
    ):
        assert figure in " ".join(text.split())
    assert " ".join(text.split()).count("Not measured on this release") == 3  # storage, peers, twin
    assert "{" not in text


def test_a_card_tells_of_peers_and_of_the_twin(measured: dict[str, Any]) -> None:
    one = {
        "n": 60, "accuracy": 0.5, "accuracy_interval": [0.4, 0.6], "macro_f1": 0.41, "ece": 0.1,
        "crowd_accuracy": None, "ahead": [0.02, 0.05], "ms_per_face": 1.5, "megabytes": 0.9,
    }  # fmt: skip
    peers = {
        "usage": "PublicTest", "package": "fer-1.2", "networks": {"other": one}, "cores": 2,
        "load_before": 9.5,
    }  # fmt: skip
    twin = {
        "twin": {"true_labels": 0.41, "shuffled_labels": 0.25, "commonest": 0.249, "faces": 4000,
                 "epochs": 4}
    }  # fmt: skip
    history = {
        "history": [{"epoch": 1, "loss": 1.0, "validation_fer2013": 0.5, "validation_crowd": 0.6}],
        "stored": {"fer2013": {"float32": 0.70123, "released": 0.7}},
    }
    reports = {"report": measured, "peers": peers, "history": history, "twin": twin}
    text = card(entry(), 4_200_000, reports)
    assert "| other | 50.0 % | 40.0 to 60.0 | +2.00 to +5.00 | 0.410 | 0.100 | 1.5 | 0.90 |" in text
    words = " ".join(text.split())
    assert "load 9.5 on 2 cores), so only the times' ratios tell" in words
    assert "41.0 % against 25.0 %" in words
    assert "70.12 % with float32 weights and on 70.00 % with int8" in words
    assert "Not measured" not in words
    drawn = faces_report.figures(reports)
    assert {"training", "peers", "robustness", "groups", "coverage"} <= set(drawn)


def test_small_words() -> None:
    assert percent(0.7426) == "74.3 %"
    assert span((0.701, 0.75)) == "70.1 to 75.0"
    assert points((-0.003, 0.012)) == "-0.30 to +1.20"
    assert table(("a", ">b"), [("x", "1")]) == "| a | b |\n|---|---:|\n| x | 1 |"


def test_numbers_of_another_model_are_not_mixed_in(tmp_path: Path, caplog) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    own = faces_report.bundled_model()
    (folder / faces_report.REPORT).write_text(json.dumps({"model": own}))
    (folder / faces_report.PEERS).write_text(json.dumps({"model": "0" * 64}))
    found = faces_report.read_reports(tmp_path)
    assert found["report"] == {"model": own}
    assert found["peers"] is None
    assert "another model" in caplog.text
    (folder / faces_report.REPORT).write_text(json.dumps({"model": "0" * 64}))
    with pytest.raises(DataError, match="affetto evaluate faces-report"):
        faces_report.read_reports(tmp_path)


def test_the_committed_card_is_what_the_committed_numbers_say() -> None:
    """After a release: affetto evaluate faces-report."""
    committed = (REPORTS / "cards" / faces_report.CARD).read_text(encoding="utf-8")
    assert committed == faces_report.card_text(REPORTS)
    assert "Not measured" not in " ".join(committed.split())


def test_every_picture_of_the_card_is_there_and_small() -> None:
    text = (REPORTS / "cards" / faces_report.CARD).read_text(encoding="utf-8")
    named = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert len(named) >= 7
    for name in named:
        assert 2_000 < (REPORTS / "cards" / name).stat().st_size < 200_000


# --- figures -----------------------------------------------------------------------------------


def test_the_released_rule_is_ringed_on_the_coverage_figure() -> None:
    curve = [{"coverage": 0.5, "accuracy": 0.9, "threshold": 0.8}]
    figure = face_figures.coverage(
        {"crowd": curve}, sure={"coverage": 0.93, "accuracy": 0.86}, title="t"
    )
    ring = figure.data[-1]
    assert (list(ring.x), list(ring.y)) == ([0.93], [0.86])


def test_a_confusion_figure_shows_shares_of_the_label() -> None:
    counts = np.zeros((7, 7), int)
    counts[0, 0], counts[0, 3] = 1, 3
    figure = face_figures.confusion(counts.tolist(), title="t")
    assert figure.data[0].z[0][3] == 0.75
    assert np.isnan(figure.data[0].z[1]).all()  # no disgust, so no share
    assert figure.data[0].y[0] == "angry (4)"


def test_a_panel_a_disturbance(measured: dict[str, Any]) -> None:
    figure = face_figures.robustness(measured["robustness"], title="t")
    titles = [note.text.split("<br>")[0] for note in figure.layout.annotations]
    assert titles == list(measured["robustness"]["curves"])
    named = [trace.name for trace in figure.data if trace.showlegend]
    assert len(named) == len(set(named)) == 3


def test_a_page_needs_no_network() -> None:
    chances = np.full((3, 7), 0.1)
    chances[:, 2] = 0.4
    found = {**readout_metrics(chances, np.array([2, 2, 1])), "votes": None}
    html = faces_report.page(faces_report.evaluation_figures(found), title="t")
    assert html.count("plotly-graph-div") == 4  # no votes: one confusion matrix
    assert not re.search(r"<script[^>]+src=", html)


def test_the_command_writes_the_card_from_numbers_that_are_there(tmp_path: Path, capsys) -> None:
    shutil.copytree(REPORTS / "metrics", tmp_path / "metrics")
    asked = ["evaluate", "faces-report", "--no-measure", "--no-pictures", "--into", str(tmp_path)]
    assert main(asked) == 0
    written = Path(capsys.readouterr().out.strip())
    assert written == tmp_path / "cards" / faces_report.CARD
    assert written.read_bytes() == (REPORTS / "cards" / faces_report.CARD).read_bytes()


def test_without_numbers_the_command_says_how_to_get_them(tmp_path: Path, capsys) -> None:
    asked = ["evaluate", "faces-report", "--no-measure", "--no-pictures", "--into", str(tmp_path)]
    assert main(asked) == 2
    assert "run: affetto evaluate faces-report" in capsys.readouterr().err


def test_paragraphs_are_folded_and_tables_are_not() -> None:
    text = "\n\n".join(["word " * 30, "- one\n  more\n- two", "| a | " + "b" * 120 + " |"])
    folded = reflowed(text, width=60)
    paragraph, items, row = folded.rstrip("\n").split("\n\n")
    assert max(map(len, paragraph.splitlines())) <= 60
    assert items == "- one more\n- two"
    assert len(row) > 120
