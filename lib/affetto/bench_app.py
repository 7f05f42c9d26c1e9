"""Measures the running app: ``python -m affetto.bench_app``, or ``make bench-app``.

Writes ``reports/metrics/app.json``.  How long one listener waits for the first page, for music
after a photo, after a correction or another goal is measured in a real browser: the clock runs in
the page, from the act until the songs are there and the app is at rest.  Many listeners at once
and the growth of memory are driven by ``app.listeners`` over the app's websocket, without browsers:
twenty of them drawing on the machine that serves would measure mostly themselves.  Beside each
time on the clock stands what the server's processor spent on it: on a busy machine the first
tells about the neighbours, the second about us.

No answer can come from a memory of an earlier one: every photo is another one, and before each
correction and each goal the list is shuffled anew.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from affetto.errors import AffettoError, DataError
from affetto.files import write_json
from affetto.measuring import PHOTO_SIDE, machine, sample_photo, show_table
from affetto.settings import project_dir, reports_dir

RUNS, STARTS, LISTENERS, ROUNDS, PHOTOS, SETTLED = 20, 5, 20, 3, 500, 50
TARGETS = {
    "first_page_p95_s": 3.0,
    "photo_to_music_p95_ms": 1000.0,
    "correction_p95_ms": 300.0,
    "goal_p95_ms": 300.0,
    "together_p95_ms": 2000.0,
    "memory_growth": 0.05,
}
PATIENCE = 120_000  # ms
CHOOSING = 4000  # ms that a listener takes to choose a photo; the chart library starts meanwhile
CHROMIUM = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
)
# In the page: note the time and the songs now; later tell after how many milliseconds other songs
# were painted, and after how many the app was at rest, with the picture of the journey and all.
_AT_REST = """() => document.querySelector('[data-testid=stApp]')
  .getAttribute('data-test-script-state') === 'notRunning'"""
_START = """() => {
  const songs = () => [...document.querySelectorAll('.song a')].map(a => a.href);
  const app = document.querySelector('[data-testid=stApp]');
  const before = songs().join(), start = performance.now();
  const times = {};
  window.affettoClock = new Promise((done, late) => {
    const look = () => {
      const now = songs(), spent = performance.now() - start;
      if (!times.looked && now.length >= 20 && now.join() !== before) {
        times.looked = true;
        requestAnimationFrame(() => setTimeout(() => times.songs = performance.now() - start));
      }
      const rest = app.getAttribute('data-test-script-state') === 'notRunning';
      if (rest && times.songs) done([times.songs, Math.max(spent, times.songs)]);
      else if (spent > 120000) late('no other songs within two minutes');
      else setTimeout(look, 4);
    };
    look();
  });
}"""
Waits = tuple[float, float]  # ms until the songs are painted, and until the app is at rest
_STOP = "() => window.affettoClock"


def measure(*, runs: int, starts: int, listeners: int, photos: int) -> dict[str, Any]:
    """All figures of ``app.json``.  Raises DataError without a Chromium or scikit-image's photo."""
    facts = machine()
    shown = [sample_photo(side=PHOTO_SIDE, variant=k) for k in range(max(runs, listeners) + 1)]
    with browser() as chromium:
        first = [first_page(chromium) for _ in range(starts)]
        with running_app() as (process, url):
            alone = one_listener(chromium, url, process.pid, shown, runs=runs)
            together = many_listeners(url, process.pid, shown, listeners=listeners)
            memory = memory_growth(url, process.pid, shown, number=photos)
    return {
        "photo": f"scikit-image astronaut, cut a little otherwise each time, JPEG, {PHOTO_SIDE} × "
        f"{PHOTO_SIDE}",
        "first_page": {
            "runs": starts,
            "p50_s": round(float(np.median(first)), 2),
            "p95_s": round(float(np.percentile(first, 95)), 2),
        },
        **alone,
        "together": {"listeners": listeners, **together},
        "memory": memory,
        "machine": {**facts, "load_after": machine()["load_before"]},
        "targets": TARGETS,
    }


def measured(figures: dict[str, Any]) -> dict[str, float]:
    """The figure behind each of TARGETS, by its name."""
    return {
        "first_page_p95_s": figures["first_page"]["p95_s"],
        "photo_to_music_p95_ms": figures["photo_to_music"]["p95_ms"],
        "correction_p95_ms": figures["correction"]["p95_ms"],
        "goal_p95_ms": figures["goal"]["p95_ms"],
        "together_p95_ms": figures["together"]["p95_ms"],
        "memory_growth": figures["memory"]["growth"],
    }


def first_page(chromium: Any) -> float:
    """Seconds from starting the app's process until the first visitor can give it a photo."""
    start = time.perf_counter()
    with running_app() as (_, url):
        page = open_page(chromium, url)
        taken = time.perf_counter() - start
        page.context.close()
    return taken


def one_listener(
    chromium: Any, url: str, pid: int, photos: Sequence[bytes], *, runs: int
) -> dict[str, dict]:
    """Milliseconds until other songs are painted: after a photo, a correction, another goal."""
    page = open_page(chromium, url)
    upload(page, photos[-1])  # loads what is loaded once
    emotions = page.locator(".st-key-correction button")
    goals = page.locator(".st-key-goal_box [role=radio], .st-key-goal_box button")
    acts: dict[str, Callable[[int], None]] = {
        "correction": lambda k: emotions.nth((0, 3, 4)[k % 3]).click(),
        "goal": lambda k: goals.nth((2, 3)[k % 2]).click(),
    }
    figures = {}
    for name, act in acts.items():
        spent = Spent(pid)
        times = [_shuffled_and_timed(page, act, k, spent) for k in range(runs)]
        figures[name] = _summary(times, spent)
    page.context.close()
    spent = Spent(pid)
    times = [_photo_to_music(chromium, url, photos[k], spent) for k in range(runs)]
    figures["photo_to_music"] = _summary(times, spent)
    return figures


def _shuffled_and_timed(page: Any, act: Callable[[int], None], k: int, spent: Spent) -> Waits:
    _timed(page, lambda _: page.locator(".st-key-shuffle button").click(), k)
    with spent.on_this():
        return _timed(page, act, k)


def _photo_to_music(chromium: Any, url: str, photo: bytes, spent: Spent) -> Waits:
    page = open_page(chromium, url)
    page.wait_for_timeout(CHOOSING)
    with spent.on_this():
        taken = _timed(page, lambda _: _hand_over(page, photo), 0)
    page.context.close()
    return taken


def many_listeners(
    url: str, pid: int, photos: Sequence[bytes], *, listeners: int
) -> dict[str, float]:
    """Milliseconds from a photo to its songs, all listeners at the same time, ROUNDS times."""
    spent = Spent(pid)
    with spent.on_this():
        times = _listen(url, photos, together=listeners, rounds=ROUNDS)
    return _summary([[1000 * seconds] for seconds in times], spent)


def memory_growth(
    url: str, pid: int, photos: Sequence[bytes], *, number: int
) -> dict[str, float | int]:
    """Resident memory after SETTLED photos and after ``number``; a new listener every 25.

    Streamlit keeps a session for two minutes after its listener left, for who might come back.  As
    this follows the listeners at once, both figures hold about twenty such sessions.
    """
    first = min(SETTLED, number // 2)
    _listen(url, photos, number=first)
    settled = resident_mb(pid)
    _listen(url, photos, number=number - first)
    last = resident_mb(pid)
    return {
        "photos": number,
        "rss_mb": last,
        "settled_after": first,
        "rss_mb_settled": settled,
        "growth": round(last / settled - 1, 4),
    }


def _listen(url: str, photos: Sequence[bytes], **asked: int) -> list[float]:
    """Seconds that ``app.listeners`` measured, in a process of its own.

    asked : its options.  Raises DataError where it fails, with its last line.
    """
    options = [word for name, value in asked.items() for word in (f"--{name}", str(value))]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{k}.jpg" for k in range(len(photos))]
        for file, photo in zip(files, photos, strict=True):
            file.write_bytes(photo)
        command = [sys.executable, "-m", "app.listeners", *options, url, *map(str, files)]
        done = subprocess.run(
            command, cwd=project_dir(), capture_output=True, text=True, check=False
        )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["without a word"]
        raise DataError(f"The listeners gave up: {said[-1]}")
    return json.loads(done.stdout)


def _timed(page: Any, act: Callable[[int], None], k: int) -> Waits:
    page.wait_for_function(_AT_REST)
    page.evaluate(_START)
    act(k)
    return page.evaluate(_STOP)


class Spent:
    """Processor time of another process, all its threads together.  Linux only."""

    def __init__(self, pid: int) -> None:
        self._file = Path(f"/proc/{pid}/stat")
        self.seconds = 0.0

    @contextmanager
    def on_this(self) -> Iterator[None]:
        """Add what it spends until the block ends."""
        before = self._now()
        yield
        self.seconds += self._now() - before

    def _now(self) -> float:
        fields = self._file.read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _summary(waits: Sequence[Sequence[float]], spent: Spent) -> dict[str, float]:
    """Of times in ms: until the songs are there and, where that was looked at, until all rests.

    ``cpu_ms`` is the server's mean processor time for one of them.
    """
    p50, p95 = np.percentile(waits, [50, 95], axis=0)
    figures = {"runs": len(waits), "p50_ms": round(p50[0], 1), "p95_ms": round(p95[0], 1)}
    if len(p50) > 1:
        figures["rest_p95_ms"] = round(p95[1], 1)
    return {**figures, "cpu_ms": round(1000 * spent.seconds / len(waits), 1)}


def app_memory(photo: bytes, *, photos: int) -> dict[str, float | int]:
    """Resident memory of the app's process, in MB, before and after ``photos`` uploads.

    The app runs as ``make app`` starts it, and a real browser uploads the photos one by one.
    Raises DataError without a Chromium.
    """
    with running_app() as (process, url), browser() as chromium:
        page = open_page(chromium, url)
        upload(page, photo)
        first = resident_mb(process.pid)
        for _ in range(1, photos):
            upload(page, photo)
        return {"photos": photos, "rss_mb": resident_mb(process.pid), "rss_mb_first": first}


@contextmanager
def running_app() -> Iterator[tuple[subprocess.Popen, str]]:
    """The app on a free port of this machine: its process and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = project_dir() / "app" / "server.py"
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
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:  # a machine so busy that it cannot even end
            process.kill()
            process.wait()


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
        raise DataError(
            "There is no Chromium here, which this needs: apt-get install chromium libatomic1."
        )
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
    # Asked before every frame: a locator looks every half second after a while.
    page.wait_for_function("document.querySelector('.st-key-start input[type=file]') !== null")
    return page


def upload(page: Any, photo: bytes) -> None:
    """Upload a photo, opening the ways in where music plays, and wait until its songs are there."""
    if page.locator(".song").count():
        page.locator(".st-key-again button").click()
    _hand_over(page, photo)
    page.locator(".st-key-start").wait_for(state="detached")
    page.locator(".song").nth(19).wait_for()
    page.wait_for_function(_AT_REST)


def _hand_over(page: Any, photo: bytes) -> None:
    uploader = ".st-key-start input[type=file]"
    # The uploader that took the photo before stays on the page until the run that replaced it ends.
    page.wait_for_function(f"document.querySelectorAll('{uploader}').length === 1")
    page.locator(uploader).set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
    )


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB of a million bytes.  Linux only."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = (row for row in status.splitlines() if row.startswith("VmRSS:"))
    return round(int(line.split()[1]) * 1024 / 1e6, 1)


def show(figures: dict[str, Any]) -> None:
    """A table on stderr, with the targets."""
    rows = (
        (name.replace("_", " "), f"{value:g}", f"{TARGETS[name]:g}")
        for name, value in measured(figures).items()
    )
    show_table(figures["machine"], ("", "measured", "target at most"), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the report, show it.  Exit code 2 with one sentence where that cannot be."""
    from affetto.terminal import complain

    parser = argparse.ArgumentParser(prog="python -m affetto.bench_app", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="of each act (%(default)s)")
    parser.add_argument("--starts", type=int, default=STARTS, help="of the app (%(default)s)")
    parser.add_argument("--listeners", type=int, default=LISTENERS, help="at once (%(default)s)")
    parser.add_argument("--photos", type=int, default=PHOTOS, help="for memory (%(default)s)")
    parser.add_argument(
        "--out", type=Path, default=reports_dir() / "metrics" / "app.json", metavar="FILE"
    )
    asked = parser.parse_args(arguments)
    try:
        figures = measure(
            runs=asked.runs,
            starts=asked.starts,
            listeners=asked.listeners,
            photos=asked.photos,
        )
    except AffettoError as error:
        complain(str(error))
        return 2
    write_json(asked.out, figures)
    show(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
