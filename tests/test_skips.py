"""A skip without leave fails the run where the public data are at hand, and only there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
SKIPPING = {
    "a decorator": "import pytest\n@pytest.mark.skip(reason='too lazy')\ndef test_it(): pass\n",
    "a call": "import pytest\ndef test_it(): pytest.skip('too lazy')\n",
    "a whole module": "import pytest\npytest.skip('too lazy', allow_module_level=True)\n",
}
HONEST = (
    "import pytest\n"
    "def test_it(): pass\n"
    "@pytest.mark.xfail(reason='known')\n"
    "def test_known(): assert False\n"
)


def _run(folder: Path, *, test: str, mirror: Path | None) -> subprocess.CompletedProcess[str]:
    """Pytest in a process of its own, with our conftest and one test file."""
    shutil.copy(CONFTEST, folder / "conftest.py")
    (folder / "test_one.py").write_text("def test_other(): pass\n" + test, encoding="utf-8")
    env = {
        k: v for k, v in os.environ.items() if k not in ("AFFETTO_DATA_MIRROR", "PYTEST_ADDOPTS")
    }
    if mirror:
        env["AFFETTO_DATA_MIRROR"] = str(mirror)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir=.", "test_one.py"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kind", SKIPPING)
def test_a_skip_fails_a_run_with_data_and_is_named(kind: str, tmp_path: Path) -> None:
    result = _run(tmp_path, test=SKIPPING[kind], mirror=tmp_path)
    assert result.returncode == 1, result.stdout
    assert "not allowed here" in result.stdout
    assert "test_one.py" in result.stdout
    assert "too lazy" in result.stdout


def test_a_skip_is_a_skip_without_the_data(tmp_path: Path) -> None:
    result = _run(tmp_path, test=SKIPPING["a call"], mirror=None)
    assert result.returncode == 0, result.stdout
    assert "1 skipped" in result.stdout


def test_a_run_without_skips_passes_with_data(tmp_path: Path) -> None:
    """An expected failure is not a skip."""
    result = _run(tmp_path, test=HONEST, mirror=tmp_path)
    assert result.returncode == 0, result.stdout
    assert "1 xfailed" in result.stdout
