"""Named arrays on disk that arrive whole or not at all."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import keras
import numpy as np

from affetto.errors import ModelError
from affetto.files import arriving


def save_arrays(path: Path, arrays: dict[str, np.ndarray], *, meta: dict) -> None:
    """Write ``arrays`` and a JSON-able ``meta`` to one ``.npz``, replacing it in one step."""
    with arriving(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays, **{"meta.json": np.array(json.dumps(meta))})


def load_arrays(path: Path) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays and ``meta`` of a checkpoint.  Raises ModelError where it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files if name != "meta.json"}
            return arrays, json.loads(str(file["meta.json"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path.name} is not a checkpoint of this program.") from error


def _state(model: keras.Model) -> list[keras.Variable]:
    return [*model.weights, *model.optimizer.variables]


def save_state(path: Path, model: keras.Model, history: list[dict]) -> None:
    """Weights, optimiser and history: all that the next epoch needs."""
    arrays = {f"{i:04d}": keras.ops.convert_to_numpy(v) for i, v in enumerate(_state(model))}
    save_arrays(path, arrays, meta={"history": history})


def load_state(path: Path, model: keras.Model) -> list[dict]:
    """Put a saved state into a compiled ``model`` of the same configuration; its history.

    Raises ModelError where the state belongs to another configuration.
    """
    arrays, meta = load_arrays(path)
    variables = _state(model)
    shapes = [arrays[key].shape for key in sorted(arrays)]
    if shapes != [tuple(variable.shape) for variable in variables]:
        raise ModelError(f"{path.name} belongs to another configuration; move it away to restart.")
    for variable, key in zip(variables, sorted(arrays), strict=True):
        variable.assign(arrays[key])
    return meta["history"]
