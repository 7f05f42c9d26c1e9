"""``affetto reports``: run the notebooks and write the pages of ``reports/``.

Mounted by the command; everything heavy is imported inside the functions.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from affetto.errors import DataError
from affetto.settings import interim_dir, reports_dir
from affetto.terminal import JsonOption, complain, examples, new_group, print_json, print_line

reports_app = new_group("Run the notebooks and write the pages of reports/.")


@reports_app.command(
    epilog=examples(
        "affetto reports build",
        "affetto reports build --params release",
        "affetto reports build --no-run --no-pictures",
    )
)
def build(
    params: Annotated[
        str, typer.Option(metavar="SET", help="full: everything anew; release: read its logs.")
    ] = "full",
    run: Annotated[bool, typer.Option(help="Run the notebooks that changed, first.")] = True,
    pictures: Annotated[bool, typer.Option(help="Take the index's pictures in Chromium.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Run the chain, then write its pages, the cards' and the index.

    A chain that stopped goes on where it was. Exit 1 where a cell failed.
    """
    from affetto.reports.build import build_pages, confidence_is_current, write_confidence

    if run:
        from affetto.learn.faces_report import write_card
        from affetto.notebooks_cli import run_chain

        run_chain(params=params)
        if not confidence_is_current(reports_dir()):
            _renew("The counts by confidence stay as they are", write_confidence)
        _renew("The emotion network's card stays as it is", write_card)  # its twin is notebook 04's
    executed = interim_dir() / "notebooks" / Path(params).stem
    built = build_pages(executed, reports_dir(), pictures=pictures)
    if as_json:
        pages = [page.path for page in (*built.notebooks, *built.cards)]
        print_json({"index": str(built.index), "pages": pages, "bytes": built.size})
    else:
        count = len(built.notebooks) + len(built.cards)
        print_line(f"{built.index}: {count} pages; reports/ has {built.size / 1e6:.1f} MB")


def _renew(otherwise: str, write: Callable[[Path], object]) -> None:
    """Write into ``reports``, or say what stays as it is, and why."""
    try:
        write(reports_dir())
    except DataError as error:
        complain(f"{otherwise}: {error}")


@reports_app.command(epilog=examples("affetto reports confidence"))
def confidence(as_json: JsonOption = False) -> None:
    """Count the released emotion network's answers on PublicTest by confidence.

    The dashboard's confusion matrix by threshold and reliability diagram read the counts.
    """
    from affetto.reports.build import BY_CONFIDENCE, write_confidence

    found = write_confidence(reports_dir())
    if as_json:
        print_json(found)
    else:
        print_line(f"reports/metrics/{BY_CONFIDENCE}: {found['usage']}")


@reports_app.command(
    epilog=examples(
        "npm pack plotly.js-cartesian-dist-min@4.1.1 && tar xzf plotly.js-*.tgz",
        "affetto reports plotly package/plotly-cartesian.min.js",
    )
)
def plotly(
    bundle: Annotated[Path, typer.Argument(help="plotly-cartesian.min.js of that npm package.")],
) -> None:
    """Renew the plotly.js that all pages share; needed only when the version changes."""
    from affetto.reports.build import pack_plotly

    print_line(f"plotly.js {pack_plotly(bundle, reports_dir())}")
