"""What every test may use: the public data, a real browser, the running app; and the rule on skips.

Where ``AFFETTO_DATA_MIRROR`` names the public files (as ``.ci/run`` does), nothing is missing, so a
skip whose reason is not in ``ALLOWED_SKIPS`` fails the run: a test that is never run tests nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REPOSITORY = Path(__file__).resolve().parents[1]
APP = REPOSITORY / "app" / "streamlit_app.py"
SERVER = REPOSITORY / "app" / "server.py"  # what `make app` starts
CHROMIUM_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Regular expressions for the whole reason of a skip; say next to each why it may stay.
ALLOWED_SKIPS: tuple[str, ...] = (
    # Somebody else's description of Spotify, which is not ours to commit; .ci/run names it.
    r"AFFETTO_SPOTIFY_OPENAPI does not name the OpenAPI description of Spotify's Web API",
    r"no npm on this machine, .*",  # only Prism needs it; .ci/run installs it
    r"no torch in this environment",  # only those who train with PyTorch bring it along
)

NO_MIRROR = "AFFETTO_DATA_MIRROR does not name a folder with the public files"
NO_BROWSER = "no Chromium on this machine (Debian: apt-get install chromium libatomic1)"


def _mirror() -> Path | None:
    named = os.environ.get("AFFETTO_DATA_MIRROR")
    folder = Path(named).expanduser() if named else None
    return folder if folder and folder.is_dir() else None


def _browser() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


# --- skips -------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, each with a reason that says what would help."""
    for item in items:
        if item.get_closest_marker("needs_data") and _mirror() is None:
            item.add_marker(pytest.mark.skip(reason=NO_MIRROR))
        if item.get_closest_marker("browser") and _browser() is None:
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def _skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ").strip()


def _refused_skips(terminal: pytest.TerminalReporter) -> list[tuple[str, str]]:
    """(test, reason) of every skip whose reason is not on the list.  xfail is not a skip."""
    skips = [(skip.nodeid, _skip_reason(skip)) for skip in terminal.stats.get("skipped", [])]
    return [
        (test, reason)
        for test, reason in skips
        if not any(re.fullmatch(allowed, reason) for allowed in ALLOWED_SKIPS)
    ]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that skipped what it had no leave to skip."""
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("AFFETTO_DATA_MIRROR") or not terminal or not _refused_skips(terminal):
        return
    if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the skips that failed the run."""
    refused = _refused_skips(terminalreporter)
    if not refused or not os.environ.get("AFFETTO_DATA_MIRROR"):
        return
    terminalreporter.section("skips that are not allowed here", red=True, bold=True)
    for test, reason in refused:
        terminalreporter.line(f"{test}: {reason}")
    terminalreporter.line("Let them run, or name the reason in ALLOWED_SKIPS of tests/conftest.py.")


# --- data --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def mirror() -> Path:
    """The folder that holds the public files."""
    folder = _mirror()
    if folder is None:
        pytest.skip(NO_MIRROR)
    return folder


# --- browser and app ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A real headless Chromium, Debian's own.

    Not for the whole session: Playwright keeps an event loop running in this thread meanwhile, and
    whoever else wants one (a notebook's client) would be refused.
    """
    executable = _browser()
    if executable is None:
        pytest.skip(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable, args=list(CHROMIUM_ARGUMENTS)
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page that is closed after the test, so that it asks the app for nothing more."""
    page = chromium.new_page()
    yield page
    page.close()


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Return once Streamlit answers; raise RuntimeError if it ends or stays silent."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the app ended at once, with status {process.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the app did not answer on {url} within {seconds:.0f} s")


@contextlib.contextmanager
def running_app(
    log: Path, *, port: int | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The app, as ``make app`` starts it, until the block ends: its address.

    log : the file that gets all it prints.  port : a free one by default.
    environment : variables on top of this process's own.
    """
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(SERVER), "--server.port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _wait_until_healthy(url, process, seconds=180)
        yield url
    except RuntimeError as error:
        error.add_note(log.read_text(errors="replace"))
        raise
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, and see to it that it does."""
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def streamlit_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a free port, without a Spotify: its address."""
    log = tmp_path_factory.mktemp("app") / "app.log"
    with running_app(log, environment={"SPOTIPY_CLIENT_ID": ""}) as url:
        yield url
