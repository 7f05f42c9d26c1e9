"""The chain: in order, whole or not at all, skipped where nothing changed, stoppable, resumable."""

from __future__ import annotations

import fcntl
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from affetto.errors import DataError, InputError
from affetto.runner import NotebookError, chain, run_notebooks
from tests.notebooks.small import write_notebook, write_set

WRITES = {"writes": ["{METRICS_DIR}/{NAME}.txt"]}
WRITE = "from pathlib import Path\nPath(METRICS_DIR, NAME + '.txt').write_text(str(SEED))"
READS = {"reads": ["{METRICS_DIR}/a.txt"], "writes": ["{METRICS_DIR}/b.txt"]}
READ = (
    "from pathlib import Path\nseen = Path(METRICS_DIR, 'a.txt').read_text()\n"
    "Path(METRICS_DIR, 'b.txt').write_text(seen * 2)"
)


def run(folder: Path, *names: str, **options: object) -> list[tuple[str, str]]:
    """(notebook, state) of a run; files go to ``folder``/files, copies to ``folder``/out."""
    (folder / "files").mkdir(exist_ok=True)
    given = [f"METRICS_DIR={folder / 'files'}", *options.pop("given", ())]
    outcomes = run_notebooks(names, folder=folder, out=folder / "out", given=given, **options)
    return [(outcome.notebook, outcome.state) for outcome in outcomes]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two notebooks, the second of which reads what the first writes; run once."""
    folder = tmp_path_factory.mktemp("pair")
    write_notebook(folder / "01_first.ipynb", [WRITE], declares=WRITES)
    write_notebook(folder / "02_second.ipynb", [READ], declares=READS)
    write_set(folder, "every: {SEED: 3}")
    assert run(folder) == [("01_first", "done"), ("02_second", "done")]
    return folder


def test_each_notebook_gets_its_parameters_and_the_files_are_there(pair: Path) -> None:
    assert (pair / "files" / "a.txt").read_text() == "3"
    assert (pair / "files" / "b.txt").read_text() == "33"


def test_the_executed_copy_holds_no_folder_of_this_machine(pair: Path) -> None:
    document = json.loads((pair / "out" / "02_second.ipynb").read_text())
    noted = document["metadata"]["papermill"]
    assert noted["input_path"] == noted["output_path"] == "02_second.ipynb"
    tags = [tag for cell in document["cells"] for tag in cell["metadata"].get("tags", ())]
    assert tags == ["parameters", "injected-parameters"]


def test_provenance_says_what_a_run_rested_on(pair: Path) -> None:
    facts = json.loads((pair / "out" / "02_second.json").read_text())
    assert facts["parameters"]["SEED"] == 3
    # sha256 of "3" and of "33", from `printf 3 | sha256sum`
    three = "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce"
    assert list(facts["reads"].values()) == [three]
    assert list(facts["writes"].values()) == [
        "c6f3ac57944a531490cd39902d0f777715fd005efac9a30622d5f5205e7f6894"
    ]
    assert facts["seconds"] > 0
    assert facts["peak_mb"] is None or 20 < facts["peak_mb"] < 2000
    assert {"python", "numpy", "papermill"} <= set(facts["packages"])
    assert len(facts["library"]) == 64
    assert set(facts["git"]) == {"revision", "changed"}


def test_what_did_not_change_is_skipped_and_what_changed_is_not(pair: Path) -> None:
    """One after the other: nothing, words, a lost output, an input, the code, --force."""
    same, again = ("01_first", "unchanged"), ("02_second", "unchanged")
    assert run(pair) == [same, again]
    write_notebook(pair / "02_second.ipynb", [READ], declares=READS, question="Why, then?")
    assert run(pair) == [same, again], "words change no number"
    (pair / "files" / "b.txt").unlink()
    assert run(pair) == [same, ("02_second", "done")]
    assert (pair / "files" / "b.txt").read_text() == "33"
    assert run(pair, given=["SEED=4"]) == [("01_first", "done"), ("02_second", "done")]
    assert (pair / "files" / "b.txt").read_text() == "44"
    write_notebook(pair / "02_second.ipynb", [READ + "\nx = 1"], declares=READS)
    assert run(pair, "second") == [("02_second", "done")]
    assert run(pair, "second", force=True) == [("02_second", "done")]


@pytest.fixture
def never_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail as soon as a notebook is started."""

    def started(*args: object, **kwargs: object) -> None:
        raise AssertionError("a notebook was started")

    monkeypatch.setattr(chain, "execute", started)


@pytest.mark.usefixtures("never_run")
def test_an_input_that_is_missing_is_named_before_anything_runs(tmp_path: Path) -> None:
    write_notebook(tmp_path / "01_first.ipynb", [WRITE], declares=WRITES)
    write_notebook(tmp_path / "02_second.ipynb", [READ], declares=READS)
    write_set(tmp_path)
    with pytest.raises(DataError, match=r"02_second reads .*a\.txt, which is not there; run 01_fi"):
        run(tmp_path, "02_second")
    write_set(tmp_path, "02_second: {NAME: other}\n01_first: {NAME: c}")
    with pytest.raises(DataError, match=r"a\.txt, which is not there; no notebook writes it"):
        run(tmp_path)


@pytest.mark.usefixtures("never_run")
def test_wrong_parameters_stop_the_chain_before_it_starts(tmp_path: Path) -> None:
    write_notebook(tmp_path / "01_first.ipynb", [WRITE], declares=WRITES)
    write_set(tmp_path)
    with pytest.raises(InputError, match="SEDE"):
        run(tmp_path, given=["SEDE=1"])
    with pytest.raises(InputError, match="SEED must be a whole number"):
        run(tmp_path, given=["SEED=x"])
    with pytest.raises(InputError, match="no parameter set 'large'"):
        run(tmp_path, params="large")


@pytest.mark.usefixtures("never_run")
def test_two_runs_do_not_write_to_one_folder(tmp_path: Path) -> None:
    write_notebook(tmp_path / "01_first.ipynb", ["x = 1"])
    write_set(tmp_path)
    (tmp_path / "out").mkdir()
    with (tmp_path / "out" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="Another run is writing"):
            run(tmp_path)


def test_a_failing_cell_is_shown_and_the_chain_goes_on_from_there(tmp_path: Path) -> None:
    write_notebook(tmp_path / "01_first.ipynb", [WRITE], declares=WRITES)
    bad = write_notebook(
        tmp_path / "02_second.ipynb", ["x = 1", "y = x / 0", "z = 2"], question="## Is it zero?"
    )
    write_set(tmp_path)
    with pytest.raises(NotebookError) as caught:
        run(tmp_path)
    first, line, kept = str(caught.value).splitlines()
    # title, parameters, question, x, question, y: the sixth of eight
    assert first == (
        "02_second stopped in cell 6 of 8 (Is it zero?): ZeroDivisionError: division by zero"
    )
    assert line.strip() == "y = x / 0"
    assert kept.endswith("02_second.failed.ipynb")
    here = {path.name for path in (tmp_path / "out").iterdir()}
    assert here == {".lock", "01_first.ipynb", "01_first.json", "02_second.failed.ipynb"}
    write_notebook(bad, ["x = 1"])
    assert run(tmp_path) == [("01_first", "unchanged"), ("02_second", "done")]
    assert not (tmp_path / "out" / "02_second.failed.ipynb").exists()


def test_a_kernel_that_dies_is_told_and_an_earlier_copy_stays(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "01_first.ipynb", ["x = 1"])
    write_set(tmp_path)
    run(tmp_path)
    before = (tmp_path / "out" / "01_first.ipynb").read_bytes()
    write_notebook(path, ["import os", "os.kill(os.getpid(), 9)"])
    with pytest.raises(NotebookError, match=r"01_first stopped in cell 6 of 6 .*its kernel died"):
        run(tmp_path)
    assert (tmp_path / "out" / "01_first.ipynb").read_bytes() == before


def test_a_notebook_that_does_not_write_what_it_promised_has_failed(tmp_path: Path) -> None:
    write_notebook(tmp_path / "01_first.ipynb", ["x = 1"], declares=WRITES)
    write_set(tmp_path)
    with pytest.raises(NotebookError, match=r"ran to its end and did not write .*a\.txt"):
        run(tmp_path)
    assert not (tmp_path / "out" / "01_first.json").exists()


STOPPED = """
import sys
from pathlib import Path
from affetto.runner import run_notebooks
try:
    run_notebooks(folder=Path(sys.argv[1]), out=Path(sys.argv[1], "out"))
except KeyboardInterrupt:
    sys.exit(7)
"""


def test_ctrl_c_ends_the_kernel_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    mark = tmp_path / "kernel"
    write_notebook(
        tmp_path / "01_first.ipynb",
        [f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(120)"],
    )
    write_set(tmp_path)
    process = subprocess.Popen([sys.executable, "-c", STOPPED, str(tmp_path)])
    deadline = time.monotonic() + 90
    while not (mark.is_file() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 7
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]
    assert not Path(f"/proc/{mark.read_text()}").exists()


def test_the_library_that_changed_runs_everything_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the fingerprint is asked here: no notebook needs to run for that."""
    from affetto.runner import provenance
    from affetto.runner.declared import read_notebook

    notebook = read_notebook(write_notebook(tmp_path / "01_first.ipynb", ["x = 1"]))
    before = provenance.fingerprint(notebook, {"SEED": 1}, {})
    assert provenance.fingerprint(notebook, {"SEED": 1}, {}) == before
    assert provenance.fingerprint(notebook, {"SEED": 2}, {}) != before
    assert provenance.fingerprint(notebook, {"SEED": 1}, {"a": "0"}) != before
    monkeypatch.setattr(provenance, "code_hash", lambda: "another")
    assert provenance.fingerprint(notebook, {"SEED": 1}, {}) != before
