"""``affetto data``: fetch, add, check, build and pack the public data sets.

Mounted by the command; everything heavy is imported inside the functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from affetto.errors import AffettoError, DataError, InputError
from affetto.terminal import (
    FAILED,
    JsonOption,
    complain,
    examples,
    new_group,
    print_json,
    print_line,
    print_table,
)

if TYPE_CHECKING:
    from rich.progress import Progress

    from affetto.sources.registry import Source
    from affetto.sources.store import SourceState

data_app = new_group("Fetch, check and build the public data sets.")
Names = Annotated[
    list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Data sets; all by default.")
]


@data_app.command(
    epilog=examples("affetto data fetch", "affetto data fetch deezer-mood-2018 ferplus --retries 5")
)
def fetch(
    names: Names = None,
    retries: Annotated[int, typer.Option(min=0, max=20, help="New tries a file.")] = 3,
    as_json: JsonOption = False,
) -> None:
    """Download the public files and note their checksums; what is here already stays.

    Where AFFETTO_DATA_MIRROR names a folder, its files serve in place. Exit 1 where
    something could not be had; the rest is fetched all the same.
    """
    from affetto.sources.registry import get_sources
    from affetto.sources.store import check

    sources = get_sources(names or [])
    wanted = [source for source in sources if check(source).state != "verified"]
    failed = False
    for source in wanted:
        failed |= not _fetch_source(source, retries)
    fresh = get_sources([source.name for source in sources])  # first checksums are recorded now
    states = {source.name: check(source) for source in fresh}
    _report(states, as_json)
    if failed:
        raise typer.Exit(FAILED)


def _fetch_source(source: Source, retries: int) -> bool:
    """One download with a bar on stderr; False, and one sentence, where it fails."""
    from affetto.sources.fetch import fetch as download

    try:
        with _bar(source.name, total=len(source.public.files)) as advance:
            download(source, retries=retries, on_file=lambda _: advance())
    except AffettoError as error:
        complain(str(error))
        return False
    return source.public.by_hand is None


@data_app.command(
    epilog=examples(
        "affetto data add fer2013 ~/Downloads/fer2013.csv",
        "affetto data add fer2013 ~/Downloads/archive.zip",
        "affetto data add high-low-popularity-2024 ~/Downloads/popularity/",
        "affetto data add playlist-archive mackorone/ tg-z/ vitokorn/",
    )
)
def add(
    name: Annotated[str, typer.Argument(metavar="SOURCE", help="Which data set it is.")],
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Your file, zip or folder of it; or git clones."),
    ],
    as_json: JsonOption = False,
) -> None:
    """Take your own download of a data set, once its reader has understood it.

    Git clones of spotify-playlist-archive are distilled into playlist-archive: dated
    snapshots out of their history, which nothing but git on this machine reads.
    """
    from affetto.sources import archive_history
    from affetto.sources.registry import get_sources

    source = get_sources([name])[0]
    if name == archive_history.NAME and archive_history.is_history(paths):
        state = _add_clones(source, paths)
    elif len(paths) > 1:
        raise InputError(f"{name} is added as one file, zip or folder, not as {len(paths)}.")
    else:
        state = _add_file(source, paths[0])
    _report({name: state}, as_json)


def _add_clones(source: Source, clones: list[Path]) -> SourceState:
    from tempfile import TemporaryDirectory

    from affetto.sources.archive_history import FILE_NAME, distil

    with TemporaryDirectory() as folder:
        with _steps_with_bar() as progress:
            distil(clones, Path(folder) / FILE_NAME, progress=progress)
        return _add_file(source, Path(folder) / FILE_NAME)


def _add_file(source: Source, path: Path) -> SourceState:
    from affetto.sources import store
    from affetto.sources.build import count_rows

    with _spinner(f"Reading {path.name}"):
        return store.add(source, path, count_rows=lambda p: count_rows(source.name, p))


@data_app.command(epilog=examples("affetto data status", "affetto data status --json"))
def status(as_json: JsonOption = False) -> None:
    """Say what is here. Exit 0 only if every source is verified and the build is current."""
    from affetto.sources.build import why_not_current
    from affetto.sources.registry import load_registry
    from affetto.sources.store import check

    states = {name: check(source) for name, source in load_registry().items()}
    _report(states, as_json)
    stale = why_not_current()
    if stale:
        complain(stale)
    if stale or any(state.state != "verified" for state in states.values()):
        raise typer.Exit(FAILED)


@data_app.command(epilog=examples("affetto data verify", "affetto data verify fer2013 --json"))
def verify(names: Names = None, as_json: JsonOption = False) -> None:
    """Compare every checksum, then read every row. Exit 1 where something is wrong."""
    from affetto.sources.build import count_rows
    from affetto.sources.registry import get_sources
    from affetto.sources.store import check, locate

    states = {}
    wrong = False
    for source in get_sources(names or []):
        state = check(source)
        states[source.name] = state
        wrong |= state.state != "verified"
        if state.state in ("missing", "damaged"):
            continue
        try:
            with _spinner(f"Reading {source.name}"):
                rows = count_rows(source.name, locate(source).path)
        except DataError as error:
            complain(str(error))
            wrong = True
            continue
        if state.rows is not None and rows != state.rows:
            complain(f"{source.name} has {rows} rows, and {state.rows} were expected.")
            wrong = True
    _report(states, as_json)
    if wrong:
        raise typer.Exit(FAILED)


@data_app.command(
    epilog=examples("affetto data build", "affetto data build --only music", "make data")
)
def build(
    only: Annotated[str | None, typer.Option(help="One part: music or faces.")] = None,
    refreeze: Annotated[
        bool, typer.Option("--refreeze", help="Make the train and test lists anew.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Turn the sources into the tables of data/processed; the same files give the same bytes."""
    from affetto.sources import build as tables

    if only is not None and only not in tables.PARTS:
        raise InputError(f"I can build {' or '.join(tables.PARTS)}, not {only!r}.")
    with _steps() as say:
        rows = tables.build(parts=[only] if only else tables.PARTS, refreeze=refreeze, say=say)
    if as_json:
        print_json(rows)
    else:
        print_table(["table", ">rows"], [[name, f"{count:,}"] for name, count in rows.items()])


@data_app.command(epilog=examples("affetto data pack faces", "affetto data pack faces --parts 3"))
def pack(
    what: Annotated[str, typer.Argument(help="What to pack: faces.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the files.")] = None,
    parts: Annotated[int, typer.Option(min=1, max=20, help="How many mosaics.")] = 2,
) -> None:
    """Pack the built faces into lossless mosaics of at most 26 MB, to train on another machine."""
    import pyarrow.parquet as pq

    from affetto.settings import interim_dir, processed_dir
    from affetto.sources.build import FACES_TABLE
    from affetto.sources.mosaics import pack as pack_faces

    if what != "faces":
        raise InputError(f"Only faces can be packed, not {what!r}.")
    table = processed_dir() / FACES_TABLE
    if not table.is_file():
        raise InputError("The faces are not built yet; run `affetto data build --only faces`.")
    with _spinner("Packing faces"):
        written = pack_faces(pq.read_table(table), out or interim_dir() / "faces", parts=parts)
    for path in written:
        print_line(str(path))


def _report(states: dict[str, SourceState], as_json: bool) -> None:
    if as_json:
        keys = ("state", "form", "sha256", "rows")
        print_json({name: {k: getattr(s, k) for k in keys} for name, s in states.items()})
        return
    rows = [
        [name, state.state, state.form or "", f"{state.rows:,}" if state.rows else ""]
        for name, state in states.items()
    ]
    print_table(["source", "state", "form", ">rows"], rows)
    for name, state in states.items():
        if state.detail and state.state != "missing":
            complain(f"{name}: {state.detail}")


@contextmanager
def _bar(name: str, *, total: int) -> Iterator[object]:
    """A bar over files on stderr, where somebody is watching."""
    with _progress() as progress:
        task = progress.add_task(name, total=total)
        yield lambda: progress.advance(task)


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


@contextmanager
def _steps_with_bar() -> Iterator[object]:
    """A bar on stderr for each step of something long, where somebody is watching."""
    tasks = {}
    with _progress() as progress:

        def show(doing: str, done: int, total: int | None) -> None:
            if doing not in tasks:
                tasks[doing] = progress.add_task(doing, total=total)
            progress.update(tasks[doing], completed=done, total=total)

        yield show


@contextmanager
def _spinner(doing: str) -> Iterator[None]:
    with _steps() as say:
        say(doing)
        yield


@contextmanager
def _steps() -> Iterator[object]:
    """Name each step on stderr, where somebody is watching."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step: None
        return
    with console.status("Starting") as line:
        yield lambda step: line.update(f"{step} …")
