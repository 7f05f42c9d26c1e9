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

import pandas as pd

from affetto.bundled import read_bundled, read_manifest
from affetto.errors import DataError, InputError, ModelError
from affetto.files import write_json, write_text
from affetto.learn import playlist_worlds as worlds
from affetto.learn.baselines import AIMS, build_baselines, make, tuned_settings
from affetto.learn.playlists_evaluation import LENGTHS, Subject, Tell, evaluate_playlists
from affetto.learn.recommender_card import card
from affetto.recommend.recommender import MEMORY
from affetto.recommend.released import Released, open_released
from affetto.settings import BUNDLED_DIR

SPLITS = ("by_playlist", "by_time")
HELD_OUT = ("test", "validation")
FIGURES, CARD = "playlists.json", "recommender.md"  # in the reports' metrics and cards


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
    if word in HELD_OUT:
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
        released, section = _open_for(split, twin=twin, part=part)
        training, listed = split_of(
            split, playlists, processed=processed, splits=splits, part=part,
            trained_on=trained_on(section),
        )  # fmt: skip
        world = worlds.build_world(released.catalogue, training, listed)
        found[split] = _judge(world, released, ablate=ablate, seed=seed, tell=tell)
        found[split]["seconds"] = round(time.monotonic() - started)
    return found


def judge_stand_in(
    name: str, *, processed: Path, splits: Path, part: str, ablate: bool, seed: int, tell: Tell
) -> dict[str, Any]:
    """As ``judge_splits``, with a baseline in the place of the network.

    For data that no network was trained on: made-up playlists, above all.  The vocabulary is
    that of the training playlists of each split.
    """
    from affetto.learn.vocabulary import build_catalogue, choose_tracks, group_counts

    tracks, playlists = worlds.read_tracks(processed), worlds.read_playlists(processed)
    found = {}
    for split in SPLITS:
        training, listed = split_of(split, playlists, processed=processed, splits=splits, part=part)
        catalogue = build_catalogue(choose_tracks(tracks, group_counts(training)))
        world = worlds.build_world(catalogue, training, listed)
        stand_in = make(name, world, tuned_settings()[name])
        found[split] = _judge(
            world, Released(catalogue, stand_in), ablate=ablate, seed=seed, tell=tell
        )
    return found


def split_of(
    split: str,
    playlists: pd.DataFrame,
    *,
    processed: Path,
    splits: Path,
    part: str,
    trained_on: Sequence[str] = ("train",),
) -> tuple[pd.DataFrame, list[worlds.ListedPlaylist]]:
    """The snapshots that may be learned from, and the playlists to predict."""
    if split == "by_time":
        training = worlds.training_by_time(playlists, splits, part=part)
        return training, worlds.listed_by_time(processed, splits, part=part)
    training = worlds.training_by_playlist(playlists, splits, parts=trained_on)
    return training, worlds.listed_by_playlist(playlists, splits, part=part)


def _open_for(split: str, *, twin: Path, part: str) -> tuple[Released, Mapping[str, Any]]:
    if split == "by_playlist":
        released, section = open_folder(BUNDLED_DIR)
        if part in trained_on(section):
            raise ModelError(f"The recommender was trained on the {part} playlists.")
        return released, section
    run = "recommender --split by-time --run recommender_by_time"
    how = f"affetto train {run}, then affetto release {run}"
    if not (twin / "manifest.json").is_file():
        raise DataError(f"The twin for the split by time is not in {twin}; train it: {how}.")
    released, section = open_folder(twin)
    if section.get("split") != f"by_time {part}":
        raise DataError(f"The twin in {twin} was not trained for the {part} part; see: {how}.")
    return released, section


def _judge(
    world: worlds.World, released: Released, *, ablate: bool, seed: int, tell: Tell
) -> dict[str, Any]:
    tell("building the baselines")
    baselines = build_baselines(world, tuned_settings())
    subject = Subject.of(released.recommender)
    return evaluate_playlists(world, subject, baselines, ablate=ablate, seed=seed, tell=tell)


def read_report(path: Path) -> dict[str, Any]:
    """What ``save`` kept: ``{split: figures}``.  Raises DataError where that is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))["splits"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        how = "affetto evaluate playlists --ablations --save"
        raise DataError(f"{path.name} is missing or damaged; run: {how}.") from error


def table(figures: Mapping[str, Any], metric: str) -> pd.DataFrame:
    """A row a model, the best first: its ``value`` on ``metric``, and its interval low and high."""
    rows = {
        model: (scores[metric], *figures["intervals"][model][metric])
        for model, scores in figures["models"].items()
        if model != "lstm" or figures["blend"]
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])
    return frame.sort_values("value", ascending=False, kind="stable")


def leads(figures: Mapping[str, Any], metric: str, *, of: str = "differences") -> pd.DataFrame:
    """A row a baseline: by how much the released one (``lstm_differences``: the LSTM) is ahead."""
    ours = figures["models"]["released" if of == "differences" else "lstm"][metric]
    rows = {
        name: (ours - figures["models"][name][metric], *intervals[metric])
        for name, intervals in figures[of].items()
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])
    return frame.sort_values("value", kind="stable")


def told_otherwise(figures: Mapping[str, Any], metric: str, names: Sequence[str]) -> pd.DataFrame:
    """A row an ablation: what it adds to the plain LSTM on ``metric``, with its interval."""
    plain = figures["models"]["lstm"][metric]
    rows = {
        name: (
            figures["ablations"][name][metric] - plain,
            *figures["ablations"][name]["gain"][metric],
        )
        for name in names
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])


def by_length(figures: Mapping[str, Any], metric: str) -> pd.Series:
    """``metric`` of the LSTM by how many of the latest tracks it is told, MEMORY as released."""
    found = {length: figures["ablations"][f"history_{length}"][metric] for length in LENGTHS}
    return pd.Series({**found, MEMORY: figures["models"]["lstm"][metric]}).sort_index()


def save(found: Mapping[str, Any], *, part: str, folder: Path) -> None:
    """Keep what ``judge_splits`` found, with the files that it rests on, and renew the card.

    folder : of the reports.  Splits that were not judged keep what stands there.
    """
    path = folder / "metrics" / FIGURES
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
    write_json(path, report)
    write_text(folder / "cards" / CARD, card_text(folder))


def card_text(folder: Path) -> str:
    """The model card of the bundled recommender, from the measured files in ``folder``."""
    figures, tuning = (
        json.loads((folder / "metrics" / name).read_text(encoding="utf-8"))
        for name in (FIGURES, "baselines.json")
    )
    return card(read_manifest().get("recommender", {}), figures, tuning)


def _short(value: Any) -> Any:
    """Numbers with six digits: more would say what a bootstrap does not know."""
    if isinstance(value, Mapping):
        return {key: _short(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [_short(own) for own in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def summary(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The few numbers of one split that stand for it."""
    told = figures["ablations"] or {}
    return {
        "playlists": figures["playlists"],
        "coverage": figures["coverage"],
        "released": figures["models"]["released"],
        "lstm": figures["models"]["lstm"],
        "best_baseline": figures["best_baseline"],
        "ablations": {name: {aim: own[aim] for aim in AIMS} for name, own in told.items()},
    }
