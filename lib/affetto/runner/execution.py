"""One notebook through papermill: watched, stoppable, and written whole or not at all.

papermill works in a thread of its own, so that this one can measure the kernel's memory, be
stopped with Ctrl-C at any moment, and leave other event loops of the process alone.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affetto.errors import AffettoError
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
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f".{output.name}.{os.getpid()}.ipynb")
    failed = output.with_name(f"{output.stem}.failed.ipynb")
    for stale in output.parent.glob(f".{output.name}.*.ipynb"):  # of a run that was killed
        stale.unlink(missing_ok=True)
    try:
        worker = _Worker(notebook, values, partial)
        started = time.perf_counter()
        peak = worker.watch(on_cell)
        seconds = time.perf_counter() - started
        if worker.error is not None:
            raise _failure(worker, worker.error, failed) from worker.error
        _settle(partial, notebook)
        os.replace(partial, output)
        failed.unlink(missing_ok=True)
        return Execution(seconds, peak)
    finally:
        partial.unlink(missing_ok=True)


class _Worker(threading.Thread):
    """papermill at work on one notebook."""

    def __init__(self, notebook: Notebook, values: Mapping[str, Value], partial: Path) -> None:
        super().__init__(name=f"papermill {notebook.name}", daemon=True)
        self.notebook, self.values, self.partial = notebook, dict(values), partial
        self.error: BaseException | None = None
        self.at: tuple[int, int] | None = None  # the last cell that was seen at work, and how many
        self.kernels: list[Any] = []
        self.done = threading.Event()  # a thread whose join was interrupted forgets that it lives

    def run(self) -> None:
        """Execute; what goes wrong is kept for the thread that waits."""
        try:
            self._execute()
        except BaseException as error:
            self.error = error
        finally:
            self.done.set()

    def _execute(self) -> None:
        import papermill
        from jupyter_client import AsyncKernelManager

        kernels = self.kernels
        logging.getLogger("papermill").addHandler(logging.NullHandler())  # our message says it

        class Watched(AsyncKernelManager):
            """A kernel manager that the waiting thread knows."""

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, transport="ipc", **kwargs)  # no port for others to find
                kernels.append(self)

            async def start_kernel(self, **kwargs: Any) -> None:
                """Keep what the kernel itself says out of our progress."""
                with open(os.devnull, "wb") as nowhere:
                    await super().start_kernel(stdout=nowhere, stderr=nowhere, **kwargs)

        papermill.execute_notebook(
            str(self.notebook.path),
            str(self.partial),
            parameters=self.values,
            kernel_name="python3",
            progress_bar=False,
            cwd=str(self.notebook.path.parent),
            kernel_manager_class=Watched,
        )

    def watch(self, on_cell: Callable[[int, int], None] | None) -> float | None:
        """Start, wait for the end, and return the kernel's peak memory in MB."""
        peak: float | None = None
        seen: int | None = None
        self.start()
        try:
            while not self.done.wait(_LOOK_EVERY):
                used = _peak_mb(self._process())
                peak = used if peak is None else max(peak, used or 0.0)
                if (stamp := _stamp(self.partial)) != seen:
                    seen = stamp
                    self._look(on_cell)
        except BaseException:  # Ctrl-C above all
            self.stop()
            raise
        return peak

    def _look(self, on_cell: Callable[[int, int], None] | None) -> None:
        """See how far papermill is, and tell."""
        cells = [cell for cell in _cells(self.partial) if not _is_papermills(cell)]
        if cells:
            self.at = (_reached(cells) + 1, len(cells))
            if on_cell:
                on_cell(*self.at)

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


def _settle(partial: Path, notebook: Notebook) -> None:
    """Take this machine's folders out of what papermill noted."""
    document = json.loads(partial.read_text(encoding="utf-8"))
    document["metadata"]["papermill"] |= {
        "input_path": notebook.path.name,
        "output_path": notebook.path.name,
    }
    partial.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _stamp(path: Path) -> int | None:
    """When a file was last written; None where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _cells(path: Path) -> list[dict[str, Any]]:
    """The cells that papermill has saved so far; none while it is writing."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return []


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
    notebook, partial = worker.notebook, worker.partial
    cells = [cell for cell in _cells(partial) if not _is_papermills(cell)]
    if not cells:  # papermill could not even write what it had
        near = "before its first cell" if worker.at is None else "near cell {} of {}"
        place = near.format(*worker.at or ())
        return NotebookError(f"{notebook.name} stopped {place}: {_one_line(error)}.")
    stop = _where(cells, error)
    kept = ""
    with contextlib.suppress(OSError):
        os.replace(partial, failed)
        kept = f"\nAs far as it got: {shown(failed)}"
    lines = "\n".join(f"    {line}" for line in stop.source.splitlines())
    return NotebookError(
        f"{notebook.name} stopped in cell {stop.cell} of {stop.cells} ({stop.question}): "
        f"{stop.error}\n{lines}{kept}"
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
        return "its kernel died; most often the memory was not enough"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror} ({error.filename})" if error.filename else error.strerror
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")
