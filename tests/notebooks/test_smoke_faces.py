"""Notebooks 04 and 05 on drawn faces: what can be said beforehand."""

from __future__ import annotations

import json
from pathlib import Path

NAMES = ("04_train_emotion_cnn", "05_evaluate_emotion_cnn")


def test_training(smoke: dict[str, dict]) -> None:
    """1,200 drawn faces: 960 teach, 120 choose; half of these test the twins."""
    found = smoke["04_train_emotion_cnn"]
    assert found["trained_here"] is True
    assert found["epochs"] >= 2
    assert 1 <= found["kept_epoch"] <= found["epochs"]
    assert (found["twin"]["faces"], found["twin"]["tested"]) == (900, 60)
    assert found["twin"]["true_labels"] > found["twin"]["commonest"] + 0.1
    # a quarter of drawn faces is happy, as of FER2013; three deviations of 60 draws are 0.17
    assert found["twin"]["shuffled_labels"] <= found["twin"]["commonest"] + 0.17


def test_evaluating(smoke: dict[str, dict]) -> None:
    """120 drawn faces.  What the network makes of drawings is not the point; that it counts is."""
    found = smoke["05_evaluate_emotion_cnn"]
    assert found["faces"] == 120
    assert 0.6 < found["labels_agree"] < 1.0  # 15 % were given a random label
    assert set(found["accuracy"]) == {"crowd", "fer2013"}
    assert 0 <= found["sure"]["coverage"] <= 1


def test_no_page_holds_a_picture_of_one_face(smoke_folder: Path) -> None:
    """Figures are Plotly's numbers; a bitmap would be a face that slipped in."""
    for name in NAMES:
        page = json.loads((smoke_folder / f"{name}.ipynb").read_text())
        outputs = [out for cell in page["cells"] for out in cell.get("outputs", ())]
        kinds = {kind for out in outputs for kind in out.get("data", {})}
        assert "application/vnd.plotly.v1+json" in kinds
        assert not {kind for kind in kinds if kind.startswith("image/")}
