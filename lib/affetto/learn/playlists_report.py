"""The recommender's figures by playlist and by time: measured in one go, kept as one JSON file.

By playlist the bundled recommender is judged.  By time its twin is: the same recipe trained on
the snapshots dated before the cut alone, for the released one has seen what came later.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from affetto.bundled import read_bundled, read_manifest
from affetto.errors import DataError, InputError, ModelError
from affetto.files import write_whole
from affetto.learn import playlist_worlds as worlds
from affetto.learn.baselines import build_baselines, tuned_settings
from affetto.learn.playlists_evaluation import Subject, Tell, evaluate_playlists
from affetto.recommend.released import Released, open_released
from affetto.settings import BUNDLED_DIR

SPLITS = ("by_playlist", "by_time")
PARTS = ("test", "validation")


def parse_split(word: str) -> tuple[str, ...]:
    """The splits that ``by-playlist``, ``by-time`` or ``both`` means; InputError for another."""
    name = word.strip().lower().replace("-", "_")
    if name == "both":
        return SPLITS
    if name in SPLITS:
        return (name,)
    raise InputError(f"There is no split {word!r}; use by-playlist, by-time or both.")


def parse_part(word: str) -> str:
    """``test`` or ``validation``; InputError for another."""
    if word in PARTS:
        return word
    raise InputError(f"There is no part {word!r}; use test or validation.")


def open_folder(folder: Path) -> tuple[Released, Mapping[str, Any]]:
    """A release and the recommender's section of its manifest.  Raises ModelError where damaged."""
    manifest = read_manifest(folder)
    section = manifest.get("recommender", {})
    return open_released(lambda name: read_bundled(name, folder), manifest), section


def trained_on(section: Mapping[str, Any]) -> Sequence[str]:
    """The parts of the split by playlist that a release learned from."""
    return tuple(section.get("trained_on", ("train",)))


def judge_archive(
    path: Path, *, processed: Path, splits: Path, ablate: bool, seed: int, tell: Tell
) -> dict[str, Any]:
    """The bundled recommender and the baselines on the playlists of a file.

    The baselines learn from the playlists that the recommender was trained on.  Raises InputError
    for a file that is no archive or asks nothing, DataError where the data is not built.
    """
    listed = worlds.read_archive(path)
    if not any(playlist.targets for playlist in listed):
        raise InputError(f"{path.name} asks for no track; each playlist needs more than five.")
    playlists = worlds.read_playlists(processed)
    released, section = open_folder(BUNDLED_DIR)
    training = worlds.training_by_playlist(playlists, splits, parts=trained_on(section))
    world = worlds.build_world(released.catalogue, training, listed)
    return _judge(world, released, ablate=ablate, seed=seed, tell=tell)


def judge_splits(
    chosen: Sequence[str],
    *,
    processed: Path,
    splits: Path,
    part: str,
    twin: Path,
    ablate: bool,
    seed: int,
    tell: Tell,
) -> dict[str, Any]:
    """The frozen splits: ``{split: figures}``.

    part : "validation" or "test".  twin : folder of the by-time twin's release.
    Raises DataError where the data is not built or the twin is not trained, ModelError where
    the bundled recommender learned from what it would be asked.
    """
    playlists = worlds.read_playlists(processed)
    found = {}
    for split in chosen:
        tell(split.replace("_", " "))
        started = time.monotonic()
        if split == "by_playlist":
            released, section = open_folder(BUNDLED_DIR)
            if part in trained_on(section):
                raise ModelError(f"The recommender was trained on the {part} playlists.")
            training = worlds.training_by_playlist(playlists, splits, parts=trained_on(section))
            listed = worlds.listed_by_playlist(playlists, splits, part=part)
        else:
            released, _ = _open_twin(twin, part=part)
            training = worlds.training_by_time(playlists, splits, part=part)
            listed = worlds.listed_by_time(processed, splits, part=part)
        world = worlds.build_world(released.catalogue, training, listed)
        found[split] = _judge(world, released, ablate=ablate, seed=seed, tell=tell)
        found[split]["seconds"] = round(time.monotonic() - started)
    return found


def _open_twin(folder: Path, *, part: str) -> tuple[Released, Mapping[str, Any]]:
    how = "affetto train recommender --split by-time --run recommender_by_time"
    if not (folder / "manifest.json").is_file():
        raise DataError(f"The twin for the split by time is not in {folder}; train it: {how}.")
    released, section = open_folder(folder)
    if section.get("split") != f"by_time {part}":
        raise DataError(f"The twin in {folder} was not trained for the {part} part; see: {how}.")
    return released, section


def _judge(
    world: worlds.World, released: Released, *, ablate: bool, seed: int, tell: Tell
) -> dict[str, Any]:
    tell("building the baselines")
    baselines = build_baselines(world, tuned_settings())
    subject = Subject.of(released.recommender)
    return evaluate_playlists(world, subject, baselines, ablate=ablate, seed=seed, tell=tell)


def save(found: Mapping[str, Any], *, part: str, path: Path) -> None:
    """Keep what ``judge_splits`` found, with the files that it rests on; splits not judged stay."""
    kept: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(path.read_text(encoding="utf-8"))
    files = {
        name: entry["sha256"]
        for name, entry in read_manifest().get("files", {}).items()
        if name.startswith(("recommender", "vocabulary"))
    }
    figures = {**kept.get("splits", {}), **found}
    report = {"part": part, "files": files, "splits": _short(figures)}
    write_whole(path, (json.dumps(report, indent=1) + "\n").encode())


def _short(value: Any) -> Any:
    """Numbers with six digits: more would say what a bootstrap does not know."""
    if isinstance(value, Mapping):
        return {key: _short(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [_short(own) for own in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
