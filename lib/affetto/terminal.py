"""How the commands talk: data on stdout; progress, complaints and nothing else on stderr."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

OK, FAILED, BAD_INPUT = 0, 1, 2  # exit codes; 1 also where a check found something wrong
Item = TypeVar("Item")
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
_WIDTH_OF_A_PIPE = 500  # characters; Rich would take 80 and fold long names


def new_group(purpose: str) -> typer.Typer:
    """A group of commands, such as ``affetto data``; without a command it prints its help."""
    return typer.Typer(
        help=purpose,
        no_args_is_help=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def filled(text: str) -> str:
    """An option's text.  Raises typer.BadParameter where that is empty."""
    if not text.strip():
        raise typer.BadParameter("there is nothing in it")
    return text


def named_file(text: str) -> Path:
    """An option's file; an empty name would mean this folder.  Raises typer.BadParameter."""
    return Path(filled(text))


def counted(number: int, thing: str) -> str:
    """Such as "1 track" and "4 tracks"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def examples(*lines: str) -> str:
    """The end of a command's ``--help``: one example a line."""
    return "\n\n".join(["[bold]Examples[/bold]", *(f"  {line}" for line in lines)])


def print_json(value: Any) -> None:
    """JSON on stdout; other scripts' letters as they are where the terminal has them."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    print(text)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout.  A column whose name starts with ``>`` is set flush right."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 3, 0, 0))
    for name in columns:
        right = name.startswith(">")
        table.add_column(
            name.removeprefix(">"), justify="right" if right else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(_printable(cell)) for cell in row))  # a name is no markup
    stdout_console().print(table)


def print_line(text: str) -> None:
    """One line of data on stdout, as it is."""
    stdout_console().print(_printable(text), markup=False, highlight=False, soft_wrap=True)


def complain(sentence: str) -> None:
    """One line on stderr, as it is."""
    console = Console(stderr=True)
    console.print(_printable(sentence), markup=False, highlight=False, soft_wrap=True)


def _printable(text: str) -> str:
    """Names come from anybody: what would steer the terminal is shown as a question mark."""
    steers = ("Cc", "Cs")  # control characters, and halves of none; a wide space is a space
    return "".join(
        "?" if unicodedata.category(sign) in steers and sign != "\n" else sign for sign in text
    )


def stdout_console() -> Console:
    """A Rich console on the present stdout, wide enough when that is a file or a pipe."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH_OF_A_PIPE)


def progress(items: Sequence[Item], *, doing: str) -> Iterator[Item]:
    """The items, with a bar on stderr while there are several and somebody is watching."""
    console = Console(stderr=True)
    if len(items) < 2 or not console.is_terminal:
        yield from items
    else:
        yield from track(items, description=doing, console=console, transient=True)


@contextlib.contextmanager
def native_chatter_muted() -> Iterator[None]:
    """Keep C++ libraries from announcing themselves on stderr; Python's own errors still come.

    LiteRT writes which delegate it made, and has no switch for that.  For commands only: it takes
    stderr away from the whole process.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
