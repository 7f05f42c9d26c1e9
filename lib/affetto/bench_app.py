"""Measures the running app through a real browser: memory here, speed with ``main``.

``python -m affetto.bench_app``, or ``make bench-app``, writes ``reports/metrics/app.json``.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affetto.errors import DataError
from affetto.settings import project_dir

PATIENCE = 120_000  # ms
CHROMIUM = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking")


def app_memory(photo: bytes, *, photos: int) -> dict[str, float | int]:
    """Resident memory of the app's process, in MB, before and after ``photos`` uploads.

    The app runs as ``make app`` starts it, and a real browser uploads the photos one by one.
    Raises DataError without a Chromium.
    """
    with running_app() as (process, url), browser() as chromium:
        page = open_page(chromium, url)
        upload(page, photo, expected=1)
        first = resident_mb(process.pid)
        for number in range(2, photos + 1):
            upload(page, photo, expected=number)
        return {"photos": photos, "rss_mb": resident_mb(process.pid), "rss_mb_first": first}


@contextmanager
def running_app() -> Iterator[tuple[subprocess.Popen, str]]:
    """The app on a free port of this machine: its process and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = project_dir() / "app" / "streamlit_app.py"
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)],
        cwd=project_dir(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process)
        yield process, url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(url: str, process: subprocess.Popen, *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise DataError("The app did not start; make app shows why.")


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium.  Raises DataError where there is none."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        raise DataError("The app is measured in Chromium; apt-get install chromium libatomic1.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM))
        try:
            yield chromium
        finally:
            chromium.close()


def open_page(chromium: Any, url: str) -> Any:
    """A new visitor's first page, ready for a photo."""
    page = chromium.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.locator("input[type=file]").wait_for(state="attached")
    return page


def upload(page: Any, photo: bytes, *, expected: int) -> None:
    """Upload a photo and wait until its songs are on the page.

    expected : how many photos this page will then have taken; the app counts its starts.
    """
    page.locator("input[type=file]").first.set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
    )
    page.locator(f".st-key-again_{expected}").wait_for()
    page.locator(".song").nth(19).wait_for()


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB of a million bytes.  Linux only."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = (row for row in status.splitlines() if row.startswith("VmRSS:"))
    return round(int(line.split()[1]) * 1024 / 1e6, 1)
