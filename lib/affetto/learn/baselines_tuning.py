"""Tune every baseline on the validation playlists of both splits, and keep how it went."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from affetto.errors import InputError
from affetto.files import write_text
from affetto.learn import playlist_worlds as worlds
from affetto.learn.baselines import GRIDS, ROUNDS, TARGETS, TUNED, Settings, search
from affetto.learn.playlists_evaluation import Tell
from affetto.learn.vocabulary import build_catalogue, choose_tracks, group_counts
from affetto.settings import reports_dir


def validation_worlds(processed: Path, splits: Path) -> dict[str, worlds.World]:
    """Split → training playlists, the vocabulary that they give, and the validation playlists."""
    tracks, playlists = worlds.read_tracks(processed), worlds.read_playlists(processed)
    part = "validation"
    trained = {
        "by_playlist": worlds.training_by_playlist(playlists, splits),
        "by_time": worlds.training_by_time(playlists, splits, part=part),
    }
    asked = {
        "by_playlist": worlds.listed_by_playlist(playlists, splits, part=part),
        "by_time": worlds.listed_by_time(processed, splits, part=part),
    }
    found = {}
    for split, training in trained.items():
        catalogue = build_catalogue(choose_tracks(tracks, group_counts(training)))
        found[split] = worlds.build_world(catalogue, training, asked[split])
    return found


def tune_baselines(
    processed: Path,
    splits: Path,
    *,
    only: Sequence[str] = (),
    rounds: int = ROUNDS,
    tell: Tell,
) -> dict[str, Settings]:
    """Search all baselines' grids, or those of ``only``; the settings chosen, by name.

    Writes them to ``TUNED``, and grids and trials to ``reports/metrics/baselines.json``; baselines
    not searched keep what stands there.
    Raises InputError for an unknown name.
    """
    report = reports_dir() / "metrics" / "baselines.json"
    unknown = sorted(set(only) - set(GRIDS))
    if unknown:
        raise InputError(f"There is no baseline {unknown[0]!r}; known: {', '.join(GRIDS)}.")
    data = validation_worlds(processed, splits)
    for name in only or GRIDS:
        keep(name, search(name, data, rounds=rounds, tell=tell), tuned=TUNED, report=report)
    return json.loads(TUNED.read_text(encoding="utf-8"))


def keep(name: str, found: dict[str, Any], *, tuned: Path, report: Path) -> None:
    """Put one baseline's search into both files, whole or not at all."""
    searches = _read(report).get("baselines", {}) | {name: found}
    choices = _read(tuned) | {name: found["chosen"]}
    about = {"objective": "geometric mean of HR@50 and NDCG@100 over both splits' validation parts"}
    ordered = {key: searches[key] for key in GRIDS if key in searches}
    _write(report, {**about, "targets_a_playlist": TARGETS, "baselines": ordered}, indent=None)
    _write(tuned, {key: choices[key] for key in GRIDS if key in choices}, indent=1)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _write(path: Path, value: Any, *, indent: int | None) -> None:
    write_text(path, json.dumps(value, indent=indent) + "\n")
