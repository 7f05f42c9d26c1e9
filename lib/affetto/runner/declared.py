"""What a notebook declares: its parameters, what it reads and what it writes.

The parameters stand in the one cell tagged ``parameters``, as plain literals.  Reads and writes
stand in the notebook's own metadata::

    "affetto": {"reads": ["sources:music", {"what": "{DATA_DIR}/processed/tracks.parquet"}],
                "writes": ["{METRICS_DIR}/02_explore_features.json"],
                "never_skip": {"ORIGIN": ["auto", "spotify"]}}

A name in braces is a parameter; ``{PROJECT}/`` in front is the project's folder.
``sources:music`` are all sources of that kind in the registry, ``source:NAME`` is one.  An entry
with ``"when": {"ORIGIN": ["public"]}`` counts only then, one with ``"optional": true`` only where
the file is there.  ``never_skip`` names values that reach for something outside, which can change
unseen.
"""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affetto.errors import DataError, InputError
from affetto.notebook import data_folder, metrics_folder
from affetto.settings import project_dir

Value = bool | int | float | str | list | dict
_OURS = "{PROJECT}/"
_FOLDERS = {"DATA_DIR": data_folder, "METRICS_DIR": metrics_folder}


@dataclass(frozen=True, slots=True)
class Notebook:
    """One notebook as it stands on disk."""

    path: Path
    parameters: Mapping[str, Value]  # name → default
    code: tuple[str, ...]  # the cells that compute, without the parameters
    reads: tuple[Mapping[str, Any], ...] = ()
    writes: tuple[Mapping[str, Any], ...] = ()
    never_skip: Mapping[str, Sequence[Value]] | None = None

    @property
    def name(self) -> str:
        """``01_collect_tracks``."""
        return self.path.stem

    def inputs(self, values: Mapping[str, Value]) -> list[str]:
        """Files and sources that it reads with these parameters."""
        counting = [entry for entry in self.reads if _counts(entry, values)]
        named = [(_filled(entry, values), entry.get("optional", False)) for entry in counting]
        return [what for what, optional in named if not optional or Path(what).is_file()]

    def outputs(self, values: Mapping[str, Value]) -> list[Path]:
        """Files that it writes with these parameters."""
        return [Path(_filled(entry, values)) for entry in self.writes if _counts(entry, values)]

    def reaches_outside(self, values: Mapping[str, Value]) -> bool:
        """Whether what it reads with these parameters can change unseen."""
        outside = self.never_skip or {}
        return any(values.get(name) in choices for name, choices in outside.items())


def notebooks_dir() -> Path:
    """The folder of the ordered notebooks."""
    return project_dir() / "notebooks"


def find_notebooks(names: Iterable[str] = (), *, folder: Path | None = None) -> list[Notebook]:
    """The notebooks that are named, or all, in order.

    names : ``01_collect_tracks``, or a part that fits one notebook only (``01``, ``1``, ``faces``).
    Raises InputError for any other name, DataError for a notebook that declares nothing.
    """
    paths = sorted((folder or notebooks_dir()).glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise InputError(f"There are no notebooks in {folder or notebooks_dir()}.")
    wanted = {_match(name, [path.stem for path in paths]) for name in names}
    return [read_notebook(path) for path in paths if not wanted or path.stem in wanted]


def _match(name: str, known: Sequence[str]) -> str:
    word = name.removesuffix(".ipynb").rpartition("/")[2]
    word = word.zfill(2) if word.isdigit() else word
    fitting = [stem for stem in known if word == stem] or [
        stem for stem in known if word and (stem.startswith(word) or word in stem.split("_"))
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise InputError(f"{name!r} fits several notebooks: {', '.join(fitting)}.")
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
    raise InputError(f"There is no notebook {name!r}; {hint}")


def read_notebook(path: Path) -> Notebook:
    """A notebook's declarations.  Raises DataError where they cannot be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
        sources = ["".join(cell["source"]) for cell in cells]
        tagged = ["parameters" in cell["metadata"].get("tags", ()) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"The notebook {path.name} cannot be read ({error}).") from error
    if sum(tagged) != 1:
        raise DataError(f"{path.name} needs exactly one cell tagged parameters.")
    declared = document.get("metadata", {}).get("affetto", {})
    return Notebook(
        path=path,
        parameters=_literals(sources[tagged.index(True)], path.name),
        code=tuple(s for s, is_tagged in zip(sources, tagged, strict=True) if not is_tagged),
        reads=tuple(_entry(entry) for entry in declared.get("reads", ())),
        writes=tuple(_entry(entry) for entry in declared.get("writes", ())),
        never_skip=declared.get("never_skip"),
    )


def _literals(source: str, name: str) -> dict[str, Value]:
    """``NAME = literal`` lines of the parameters cell."""
    found: dict[str, Value] = {}
    try:
        for statement in ast.parse(source).body:
            (target,) = statement.targets  # type: ignore[attr-defined]
            found[target.id] = ast.literal_eval(statement.value)  # type: ignore[attr-defined]
    except (SyntaxError, ValueError, AttributeError) as error:
        raise DataError(f"{name}: parameters must be lines of NAME = literal ({error}).") from error
    return found


def _entry(entry: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return {"what": entry} if isinstance(entry, str) else entry


def _counts(entry: Mapping[str, Any], values: Mapping[str, Value]) -> bool:
    return all(values[name] in choices for name, choices in entry.get("when", {}).items())


def _filled(entry: Mapping[str, Any], values: Mapping[str, Value]) -> str:
    """The entry with its parameters filled in, folders as full paths."""
    named = {name: find(str(values.get(name, ""))) for name, find in _FOLDERS.items()}
    what = entry["what"].removeprefix(_OURS)
    filled = what.format(**{**values, **named})
    if what == entry["what"]:
        return filled
    return str(project_dir() / Path(filled).expanduser())  # a full path stays where it is
