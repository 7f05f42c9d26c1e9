"""Files that arrive whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def arriving(path: Path) -> Iterator[Path]:
    """A temporary file beside ``path``, which replaces it when the block ends well.

    Where the block raises, the temporary file is removed and what stood at ``path`` still stands.
    Folders that are missing are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)  # mkstemp makes private files
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write bytes to ``path`` in one step."""
    with arriving(path) as temporary:
        temporary.write_bytes(content)
