"""What a training run was told, and on what it ran: kept beside its weights."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import keras

from affetto.errors import InputError
from affetto.files import sha256_of, write_json

SETTINGS, ENVIRONMENT, DATA = "config.json", "environment.json", "data.json"
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

    Raises InputError where epochs were trained there with other settings than these, but for their
    number: they would pass as ours.
    """
    told = json.loads(json.dumps(asdict(config)))  # lists where the dataclass has tuples
    if _is_begun(run_dir) and (run_dir / SETTINGS).is_file():
        begun = read_settings(run_dir)[0]
        usual = json.loads(json.dumps(asdict(type(config)())))  # of a setting newer than the run
        names = (begun | told).keys() - {"epochs"}
        other = sorted(name for name in names if begun.get(name, usual.get(name)) != told.get(name))
        if other:
            raise InputError(
                f"The run {run_dir.name} was begun with another {', '.join(other)}; "
                "give these settings a run of their own (--run)."
            )
    write_json(run_dir / SETTINGS, told)
    write_json(run_dir / ENVIRONMENT, describe_environment())


def describe_data(files: Iterable[Path], *, split: str) -> dict[str, Any]:
    """What a run learns from: the ``split`` and, by name, the SHA-256 of each file."""
    return {"split": split, "files": {path.name: sha256_of(path) for path in files}}


def save_data(run_dir: Path, data: dict[str, Any]) -> None:
    """Write into a run's folder what it learns from (``describe_data``).

    Raises InputError where epochs were trained there on something else.
    """
    if _is_begun(run_dir):
        expect_data(run_dir, data)
    write_json(run_dir / DATA, data)


def expect_data(run_dir: Path, data: dict[str, Any]) -> None:
    """Raise InputError unless a run learned from just this: nothing else is judged and released.

    What one split trains on, another holds out.
    """
    kept = run_dir / DATA
    learned = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    if learned.get("split") != data["split"]:
        raise InputError(
            f"The run {run_dir.name} learned from the split {learned.get('split')}, not from "
            f"{data['split']}; name another run (--run) or split."
        )
    files = learned["files"]
    other = sorted(
        name for name in files | data["files"] if files.get(name) != data["files"].get(name)
    )
    if other:
        raise InputError(
            f"The run {run_dir.name} learned from another {', '.join(other)} than is here; "
            "train a new run (--run)."
        )


def _is_begun(run_dir: Path) -> bool:
    """Whether an epoch was finished."""
    return (run_dir / "last.npz").is_file()


def save_origin(run_dir: Path, part: str, origin: dict[str, Any]) -> None:
    """Write into a run's folder which network was its ``part``, and how that one was trained.

    part : one of ``ORIGINS``.  Raises InputError where epochs were trained there with another.
    """
    if _is_begun(run_dir) and read_origin(run_dir, part) != json.loads(json.dumps(origin)):
        raise InputError(
            f"The run {run_dir.name} was begun with another {part}; "
            "give this one a run of its own (--run)."
        )
    write_json(run_dir / f"{part}.json", origin)


def read_origin(run_dir: Path, part: str) -> dict[str, Any] | None:
    """What ``save_origin`` wrote; None for a run without: random weights, or labels alone."""
    kept = run_dir / f"{part}.json"
    return json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else None


def read_settings(run_dir: Path) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """A run's configuration and environment; None for one that was trained before it was kept."""
    config = json.loads((run_dir / SETTINGS).read_text(encoding="utf-8"))
    kept = run_dir / ENVIRONMENT
    return config, json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else None
