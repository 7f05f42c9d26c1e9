"""Small notebooks for tests of the runner, and of the rules that ours must keep."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PARAMETERS = 'SEED = 1\nNAME = "a"\nSHARE = 0.5\nFAST = True\nDATA_DIR = ""\nMETRICS_DIR = ""'


def markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": [text]}


def code(source: str, *tags: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": list(tags)} if tags else {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def write_notebook(
    path: Path,
    sources: Sequence[str],
    *,
    declares: Mapping[str, Any] | None = None,
    parameters: str = PARAMETERS,
    question: str = "What now?",
) -> Path:
    """A notebook with a parameters cell and one question before every source."""
    cells = [markdown(f"# {path.stem}"), code(parameters, "parameters")]
    for source in sources:
        cells += [markdown(question), code(source)]
    document = {
        "cells": [{**cell, "id": f"cell-{at}"} for at, cell in enumerate(cells)],
        "metadata": {
            "affetto": dict(declares or {}),
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def write_set(folder: Path, text: str = "{}", name: str = "smoke") -> Path:
    """A parameter set beside the notebooks of ``folder``."""
    path = folder / "params" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
