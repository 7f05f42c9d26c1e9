"""One smoke chain for all tests of it: that of ``make notebooks``, run now where it is not yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from affetto.runner import find_notebooks, run_notebooks
from affetto.settings import interim_dir

NAMES = tuple(notebook.name for notebook in find_notebooks())


@pytest.fixture(scope="session")
def smoke_folder() -> Path:
    """Folder of the chain's executed notebooks, of today's code: the runner runs what changed."""
    run_notebooks(NAMES, params="smoke")
    return interim_dir() / "notebooks" / "smoke"


@pytest.fixture(scope="session")
def smoke(smoke_folder: Path) -> dict[str, dict]:
    """Notebook → its metrics."""
    return read_metrics(smoke_folder / "metrics", NAMES)


def read_metrics(folder: Path, names: tuple[str, ...]) -> dict[str, dict]:
    """Notebook → the metrics that it wrote into ``folder``."""
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in names}
