"""Two frozen ways to hold playlists out: by playlist, and by time.

By playlist: every group of overlapping playlists falls, whole, into train, validation or
test by a hash of its smallest playlist id (groups of more than five always train).  By
time: at a cut date each playlist with snapshots on both sides is history up to the cut,
and the tracks that came later and never stood in the playlist before are the targets.
The lists are committed, and a build keeps to them: it never moves the fence by itself.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from affetto.errors import DataError
from affetto.files import write_text
from affetto.sources.datasets.playlist_archive import NAME as ARCHIVE

PARTS = ("train", "validation", "test")
#: Upper ends of the hash's unit interval: 76 %, 12 %, 12 % of the groups.
_SHARES = (0.76, 0.88, 1.0)
#: A larger group always trains: thirty countries' charts are one list, and in a test they
#: would count thirty times and make its intervals look narrower than they are.
_LARGEST_TESTED = 5
_SALT = "affetto playlists 1"
#: Snapshots from these days on are later: validation looks at [first, second), test at the rest.
CUTS = {"validation": dt.date(2021, 3, 1), "test": dt.date(2021, 5, 1)}


@dataclass(frozen=True, slots=True)
class TimeTarget:
    """One playlist of the split by time."""

    playlist_id: str
    history: tuple[str, ...]  # track ids of the last snapshot before the cut, in order
    targets: tuple[str, ...]  # track ids that were never in the playlist before, in order


def part_of(group_name: str) -> str:
    """``train``, ``validation`` or ``test`` for a group, named by its smallest playlist id."""
    digest = hashlib.sha256(f"{_SALT}:{group_name}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return next(part for part, end in zip(PARTS, _SHARES, strict=True) if place < end)


def split_by_playlist(playlists: pa.Table) -> dict[str, list[str]]:
    """Part → sorted playlist ids."""
    groups: dict[int, set[str]] = {}
    for group, playlist in zip(
        playlists["group_id"].to_pylist(), playlists["playlist_id"].to_pylist(), strict=True
    ):
        groups.setdefault(group, set()).add(playlist)
    parts: dict[str, list[str]] = {part: [] for part in PARTS}
    for members in groups.values():
        part = part_of(min(members)) if len(members) <= _LARGEST_TESTED else "train"
        parts[part] += members
    return {part: sorted(ids) for part, ids in parts.items()}


def split_by_time(playlists: pa.Table) -> dict[str, Any]:
    """Cuts, and for each part the playlists with snapshots on both sides and something new.

    ``{"cuts": {part: date}, "until": last date, part: {playlist_id: {"history": date,
    "later": [date, …]}}}``.
    Training for a part may use snapshots dated before its cut, and no others.
    """
    dates = _archive_snapshots(playlists)
    ends = {"validation": CUTS["test"], "test": dt.date.max}
    out: dict[str, Any] = {
        "cuts": {part: cut.isoformat() for part, cut in CUTS.items()},
        "until": max(day for days in dates.values() for day in days).isoformat(),
    }
    for part, cut in CUTS.items():
        entries = {}
        for playlist, snapshots in sorted(dates.items()):
            before = [day for day in snapshots if day < cut]
            later = [day for day in snapshots if cut <= day < ends[part]]
            if before and later and _new_tracks(snapshots, before, later):
                entries[playlist] = {
                    "history": max(before).isoformat(),
                    "later": [day.isoformat() for day in later],
                }
        out[part] = entries
    return out


def time_targets(playlists: pa.Table, by_time: Mapping[str, Any], part: str) -> list[TimeTarget]:
    """The histories and targets that ``by_time[part]`` names, ready to score.

    Raises DataError where a snapshot that it names is not here: another distillation of the
    archive's history may have other playlists and dates.
    """
    dates = _archive_snapshots(playlists)
    cut = dt.date.fromisoformat(by_time["cuts"][part])
    found = []
    for playlist, entry in by_time[part].items():
        snapshots = dates.get(playlist, {})
        last, *later = (dt.date.fromisoformat(day) for day in (entry["history"], *entry["later"]))
        for day in (last, *later):
            if day not in snapshots:
                raise DataError(
                    f"The frozen split by time names {playlist} of {day}, which is not here; "
                    "make it anew with `affetto data build --refreeze`."
                )
        before = [day for day in snapshots if day < cut]
        history = snapshots[last]
        targets = _new_tracks(snapshots, before, later)
        found.append(TimeTarget(playlist, tuple(history), tuple(targets)))
    return found


def _archive_snapshots(playlists: pa.Table) -> dict[str, dict[dt.date, list[str]]]:
    """Playlist id → its dated archive snapshots, oldest first."""
    found: dict[str, dict[dt.date, list[str]]] = {}
    for row in playlists.select(["playlist_id", "source", "date", "track_ids"]).to_pylist():
        if row["source"] == ARCHIVE:
            found.setdefault(row["playlist_id"], {})[row["date"]] = row["track_ids"]
    return {playlist: dict(sorted(days.items())) for playlist, days in found.items()}


def _new_tracks(
    snapshots: Mapping[dt.date, list[str]], before: list[dt.date], later: list[dt.date]
) -> list[str]:
    known = {track for day in before for track in snapshots[day]}
    return list(dict.fromkeys(t for day in later for t in snapshots[day] if t not in known))


def write_split(split: Mapping[str, Any], path: Path) -> None:
    """Freeze a split: one short line an entry, so that a change shows in a diff."""
    text = json.dumps(split, indent=0, ensure_ascii=False, separators=(",", ":"))
    write_text(path, text + "\n")


def check_frozen(playlists: pa.Table, by_playlist: Mapping[str, list[str]]) -> None:
    """Raise DataError where a group of overlapping playlists stands on two sides of the split.

    Playlists of the split that are not here are no fault: a user may have fewer sources.
    """
    part_by_id = {playlist: part for part in PARTS for playlist in by_playlist[part]}
    side: dict[int, tuple[str, str]] = {}
    for group, playlist in zip(
        playlists["group_id"].to_pylist(), playlists["playlist_id"].to_pylist(), strict=True
    ):
        part = part_by_id[playlist]
        other = side.setdefault(group, (part, playlist))
        if other[0] != part:
            raise DataError(
                f"The playlists {other[1]} ({other[0]}) and {playlist} ({part}) overlap, so the "
                "frozen split leaks; make it anew with `affetto data build --refreeze`."
            )


def read_split(path: Path) -> dict[str, Any]:
    """A committed split.  Raises DataError where the file is missing or is no split."""
    try:
        split = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"The split {path} cannot be read ({error}).") from error
    if not isinstance(split, dict) or not set(PARTS[1:]) <= set(split):
        raise DataError(f"{path} is no split: it needs validation and test.")
    return split
