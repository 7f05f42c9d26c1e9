"""A git repository on this machine, read through the ``git`` command: no network, no checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from affetto.errors import DataError

_CHUNK = 1 << 16  # bytes of `git log` held at a time


@dataclass(frozen=True, slots=True)
class Version:
    """One content that one commit gave one file."""

    path: str  # inside the repository, with "/"
    blob: str  # git's name of the content, hexadecimal
    time: int  # of the commit, in seconds since 1970, UTC


def is_clone(path: Path) -> bool:
    """Whether ``path`` itself (not a folder above it) is a git repository, bare or not."""
    return (path / ".git").exists() or _is_bare(path)


def _is_bare(path: Path) -> bool:
    return (path / "HEAD").is_file() and (path / "objects").is_dir()


class Clone:
    """A whole git repository below ``path``, read only.

    Raises DataError where git is not installed, where ``path`` is no repository, or where
    the clone is shallow: its history would seem to begin at the cut.
    """

    def __init__(self, path: Path) -> None:
        """Look whether ``path`` can be read at all."""
        if not is_clone(path):
            raise DataError(f"{path} is not a git repository.")
        if shutil.which("git") is None:
            raise DataError(f"git is not installed, and {path} cannot be read without it.")
        self.path = path
        self._folder = path if _is_bare(path) else path / ".git"
        with self._git("rev-parse", "--is-shallow-repository") as process:
            shallow = process.stdout.read().strip() == b"true"
        if shallow:
            raise DataError(f"{path} is a shallow clone; run `git fetch --unshallow` in it first.")

    def versions(self, folder: str) -> Iterator[Version]:
        """Every version of every file below ``folder`` on the branch checked out, newest first.

        Merges add none of their own: what they bring together stands in their parents.
        """
        words = ("log", "--full-history", "--no-renames", "--diff-filter=AM", "--raw", "-z")
        with self._git(*words, "--no-abbrev", "--format=%ct", "HEAD", "--", folder) as process:
            yield from _versions(_fields(process.stdout))

    def read(self, blobs: Iterable[str]) -> Iterator[bytes]:
        """The contents of ``blobs``, in their order, one at a time."""
        with self._git("cat-file", "--batch") as process:
            for blob in blobs:
                yield self._next_content(process, blob)

    def _next_content(self, process: subprocess.Popen[bytes], blob: str) -> bytes:
        try:
            process.stdin.write(f"{blob}\n".encode())
            process.stdin.flush()
        except BrokenPipeError:
            pass  # git has gone: what it left unsaid below tells
        head = process.stdout.readline().split()
        if len(head) != 3:
            raise DataError(f"{self.path} lacks the content {blob}; clone it whole, unfiltered.")
        content = process.stdout.read(int(head[2]) + 1)
        return content[:-1]  # less the line end that git puts behind it

    @contextmanager
    def _git(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """A running git; DataError with its last words where it ends badly."""
        command = ["git", f"--git-dir={self._folder}", *words]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with tempfile.TemporaryFile() as said:  # a pipe could fill up and hold git back
            with subprocess.Popen(command, **pipes, stderr=said, env=_surroundings()) as process:
                try:
                    yield process
                except BaseException:
                    process.kill()
                    raise
                process.stdin.close()
                process.stdout.close()
            if process.returncode:
                raise DataError(f"git cannot read {self.path} ({_last_line(said)}).")


def _surroundings() -> dict[str, str]:
    """The environment without what would send git to another repository, or to the network."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {"GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def _last_line(said: BinaryIO) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it gave no reason"


def _fields(stream: BinaryIO) -> Iterator[str]:
    """The parts of a stream between its NUL bytes."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        for field in whole:
            yield field.decode(errors="replace")
    if rest:
        yield rest.decode(errors="replace")


def _versions(fields: Iterator[str]) -> Iterator[Version]:
    """From ``git log --raw -z``: a commit's time, then two fields a file, and so on."""
    time = 0
    for field in fields:
        word = field.strip()
        if word.startswith(":"):
            yield Version(path=next(fields), blob=word.split()[3], time=time)
        elif word:
            time = int(word)
