"""Runs the notebooks in order through papermill, strictly.

``declared`` reads what a notebook takes, reads and writes; ``parameters`` decides what each is
given; ``execution`` runs one; ``modules`` finds which of ours it rests on, ``provenance`` records
that and the rest; ``chain`` puts them together.  papermill is loaded when a notebook is about to
run.
"""

from affetto.runner.chain import Outcome, run_notebooks
from affetto.runner.declared import Notebook, find_notebooks, notebooks_dir
from affetto.runner.execution import NotebookError

__all__ = [
    "Notebook",
    "NotebookError",
    "Outcome",
    "find_notebooks",
    "notebooks_dir",
    "run_notebooks",
]
