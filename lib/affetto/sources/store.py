"""What is on this machine: each source's files, the state they are in, and adding one's own.

A source is looked for in ``data/raw/<source>`` (a user's own copy, or a public download)
and then in the folder that AFFETTO_DATA_MIRROR names, which is read in place.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from affetto.errors import DataError, InputError
from affetto.files import sha256_of, write_json
from affetto.settings import mirror_dir, raw_dir
from affetto.sources.registry import Source

RECORD = ".added.json"  # beside a user's own copy: what was added, with checksums
STATES = ("verified", "unverified", "incomplete", "damaged", "missing")


@dataclass(frozen=True, slots=True)
class Located:
    """Where a source lies, and in which form."""

    path: Path  # a folder, or the mirror's file
    form: str  # "own", "public" or "mirror"


@dataclass(frozen=True, slots=True)
class SourceState:
    """What a look at a source's bytes found."""

    state: str  # one of STATES
    form: str | None
    sha256: str | None  # of its file; of "sha256  name" lines where there are several
    rows: int | None  # as recorded for these bytes
    detail: str = ""  # one sentence where the state is not "verified"


def public_dir(source: Source) -> Path:
    """Where the public files, or a user's own, of ``source`` lie."""
    return raw_dir() / source.name


def locate(source: Source) -> Located:
    """The source's own copy, public download or mirror file, in this order.

    Raises DataError, naming the command that helps, where there is none.
    """
    found = _find(source)
    if found is None:
        if not source.public.files:
            raise DataError(
                f"{source.name} is not here: {source.public.by_hand}, with "
                f"`affetto data add {source.name} PATH`."
            )
        raise DataError(f"{source.name} is not here; run `affetto data fetch {source.name}`.")
    return found


def _find(source: Source) -> Located | None:
    folder = public_dir(source)
    if (folder / RECORD).is_file():
        return Located(folder, "own")
    if any((folder / name).is_file() for name in source.public.files):
        return Located(folder, "public")
    mirror = mirror_dir()
    if mirror is not None and (mirror / source.mirror.file).is_file():
        return Located(mirror / source.mirror.file, "mirror")
    return None


def check(source: Source) -> SourceState:
    """Compare the bytes on this machine with what the registry, or the record, says of them."""
    found = _find(source)
    if found is None:
        return SourceState("missing", None, None, None, f"{source.name} is not here.")
    look = {"own": _check_own, "public": _check_public, "mirror": _check_mirror}
    return look[found.form](source, found.path)


def _check_mirror(source: Source, path: Path) -> SourceState:
    digest = sha256_of(path)
    if digest != source.mirror.sha256:
        why = f"{source.mirror.file} in the mirror does not have the registry's checksum."
        return SourceState("damaged", "mirror", digest, None, why)
    return SourceState("verified", "mirror", digest, source.rows)


def _check_public(source: Source, folder: Path) -> SourceState:
    known = source.public.files
    here = {name: sha256_of(folder / name) for name in known if (folder / name).is_file()}
    digest = combined_sha256(here)
    wrong = [name for name, sha256 in here.items() if known[name] not in (None, sha256)]
    if wrong:
        why = f"{wrong[0]} does not have the registry's checksum; delete it and fetch again."
        return SourceState("damaged", "public", digest, None, why)
    absent = [name for name in known if name not in here]
    if absent or source.public.by_hand:
        why = f"{len(absent)} files are still to be fetched." if absent else source.public.by_hand
        return SourceState("incomplete", "public", digest, None, str(why))
    if None in known.values():
        why = "No checksum is recorded yet; run `affetto data fetch`."
        return SourceState("unverified", "public", digest, None, why)
    return SourceState("verified", "public", digest, source.public.rows or source.rows)


def _check_own(source: Source, folder: Path) -> SourceState:
    here = file_sums(folder)
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        kept, rows = set(record["files"].items()), record["rows"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        why = f"Its record {RECORD} is damaged; add {source.name} again."
        return SourceState("damaged", "own", combined_sha256(here), None, why)
    if set(here.items()) != kept:
        changed = sorted(set(here.items()) ^ kept)[0][0]
        why = f"{changed} has changed since it was added; add {source.name} again."
        return SourceState("damaged", "own", combined_sha256(here), None, why)
    return SourceState("verified", "own", combined_sha256(here), rows)


def file_sums(folder: Path) -> dict[str, str]:
    """Every file below ``folder``, less our record: relative name → SHA-256."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != RECORD)
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}


def combined_sha256(sums: dict[str, str]) -> str | None:
    """One checksum for a set of files; the file's own where there is one, None for none."""
    if len(sums) <= 1:
        return next(iter(sums.values()), None)
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def add(source: Source, path: Path, *, count_rows: Callable[[Path], int]) -> SourceState:
    """Take a user's own copy of ``source``: read it once to see that it is one, then keep it.

    path : whatever layout the source's reader knows.  count_rows : that reader; it raises
    DataError where the file is not one, as a file without rows does.  Nothing is kept, and
    an earlier copy stays, unless everything worked.
    """
    if not path.exists():
        raise InputError(f"There is no {path}.")
    rows = count_rows(path)
    if not rows:
        raise DataError(f"{path.name} has the columns of {source.name}, and no row below them.")
    folder = public_dir(source)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{source.name}."))
    try:
        _copy(path, staging)
        record = {"rows": rows, "files": file_sums(staging)}
        write_json(staging / RECORD, record)
        staging.chmod(0o755)
        _swap(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return check(source)


def _copy(path: Path, folder: Path) -> None:
    try:
        if path.is_dir():
            shutil.copytree(path, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
        else:
            shutil.copy2(path, folder / path.name)
    except OSError as error:  # a full disk, a link to nowhere, a socket, a file of somebody else's
        raise DataError(f"{path} cannot be copied whole into the data folder.") from error


def _swap(staging: Path, folder: Path) -> None:
    """Put ``staging`` in the place of ``folder``, whose old content goes."""
    if folder.exists():
        old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.old."))
        os.replace(folder, old / folder.name)
        os.replace(staging, folder)
        shutil.rmtree(old)
    else:
        os.replace(staging, folder)
