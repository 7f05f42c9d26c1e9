"""What a notebook rests on: found by reading, through every import and no further."""

from __future__ import annotations

from pathlib import Path

import pytest

from affetto.runner import find_notebooks
from affetto.runner.declared import read_notebook
from affetto.runner.modules import code_hash, files_behind
from affetto.runner.provenance import fingerprint, input_hashes
from tests.notebooks.small import write_notebook

SMALL = {
    "__init__.py": (
        "from typing import TYPE_CHECKING\n"
        "import importlib\n"
        "if TYPE_CHECKING:\n    from ours.far import thing\n"
        "def __getattr__(name):\n    return getattr(importlib.import_module('ours.far'), name)\n"
    ),
    "near.py": "def f():\n    from ours.deep import words\n    return words.g\n",
    "far.py": "thing = 1\n",
    "alone.py": "x = 1\n",
    "deep/__init__.py": "",
    "deep/words.py": "import ours.floor\n",
    "deep/words.csv": "a,b\n",
    "floor.py": "y = 1\n",
    "bundled/__init__.py": "",
    "bundled/model.bin": "weights",
}


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A package: ``near`` needs ``deep.words`` inside a function, which needs ``floor``."""
    for name, text in SMALL.items():
        path = tmp_path / "ours" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "ours"


def behind(source: str, package: Path) -> set[str]:
    found = files_behind([source], package=package)
    return {path.relative_to(package).as_posix() for path in found}


def test_imports_inside_functions_and_of_imports_count_and_data_beside_them(ours: Path) -> None:
    assert behind("from ours import near\nimport json", ours) == {
        "__init__.py", "near.py", "deep/__init__.py", "deep/words.py", "deep/words.csv", "floor.py",
    }  # fmt: skip


def test_what_a_package_names_counts_when_the_package_itself_is_asked(ours: Path) -> None:
    """``ours.thing`` comes through ``__getattr__`` from ``far``; ``ours.alone`` does not."""
    assert behind("from ours import thing", ours) == {"__init__.py", "far.py"}
    assert behind("import ours.alone", ours) == {"__init__.py", "alone.py"}


def test_released_models_are_declared_inputs_and_not_code(ours: Path) -> None:
    assert behind("import ours.bundled", ours) == {"__init__.py", "bundled/__init__.py"}


@pytest.mark.parametrize(
    ("changed", "matters"),
    [
        ("near.py", True), ("deep/words.py", True), ("deep/words.csv", True), ("floor.py", True),
        ("alone.py", False), ("far.py", False), ("bundled/model.bin", False),
    ],
)  # fmt: skip
def test_only_a_change_behind_a_notebook_changes_its_hash(
    ours: Path, changed: str, matters: bool
) -> None:
    before = code_hash(["from ours import near"], package=ours)
    path = ours / changed
    path.write_text(path.read_text() + "\n# another word")
    assert (code_hash(["from ours import near"], package=ours) != before) is matters


def test_a_fingerprint_is_of_code_parameters_and_inputs(tmp_path: Path) -> None:
    notebook = read_notebook(write_notebook(tmp_path / "01_first.ipynb", ["x = 1"]))
    other = read_notebook(write_notebook(tmp_path / "02_second.ipynb", ["import affetto.plots"]))
    before = fingerprint(notebook, {"SEED": 1}, {})
    assert fingerprint(notebook, {"SEED": 1}, {}) == before
    assert fingerprint(notebook, {"SEED": 2}, {}) != before
    assert fingerprint(notebook, {"SEED": 1}, {"a": "0"}) != before
    assert fingerprint(other, {"SEED": 1}, {}) != before


# --- ours --------------------------------------------------------------------------------------

RELEASED = ("detect", "recommend", "load_released", "read_bundled", "EmotionClassifier")


def test_a_notebook_that_reads_released_models_declares_them() -> None:
    """So a release runs it again: the manifest holds the hash of every released file."""
    readers = {
        notebook.name: notebook.inputs(notebook.parameters)
        for notebook in find_notebooks()
        if any(
            f"{name}(" in cell or f"{name}." in cell for cell in notebook.code for name in RELEASED
        )
    }
    assert {"05_evaluate_emotion_cnn", "09_photo_to_playlist"} <= set(readers)
    silent = [n for n, reads in readers.items() if not any("manifest.json" in r for r in reads)]
    assert silent == []


def test_an_optional_input_counts_where_it_is_there(tmp_path: Path) -> None:
    reads = [{"what": "{METRICS_DIR}/peers.json", "optional": True}]
    path = write_notebook(tmp_path / "01_first.ipynb", ["x = 1"], declares={"reads": reads})
    notebook, values = read_notebook(path), {"METRICS_DIR": str(tmp_path)}
    assert input_hashes(notebook, values) == {}
    (tmp_path / "peers.json").write_text("{}")
    # sha256 of "{}", from `printf '{}' | sha256sum`
    assert list(input_hashes(notebook, values).values()) == [
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    ]


def test_data_notebooks_do_not_rest_on_networks() -> None:
    """So that a change to a network does not run an hour of data work again."""
    for notebook in find_notebooks(["01", "02", "03", "06"]):
        folders = {path.parent.name for path in files_behind(notebook.code)}
        assert not folders & {"learn", "faces", "recommend", "bundled"}, notebook.name
