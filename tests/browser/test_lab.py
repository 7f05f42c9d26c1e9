"""The notebooks by hand: JupyterLab as ``make lab`` starts it, every cell from top to bottom.

Two of them in every run; ``AFFETTO_LAB=all`` has all nine, on the data sets, which takes minutes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, TimeoutError

from affetto.runner import find_notebooks
from tests.browser.conftest import DESKTOP, PATIENCE
from tests.conftest import REPOSITORY, free_port

pytestmark = pytest.mark.browser
ALL = os.environ.get("AFFETTO_LAB") == "all"
# The two that need neither data nor a training: whoever has only cloned us can run them.
FEW = ("08_evaluate_recommender", "09_photo_to_playlist")
BY_HAND = tuple(notebook.name for notebook in find_notebooks()) if ALL else FEW
LONG = PATIENCE * (8 if ALL else 3)
SOON = 20_000  # ms from a click to what it does


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """(address, folder): copies of the notebooks, so that a run by hand changes nothing of ours."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "notebooks").mkdir()
    for name in BY_HAND:
        shutil.copy(REPOSITORY / "notebooks" / f"{name}.ipynb", folder / "notebooks")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    own = {name: str(folder / "jupyter") for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    command = [
        Path(sys.executable).with_name("jupyter"), "lab", "--ip=127.0.0.1", f"--port={port}",
        "--no-browser", "--allow-root", "--IdentityProvider.token=",
        f"--ServerApp.root_dir={folder}",
    ]  # fmt: skip
    with (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **own, "AFFETTO_DATA": str(folder / "data")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_until_there(url, process, folder / "lab.log")
        yield url, folder
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        finally:
            for left in (signal.SIGTERM, signal.SIGKILL):  # its kernels are in its session
                try:
                    os.killpg(process.pid, left)
                    time.sleep(0.5)
                except ProcessLookupError:
                    break


def _wait_until_there(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/api", timeout=10):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab was not ready:\n{log.read_text(errors='replace')}")


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.set_default_timeout(LONG)
    yield page
    context.close()


def steps(path: Path) -> list[dict]:
    """The cells that compute, as JupyterLab last saved them."""
    return [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]


def _run_all(tab: Page) -> bool:
    """Run all cells, and tell whether one of them runs, waits for its turn or has run.

    A kernel that is just starting hears nothing; one that was told twice would run all twice.
    """
    told = tab.locator(".jp-InputPrompt").filter(has_text=re.compile(r"\[(\*|\d+)\]"))
    asked = tab.locator(".jp-Dialog .jp-mod-accept")  # which kernel, or a lost connection
    try:
        if asked.count():
            asked.first.click(timeout=SOON)
        if not told.count():
            tab.get_by_role("menuitem", name="Run", exact=True).click(timeout=SOON)
            tab.get_by_role("menuitem", name="Run All Cells", exact=True).click(timeout=SOON)
        told.first.wait_for(timeout=SOON)
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("name", BY_HAND)
def test_it_runs_from_top_to_bottom_by_hand(name: str, lab: tuple[str, Path], tab: Page) -> None:
    """What JupyterLab saves afterwards: every cell has run, in order, and none has failed."""
    url, folder = lab
    tab.goto(f"{url}/lab/tree/notebooks/{name}.ipynb?reset")
    idle = tab.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")
    path = folder / "notebooks" / f"{name}.ipynb"
    deadline = time.monotonic() + LONG / 1000
    cells = steps(path)
    begun = False
    while not begun and time.monotonic() < deadline:
        try:
            idle.wait_for(timeout=3 * SOON)
        except TimeoutError:  # a kernel that never said that it is there
            tab.reload()
            continue
        begun = _run_all(tab)
    while time.monotonic() < deadline and not cells[-1]["execution_count"]:
        idle.wait_for()
        tab.keyboard.press("Control+s")
        tab.wait_for_timeout(1000)
        cells = steps(path)
    failed = [out for cell in cells for out in cell["outputs"] if out["output_type"] == "error"]
    assert failed == []
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    drawn = [out for cell in cells for out in cell["outputs"] if "data" in out]
    assert any("application/vnd.plotly.v1+json" in out["data"] for out in drawn)
    tab.locator(".js-plotly-plot").first.wait_for()
    metrics = folder / "data" / "interim" / "notebooks" / "metrics" / f"{name}.json"
    assert json.loads(metrics.read_text())
    if where := os.environ.get("AFFETTO_LAB_PICTURES"):
        tab.screenshot(path=f"{where}/{name}.png")
