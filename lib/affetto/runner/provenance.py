"""What a run rested on: code, data, packages; and whether it would come out the same again."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from affetto.errors import DataError
from affetto.notebook import shown
from affetto.runner.declared import Notebook, Value
from affetto.runner.modules import code_hash
from affetto.settings import project_dir


def input_hashes(notebook: Notebook, values: Mapping[str, Value]) -> dict[str, str]:
    """What it reads → SHA-256.  Raises DataError naming the first thing that is not there."""
    found: dict[str, str] = {}
    for what in notebook.inputs(values):
        found |= _source_hashes(what) if what.startswith("source") else _file_hash(what, notebook)
    return found


def _source_hashes(what: str) -> dict[str, str]:
    from affetto.sources import store
    from affetto.sources.registry import get_sources, load_registry

    kind, _, name = what.partition(":")
    if kind == "sources":
        chosen = [source for source in load_registry().values() if source.kind == name]
    else:
        chosen = get_sources([name])
    found = {}
    for source in chosen:
        store.locate(source)  # says what helps where it is missing
        state = store.check(source)
        if state.state == "damaged":
            raise DataError(f"{source.name}: {state.detail}")
        found[f"source:{source.name}"] = str(state.sha256)
    return found


def _file_hash(what: str, notebook: Notebook) -> dict[str, str]:
    path = Path(what)
    if not path.exists():
        raise DataError(f"{notebook.name} reads {shown(path)}, which is not there.")
    return {shown(path): sha256_of(path)}


def output_hashes(paths: Sequence[Path]) -> dict[str, str | None]:
    """What was written → SHA-256, None where it is missing."""
    return {shown(path): sha256_of(path) if path.exists() else None for path in paths}


def sha256_of(path: Path) -> str:
    """Of a file's bytes, or of the names and bytes of everything in a folder."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        if file != path:
            digest.update(file.relative_to(path).as_posix().encode() + b"\0")
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def fingerprint(notebook: Notebook, values: Mapping[str, Value], inputs: Mapping[str, str]) -> str:
    """Changes with its code, parameters and inputs, the modules it rests on, or any package.

    Words around the code do not count: mending a sentence runs nothing again.
    """
    ours = code_hash(notebook.code)
    parts = [list(notebook.code), dict(values), dict(inputs), ours, packages()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def packages() -> dict[str, str]:
    """Versions of what Affetto declares that it needs, as far as it is installed."""
    try:
        declared = importlib.metadata.requires("affetto") or []
    except importlib.metadata.PackageNotFoundError:  # a checkout that only stands on the path
        declared = []
    names = sorted({re.split(r"[^A-Za-z0-9._-]", line)[0] for line in declared})
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def git_state() -> dict[str, Any]:
    """The checkout's revision, and whether tracked files differ from it; nulls outside git."""

    def ask(*words: str) -> str | None:
        try:
            answer = subprocess.run(
                ["git", *words], cwd=project_dir(), capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError):
            return None
        return answer.stdout.strip()

    changed = ask("status", "--porcelain", "--untracked-files=no")
    return {
        "revision": ask("rev-parse", "HEAD"),
        "changed": None if changed is None else bool(changed),
    }
