"""Files that arrive whole or not at all."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
