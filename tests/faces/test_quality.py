"""What makes a face hard to read is told, and nothing is told of a good one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from affetto.faces.detector import Face, FaceDetector, align_face
from affetto.faces.photo import decode_photo
from affetto.faces.quality import face_faults, is_dark, sharpness, turned_away
from tests.photographs import encode, picture


def faults(image: Image.Image) -> tuple[str, ...]:
    photo = decode_photo(encode(image, "PNG"))
    face = FaceDetector.load().find(photo)[0]
    return face_faults(face, align_face(photo, face))


def face_with(*landmarks: tuple[float, float]) -> Face:
    return Face(box=(0, 0, 100, 100), landmarks=(*landmarks, (40, 70), (60, 70)), score=0.9)


def test_a_good_photo_has_no_fault() -> None:
    assert faults(picture("astronaut")) == ()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda image: ImageEnhance.Brightness(image).enhance(0.15), "dark"),
        (lambda image: image.filter(ImageFilter.GaussianBlur(3)), "blurred"),
        (lambda image: image.resize((128, 128)), "small"),
    ],
    ids=["dark", "blurred", "small"],
)
def test_one_fault_is_told_by_its_name(change, fault: str) -> None:
    assert faults(change(picture("astronaut"))) == (fault,)


def test_a_nose_between_the_eyes_looks_straight_and_one_under_an_eye_away() -> None:
    assert turned_away(face_with((30, 40), (70, 40), (50, 55))) == 0
    assert turned_away(face_with((30, 40), (70, 40), (70, 55))) == pytest.approx(0.5)  # 20 of 40
    assert turned_away(face_with((50, 40), (50, 40), (70, 55))) == np.inf


def test_a_tilted_head_looks_as_straight_as_an_upright_one() -> None:
    """The eyes at 45°, and the nose on the line that halves them at a right angle."""
    assert turned_away(face_with((30, 30), (70, 70), (40, 60))) == pytest.approx(0)


def test_a_turned_face_is_told() -> None:
    away = face_with((30, 40), (70, 40), (70, 55))
    noise = np.random.default_rng(0).integers(0, 256, (48, 48)).astype(np.uint8)
    assert face_faults(away, noise) == ("turned",)


def test_sharpness_does_not_depend_on_contrast() -> None:
    crop = np.random.default_rng(0).integers(80, 180, (48, 48)).astype(np.uint8)
    faint = (crop // 2 + 60).astype(np.uint8)
    assert sharpness(faint) == pytest.approx(sharpness(crop), rel=0.02)
    assert sharpness(np.full((48, 48), 90, np.uint8)) == 0


def test_a_dark_photo_is_dark() -> None:
    photo = decode_photo(encode(picture("coffee"), "PNG"))
    assert not is_dark(photo)
    assert is_dark(dataclasses.replace(photo, pixels=photo.pixels // 8))
