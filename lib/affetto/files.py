"""Files that arrive whole or not at all, where they may lie, and how they are known again."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affetto.errors import InputError


@contextmanager
def arriving(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path``, which replaces it when the block ends well.

    Where the block raises, the temporary file is removed and what stood at ``path`` still stands.
    Folders that are missing are made.  A link stays one, and an existing file's permissions hold.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.touch(exist_ok=False)  # as readable as the user's umask lets it be
    try:
        yield temporary
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write bytes to ``path`` in one step."""
    with arriving(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8 to ``path`` in one step."""
    write_whole(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON with a final newline to ``path`` in one step."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in lower-case hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_place(path: Path, *, example: str) -> None:
    """Raise InputError unless a file can be written to ``path``; ``example`` names one."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it, such as {path / example}.")
    if not path.parent.is_dir():
        why = "is not a folder" if path.parent.exists() else "does not exist"
        raise InputError(f"The folder {path.parent} {why}; make it, or choose another.")
    if path.exists() and not os.access(path, os.W_OK):
        raise InputError(f"{path} may not be written; check its permissions, or choose another.")
