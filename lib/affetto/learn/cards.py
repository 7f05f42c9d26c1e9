"""What the cards are written with: shares in per cent, and tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def percent(share: float, digits: int = 1) -> str:
    """``74.3 %``."""
    return f"{100 * share:.{digits}f} %"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a head that begins with ``>`` is of numbers."""
    lines = [
        f"| {' | '.join(name.lstrip('>') for name in head)} |",
        f"|{'|'.join('---:' if name.startswith('>') else '---' for name in head)}|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines)


def plain_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with all columns alike."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
