"""Parameters: a set, then -p; anything unknown or of the wrong type is an error with a hint."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affetto.errors import DataError, InputError
from affetto.runner.declared import Notebook, find_notebooks, read_notebook
from affetto.runner.parameters import find_set, read_set, resolve
from affetto.settings import project_dir
from tests.notebooks.small import write_notebook

DEFAULTS = MappingProxyType(
    {"SEED": 1, "NAME": "a", "SHARE": 0.5, "FAST": True, "WORDS": ["x"], "DATA_DIR": ""}
)
FIRST = Notebook(Path("01_first.ipynb"), DEFAULTS, ())
SECOND = Notebook(Path("02_second.ipynb"), MappingProxyType({"SEED": 2, "SIZE": 10}), ())
BOTH = (FIRST, SECOND)


def test_defaults_then_every_then_the_notebooks_own_block_then_the_command_line() -> None:
    blocks = {"every": {"SEED": 3, "NAME": "b"}, "01_first": {"SEED": 4}}
    assert resolve(BOTH, blocks)["01_first"] == {**DEFAULTS, "SEED": 4, "NAME": "b"}
    assert resolve(BOTH, blocks)["02_second"] == {"SEED": 3, "SIZE": 10}
    given_last = resolve(BOTH, blocks, ["SEED=5"])
    assert [given_last[n.name]["SEED"] for n in BOTH] == [5, 5]


def test_a_text_stays_a_text_and_other_values_are_read() -> None:
    texts = ["NAME=007", "SHARE=1", "FAST=false", "WORDS=[a, b]", "SEED=-3"]
    values = resolve([FIRST], {}, texts)["01_first"]
    assert values == {**DEFAULTS, "NAME": "007", "SHARE": 1.0, "FAST": False, "WORDS": ["a", "b"],
                      "SEED": -3}  # fmt: skip
    assert type(values["SHARE"]) is float
    assert resolve([FIRST], {}, ["SHARE=1e-3"])["01_first"]["SHARE"] == 0.001  # YAML's text


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["SEED=abc"], "01_first: SEED must be a whole number; got 'abc'."),
        (["SEED=1.5"], "01_first: SEED must be a whole number; got 1.5."),
        (["SEED=true"], "01_first: SEED must be a whole number; got True."),
        (["FAST=1"], "01_first: FAST must be true or false; got 1."),
        (["SHARE=much"], "01_first: SHARE must be a number; got 'much'."),
        (["WORDS=a"], "01_first: WORDS must be a list; got 'a'."),
        (["SEDE=1"], "'SEDE' (-p) is no parameter of 01_first; did you mean SEED?"),
        (["seed=1"], "'seed' (-p) is no parameter of 01_first; did you mean SEED?"),
        (["SEED"], "A parameter is given as NAME=value; got 'SEED'."),
        (["=3"], "A parameter is given as NAME=value; got '=3'."),
    ],
)
def test_a_value_that_does_not_fit_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve([FIRST], {}, texts)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("blocks", "part"),
    [
        ({"01_fist": {"SEED": 1}}, "'01_fist', no notebook; did you mean 01_first?"),
        (
            {"01_first": {"SIZE": 1}},
            "'SIZE' (the set's block 01_first) is no parameter of 01_first; known: DATA_DIR, FAST",
        ),
        (
            {"every": {"NOTHING": 1}},
            "'NOTHING' (the set's block every) is no parameter of any of these notebooks; known",
        ),
        ({"every": {"SEED": "1"}}, "SEED must be a whole number; got '1'."),
    ],
)
def test_a_set_that_does_not_fit_is_refused(blocks: dict, part: str) -> None:
    with pytest.raises(InputError, match=r".") as caught:
        resolve(BOTH, blocks)
    assert part in str(caught.value)


def test_a_set_may_name_notebooks_that_do_not_run_now() -> None:
    blocks = {"02_second": {"SIZE": 3}}
    assert resolve([FIRST], blocks, known=BOTH) == {"01_first": dict(DEFAULTS)}


@given(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_numbers_given_as_text_come_back_as_they_are(seed: int, share: float, fast: bool) -> None:
    texts = [f"SEED={seed}", f"SHARE={share:.17f}", f"FAST={str(fast).lower()}"]
    values = resolve([FIRST], {}, texts)["01_first"]
    assert values["SEED"] == seed
    assert values["SHARE"] == pytest.approx(share, abs=1e-16)
    assert values["FAST"] is fast


@pytest.mark.parametrize(
    ("text", "part"),
    [("- a\n- b", "must hold one block a notebook"), ("every: 3", "every must be a block"),
     ("a: [1", "cannot be read"), ("\xff", "cannot be read")],
)  # fmt: skip
def test_a_broken_set_is_named(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"mine\.yaml|every") as caught:
        read_set(path)
    assert part in str(caught.value)


def test_an_empty_set_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("# nothing\n")
    assert resolve([FIRST], read_set(path)) == {"01_first": dict(DEFAULTS)}


def test_a_set_is_found_by_name_or_by_path(tmp_path: Path) -> None:
    (tmp_path / "smoke.yaml").write_text("{}")
    own = tmp_path / "elsewhere.yml"
    own.write_text("{}")
    assert find_set("smoke", folder=tmp_path) == tmp_path / "smoke.yaml"
    assert find_set(str(own), folder=tmp_path) == own
    with pytest.raises(InputError, match="no parameter set 'smok'; choose smoke"):
        find_set("smok", folder=tmp_path)


# --- what a notebook declares ------------------------------------------------------------------


def test_parameters_are_read_from_the_tagged_cell(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "01_a.ipynb", ["x = 1"], parameters="SEED = 7\nLIST = [1]")
    notebook = read_notebook(path)
    assert dict(notebook.parameters) == {"SEED": 7, "LIST": [1]}
    assert notebook.code == ("x = 1",)


@pytest.mark.parametrize("cell", ["SEED = len('a')", "import os", "SEED == 1", "SEED = ("])
def test_parameters_that_are_no_literals_are_refused(tmp_path: Path, cell: str) -> None:
    path = write_notebook(tmp_path / "01_a.ipynb", [], parameters=cell)
    with pytest.raises(DataError, match=r"01_a\.ipynb: parameters must be lines of NAME = literal"):
        read_notebook(path)


def test_inputs_follow_the_parameters(tmp_path: Path) -> None:
    declares = {
        "reads": [
            {"what": "sources:music", "when": {"NAME": ["public"]}},
            "{DATA_DIR}/t.parquet",
        ],
        "never_skip": {"NAME": ["live"]},
    }
    notebook = read_notebook(write_notebook(tmp_path / "01_a.ipynb", [], declares=declares))
    values = {**notebook.parameters, "DATA_DIR": str(tmp_path)}
    assert notebook.inputs(values) == [f"{tmp_path}/t.parquet"]
    assert notebook.inputs({**values, "NAME": "public"})[0] == "sources:music"
    assert [notebook.reaches_outside({"NAME": name}) for name in ("live", "a")] == [True, False]


def test_notebooks_are_found_by_name_number_or_word(tmp_path: Path) -> None:
    for name in ("01_collect_tracks", "02_explore_features", "10_collect_more"):
        write_notebook(tmp_path / f"{name}.ipynb", [])
    names = [n.name for n in find_notebooks(["features", "01"], folder=tmp_path)]
    assert names == ["01_collect_tracks", "02_explore_features"]
    assert [n.name for n in find_notebooks(["2"], folder=tmp_path)] == ["02_explore_features"]
    assert len(find_notebooks(folder=tmp_path)) == 3
    with pytest.raises(InputError, match="'collect' fits several notebooks: 01_collect_tracks, 10"):
        find_notebooks(["collect"], folder=tmp_path)
    with pytest.raises(InputError, match=r"did you mean 02_explore_features\?"):
        find_notebooks(["02_explore_featurs"], folder=tmp_path)
    with pytest.raises(InputError, match="There are no notebooks in"):
        find_notebooks(folder=tmp_path / "empty")


def test_a_file_of_the_projects_or_elsewhere_is_an_input_where_it_is_there(tmp_path: Path) -> None:
    """Notebook 09's own photo: read anew when it changes, and nothing where none is named."""
    (photo,) = find_notebooks(["09"])
    models, *named = photo.inputs({**photo.parameters, "PHOTO": ""})
    assert models.endswith("lib/affetto/bundled/manifest.json")
    assert named == []
    mine = tmp_path / "me.jpg"
    assert photo.inputs({**photo.parameters, "PHOTO": str(mine)}) == [models]
    mine.write_bytes(b"a photo")
    assert photo.inputs({**photo.parameters, "PHOTO": str(mine)}) == [models, str(mine)]
    ours = photo.inputs({**photo.parameters, "PHOTO": "reports/figures/app.png"})
    assert ours == [models, str(project_dir() / "reports" / "figures" / "app.png")]
