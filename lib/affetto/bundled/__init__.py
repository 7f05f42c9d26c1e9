"""The released models and the recommender's vocabulary; ``manifest.json`` vouches for each file.

Nothing here is used unless its size and SHA-256 are the ones that the manifest states, so a
half-written or swapped model is an error in one sentence and never a wrong answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affetto.errors import ModelError
from affetto.settings import BUNDLED_DIR

MANIFEST_NAME = "manifest.json"
SCHEMA = 1
_REPAIR = "restore it from the repository (git checkout -- lib/affetto/bundled)"


def read_manifest(folder: Path = BUNDLED_DIR) -> dict[str, Any]:
    """The parsed ``manifest.json`` of ``folder``.

    Raises ModelError if it is missing, is not JSON, or is of another schema.
    """
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"The models' {MANIFEST_NAME} cannot be read; {_REPAIR}.") from error
    except ValueError as error:
        raise ModelError(f"The models' {MANIFEST_NAME} is not valid JSON; {_REPAIR}.") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise ModelError(
            f"The models' {MANIFEST_NAME} is not of schema {SCHEMA}, which this version of "
            f"Affetto reads; {_REPAIR}."
        )
    return manifest


def read_bundled(name: str, folder: Path = BUNDLED_DIR) -> bytes:
    """The bytes of a released file, checked against the manifest.

    name : as in the manifest's ``files``, for instance ``emotion_cnn.tflite``.
    Raises ModelError if the file is unknown, missing, or not the one that was released.
    """
    entry = manifest_part(read_manifest(folder).get("files"), name, of="files")
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ModelError(f"The model file {name} cannot be read; {_REPAIR}.") from error
    if len(content) != entry.get("bytes") or sha256(content) != entry.get("sha256"):
        raise ModelError(f"The model file {name} is not the one that was released; {_REPAIR}.")
    return content


def manifest_part(part: Any, key: str, *, of: str) -> Mapping[str, Any]:
    """``part[key]`` if that is an object.  Raises ModelError, naming ``of``, if it is not there."""
    value = part.get(key) if isinstance(part, Mapping) else None
    if not isinstance(value, Mapping):
        raise ModelError(f"The models' {MANIFEST_NAME} has no {key!r} in {of}; {_REPAIR}.")
    return value


def sha256(content: bytes) -> str:
    """SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()
