"""Imports only go down, and only networks and training know Keras: the rules of pyproject.toml.

Each rule is shown to bite: a copy of the library with one forbidden import must break it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
LIBRARY = REPOSITORY / "lib" / "affetto"


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """lint-imports with our own rules, on the library under ``folder``/lib."""
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(linter), "--config", str(REPOSITORY / "pyproject.toml"), "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "lib"), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_library_keeps_the_rules() -> None:
    result = _lint(REPOSITORY)
    assert result.returncode == 0, result.stdout
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "rule"),
    [
        ("emotions.py", "import affetto.faces", "Imports only go down"),
        ("faces/intruder.py", "import affetto.music", "Imports only go down"),
        ("music/intruder.py", "from affetto.sources import datasets", "Imports only go down"),
        ("unheard_of.py", "", "Imports only go down"),
        ("faces/intruder.py", "import keras", "Only networks and training know Keras"),
        (
            "recommend/intruder.py",
            "def f():\n    import tensorflow",
            "Only networks and training know Keras",
        ),
        (
            "faces/classifier.py",
            "import affetto.faces.network",
            "Serving never reaches Keras, by no detour",
        ),
        ("settings.py", "import streamlit", "The library does not know its doors"),
    ],
)
def test_a_forbidden_import_breaks_a_rule(
    module: str, line: str, rule: str, tmp_path: Path
) -> None:
    copy = tmp_path / "lib" / "affetto"
    shutil.copytree(LIBRARY, copy, ignore=shutil.ignore_patterns("__pycache__", "*.tflite"))
    with (copy / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    result = _lint(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{rule} BROKEN" in result.stdout


def _answer(program: str, *, folder: Path) -> object:
    """What ``program`` prints as JSON, in a process of its own: this one has imported too much."""
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_serving_never_loads_tensorflow(tmp_path: Path) -> None:
    program = (
        "import json, sys, affetto.service, affetto.cli\n"
        "from affetto import detect, recommend\n"
        "assert callable(detect) and callable(recommend)\n"  # not the package of that name
        "heavy = {'tensorflow', 'keras', 'jax', 'torch', 'sklearn'}\n"
        "print(json.dumps(sorted(heavy & set(sys.modules))))"
    )
    assert _answer(program, folder=tmp_path) == []


def test_importing_the_package_is_light_and_writes_nothing(tmp_path: Path) -> None:
    """``import affetto`` alone brings in no numerics, no picture library and no file."""
    program = (
        "import json, os, sys\n"
        "before = dict(os.environ)\n"
        "import affetto\n"
        "assert dict(os.environ) == before\n"
        "print(json.dumps(sorted({'numpy', 'cv2', 'pandas', 'keras'} & set(sys.modules))))"
    )
    assert _answer(program, folder=tmp_path) == []
    assert list(tmp_path.iterdir()) == []
