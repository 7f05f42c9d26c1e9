"""The registry of public data sets: where each is had, and how its bytes are known again.

``data/registry.json`` holds, per source, its ``mirror`` (one repacked file with its
checksum) and its ``public`` form (urls at a pinned commit).  A public checksum is null
until a first download records it; from then on any other bytes are refused.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affetto.errors import DataError, InputError
from affetto.files import write_json
from affetto.settings import data_dir, project_dir

KINDS = ("music", "faces")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class MirrorFile:
    """One file of a mirror folder."""

    file: str  # below the mirror folder
    sha256: str
    bytes: int

    def __post_init__(self) -> None:
        if not _SHA256.fullmatch(self.sha256):
            raise DataError(f"The registry's checksum of {self.file} is no SHA-256.")


@dataclass(frozen=True, slots=True)
class PublicFiles:
    """A data set where its authors published it."""

    base: str  # url of the folder, at a pinned commit, ending in "/"
    files: Mapping[str, str | None]  # name → SHA-256, null until a first download
    by_hand: str | None = None  # what no download can get, and how a person gets it
    rows: int | None = None  # where they are not those of the mirror
    repositories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.base.startswith(("https://", "http://")) or not self.base.endswith("/"):
            raise DataError(f"The registry's base {self.base!r} is no web folder.")
        for name, sha256 in self.files.items():
            if sha256 is not None and not _SHA256.fullmatch(sha256):
                raise DataError(f"The registry's checksum of {name} is no SHA-256.")
            if "/" in name or name.startswith("."):
                raise DataError(f"The registry names a file {name!r} outside its folder.")

    def url(self, name: str) -> str:
        """Where ``name`` is downloaded from."""
        return self.base + urllib.parse.quote(name)


@dataclass(frozen=True, slots=True)
class Source:
    """One data set of the registry."""

    name: str
    title: str
    kind: str  # one of KINDS
    licence: str  # as stated where the copy was found
    citation: str
    columns: tuple[str, ...]
    rows: int  # of the mirror's copy
    mirror: MirrorFile
    public: PublicFiles = field(repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DataError(f"The registry's kind {self.kind!r} is none of {', '.join(KINDS)}.")
        if not self.licence or not self.citation or not self.columns or self.rows <= 0:
            raise DataError(f"The registry must give licence, citation, columns and rows: {self}.")


def registry_path() -> Path:
    """The registry in use: beside the data, else the checkout's own."""
    beside = data_dir() / "registry.json"
    return beside if beside.is_file() else project_dir() / "data" / "registry.json"


def load_registry(path: Path | None = None) -> dict[str, Source]:
    """Source name → source, in the registry's order.  Raises DataError for a broken registry."""
    return {
        name: _source(name, entry)
        for name, entry in _read(path or registry_path())["sources"].items()
    }


def get_sources(names: Iterable[str]) -> list[Source]:
    """The named sources, or all of them for no names.  Raises InputError for an unknown name."""
    registry = load_registry()
    wanted = list(names)
    for name in wanted:
        if name not in registry:
            known = ", ".join(registry)
            raise InputError(f"I don't know the data set {name!r}; the registry has {known}.")
    return [registry[name] for name in wanted] if wanted else list(registry.values())


def record_checksums(name: str, sha256: Mapping[str, str]) -> None:
    """Write the checksums of a first download into the registry; known ones stay as they are."""
    path = registry_path()
    document = _read(path)
    files = document["sources"][name]["public"]["files"]
    files.update({file: digest for file, digest in sha256.items() if files.get(file) is None})
    write_json(path, document)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"The data registry {path} cannot be read ({error}).") from error
    if not isinstance(document, dict) or document.get("schema") != 1:
        raise DataError(f"The data registry {path} is not of schema 1, the one known here.")
    return document


def _source(name: str, entry: Mapping[str, Any]) -> Source:
    try:
        public = dict(entry["public"])
        public["repositories"] = tuple(public.get("repositories", ()))
        return Source(
            name=name,
            mirror=MirrorFile(**entry["mirror"]),
            public=PublicFiles(**public),
            columns=tuple(entry["columns"]),
            **{key: entry[key] for key in ("title", "kind", "licence", "citation", "rows")},
        )
    except (KeyError, TypeError) as error:
        raise DataError(f"The registry's entry {name!r} is not complete ({error}).") from error
