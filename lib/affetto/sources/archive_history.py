"""The playlist archive distilled from the git history of clones of spotify-playlist-archive.

The archives overwrite ``playlists/pretty/*.md`` every day, so their history holds thousands
of nearly equal versions.  Kept are snapshots that differ, by this rule:

1. versions committed up to LAST_DAY (dates are the commits', in UTC);
2. of each file the last version in each half of a month (days 1 to 15, and 16 to the end);
   where several clones have the same playlist under the same name, the last of all of them;
3. playlists of at least MIN_TRACKS tracks;
4. of each playlist the first snapshot, and then each one that shares at most MAX_SHARED of
   all their tracks (Jaccard index) with the snapshot kept before it: for lists of one length,
   half the tracks or more are new.

The numbers were read off the mirror's copy, whose 1,135 snapshots all obey them: written into
a git history again, they come out of ``distil`` as the same lines.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import lzma
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TextIO

from affetto.errors import DataError
from affetto.sources.clone import Clone, Version, is_clone
from affetto.sources.datasets.playlist_archive import NAME
from affetto.sources.members import is_empty_of
from affetto.sources.pretty import playlist_id, read_page

log = logging.getLogger(__name__)
FOLDER = "playlists/pretty"
FILE_NAME = f"{NAME}.jsonl.xz"
LAST_DAY = dt.date(2021, 8, 31)
FAST = 1  # of xz's presets 0 to 9; the default takes longer than all the rest together
MIN_TRACKS = 5
MAX_SHARED = Fraction(1, 3)
Progress = Callable[[str, int, int | None], None]  # what is done, how often, of how many


@dataclass(frozen=True, slots=True)
class _Candidate:
    """The last version of a file in half a month, not looked into yet."""

    clone: Clone
    version: Version

    @property
    def date(self) -> dt.date:
        return _date(self.version)

    @property
    def order(self) -> tuple[int, str, str]:
        """By time; the rest only makes the order the same whatever the clones' order."""
        return self.version.time, self.version.path, self.version.blob


def is_history(paths: Sequence[Path]) -> bool:
    """Whether ``paths`` are clones to distil, not one file or folder of JSON lines."""
    first = paths[0]
    return len(paths) > 1 or is_clone(first) or (first.is_dir() and is_empty_of(first, (".jsonl",)))


def distil(clones: Sequence[Path], target: Path, *, progress: Progress | None = None) -> int:
    """Write the snapshots of ``clones`` to ``target``, an ``.xz`` file of JSON lines.

    The layout is the one that ``datasets.playlist_archive`` reads, sorted by playlist and
    date; the order of the clones does not matter.  Returns the number of snapshots.
    Raises DataError, and writes nothing, where a path is no whole clone of an archive, git
    is missing, a row is damaged, or nothing is found.
    """
    tell = progress or (lambda doing, done, total: None)
    candidates = [c for path in clones for c in _last_of_each_half(Clone(path), tell)]
    playlists = _by_playlist(candidates, tell)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    try:
        with lzma.open(temporary, "wt", preset=FAST, encoding="utf-8", newline="\n") as stream:
            written = _write(playlists, stream, tell)
        if not written:
            names = ", ".join(path.name for path in clones)
            raise DataError(f"No playlist of {MIN_TRACKS} tracks or more is in {names}.")
        os.chmod(temporary, 0o644)  # mkstemp makes private files
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return written


def _last_of_each_half(clone: Clone, tell: Progress) -> list[_Candidate]:
    last: dict[tuple[Any, ...], Version] = {}
    seen = False
    for number, version in enumerate(clone.versions(FOLDER), start=1):
        seen = True
        tell(f"Walking through {clone.path.name}", number, None)
        if not version.path.endswith(".md") or _date(version) > LAST_DAY:
            continue
        key = (version.path, *_half(version))
        if key not in last or version.time > last[key].time:
            last[key] = version
    if not last:
        which = f"no version up to {LAST_DAY} of" if seen else "no"
        raise DataError(f"{clone.path} has {which} {FOLDER} in its history.")
    return [_Candidate(clone, version) for version in last.values()]


def _date(version: Version) -> dt.date:
    return dt.datetime.fromtimestamp(version.time, tz=dt.UTC).date()


def _half(version: Version) -> tuple[int, int, bool]:
    date = _date(version)
    return date.year, date.month, date.day > 15


def _by_playlist(candidates: list[_Candidate], tell: Progress) -> dict[str, list[_Candidate]]:
    """Playlist → its candidates by time, one a file name and half; other pages are left out."""
    last: dict[tuple[Any, ...], _Candidate] = {}
    left_out = 0
    for number, (candidate, page) in enumerate(_pages(candidates), start=1):
        tell("Finding the playlists", number, len(candidates))
        playlist = playlist_id(page)
        key = (playlist, candidate.version.path, *_half(candidate.version))
        if playlist is None:
            left_out += 1
        elif key not in last or candidate.order > last[key].order:
            last[key] = candidate
    if left_out:
        log.warning("%d versions are not pages of a playlist and are left out.", left_out)
    found: dict[str, list[_Candidate]] = defaultdict(list)
    for (playlist, *_), candidate in last.items():
        found[playlist].append(candidate)
    return {name: sorted(found[name], key=lambda c: c.order) for name in sorted(found)}


def _pages(candidates: Sequence[_Candidate]) -> Iterator[tuple[_Candidate, str]]:
    """Each candidate with its text; one git a clone, one page in memory at a time."""
    for clone in dict.fromkeys(candidate.clone for candidate in candidates):
        own = [candidate for candidate in candidates if candidate.clone is clone]
        contents = clone.read(candidate.version.blob for candidate in own)
        for candidate, content in zip(own, contents, strict=True):
            yield candidate, _text(content)


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace").replace("\r\n", "\n")


def _write(playlists: dict[str, list[_Candidate]], stream: TextIO, tell: Progress) -> int:
    written = 0
    for number, candidates in enumerate(playlists.values(), start=1):
        tell("Keeping what changed", number, len(playlists))
        for snapshot in _that_differ(_snapshots(candidates)):
            stream.write(json.dumps(snapshot, ensure_ascii=False) + "\n")
            written += 1
    return written


def _snapshots(candidates: list[_Candidate]) -> Iterator[dict[str, Any]]:
    """One playlist's candidates, read, by time."""
    pages = dict(_pages(candidates))
    for candidate in candidates:
        where = f"{candidate.clone.path.name}, {candidate.version.path} of {candidate.date}"
        page = read_page(pages[candidate], where=where)
        tracks = page.pop("tracks")
        yield {**page, "date": candidate.date.isoformat(), "tracks": tracks}


def _that_differ(snapshots: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    kept: set[str] = set()
    for snapshot in snapshots:
        ids = {track["track_id"] for track in snapshot["tracks"]}
        if len(snapshot["tracks"]) < MIN_TRACKS:
            continue
        if not kept or len(ids & kept) <= MAX_SHARED * len(ids | kept):
            kept = ids
            yield snapshot
