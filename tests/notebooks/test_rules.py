"""What every committed notebook keeps to: it tells, in small steps, and the library does the work.

The rules are functions that name what is wrong, and a notebook that breaks each is shown to them.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from affetto.runner import find_notebooks
from affetto.runner.declared import read_notebook
from affetto.runner.parameters import find_set, read_set, resolve
from tests.notebooks.small import code, markdown

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
LONGEST, FEWEST_STEPS = 15, 8
OPENING = ("Question.", "Reads.", "Writes.", "Takes.")

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells_of(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def is_code(cell: dict[str, Any]) -> bool:
    return cell["cell_type"] == "code"


def faults(cells: list[dict[str, Any]]) -> Iterator[str]:
    """Everything that is wrong with a notebook's cells."""
    steps = [cell for cell in cells if is_code(cell)]
    yield from _faults_of_the_whole(cells, steps)
    for number, cell in enumerate(cells, start=1):
        if is_code(cell):
            before = cells[number - 2] if number > 1 else None
            if before is None or is_code(before) or not source(before).strip():
                yield f"cell {number}: no words before it"
            yield from (f"cell {number}: {fault}" for fault in _faults_of_a_step(cell))


def _faults_of_the_whole(cells: list[dict[str, Any]], steps: list[dict[str, Any]]) -> Iterator[str]:
    missing = [word for word in OPENING if f"**{word}**" not in source(cells[0])]
    if is_code(cells[0]) or missing:
        yield f"the first cell does not say {', '.join(missing)}"
    if sum("parameters" in cell["metadata"].get("tags", ()) for cell in steps) != 1:
        yield "not exactly one cell tagged parameters"
    if len(steps) - 1 < FEWEST_STEPS:
        yield f"only {len(steps) - 1} steps"
    if "record_metrics(" not in source(cells[-1]):
        yield "the last cell records no metrics"
    if not any(source(cell).startswith("## Answer") for cell in cells[-3:]):
        yield "no answer at the end"
    if len({cell.get("id") for cell in cells}) != len(cells):
        yield "cells share an id"


def _faults_of_a_step(cell: dict[str, Any]) -> Iterator[str]:
    if cell["outputs"] or cell["execution_count"] is not None:
        yield "carries outputs"
    if len(cell["source"]) > LONGEST:
        yield f"{len(cell['source'])} lines"
    kinds = {type(node) for node in ast.walk(ast.parse(source(cell)))}
    if kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef}:
        yield "defines a function or a class"
    if "parameters" in cell["metadata"].get("tags", ()):
        names = [
            node.id for node in ast.walk(ast.parse(source(cell))) if isinstance(node, ast.Name)
        ]
        if [name for name in names if name != name.upper()]:
            yield "parameters are not in CAPS"


def missing_imports(cells: list[dict[str, Any]]) -> list[str]:
    """Names that a notebook takes from affetto and that are not there."""
    wanted = []
    for cell in filter(is_code, cells):
        for node in ast.walk(ast.parse(source(cell))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("affetto"):
                wanted += [(node.module, alias.name) for alias in node.names]
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
                wanted += [(name, "") for name in names if name.startswith("affetto")]
    return [f"{module}.{name}" for module, name in wanted if not _is_there(module, name)]


def missing_attributes(cells: list[dict[str, Any]]) -> list[str]:
    """What a notebook uses of the modules that it imports from affetto, and is not there."""
    trees = [ast.parse(source(cell)) for cell in filter(is_code, cells)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    modules = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("affetto")
        for alias in node.names
        if _is_module(f"{node.module}.{alias.name}")
    }
    used = [
        (modules[node.value.id], node.attr)
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in modules
    ]
    return sorted({f"{module}.{name}" for module, name in used if not _is_there(module, name)})


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # of a name inside a module that is no package
        return False


def _is_there(module: str, name: str) -> bool:
    try:
        found = importlib.import_module(module)
        return not name or hasattr(found, name) or bool(importlib.import_module(f"{module}.{name}"))
    except ImportError:
        return False


def test_there_are_notebooks() -> None:
    assert {"01_collect_tracks", "02_explore_features", "03_prepare_faces"} <= {
        path.stem for path in NOTEBOOKS
    }
    assert "06_prepare_playlists" in {path.stem for path in NOTEBOOKS}


@every_notebook
def test_it_keeps_the_rules(path: Path) -> None:
    assert list(faults(cells_of(path))) == []


@every_notebook
def test_whatever_it_imports_from_affetto_exists(path: Path) -> None:
    assert missing_imports(cells_of(path)) == []


@every_notebook
def test_whatever_it_uses_of_an_affetto_module_exists(path: Path) -> None:
    assert missing_attributes(cells_of(path)) == []


def test_a_function_that_moved_away_is_found() -> None:
    cells = [code("from affetto.learn import faces"), code("faces.split_faces(); faces.fit()")]
    assert missing_attributes(cells) == ["affetto.learn.faces.split_faces"]


@every_notebook
def test_it_records_under_its_own_name_and_declares_that_file(path: Path) -> None:
    notebook = read_notebook(path)
    assert f'name="{path.stem}"' in source(cells_of(path)[-1])
    written = [output.name for output in notebook.outputs(notebook.parameters)]
    assert f"{path.stem}.json" in written


def test_no_notebook_reads_what_a_later_one_writes() -> None:
    """In order, every table is there before somebody needs it: one story, told forwards."""
    later: set[Path] = set()
    for notebook in reversed(find_notebooks(folder=FOLDER)):
        later |= set(notebook.outputs(notebook.parameters))
        read = {Path(what) for what in notebook.inputs(notebook.parameters)}
        assert not read & later, notebook.name


@pytest.mark.parametrize("name", sorted(path.stem for path in (FOLDER / "params").glob("*.yaml")))
def test_every_parameter_set_fits_the_notebooks(name: str) -> None:
    notebooks = find_notebooks(folder=FOLDER)
    values = resolve(notebooks, read_set(find_set(name, folder=FOLDER / "params")))
    assert set(values) == {notebook.name for notebook in notebooks}


def test_smoke_touches_no_data_of_the_project() -> None:
    """Made-up rows must never overwrite real tables, nor count as committed figures."""
    notebooks = find_notebooks(folder=FOLDER)
    values = resolve(notebooks, read_set(find_set("smoke", folder=FOLDER / "params")))
    written = [path for n in notebooks for path in n.outputs(values[n.name])]
    assert written
    assert [path for path in written if "interim/notebooks/smoke" not in path.as_posix()] == []


GOOD = [
    markdown("**Question.** **Reads.** **Writes.** **Takes.**"),
    markdown("What may change?"),
    code("SEED = 1", "parameters"),
    *[cell for _ in range(7) for cell in (markdown("Why?"), code("x = 1"))],
    markdown("## Answer"),
    code('record_metrics({}, name="a")'),
]


def with_cell(at: int, cell: dict[str, Any]) -> list[dict[str, Any]]:
    cells = [{**c, "id": str(k)} for k, c in enumerate(GOOD)]
    return [*cells[:at], {**cell, "id": "new"}, *cells[at + 1 :]]


def test_a_good_notebook_has_no_fault() -> None:
    assert list(faults([{**cell, "id": str(k)} for k, cell in enumerate(GOOD)])) == []


@pytest.mark.parametrize(
    ("at", "cell", "fault"),
    [
        (0, markdown("# Title"), "the first cell does not say Question., Reads., Writes., Takes."),
        (2, code("SEED = 1"), "not exactly one cell tagged parameters"),
        (2, code("seed = 1", "parameters"), "cell 3: parameters are not in CAPS"),
        (3, code("y = 2"), "cell 4: no words before it"),
        (4, code("def f():\n    pass"), "cell 5: defines a function or a class"),
        (4, code("\n".join(["x = 1"] * 16)), "cell 5: 16 lines"),
        (4, {**code("x = 1"), "execution_count": 3}, "cell 5: carries outputs"),
        (4, markdown("only words"), "only 7 steps"),
        (-2, markdown("The end"), "no answer at the end"),
        (-1, code("print(1)"), "the last cell records no metrics"),
    ],
)
def test_each_rule_bites(at: int, cell: dict[str, Any], fault: str) -> None:
    assert fault in list(faults(with_cell(at % len(GOOD), cell)))


def test_a_name_that_is_not_there_is_found() -> None:
    cells = [code("from affetto.emotions import EMOTIONS, JOYS\nimport affetto.nothing")]
    assert missing_imports(cells) == ["affetto.emotions.JOYS", "affetto.nothing."]
