"""Whatever is uploaded: one plain sentence, no traceback, and nothing that was there is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.app.helpers import choose_again, track_ids, verdict
from tests.photographs import ASTRONAUT_BOX, encode, photograph, picture

Upload = Callable[..., AppTest]
FRAMES = [Image.new("RGB", (64, 64), shade) for shade in ("black", "white")]
BAD = {
    "empty": b"",
    "text renamed": b"Dear diary, today I felt fine.",
    "truncated": encode(picture("astronaut"), "JPEG")[:9000],
    "huge": encode(Image.new("1", (8000, 6000)), "PNG"),
    "animated": encode(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]),
    "gif": encode(FRAMES[0], "GIF"),
    "animated gif": encode(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:]),
    "heic": b"\0\0\0\x18ftypheic" + bytes(100),
    "no face": photograph("chelsea"),
}
TOO_LARGE = encode(picture("astronaut"), "JPEG") + bytes(10_000_000)  # the browser stops it before
WORDS = {  # what a listener can act on, as faces/photo.py and service.py word it
    "empty": "empty",
    "text renamed": "not a photo",
    "truncated": "damaged or cut off",
    "huge": "megapixels",
    "animated": "one frame",
    "gif": "GIF",
    "animated gif": "GIF",
    "heic": "HEIC",
    "no face": "No face was found",
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_first_photo_that_fails_leaves_the_start_page_with_one_sentence(
    app: AppTest, upload: Upload, data: bytes
) -> None:
    upload(app, data)
    assert not app.exception
    (problem,) = app.warning
    assert problem.value.endswith(".")
    assert "\n" not in problem.value
    assert track_ids(app) == []
    assert app.file_uploader[0].value is None  # ready for the next try


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_later_photo_that_fails_keeps_the_music(
    app: AppTest, upload: Upload, data: bytes
) -> None:
    upload(app, photograph("astronaut"))
    before = track_ids(app)
    upload(choose_again(app), data)
    assert not app.exception
    assert len(app.warning) == 1
    assert verdict(app) == "This face looks happy."
    assert track_ids(app) == before


@pytest.mark.parametrize("name", BAD)
def test_the_sentence_names_what_is_wrong(app: AppTest, upload: Upload, name: str) -> None:
    assert WORDS[name] in upload(app, BAD[name]).warning[0].value


def test_a_file_over_the_limit_is_told_where_no_browser_stopped_it(
    app: AppTest, upload: Upload
) -> None:
    assert "10 MB" in upload(app, TOO_LARGE).warning[0].value


def test_a_photo_on_its_side_is_turned_upright_by_its_exif(app: AppTest, upload: Upload) -> None:
    """Orientation 6: the camera was turned, and a quarter turn clockwise makes it upright."""
    lying = picture("astronaut").transpose(Image.Transpose.ROTATE_90)  # anticlockwise
    upload(app, encode(lying, "JPEG", quality=95, orientation=6))
    assert verdict(app) == "This face looks happy."
    (face,) = app.session_state["affetto"].scene.photo.faces
    shifts = [abs(a - b) for a, b in zip(face.box, ASTRONAUT_BOX, strict=True)]
    assert max(shifts) < 25


def test_a_good_photo_clears_the_complaint(app: AppTest, upload: Upload) -> None:
    upload(app, b"no photo")
    assert len(app.warning) == 1
    upload(app, photograph("astronaut"))
    assert not app.warning
    assert len(track_ids(app)) == 20
