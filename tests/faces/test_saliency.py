"""The map points at what the answer rests on: on a network with one known eye, and on the real."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from affetto.emotions import EMOTIONS
from affetto.errors import InputError
from affetto.faces.calibration import Calibration
from affetto.faces.classifier import EmotionClassifier
from affetto.faces.detector import FaceDetector, align_face
from affetto.faces.photo import decode_photo
from affetto.faces.saliency import (
    covered,
    draw_over,
    soft_patches,
    strongest_place,
    where_it_looked,
)
from tests.photographs import photograph

HAPPY = EMOTIONS.index("happy")


class OneEye:
    """A classifier whose "happy" is the contrast of one region, and nothing else."""

    calibration = {"crowd": Calibration(), "fer2013": Calibration()}  # noqa: RUF012

    def __init__(self, rows: slice, columns: slice) -> None:
        self.rows, self.columns = rows, columns

    def logits(self, crops: np.ndarray, *, averaged: bool = True) -> dict[str, np.ndarray]:
        scores = np.zeros((len(crops), len(EMOTIONS)))
        region = crops[:, self.rows, self.columns].astype(float)
        scores[:, HAPPY] = region.std(axis=(1, 2)) / 20
        return {"crowd": scores, "fer2013": -scores}


@functools.cache
def classifier() -> EmotionClassifier:
    return EmotionClassifier.load()


@functools.cache
def smiling() -> np.ndarray:
    """The astronaut's crop, as serving cuts it."""
    photo = decode_photo(photograph("astronaut"))
    return align_face(photo, FaceDetector.load().find(photo)[0])


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (48, 48)).astype(np.uint8)


# --- a network that is known by heart ----------------------------------------------------------


@pytest.mark.parametrize("place", [(8, 10), (30, 8), (34, 34), (20, 22)])
def test_the_map_is_bright_where_the_only_eye_is(place: tuple[int, int]) -> None:
    top, left = place
    eye = OneEye(slice(top, top + 8), slice(left, left + 8))
    looked = where_it_looked(eye, noise(), emotion="happy")
    inside = looked[top : top + 8, left : left + 8]
    assert looked.dtype == np.float32
    assert looked.max() == pytest.approx(1)
    assert inside.mean() > 0.7
    far = np.abs(np.mgrid[:48, :48] - np.array([top + 4, left + 4])[:, None, None]).max(axis=0) > 20
    assert looked[far].max(initial=0) < 0.05  # a patch reaches 7 pixels, the eye 4


def test_an_emotion_that_nothing_speaks_for_has_an_empty_map() -> None:
    """With seven classes, covering the eye lowers happy and so raises each other emotion."""
    eye = OneEye(slice(20, 28), slice(20, 28))
    assert where_it_looked(eye, noise(), emotion="sad").max() == 0


def test_the_readout_that_is_asked_is_the_one_explained() -> None:
    eye = OneEye(slice(20, 28), slice(20, 28))  # its fer2013 readout says the opposite
    assert where_it_looked(eye, noise(), emotion="happy", readout="fer2013").max() == 0
    assert where_it_looked(eye, noise(), emotion="sad", readout="fer2013").max() == pytest.approx(1)


def test_by_default_the_top_emotion_is_explained() -> None:
    eye = OneEye(slice(20, 28), slice(20, 28))
    top, named = where_it_looked(eye, noise()), where_it_looked(eye, noise(), emotion="happy")
    assert (top == named).all()


def test_patches_leave_no_place_out_and_favour_none() -> None:
    together = soft_patches().sum(axis=0)
    assert soft_patches().shape == (49, 48, 48)
    assert together.min() > 0.5
    assert together.max() < 6 * together.min()
    assert np.allclose(together, together[::-1, ::-1], atol=1e-5)


def test_covering_takes_the_detail_and_leaves_the_light() -> None:
    crop = noise()
    views = covered(crop, soft_patches())
    centre = views[24][21:27, 21:27].astype(float)  # the middle one of 7 × 7
    assert centre.std() < 0.2 * crop[21:27, 21:27].std()
    assert centre.mean() == pytest.approx(crop[12:36, 12:36].mean(), abs=12)
    assert (views[24][:10] == crop[:10]).all()


# --- the released network ----------------------------------------------------------------------


def chance_after(crop: np.ndarray, order: np.ndarray, emotion: int, *, cells: int) -> float:
    """The emotion's probability when the first ``cells`` of 64 squares are made flat."""
    flat = crop.copy()
    for cell in order[:cells]:
        y, x = divmod(int(cell), 8)
        flat[6 * y : 6 * y + 6, 6 * x : 6 * x + 6] = round(crop.mean())
    return float(classifier().probabilities(flat[np.newaxis])[0, emotion])


def test_removing_what_it_points_at_hurts_more_than_removing_anything_else() -> None:
    crop = smiling()
    emotion = int(classifier().probabilities(crop[np.newaxis])[0].argmax())
    looked = where_it_looked(classifier(), crop, emotion=EMOTIONS[emotion])
    cells = looked.reshape(8, 6, 8, 6).mean(axis=(1, 3)).ravel()
    rng = np.random.default_rng(0)
    guided = [chance_after(crop, np.argsort(-cells), emotion, cells=n) for n in (6, 10, 14)]
    blind = [
        np.mean([chance_after(crop, rng.permutation(64), emotion, cells=n) for _ in range(8)])
        for n in (6, 10, 14)
    ]
    turned = [chance_after(crop, np.argsort(cells), emotion, cells=n) for n in (6, 10, 14)]
    assert np.mean(guided) < np.mean(blind) - 0.1
    assert np.mean(guided) < np.mean(turned) - 0.1


def test_the_smile_is_read_at_the_mouth() -> None:
    looked = where_it_looked(classifier(), smiling(), emotion="happy")
    assert strongest_place(looked) == "mouth"


def test_the_same_face_gets_the_same_map() -> None:
    maps = [where_it_looked(classifier(), smiling(), emotion="happy") for _ in range(2)]
    assert (maps[0] == maps[1]).all()


@pytest.mark.parametrize(
    ("crop", "how"),
    [
        (np.zeros((47, 48), np.uint8), {}),
        (np.zeros((48, 48)), {}),
        (np.zeros((48, 48), np.uint8), {"emotion": "bored"}),
        (np.zeros((48, 48), np.uint8), {"readout": "third"}),
    ],
)
def test_wrong_questions_are_refused(crop: np.ndarray, how: dict[str, str]) -> None:
    with pytest.raises(InputError):
        where_it_looked(classifier(), crop, **how)


# --- drawing -----------------------------------------------------------------------------------


def test_the_picture_is_bright_and_orange_where_the_map_is_one() -> None:
    looked = np.zeros((48, 48), np.float32)
    looked[30:42, 12:36] = 1
    picture = draw_over(np.full((48, 48), 128, np.uint8), looked, side=96).astype(int)
    assert picture.shape == (96, 96, 3)
    shown, hidden = picture[72, 48], picture[10, 10]
    assert shown[0] > shown[1] > shown[2] + 40  # orange
    assert hidden[0] == hidden[1] == hidden[2] == round(128 * 0.45)  # grey and dim
    weights = np.array([0.2126, 0.7152, 0.0722])
    assert shown @ weights > 1.5 * (hidden @ weights)  # and it reads without any colour


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
def test_a_map_outside_its_range_is_not_drawn(value: float) -> None:
    with pytest.raises(InputError):
        draw_over(noise(), np.full((48, 48), value))


@pytest.mark.parametrize(
    ("rows", "place"),
    [((0, 8), "forehead"), ((16, 22), "eyes"), ((26, 30), "nose"), ((34, 40), "mouth")],
)
def test_the_place_is_named(rows: tuple[int, int], place: str) -> None:
    looked = np.zeros((48, 48), np.float32)
    looked[slice(*rows)] = 1
    assert strongest_place(looked) == place


def test_an_empty_map_names_no_place() -> None:
    assert strongest_place(np.zeros((48, 48))) is None
