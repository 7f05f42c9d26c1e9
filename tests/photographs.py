"""Real photographs for tests, from scikit-image's wheel, and the ways to encode them.

``astronaut`` shows one smiling face (Eileen Collins, NASA, public domain); ``chelsea`` is a cat and
``coffee`` a cup: no face.
"""

from __future__ import annotations

import functools
import importlib.util
import io
from pathlib import Path
from typing import Any

from PIL import Image

ORIENTATION = 0x0112  # the EXIF tag
ASTRONAUT_BOX = (179, 63, 91, 111)  # x, y, width, height; looked at, hairline to chin
FACE_MIDDLE = (224, 118)  # between nose and eyes


@functools.cache
def photograph(name: str) -> bytes:
    """The PNG file of ``astronaut`` (512×512), ``chelsea`` (451×300) or ``coffee`` (600×400)."""
    spec = importlib.util.find_spec("skimage")
    assert spec is not None
    assert spec.submodule_search_locations
    return (Path(spec.submodule_search_locations[0]) / "data" / f"{name}.png").read_bytes()


def picture(name: str) -> Image.Image:
    """The photograph as an RGB Pillow image."""
    return Image.open(io.BytesIO(photograph(name))).convert("RGB")


def encode(image: Image.Image, kind: str, *, orientation: int | None = None, **how: Any) -> bytes:
    """The bytes of a JPEG, PNG, WEBP, … file, with an EXIF orientation if one is named."""
    if orientation is not None:
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        how["exif"] = exif.tobytes()
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()
