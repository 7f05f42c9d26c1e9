"""The photograph to try things with: Eileen Collins, NASA, public domain."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from affetto.errors import DataError


def sample_photo() -> Path:
    """Where it lies: in scikit-image's package, which is looked into and never imported.

    Raises DataError where that is not installed.
    """
    package = find_spec("skimage")
    places = (package and package.submodule_search_locations) or ()
    files = [Path(place) / "data" / "astronaut.png" for place in places]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise DataError(
            "The sample photo comes with scikit-image, which is not here; use a photo of yours."
        )
    return found
