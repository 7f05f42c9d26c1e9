"""Whatever is uploaded: one plain sentence, no traceback, and nothing that was there is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.app.helpers import choose_again, track_ids, verdict
from tests.photographs import encode, photograph, picture

Upload = Callable[..., AppTest]
FRAMES = [Image.new("RGB", (64, 64), shade) for shade in ("black", "white")]
BAD = {
    "empty": b"",
    "text renamed": b"Dear diary, today I felt fine.",
    "truncated": encode(picture("astronaut"), "JPEG")[:9000],
    "huge": encode(Image.new("1", (8000, 6000)), "PNG"),
    "animated": encode(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]),
    "gif": encode(FRAMES[0], "GIF"),
    "no face": photograph("chelsea"),
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


def test_a_good_photo_clears_the_complaint(app: AppTest, upload: Upload) -> None:
    upload(app, b"no photo")
    assert len(app.warning) == 1
    upload(app, photograph("astronaut"))
    assert not app.warning
    assert len(track_ids(app)) == 20
