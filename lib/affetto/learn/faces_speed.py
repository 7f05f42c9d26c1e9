"""How fast the released emotion network answers, all its views averaged, as people get it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from affetto.faces.classifier import EmotionClassifier
from affetto.faces.saliency import where_it_looked
from affetto.measuring import machine_load

TARGETS = {"ms_one_face": 25.0, "faces_per_second": 80.0, "ms_saliency": 150.0}


def speed(
    workers: Sequence[EmotionClassifier], faces: np.ndarray, *, runs: int = 150
) -> dict[str, Any]:
    """Milliseconds a face on one thread, and faces a second on two, all views included.

    workers : two networks of one thread each.  faces : uint8 [n, 48, 48].  runs : faces timed one
    by one.  ``faces_per_second`` is of both workers at once, as two listeners.  ``processor_ms`` is
    the processor's time: on a busy machine it tells about us, and the clock about the neighbours.
    """
    machine = machine_load()
    faces = np.resize(faces, (runs, *faces.shape[1:]))
    walls, processor = [], []
    for face in faces[:, np.newaxis]:
        wall, own = time.perf_counter(), time.process_time()
        workers[0].probabilities(face)
        walls.append(time.perf_counter() - wall)
        processor.append(time.process_time() - own)
    started = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda worker: worker.logits(faces), workers))
    together = 2 * len(faces) / (time.perf_counter() - started)
    p50, p95 = np.percentile(np.multiply(walls, 1000), [50, 95])
    return {
        "runs": len(faces),
        "ms_one_face": round(float(p50), 2),
        "ms_one_face_p95": round(float(p95), 2),
        "processor_ms": round(float(np.median(processor)) * 1000, 2),
        "faces_per_second": round(together, 1),
        "ms_saliency": round(_one_map(workers[0], faces[: max(1, runs // 15)]), 1),
        **machine,
        "targets": TARGETS,
    }


def _one_map(worker: EmotionClassifier, faces: np.ndarray) -> float:
    """Median milliseconds of a map of where it looked, on one thread."""
    walls = []
    for face in faces:
        started = time.perf_counter()
        where_it_looked(worker, face)
        walls.append(time.perf_counter() - started)
    return float(np.median(walls)) * 1000
