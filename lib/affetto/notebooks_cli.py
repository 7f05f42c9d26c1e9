"""``affetto notebooks``: run them in order, or list what each takes, reads and writes.

Mounted by the command; everything heavy is imported inside the functions.
"""

from __future__ import annotations

import contextlib
import importlib.util
import signal
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affetto.errors import InputError
from affetto.terminal import (
    FAILED,
    JsonOption,
    complain,
    examples,
    new_group,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from rich.status import Status

    from affetto.runner import Outcome

notebooks_app = new_group("Run the notebooks in order, strictly.")


@notebooks_app.command(
    epilog=examples(
        "affetto notebooks run",
        "affetto notebooks run 01 02 --params full",
        "affetto notebooks run explore -p SEED=3 --force",
    )
)
def run(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Notebooks, or their numbers; all by default."),
    ] = None,
    params: Annotated[
        str, typer.Option(metavar="SET", help="smoke, full, release, or a YAML file of your own.")
    ] = "smoke",
    given: Annotated[
        list[str] | None,
        typer.Option("-p", metavar="NAME=VALUE", help="One parameter; may be given several times."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Run notebooks whose inputs did not change, too.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the executed copies.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run notebooks in order through papermill.

    A notebook is skipped when its code, parameters, inputs and our library are what they were.
    A chain that stopped goes on where it was. Exit 1 where a cell failed, 2 where a parameter or
    an input is wrong. Executed copies and their provenance go to data/interim/notebooks/SET.
    """
    outcomes = run_chain(names or (), params=params, given=given or (), force=force, out=out)
    if as_json:
        print_json([outcome.to_dict() for outcome in outcomes])
    else:
        print_table(
            ("Notebook", "State", ">Seconds", ">Peak MB"),
            [(o.notebook, o.state, f"{o.seconds:.1f}", _megabytes(o)) for o in outcomes],
        )


def run_chain(
    names: Iterable[str] = (),
    *,
    params: str,
    given: Iterable[str] = (),
    force: bool = False,
    out: Path | None = None,
) -> list[Outcome]:
    """``run_notebooks`` with its progress on stderr; exit code 1 where a cell failed."""
    if importlib.util.find_spec("papermill") is None:
        raise InputError("Notebooks need more packages; run make lab, or install '.[notebooks]'.")
    from affetto.runner import NotebookError, run_notebooks

    line = _Line()
    try:
        with _terminated_like_ctrl_c():
            return run_notebooks(
                names, params=params, given=given, force=force, out=out, watcher=line
            )
    except NotebookError as error:
        line.clear()
        complain(str(error))
        raise typer.Exit(FAILED) from error
    except KeyboardInterrupt:
        line.clear()
        complain(f"Stopped{line.where}; the same command goes on from there.")
        raise typer.Exit(FAILED) from None
    finally:
        line.clear()


@contextlib.contextmanager
def _terminated_like_ctrl_c() -> Iterator[None]:
    """A schedule ends a run with SIGTERM: let that stop the kernel and tidy up, too."""
    if threading.current_thread() is not threading.main_thread():  # only there may it be handled
        yield
        return

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _megabytes(outcome: Outcome) -> str:
    return "" if outcome.peak_mb is None else f"{outcome.peak_mb:.0f}"


class _Line:
    """Progress on stderr: one line a notebook, and where somebody watches, the cell at work."""

    def __init__(self) -> None:
        self._at: str | None = None
        self._cell = 0
        self._status: Status | None = None

    @property
    def where(self) -> str:
        """Where the chain is, for a sentence."""
        if self._at is None:
            return ""
        return f" in {self._at}" + (f", cell {self._cell}" if self._cell else "")

    def starts(self, notebook: str) -> None:
        """Show that it runs."""
        from rich.console import Console

        self._at, self._cell = notebook, 0
        console = Console(stderr=True)
        if console.is_terminal:
            self._status = console.status(notebook)
            self._status.start()

    def reaches(self, cell: int, cells: int) -> None:
        """Show the cell at work."""
        self._cell = cell
        if self._status:
            self._status.update(f"{self._at}, cell {cell} of {cells}")

    def ends(self, outcome: Outcome) -> None:
        """Leave one line."""
        self.clear()
        self._at = None
        if outcome.state == "unchanged":
            complain(f"{outcome.notebook}: unchanged")
            return
        memory = "" if outcome.peak_mb is None else f", {outcome.peak_mb:.0f} MB at most"
        complain(f"{outcome.notebook}: {outcome.seconds:.1f} s{memory}")

    def clear(self) -> None:
        """Take the line at work away."""
        if self._status:
            self._status.stop()
            self._status = None


@notebooks_app.command("list", epilog=examples("affetto notebooks list --params full --json"))
def show(
    params: Annotated[
        str, typer.Option(metavar="SET", help="smoke, full, release, or a YAML file of your own.")
    ] = "smoke",
    as_json: JsonOption = False,
) -> None:
    """Say what each notebook takes, reads and writes under a parameter set."""
    from affetto.notebook import shown
    from affetto.runner import find_notebooks, notebooks_dir
    from affetto.runner.parameters import find_set, read_set, resolve

    notebooks = find_notebooks()
    blocks = read_set(find_set(params, folder=notebooks_dir() / "params"))
    values = resolve(notebooks, blocks)
    facts: dict[str, dict[str, Any]] = {
        notebook.name: {
            "takes": values[notebook.name],
            "reads": [
                what if what.startswith("source") else shown(Path(what))
                for what in notebook.inputs(values[notebook.name])
            ],
            "writes": [shown(path) for path in notebook.outputs(values[notebook.name])],
        }
        for notebook in notebooks
    }
    if as_json:
        print_json(facts)
        return
    for name, fact in facts.items():
        takes = [f"{key} = {value!r}" for key, value in fact["takes"].items()]
        rows = [("takes", ", ".join(takes)), ("reads", ", ".join(fact["reads"]) or "nothing")]
        print_table((name, ""), [*rows, ("writes", ", ".join(fact["writes"]))])
