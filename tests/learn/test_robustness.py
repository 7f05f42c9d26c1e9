"""Disturbances do what they say, the same way every time, and the curves count what they should."""

from __future__ import annotations

import numpy as np
import pytest

from affetto.emotions import EMOTIONS
from affetto.faces.calibration import Calibration
from affetto.learn.face_groups import by_agreement, by_picture, measured
from affetto.learn.robustness import (
    DISTURBANCES,
    Disturbance,
    disturb,
    lit,
    robustness,
    some_faces,
)

NAMED = {disturbance.name: disturbance for disturbance in DISTURBANCES}
every_disturbance = pytest.mark.parametrize("name", sorted(NAMED))


def faces(count: int = 6, *, seed: int = 0) -> np.ndarray:
    """A slope of light across the picture, with small squares on it: both coarse and fine."""
    detail = np.random.default_rng(seed).integers(-30, 31, (count, 12, 12))
    slope = np.add.outer(np.arange(48), 0.5 * np.arange(48)) * 2 + 50
    return (slope + np.kron(detail, np.ones((1, 4, 4)))).astype(np.uint8)


def damage(name: str, level: float) -> float:
    """Mean absolute change of a grey level."""
    clean = faces(12)
    return float(np.abs(disturb(clean, NAMED[name], level).astype(int) - clean).mean())


@every_disturbance
def test_it_changes_the_faces_and_always_in_the_same_way(name: str) -> None:
    clean = faces()
    before = clean.copy()
    for level in NAMED[name].levels:
        spoiled = disturb(clean, NAMED[name], level)
        assert spoiled.dtype == np.uint8
        assert spoiled.shape == clean.shape
        assert (spoiled != clean).any()
        assert (spoiled == disturb(clean, NAMED[name], level)).all()
    assert (clean == before).all()


@every_disturbance
def test_further_from_clean_is_worse(name: str) -> None:
    one = NAMED[name]
    for side in (-1, 1):
        levels = sorted(
            (v for v in one.levels if (v - one.clean) * side > 0), key=lambda v: abs(v - one.clean)
        )
        harm = [damage(name, level) for level in levels]
        assert harm == sorted(harm)


def test_the_wanted_range_of_rotation_is_covered() -> None:
    assert min(NAMED["rotation"].levels) == -30
    assert max(NAMED["rotation"].levels) == 30
    assert set(NAMED) >= {"brightness", "blur", "JPEG quality", "occlusion", "crop shift"}


def test_known_pictures_give_known_results() -> None:
    rng = np.random.default_rng(0)
    grey = np.full((48, 48), 100, np.uint8)
    assert (lit(grey, 0.5, rng) == 50).all()
    assert (lit(grey, 3.0, rng) == 255).all()
    two = grey.copy()
    two[:, 24:] = 200
    assert set(NAMED["contrast"].apply(two, 0.5, rng).ravel().tolist()) == {125, 175}
    dot = np.zeros((48, 48), np.uint8)
    dot[20:28, 20:28] = 255
    turned = NAMED["rotation"].apply(dot, 90, rng)  # about the middle: the square stays
    assert (turned[21:27, 21:27] == 255).all()
    assert turned[:18].max() == 0
    covered = NAMED["occlusion"].apply(two, 24, rng)
    assert (covered == 150).sum() == 24 * 24  # 150, the mean, stood nowhere before


def test_a_disturbance_that_would_change_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="none of them clean"):
        Disturbance("nothing", "", 0, (0, 1), lit)


class Light:
    """Says "happy" of a face brighter than 128, else "sad", always with the same confidence."""

    calibration = {"fer2013": Calibration(), "crowd": Calibration()}  # noqa: RUF012

    def logits(self, crops: np.ndarray) -> dict[str, np.ndarray]:
        scores = np.full((len(crops), 7), -20.0)
        bright = crops.mean(axis=(1, 2)) > 128
        scores[np.arange(len(crops)), np.where(bright, 3, 4)] = 20.0
        return {"fer2013": scores, "crowd": scores}


def test_the_curve_falls_where_the_answer_turns() -> None:
    """Faces of grey 100 and 200, rightly sad and happy: halved, both are sad, one of them wrongly;
    doubled, both are happy."""
    pictures = np.stack([np.full((48, 48), 100, np.uint8), np.full((48, 48), 200, np.uint8)])
    right = np.array([EMOTIONS.index("sad"), EMOTIONS.index("happy")])
    found = robustness(
        Light(),
        pictures,
        {"fer2013": right, "crowd": right[::-1]},
        disturbances=[Disturbance("light", "times", 1, (0.5, 2), lit)],
    )
    curve = found["curves"]["light"]
    assert curve["levels"] == [0.5, 1, 2]
    assert [point["accuracy"] for point in curve["fer2013"]] == [0.5, 1.0, 0.5]
    assert [point["accuracy"] for point in curve["crowd"]] == [0.5, 0.0, 0.5]
    assert curve["fer2013"][1] == found["clean"]["fer2013"]
    assert {point["confidence"] for point in curve["fer2013"]} == {1.0}
    assert found["n"] == 2


def test_the_faces_are_drawn_once_and_only_from_those_with_an_answer() -> None:
    known = np.arange(100) % 2 == 0
    rows = some_faces(known, faces=20)
    assert len(set(rows.tolist())) == 20
    assert known[rows].all()
    assert rows.tolist() == some_faces(known, faces=20).tolist()
    assert some_faces(known, faces=500).tolist() == np.flatnonzero(known).tolist()


# --- whom it fails -----------------------------------------------------------------------------


def test_pictures_are_measured_and_grouped_from_low_to_high() -> None:
    """A hundred flat faces of grey 100, 101, …: rightly read from 120 on."""
    pictures = np.stack([np.full((48, 48), 100 + k, np.uint8) for k in range(100)])
    groups = by_picture(pictures, np.arange(100) >= 20)["light"]
    assert [group["n"] for group in groups] == [5, 15, 60, 15, 5]
    assert [group["accuracy"] for group in groups] == [0, 0, 1, 1, 1]
    assert (groups[0]["from"], groups[0]["to"]) == (100, 104)
    assert groups[0]["group"] == "darkest 5 %"
    assert measured(pictures)["contrast"].tolist() == [0] * 100


def test_agreement_is_counted_in_votes() -> None:
    votes = np.zeros((4, 7), int)
    votes[:, 0] = 10, 8, 7, 4
    found = by_agreement(votes, np.array([True, True, False, False]))
    assert {group["group"]: group["accuracy"] for group in found} == {
        "10 of 10": 1, "8 or 9": 1, "6 or 7": 0, "5 or fewer": 0,
    }  # fmt: skip
