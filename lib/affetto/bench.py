"""Measures speed and memory of serving: ``python -m affetto.bench``, or ``make bench``.

Writes ``reports/metrics/serving.json`` and a table on stderr.  Beside the time on the clock it
takes the processor's: on a busy machine the first tells about the neighbours, the second about us.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from affetto.bench_app import app_memory
from affetto.errors import AffettoError
from affetto.files import write_json
from affetto.measuring import PHOTO_SIDE, Timing, machine, sample_photo, show_table, timed
from affetto.settings import reports_dir

RUNS, COLD_RUNS, PHOTOS = 60, 5, 30
TARGETS = {"warm_p95_ms": 250.0, "cold_s": 3.0, "app_rss_mb": 600.0}


def measure(*, runs: int = RUNS, cold_runs: int = COLD_RUNS, photos: int = PHOTOS) -> dict:
    """All figures of ``serving.json``.

    Raises DataError without scikit-image's photograph, which every figure is measured on.
    """
    facts, photo = machine(), sample_photo(side=PHOTO_SIDE)
    return {
        "photo": f"scikit-image astronaut, JPEG, {PHOTO_SIDE} × {PHOTO_SIDE}",
        "warm_ms": {name: asdict(value) for name, value in warm(photo, runs=runs).items()},
        "cold_command_s": cold(photo, runs=cold_runs),
        "app": app_memory(photo, photos=photos),
        "machine": facts,
        "targets": TARGETS,
    }


def warm(photo: bytes, *, runs: int) -> dict[str, Timing]:
    """From the bytes of a photo to twenty tracks, and its two halves, with everything loaded.

    Every run has another seed, so that no list can come from a memory of the one before.
    """
    from affetto.service import detect, recommend

    recommend(photo)
    seeds = range(1, runs + 1)
    return {
        "photo_to_tracks": timed(lambda seed: recommend(photo, seed=seed), seeds),
        "photo_to_emotion": timed(lambda seed: detect(photo), seeds),
        "emotion_to_tracks": timed(lambda seed: recommend(emotion="sad", seed=seed), seeds),
    }


def cold(photo: bytes, *, runs: int) -> dict[str, float | int]:
    """Seconds of the whole process ``affetto recommend --photo``: clock and processor."""
    walls, cpus = [], []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "photo.jpg"
        file.write_bytes(photo)
        command = [sys.executable, "-m", "affetto", "recommend", "--photo", str(file), "--json"]
        for _ in range(runs):
            wall, before = time.perf_counter(), os.times()
            subprocess.run(command, check=True, capture_output=True)
            walls.append(time.perf_counter() - wall)
            after = os.times()
            cpus.append(
                after.children_user + after.children_system
                - before.children_user - before.children_system
            )  # fmt: skip
    return {
        "runs": runs,
        "median": round(float(np.median(walls)), 2),
        "worst": round(max(walls), 2),
        "cpu_median": round(float(np.median(cpus)), 2),
    }


def show(figures: dict) -> None:
    """A table on stderr, with the targets."""
    warm_ms, cold_s, app = figures["warm_ms"], figures["cold_command_s"], figures["app"]
    rows = [
        *(
            (f"{name.replace('_', ' ')}, warm p95", f"{value['p95']:.0f} ms",
             f"{value['cpu_p50']:.0f} ms",
             f"{TARGETS['warm_p95_ms']:.0f} ms" if name == "photo_to_tracks" else "")
            for name, value in warm_ms.items()
        ),
        ("affetto recommend --photo, cold, median", f"{cold_s['median']:.2f} s",
         f"{cold_s['cpu_median']:.2f} s", f"{TARGETS['cold_s']:.0f} s"),
        (f"app's memory after {app['photos']} photos", f"{app['rss_mb']:.0f} MB", "",
         f"{TARGETS['app_rss_mb']:.0f} MB"),
    ]  # fmt: skip
    columns = ("", "measured", "processor's time", "target at most")
    show_table(figures["machine"], columns, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the report, show it.  Exit code 2 with one sentence where that cannot be."""
    from affetto.terminal import complain, native_chatter_muted

    parser = argparse.ArgumentParser(prog="python -m affetto.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="warm runs (default %(default)s)")
    parser.add_argument("--cold-runs", type=int, default=COLD_RUNS, help="whole processes")
    parser.add_argument("--photos", type=int, default=PHOTOS, help="photos through the app")
    parser.add_argument(
        "--out", type=Path, default=reports_dir() / "metrics" / "serving.json", metavar="FILE"
    )
    asked = parser.parse_args(arguments)
    try:
        with native_chatter_muted():
            figures = measure(runs=asked.runs, cold_runs=asked.cold_runs, photos=asked.photos)
    except AffettoError as error:
        complain(str(error))
        return 2
    write_json(asked.out, figures)
    show(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
