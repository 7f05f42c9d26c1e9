"""What the commands that train, release and evaluate take in: settings, runs, faces, playlists."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affetto.errors import InputError
from affetto.settings import interim_dir, processed_dir
from affetto.terminal import native_chatter_muted

if TYPE_CHECKING:
    import numpy as np

    from affetto.learn.faces import TrainConfig

RunOption = Annotated[str, typer.Option(help="Name of the run, a folder in data/interim.")]
IntoOption = Annotated[
    Path | None, typer.Option(help="Folder for the files; the package's own by default.")
]
SplitOption = Annotated[str, typer.Option(help="What is held out: by-playlist or by-time.")]
FACES, VOTES = "fer2013", "ferplus"


def need_training() -> None:
    """Raise InputError where the training extras are not installed; quieten their logs."""
    if importlib.util.find_spec("keras") is None:
        raise InputError("Training needs more packages; run make test, or pip install '.[train]'.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")

    with native_chatter_muted():
        importlib.import_module("keras")  # TensorFlow greets at length


def read_changes(path: Path | None, **given: int | None) -> dict[str, Any]:
    """The settings to change: those of a JSON file, and of ``given`` those that are not None."""
    changes: dict[str, Any] = {}
    if path is not None:
        try:
            changes = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"The settings in {path} cannot be read as JSON: {error}.") from error
        if not isinstance(changes, dict):
            raise InputError(f"The settings in {path} are no JSON object of names and values.")
    return {**changes, **{name: value for name, value in given.items() if value is not None}}


def finished_run(name: str) -> Path:
    """A run's folder.  Raises InputError where no epoch of it was finished."""
    folder = interim_dir() / name
    if not (folder / "best.npz").is_file():
        raise InputError(f"There is no finished epoch in {folder}; train it first (affetto train).")
    return folder


def earlier_network(
    name: str, settings: TrainConfig, faces: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Weights of a network of the same shape, and how they came about, for the manifest.

    name : a run, of which the best weights are taken; or ``released``: the bundled network.
    faces : uint8 [n, 48, 48], of which the first 512 show what its layers are given.
    """
    from affetto.bundled import read_bundled, read_manifest, sha256
    from affetto.faces.classifier import MANIFEST_ENTRY, MODEL_FILE
    from affetto.faces.network import build_emotion_cnn
    from affetto.learn.checkpoints import load_arrays
    from affetto.learn.environment import ORIGINS, read_origin, read_settings
    from affetto.learn.unfold import unfold

    if name != "released":
        folder = finished_run(name)
        origin = {"run": name, "training": read_settings(folder)[0]}
        origin |= {part: read_origin(folder, part) for part in ORIGINS}
        return load_arrays(folder / "best.npz")[0], origin
    model, entry = read_bundled(MODEL_FILE), read_manifest()[MANIFEST_ENTRY]
    origin = {"model": sha256(model), "training": entry["training"]}
    origin |= {part: entry.get(part) for part in ORIGINS}
    network = build_emotion_cnn(settings.network)
    return unfold(model, network, faces[:512, :, :, None].astype("float32")), origin


def face_file(name: str) -> Path:
    """Where a source of faces lies: one's own copy, a download, or the mirror's file.

    Raises DataError, naming the command that helps, if nowhere.
    """
    from affetto.sources.registry import get_sources
    from affetto.sources.store import locate

    return locate(get_sources([name])[0]).path


def recorded_files(path: Path) -> list[Path]:
    """What to name as the data behind a release: the file, or a folder's tables.

    Of a folder of pictures it is the record of their checksums.
    """
    from affetto.sources.store import RECORD

    if path.is_file():
        return [path]
    tables = sorted(p for p in path.iterdir() if ".csv" in p.suffixes or p.suffix == ".zip")
    return tables or [path / RECORD]


def load_faces():
    """FER2013 and its votes, and the files they came from."""
    from affetto.sources.datasets.fer2013 import read_fer2013, read_ferplus

    paths = [face_file(FACES), face_file(VOTES)]
    files = [file for path in paths for file in recorded_files(path)]
    return read_fer2013(paths[0]), read_ferplus(paths[1]), files


def load_split(usage: str):
    """The faces and votes of one split of FER2013, from this machine's own files."""
    from affetto.learn.face_files import read_split

    return read_split(face_file(FACES), face_file(VOTES), usage)


def one_split(word: str) -> str:
    """``by_playlist`` or ``by_time``.  Raises InputError for anything else, ``both`` too."""
    from affetto.learn.playlists_report import parse_split

    names = parse_split(word)
    if len(names) > 1:
        raise InputError("A run has one split; use by-playlist or by-time.")
    return names[0]


def load_playlists(split: str = "by-playlist"):
    """The built playlists by a frozen split, and the files they came from."""
    from affetto.learn.playlist_data import load_playlist_data, load_time_data
    from affetto.learn.track_mood_labels import tags_path
    from affetto.learn.vocabulary import SIZE
    from affetto.sources.build import splits_dir

    name = one_split(split)
    places = processed_dir(), splits_dir()
    tables = [places[0] / f"{table}.parquet" for table in ("tracks", "playlists", "track_moods")]
    tags = tags_path(places[0])
    files = [*tables, places[1] / f"{name}.json", *(recorded_files(tags) if tags else ())]
    load = load_time_data if name == "by_time" else load_playlist_data
    return load(*places, size=SIZE), files


def refuse_to_save(save: bool, data: Path | None) -> None:
    """Raise InputError where figures of a file of one's own would pass as ours."""
    if save and data is not None:
        raise InputError("--save keeps the figures of our own data; leave it out with --data.")
