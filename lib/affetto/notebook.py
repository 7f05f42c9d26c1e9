"""What every notebook needs beside its subject: where its data lie, and where its figures go.

An empty folder parameter means the project's own place; any other is taken from the project's
folder, so that a notebook finds the same files from JupyterLab, papermill and a schedule.
"""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affetto.errors import DataError, InputError
from affetto.files import write_text
from affetto.samples import sample_photo
from affetto.settings import data_dir, interim_dir, project_dir

SIGNIFICANT = 6  # digits of a recorded number


def data_folder(named: str = "") -> Path:
    """The folder of ``raw``, ``interim`` and ``processed`` that a notebook's DATA_DIR means."""
    return project_dir() / Path(named).expanduser() if named else data_dir()


def metrics_folder(named: str = "") -> Path:
    """Where a notebook's METRICS_DIR sends its numbers; ``data/interim/notebooks/metrics``."""
    if named:
        return project_dir() / Path(named).expanduser()
    return interim_dir() / "notebooks" / "metrics"


def splits_folder(data: Path) -> Path:
    """The frozen splits that belong to a data folder: its own, else the committed ones."""
    own = data / "splits"
    return own if own.is_dir() else project_dir() / "data" / "splits"


def photo_bytes(named: str = "") -> bytes:
    """A notebook's PHOTO: a file, or the sample, Eileen Collins (NASA, public domain).

    Raises DataError where neither can be read.
    """
    path = project_dir() / Path(named).expanduser() if named else sample_photo()
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"The photo {shown(path)} cannot be read; name another PHOTO.") from error


def need_table(path: Path, *, made_by: str) -> Path:
    """``path``, or DataError naming the notebook that writes it."""
    if not path.is_file():
        raise DataError(f"There is no {shown(path)}; run the notebook {made_by} first.")
    return path


def shown(path: Path) -> str:
    """A path as people write it: from the project's folder where it lies there."""
    project = project_dir()
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else str(path)


def record_metrics(metrics: Mapping[str, Any], *, name: str, folder: str = "") -> str:
    """Write a notebook's numbers as JSON, whole or not at all; returns the file's name.

    metrics : names → numbers, texts, or mappings and lists of them.  name : of the notebook.
    folder : METRICS_DIR.  Numbers keep SIGNIFICANT digits, so that a second run on another
    machine gives the same file.  Raises InputError for a number that is none (nan, inf).
    """
    path = metrics_folder(folder) / f"{name}.json"
    text = json.dumps(_plain(metrics, name), indent=1, ensure_ascii=False, sort_keys=True)
    write_text(path, text + "\n")
    return shown(path)


def _plain(value: Any, name: str) -> Any:
    """NumPy and pandas values as JSON has them."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if isinstance(value, numbers.Integral):
        return int(value)
    if hasattr(value, "item"):  # NumPy's own float and bool
        value = value.item()
    if isinstance(value, bool):
        return value
    if not isinstance(value, numbers.Real):
        raise InputError(f"{name} is a {type(value).__name__}; record numbers and texts.")
    if not math.isfinite(value):
        raise InputError(f"{name} is {value}, which is no number to record.")
    return float(f"{value:.{SIGNIFICANT}g}")
