"""The files of one data set, whatever they came in: a zip, a folder, or one packed file."""

from __future__ import annotations

import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from affetto.errors import DataError

_OPENERS: dict[str, Callable[[Path], BinaryIO]] = {".gz": gzip.open, ".xz": lzma.open}
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    gzip.BadGzipFile,
    EOFError,
    RuntimeError,  # encrypted, or packed in a way that zipfile does not know
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside a data set: its name there, and how to read it."""

    name: str  # with "/" between folders
    read: Callable[[], bytes]

    @property
    def stem(self) -> str:
        """``"acid jazz"`` of ``data/acid jazz.csv``."""
        return PurePosixPath(self.name).stem


@contextmanager
def members(path: Path, *, suffix: str | tuple[str, ...] = ".csv") -> Iterator[list[Member]]:
    """The members of ``path`` whose name ends in ``suffix`` (or one of several), sorted by name.

    path : a zip, a folder (searched to every depth), or one file, plain or packed by gzip
    or xz.  Raises DataError where there is none, or where the packing is damaged.
    """
    if not path.exists():
        raise DataError(f"There is no {path}; fetch or add it first.")
    wanted = (suffix,) if isinstance(suffix, str) else suffix
    with _readable(path):
        if path.is_dir():
            yield _checked([_file_member(p, path) for p in _files_under(path, wanted)], path)
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield _checked(_zip_members(archive, wanted), path)
        else:
            yield _checked(_single(path, wanted), path)


def is_empty_of(path: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether ``path`` is a folder or zip without any member of these suffixes.

    Raises DataError where the packing is damaged.
    """
    if path.is_dir():
        return not _files_under(path, suffixes)
    if path.is_file() and zipfile.is_zipfile(path):
        with _readable(path), zipfile.ZipFile(path) as archive:
            return not _zip_members(archive, suffixes)
    return False


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What unpacking may raise, as a DataError."""
    try:
        yield
    except _BROKEN as error:
        raise DataError(
            f"{path.name} is damaged, cut short or locked ({error}); fetch it again."
        ) from error


def read_member(path: Path, name: str) -> bytes:
    """The bytes of the one member called ``name`` (its last part).  Raises DataError if absent."""
    with members(path, suffix=PurePosixPath(name).suffix) as found:
        for member in found:
            if PurePosixPath(member.name).name == name:
                return member.read()
        raise DataError(f"{path.name} holds no {name}, only {_some([m.name for m in found])}.")


def _files_under(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return sorted(
        p
        for p in folder.rglob("*")
        if _plain(p) in suffixes and not p.name.startswith(".") and p.is_file()
    )


def _plain(path: Path) -> str:
    """The suffix without the packing: ``.csv`` of ``a.csv.xz``."""
    inner = path.with_suffix("") if path.suffix in _OPENERS else path
    return inner.suffix.lower()


def _file_member(path: Path, folder: Path) -> Member:
    name = path.relative_to(folder).as_posix().removesuffix(".gz").removesuffix(".xz")
    return Member(name, lambda: _unpack(path))


def _unpack(path: Path) -> bytes:
    opener = _OPENERS.get(path.suffix)
    if opener is None:
        return path.read_bytes()
    with opener(path) as stream:
        return stream.read()


def _zip_members(archive: zipfile.ZipFile, suffixes: tuple[str, ...]) -> list[Member]:
    names = sorted(n for n in archive.namelist() if n.lower().endswith(suffixes) and _real(n))
    return [Member(name, lambda name=name: archive.read(name)) for name in names]


def _real(name: str) -> bool:
    """Not one of the shadow files that macOS puts into zips."""
    return "__MACOSX" not in name and not PurePosixPath(name).name.startswith("._")


def _single(path: Path, suffixes: tuple[str, ...]) -> list[Member]:
    if _plain(path) not in suffixes:
        raise DataError(
            f"{path.name} is not a {suffixes[0]} file (plain, .gz, .xz), a zip or a folder."
        )
    return [_file_member(path, path.parent)]


def _checked(found: list[Member], path: Path) -> list[Member]:
    if not found:
        raise DataError(f"{path.name} holds none of the files that its reader knows.")
    return found


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
