"""What a training run was told, and on what it ran: kept beside its weights."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import keras

from affetto.errors import InputError
from affetto.files import write_whole

SETTINGS, ENVIRONMENT = "config.json", "environment.json"
ORIGINS = ("start", "teacher")  # what a run began from, and whose answers it learned


def describe_environment() -> dict[str, Any]:
    """Versions of Python, Keras, its backend and NumPy; the system and its processors."""
    backend = keras.backend.backend()
    names = ("keras", backend, "numpy")
    return {
        "backend": backend,
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in names},
        },
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
    }


def save_settings(run_dir: Path, config: Any) -> None:
    """Write a run's configuration, a dataclass, and its environment into its folder.

    Raises InputError where epochs were trained there with another seed: they would pass as ours.
    """
    if all((run_dir / name).is_file() for name in ("last.npz", SETTINGS)):
        begun = read_settings(run_dir)[0]["seed"]
        if begun != config.seed:
            raise InputError(
                f"The run {run_dir.name} was begun with seed {begun}; "
                f"give seed {config.seed} a run of its own (--run)."
            )
    told = {SETTINGS: asdict(config), ENVIRONMENT: describe_environment()}
    for name, content in told.items():
        write_whole(run_dir / name, (json.dumps(content, indent=1) + "\n").encode())


def save_origin(run_dir: Path, part: str, origin: dict[str, Any]) -> None:
    """Write into a run's folder which network was its ``part``, and how that one was trained.

    part : one of ``ORIGINS``.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    write_whole(run_dir / f"{part}.json", (json.dumps(origin, indent=1) + "\n").encode())


def read_origin(run_dir: Path, part: str) -> dict[str, Any] | None:
    """What ``save_origin`` wrote; None for a run without: random weights, or labels alone."""
    kept = run_dir / f"{part}.json"
    return json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else None


def read_settings(run_dir: Path) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A run's configuration and environment; None for one that was trained before it was kept."""
    config = json.loads((run_dir / SETTINGS).read_text(encoding="utf-8"))
    kept = run_dir / ENVIRONMENT
    return config, json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else None
