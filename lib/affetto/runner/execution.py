"""One notebook through papermill: watched, stoppable, and written whole or not at all.

papermill works in a thread of its own, so that this one can measure the kernel's memory, be
stopped with Ctrl-C at any moment, and leave other event loops of the process alone.  What it
saves after each cell stays in memory: so a full disk cannot hide which cell was at work, and
nothing lies there half.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affetto.errors import AffettoError
from affetto.files import write_json, write_text
from affetto.notebook import shown
from affetto.runner.declared import Notebook, Value

_LOOK_EVERY = 0.1  # seconds between two looks at the kernel
_LAST_WORDS = 20.0  # seconds that papermill has to end after its kernel was stopped
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotebookError(AffettoError):
    """A notebook stopped at a cell; the message says which notebook, which cell and why."""


@dataclass(frozen=True, slots=True)
class Execution:
    """How a run of one notebook went."""

    seconds: float
    peak_mb: float | None  # of the kernel; None where the system does not tell


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where a notebook stopped."""

    cell: int  # from 1, as JupyterLab shows them
    cells: int
    question: str
    source: str
    error: str


def execute(
    notebook: Notebook,
    values: Mapping[str, Value],
    output: Path,
    *,
    on_cell: Callable[[int, int], None] | None = None,
) -> Execution:
    """Run ``notebook`` with ``values``; the executed copy arrives at ``output`` when it is done.

    on_cell : told the cell at work and how many there are, from 1.
    Raises NotebookError, with what was executed so far beside ``output`` as ``….failed.ipynb``;
    KeyboardInterrupt after stopping the kernel.  An earlier ``output`` stays in both cases.
    """
    failed = output.with_name(f"{output.stem}.failed.ipynb")
    with _room_for_a_kernel(notebook) as room:
        worker = _Worker(notebook, values, room)
        started = time.perf_counter()
        peak = worker.watch(on_cell)
        seconds = time.perf_counter() - started
    if worker.error is not None:
        raise _failure(worker, worker.error, failed) from worker.error
    try:
        write_text(output, _settled(worker.saved, notebook))
    except OSError as error:
        raise NotebookError(
            f"{notebook.name} ran to its end and could not be kept: {_one_line(error)}."
        ) from error
    failed.unlink(missing_ok=True)
    return Execution(seconds, peak)


@contextlib.contextmanager
def _room_for_a_kernel(notebook: Notebook) -> Iterator[Path]:
    """A private folder for a kernel's sockets and its key; gone afterwards, whatever happens."""
    try:
        room = tempfile.TemporaryDirectory(prefix="affetto-", ignore_cleanup_errors=True)
    except OSError as error:
        raise NotebookError(
            f"{notebook.name} stopped before its first cell: {_one_line(error)}."
        ) from error
    with room as folder:
        yield Path(folder)


class _Saved:
    """Where papermill saves: the latest text of each notebook at work, in memory."""

    scheme = "affetto-run://"

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._lock = threading.Lock()
        self._known = False

    def register(self) -> None:
        """Tell papermill, once in this process."""
        from papermill.iorw import papermill_io

        with self._lock:
            if not self._known:
                papermill_io.register(self.scheme, self)
            self._known = True

    def read(self, path: str) -> str:
        """What was saved there last."""
        return self.texts[path]

    def write(self, text: str, path: str) -> None:
        """Keep it."""
        self.texts[path] = text

    def listdir(self, path: str) -> list[str]:
        """All that is kept."""
        return sorted(self.texts)

    def pretty_path(self, path: str) -> str:
        """The path, for papermill's log."""
        return path


_SAVED = _Saved()


class _Worker(threading.Thread):
    """papermill at work on one notebook; sockets and connection file go to ``room``."""

    def __init__(self, notebook: Notebook, values: Mapping[str, Value], room: Path) -> None:
        super().__init__(name=f"papermill {notebook.name}", daemon=True)
        self.notebook, self.values, self.room = notebook, dict(values), room
        self.error: BaseException | None = None
        self.saved = self.seen = ""  # the notebook as papermill last saved it, and as it was told
        self.kernels: list[Any] = []
        self.done = threading.Event()  # a thread whose join was interrupted forgets that it lives

    @property
    def _place(self) -> str:
        """Where papermill saves this run."""
        return f"{_SAVED.scheme}{id(self)}/{self.notebook.path.name}"

    def run(self) -> None:
        """Execute; what goes wrong is kept for the thread that waits."""
        try:
            self._execute()
        except BaseException as error:
            self.error = error
        finally:
            self.saved = _SAVED.texts.pop(self._place, "")
            self.done.set()

    def _execute(self) -> None:
        import papermill
        from jupyter_client import AsyncKernelManager

        kernels, room = self.kernels, self.room
        logging.getLogger("papermill").addHandler(logging.NullHandler())  # our message says it
        _SAVED.register()

        class Watched(AsyncKernelManager):
            """A kernel manager that the waiting thread knows."""

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                private = {  # no port for others to find, and nothing left where the notebook is
                    "transport": "ipc",
                    "ip": str(room / "kernel"),
                    "connection_file": str(room / "kernel.json"),
                }
                super().__init__(*args, **{**kwargs, **private})
                kernels.append(self)

            async def start_kernel(self, **kwargs: Any) -> None:
                """Keep what the kernel itself says out of our progress."""
                with open(os.devnull, "wb") as nowhere:
                    await super().start_kernel(stdout=nowhere, stderr=nowhere, **kwargs)

        papermill.execute_notebook(
            str(self.notebook.path),
            self._place,
            parameters=self.values,
            kernel_name="python3",
            progress_bar=False,
            cwd=str(self.notebook.path.parent),
            kernel_manager_class=Watched,
        )

    def watch(self, on_cell: Callable[[int, int], None] | None) -> float | None:
        """Start, wait for the end, and return the kernel's peak memory in MB."""
        peak: float | None = None
        self.start()
        try:
            while not self.done.wait(_LOOK_EVERY):
                used = _peak_mb(self._process())
                peak = used if peak is None else max(peak, used or 0.0)
                self._look(on_cell)
        except BaseException:  # Ctrl-C above all
            self._look(on_cell)  # where exactly that was
            self.stop()
            raise
        return peak

    def _look(self, on_cell: Callable[[int, int], None] | None) -> None:
        """See how far papermill is, and tell."""
        text = _SAVED.texts.get(self._place, self.seen)
        if text is self.seen:
            return
        self.seen = text
        cells = _counted(text)
        if on_cell and cells:
            on_cell(_reached(cells) + 1, len(cells))

    def stop(self) -> None:
        """Stop the kernel, which ends papermill too."""
        deadline = time.monotonic() + _LAST_WORDS
        while not self.done.is_set() and time.monotonic() < deadline:
            if (process := self._process()) is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            self.done.wait(0.2)

    def _process(self) -> int | None:
        provisioner = self.kernels[-1].provisioner if self.kernels else None
        return getattr(provisioner, "pid", None)


def _peak_mb(process: int | None) -> float | None:
    """The most memory that a process has held, where Linux tells it."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else None


def renew_words(notebook: Notebook, executed: Path) -> None:
    """Give an executed copy the words that stand around its cells today.

    Only for a copy whose code is today's: words change no number, and what is published from the
    copy shall not say what the notebook no longer says.
    """
    document = json.loads(executed.read_text(encoding="utf-8"))
    source = json.loads(notebook.path.read_text(encoding="utf-8"))
    given = [cell for cell in document["cells"] if _is_papermills(cell)]
    ran = iter(c for c in document["cells"] if c["cell_type"] == "code" and c not in given)
    cells: list[dict[str, Any]] = []
    for cell in source["cells"]:
        told = {"source": cell["source"]}  # of the parameters, their comments
        cells.append(next(ran) | told if cell["cell_type"] == "code" else cell)
        if "parameters" in cell["metadata"].get("tags", ()):
            cells += given
    declared = {"affetto": source["metadata"].get("affetto", {})}
    today = {**document, "cells": cells, "metadata": document["metadata"] | declared}
    if today != document:
        write_json(executed, today)


def _settled(text: str, notebook: Notebook) -> str:
    """The executed notebook without this machine's folders, which papermill noted."""
    document = json.loads(text)
    document["metadata"]["papermill"] |= {
        "input_path": notebook.path.name,
        "output_path": notebook.path.name,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _counted(text: str) -> list[dict[str, Any]]:
    """A saved notebook's cells, as a person counts them; none where nothing was saved."""
    cells = json.loads(text)["cells"] if text else []
    return [cell for cell in cells if not _is_papermills(cell)]


def _reached(cells: list[dict[str, Any]]) -> int:
    """Position of the last cell that was started."""
    begun = [
        at
        for at, cell in enumerate(cells)
        if cell["metadata"].get("papermill", {}).get("start_time")
    ]
    return max(begun, default=0)


def _failure(worker: _Worker, error: BaseException, failed: Path) -> NotebookError:
    """The error to raise in the place of papermill's."""
    name, cells = worker.notebook.name, _counted(worker.saved)
    if not cells:
        return NotebookError(f"{name} stopped before its first cell: {_one_line(error)}.")
    stop = _where(cells, error)
    try:
        write_text(failed, _settled(worker.saved, worker.notebook))
        kept = f"As far as it got: {shown(failed)}"
    except OSError as why:
        kept = f"Where it got to could not be kept: {_one_line(why)}."
    lines = "\n".join(f"    {line}" for line in stop.source.splitlines())
    return NotebookError(
        f"{name} stopped in cell {stop.cell} of {stop.cells} ({stop.question}): "
        f"{stop.error}\n{lines}\n{kept}"
    )


def _is_papermills(cell: Mapping[str, Any]) -> bool:
    """Whether papermill put the cell there, so that a person's count leaves it out."""
    own = {"papermill-error-cell-tag", "injected-parameters"}
    return not own.isdisjoint(cell["metadata"].get("tags", ()))


def _where(cells: list[dict[str, Any]], error: BaseException) -> _Stop:
    """The failing cell: the one with an error in its outputs, else the last that was started."""
    raised = [
        (at, output)
        for at, cell in enumerate(cells)
        for output in cell.get("outputs", ())
        if output["output_type"] == "error"
    ]
    if raised:
        at, output = raised[0]
        told = _COLOURS.sub("", f"{output['ename']}: {output['evalue']}").strip()
    else:
        at, told = _reached(cells), _one_line(error)
    before = [cell for cell in cells[:at] if cell["cell_type"] == "markdown"]
    question = "".join(before[-1]["source"]).strip().splitlines()[0] if before else "no question"
    return _Stop(
        cell=at + 1,
        cells=len(cells),
        question=question.strip("# *"),
        source="".join(cells[at]["source"]),
        error=told,
    )


def _one_line(error: BaseException) -> str:
    """What happened around the notebook, for a person."""
    if type(error).__name__ == "DeadKernelError":
        return "its kernel died; most often the memory was not enough, at times a library crashed"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
