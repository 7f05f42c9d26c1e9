"""What is here: versions, models, released figures, and what is configured.  Never a secret."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import affetto
from affetto import settings
from affetto.bundled import read_bundled, read_manifest
from affetto.errors import ModelError
from affetto.sources.spotify.config import read_values

LIBRARIES = ("ai-edge-litert", "numpy", "opencv-python-headless", "pillow", "pyarrow", "spotipy")
HEADLINES = ("accuracy", "accuracy_without_duplicates", "ece", "coverage", "hr@50", "ndcg@100")
SPOTIFY_VARIABLES = ("SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET", "SPOTIPY_REDIRECT_URI")


def facts() -> dict[str, Any]:
    """Everything that ``affetto info --json`` prints: ``versions``, ``models``, ``figures``,
    ``configured``.

    Raises ModelError if the manifest cannot be read; a damaged model is told in its ``state``.
    """
    manifest = read_manifest()
    return {
        "versions": versions(),
        "models": {name: _model(name, entry) for name, entry in manifest["files"].items()},
        "figures": {
            name: part["metrics"]
            for name, part in manifest.items()
            if isinstance(part, dict) and "metrics" in part
        },
        "configured": configured(),
    }


def versions() -> dict[str, str]:
    """Affetto, Python and the libraries that serving stands on."""
    return {
        "affetto": affetto.__version__,
        "python": platform.python_version(),
        **{name: _library_version(name) for name in LIBRARIES},
    }


def configured() -> dict[str, Any]:
    """Which folders are used and which Spotify variables are set; their values stay unsaid."""
    mirror, spotify = settings.mirror_dir(), read_values()
    return {
        "data_dir": str(settings.data_dir()),
        "data_built": (settings.processed_dir() / "tracks.parquet").is_file(),
        "data_mirror": str(mirror) if mirror else None,
        "spotify": {name: bool(spotify[name]) for name in SPOTIFY_VARIABLES},
    }


def headlines(figures: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, float]]:
    """The few released figures that tell most, as a name in words and a number."""
    for name, value in figures.items():
        if isinstance(value, dict) and name not in ("selective", "models_all", "differences"):
            yield from headlines(value, (*path, name))
        elif name in HEADLINES and isinstance(value, int | float):
            words = [part for part in (*path, name) if part != "models"]
            yield " ".join(words).replace("_", " "), float(value)


def _library_version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _model(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    try:
        read_bundled(name)
        state = "verified"
    except ModelError as error:
        state = str(error)
    return {"sha256": entry.get("sha256"), "bytes": entry.get("bytes"), "state": state}
