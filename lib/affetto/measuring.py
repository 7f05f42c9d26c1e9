"""What measuring needs: one photo, a clock, what machine this is, a table."""

from __future__ import annotations

import io
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from affetto.samples import sample_photo as astronaut

PHOTO_SIDE = 1280  # pixels


def sample_photo(*, side: int, variant: int = 0) -> bytes:
    """The astronaut as a square JPEG of ``side`` pixels.  Raises DataError where it is missing.

    variant : from 0; each is cut a little otherwise, so that its face is read anew and asks for
    music of its own, which no memory of an earlier one can answer.
    """
    from PIL import Image

    sink = io.BytesIO()
    left, top = variant % 7, variant // 7 % 7
    picture = Image.open(astronaut()).convert("RGB")
    picture = picture.crop((left, top, picture.width - variant % 5, picture.height - variant % 3))
    picture.resize((side, side)).save(sink, "JPEG", quality=90)
    return sink.getvalue()


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds over several runs; ``cpu_p50`` is the processor's time, all threads together."""

    runs: int
    p50: float
    p95: float
    cpu_p50: float


def timed(work: Callable[[Any], object], given: Iterable[Any]) -> Timing:
    """How long ``work`` takes on each of ``given``."""
    walls, cpus = [], []
    for one in given:
        wall, cpu = time.perf_counter(), time.process_time()
        work(one)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    p50, p95 = np.percentile(np.multiply(walls, 1000), [50, 95])
    cpu = round(float(np.median(cpus)) * 1000, 1)
    return Timing(len(walls), round(float(p50), 1), round(float(p95), 1), cpu)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    load = machine_load()
    names = {"processor": _processor(), "python": platform.python_version()}
    return {"cores": load["cores"], **names, "load_before": load["load_before"]}


def machine_load() -> dict[str, float | int | None]:
    """``cores`` of the machine, and ``load_before``: how many processes wanted one just now."""
    own = hasattr(os, "sched_getaffinity")
    return {
        "cores": len(os.sched_getaffinity(0)) if own else os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def show_table(
    facts: Mapping[str, Any], columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    """A table on stderr under the machine's ``facts``; its first column is text."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{facts['cores']} cores, load {facts['load_before']}", box=None)
    for column in columns:
        table.add_column(column, justify="right" if column else "left")
    for row in rows:
        table.add_row(*row)
    Console(stderr=True).print(table)
