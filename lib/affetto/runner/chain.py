"""The notebooks in order: checked before the first one runs, skipped where nothing changed.

Beside every executed notebook lies ``NAME.json``, its provenance.  A notebook is skipped when its
fingerprint there is today's and its outputs are the files that it wrote; so a chain that was
stopped goes on where it was.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from affetto.errors import DataError, InputError
from affetto.files import write_json
from affetto.notebook import shown
from affetto.runner import provenance
from affetto.runner.declared import Notebook, Value, find_notebooks, notebooks_dir
from affetto.runner.execution import Execution, NotebookError, execute, renew_words
from affetto.runner.parameters import find_set, read_set, resolve
from affetto.settings import interim_dir


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one notebook."""

    notebook: str
    state: str  # "done" or "unchanged"
    seconds: float
    peak_mb: float | None
    executed: str  # the executed copy

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


class Watcher(Protocol):
    """Who is told how a chain goes."""

    def starts(self, notebook: str) -> None:
        """A notebook is about to run."""

    def reaches(self, cell: int, cells: int) -> None:
        """It is at this cell, from 1."""

    def ends(self, outcome: Outcome) -> None:
        """It is done, or was skipped."""


def run_notebooks(
    names: Iterable[str] = (),
    *,
    params: str = "smoke",
    given: Iterable[str] = (),
    force: bool = False,
    out: Path | None = None,
    folder: Path | None = None,
    watcher: Watcher | None = None,
) -> list[Outcome]:
    """Run notebooks in order and return what became of each.

    names : all by default.  params : a set of ``notebooks/params``, or a YAML file.
    given : ``NAME=value`` texts that come last.  force : run what did not change, too.
    out : folder of the executed copies, ``data/interim/notebooks/<set>`` by default.
    folder : of the notebooks.
    Raises InputError and DataError before anything runs, NotebookError at the first cell that
    fails, KeyboardInterrupt when stopped; what was done by then stays done.
    """
    folder = folder or notebooks_dir()
    everything = find_notebooks(folder=folder)
    chosen = find_notebooks(names, folder=folder)
    path = find_set(params, folder=folder / "params")
    blocks = read_set(path)
    values = resolve(chosen, blocks, given, known=everything)
    _check_inputs(chosen, values, everything, resolve(everything, blocks))
    out = out or interim_dir() / "notebooks" / path.stem
    with _alone(out):
        outcomes = []
        for notebook in chosen:
            try:
                ran = _run_one(notebook, values[notebook.name], out, path.stem, force, watcher)
            except OSError as error:  # a full disk, above all
                why = error.strerror or error
                raise NotebookError(
                    f"What {notebook.name} rests on could not be read or kept: {why}."
                ) from error
            outcomes.append(ran)
        return outcomes


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder; raise InputError where another run holds it, or nothing can be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        opened = (out / ".lock").open("w")
    except OSError as error:
        raise InputError(f"Nothing can be written to {shown(out)} ({error.strerror}).") from error
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(f"Another run is writing to {out}; wait for it to end.") from error
        yield


def _check_inputs(
    chosen: Sequence[Notebook],
    values: Mapping[str, Mapping[str, Value]],
    everything: Sequence[Notebook],
    defaults: Mapping[str, Mapping[str, Value]],
) -> None:
    """Raise DataError for an input that is missing and that no earlier notebook will write.

    values : of those chosen.  defaults : what the set alone would give to everything.
    """
    coming: set[Path] = set()
    for notebook in chosen:
        for what in notebook.inputs(values[notebook.name]):
            if what.startswith("source") or Path(what).exists() or Path(what) in coming:
                continue
            raise DataError(
                f"{notebook.name} reads {shown(Path(what))}, which is not there; "
                f"{_who_writes(Path(what), values[notebook.name], everything, defaults)}."
            )
        coming |= set(notebook.outputs(values[notebook.name]))


def _who_writes(
    path: Path,
    values: Mapping[str, Value],
    everything: Sequence[Notebook],
    defaults: Mapping[str, Mapping[str, Value]],
) -> str:
    for notebook in everything:
        if path in notebook.outputs({**defaults[notebook.name], **values}):
            return f"run {notebook.name} first"
    return "no notebook writes it"


def _run_one(
    notebook: Notebook,
    values: Mapping[str, Value],
    out: Path,
    set_name: str,
    force: bool,
    watcher: Watcher | None,
) -> Outcome:
    executed, record = out / f"{notebook.name}.ipynb", out / f"{notebook.name}.json"
    inputs = provenance.input_hashes(notebook, values)
    mark = provenance.fingerprint(notebook, values, inputs)
    if not force and not notebook.reaches_outside(values):
        known = _read(record)
        outputs = provenance.output_hashes(notebook.outputs(values))
        if executed.is_file() and (known["fingerprint"], known["writes"]) == (mark, outputs):
            renew_words(notebook, executed)
            return _tell_end(watcher, notebook, "unchanged", known, executed)
    if watcher:
        watcher.starts(notebook.name)
    started = datetime.now(UTC)
    went = execute(notebook, values, executed, on_cell=watcher and watcher.reaches)
    outputs = provenance.output_hashes(notebook.outputs(values))
    missing = [name for name, digest in outputs.items() if digest is None]
    if missing:
        raise NotebookError(f"{notebook.name} ran to its end and did not write {missing[0]}.")
    facts = {
        "notebook": notebook.name,
        "set": set_name,
        "started": started.isoformat(timespec="seconds"),
        **_measured(went),
        "git": provenance.git_state(),
        "parameters": dict(values),
        "reads": inputs,
        "writes": outputs,
        "packages": provenance.packages(),
        "library": provenance.code_hash(notebook.code),
        "fingerprint": mark,
    }
    write_json(record, facts)
    return _tell_end(watcher, notebook, "done", facts, executed)


def _measured(went: Execution) -> dict[str, float | None]:
    peak = None if went.peak_mb is None else round(went.peak_mb, 1)
    return {"seconds": round(went.seconds, 2), "peak_mb": peak}


def _tell_end(
    watcher: Watcher | None,
    notebook: Notebook,
    state: str,
    facts: Mapping[str, Any],
    executed: Path,
) -> Outcome:
    outcome = Outcome(notebook.name, state, facts["seconds"], facts["peak_mb"], shown(executed))
    if watcher:
        watcher.ends(outcome)
    return outcome


def _read(record: Path) -> dict[str, Any]:
    """An earlier run's provenance; one that fits nothing where there is none."""
    try:
        facts = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        facts = {}
    return {"fingerprint": None, "writes": None, "seconds": 0.0, "peak_mb": None, **facts}
