"""The chain: in order, whole or not at all, skipped where nothing changed, stoppable, resumable."""

from __future__ import annotations

import fcntl
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from affetto.errors import DataError, InputError
from affetto.runner import NotebookError, chain, run_notebooks
from tests.notebooks.small import write_notebook, write_set

WRITES = {"writes": ["{METRICS_DIR}/{NAME}.txt"]}
WRITE = "from pathlib import Path\nPath(METRICS_DIR, NAME + '.txt').write_text(str(SEED))"
READS = {"reads": ["{METRICS_DIR}/a.txt"], "writes": ["{METRICS_DIR}/b.txt"]}
READ_WITHOUT_NAME = 'METRICS_DIR = ""'
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
    told = json.loads((pair / "out" / "02_second.ipynb").read_text())["cells"]
    assert [c["source"] for c in told if c["cell_type"] == "markdown"][-1] == ["Why, then?"]
    assert [c["execution_count"] for c in told if c["cell_type"] == "code"] == [1, 2, 3]
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
    only_for_d = {"writes": [{"what": "{METRICS_DIR}/a.txt", "when": {"NAME": ["d"]}}]}
    write_notebook(tmp_path / "01_first.ipynb", [WRITE], declares=only_for_d)
    reads = READ_WITHOUT_NAME
    write_notebook(tmp_path / "02_second.ipynb", [READ], declares=READS, parameters=reads)
    write_set(tmp_path, "01_first: {NAME: d}")
    with pytest.raises(DataError, match="run 01_first first"):  # as the set has it, not by default
        run(tmp_path, "02_second")
    write_notebook(tmp_path / "01_first.ipynb", [WRITE], declares=WRITES)
    write_notebook(tmp_path / "02_second.ipynb", [READ], declares=READS)
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
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(tmp_path)],
        # a test run in the background ignores Ctrl-C, and so would what it starts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 90
    while not (mark.is_file() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 7
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".lock"]
    assert not Path(f"/proc/{mark.read_text()}").exists()


def test_a_kernel_leaves_no_socket_and_no_key_behind(tmp_path: Path) -> None:
    """It says itself where its sockets and its key were; neither may stay, nor lie beside us."""
    look = "import ipykernel, pathlib\nkey = ipykernel.get_connection_file()"
    tell = "pathlib.Path(METRICS_DIR, 'key.txt').write_text(key)\nassert pathlib.Path(key).exists()"
    write_notebook(tmp_path / "01_first.ipynb", [look, tell])
    write_notebook(tmp_path / "02_second.ipynb", ["1 / 0"])
    write_set(tmp_path)
    with pytest.raises(NotebookError, match="02_second"):
        run(tmp_path)
    key = Path((tmp_path / "files" / "key.txt").read_text())
    assert not key.parent.exists()
    assert tmp_path not in key.parents
    here = {path.name for path in tmp_path.iterdir()}
    assert here == {"01_first.ipynb", "02_second.ipynb", "files", "out", "params"}


# --- a full disk -------------------------------------------------------------------------------

TRY = """
import resource, sys
from pathlib import Path
from affetto.errors import AffettoError
from affetto.runner import run_notebooks
folder, out, name, most = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
if most:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
try:
    run_notebooks([name], folder=folder, out=out, given=[f"METRICS_DIR={out}"])
except AffettoError as error:
    print(error)
    sys.exit(7)
"""
ROOM = 64 * 1024  # bytes: enough for a small notebook, too little for a hundred thousand letters


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A folder on which ROOM is left."""

    folder: Path
    mounted: bool

    def refused(self, notebooks: Path, name: str) -> str:
        """What is said when ``name`` runs there in a process of its own."""
        most = 0 if self.mounted else ROOM
        command = [sys.executable, "-c", TRY, notebooks, self.folder / "out", name, str(most)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 7, done.stderr
        return done.stdout

    def grow(self) -> None:
        """Somebody makes room."""
        if self.mounted:
            options = ["-o", "remount,size=4m", self.folder]
            subprocess.run(["mount", *options], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A real file system of that size; where we may mount none, no file may grow larger: then the
    system refuses a write with EFBIG, and not with ENOSPC, at the same place."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
        mounted = done.returncode == 0
    except OSError:  # no such program
        mounted = False
    yield SmallDisk(folder, mounted)
    if mounted:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_told_with_notebook_and_cell_leaves_nothing_half_and_is_resumed(
    tmp_path: Path, small_disk: SmallDisk
) -> None:
    """01 fills the disk by its own output, 02 by the file that its second cell writes."""
    much = "'x' * 100_000"
    write_notebook(tmp_path / "01_first.ipynb", ["x = 1", f"print({much})"])
    keep = f"import pathlib\nfrom affetto.files import write_whole\nprint({much})"
    write = f"write_whole(pathlib.Path(METRICS_DIR, 'a.txt'), ({much}).encode())"
    path = write_notebook(
        tmp_path / "02_second.ipynb", [keep, write], declares={"writes": ["{METRICS_DIR}/a.txt"]}
    )
    write_set(tmp_path)
    full = "No space left on device" if small_disk.mounted else "File too large"
    told = small_disk.refused(tmp_path, "01_first")
    assert told == f"01_first ran to its end and could not be kept: {full}.\n"
    told = small_disk.refused(tmp_path, "02_second").splitlines()
    # title, parameters, question, imports, question, write: the sixth of six
    assert told[0].startswith("02_second stopped in cell 6 of 6 (What now?): OSError: [Errno")
    assert full in told[0]
    assert told[1].strip() == write
    assert told[2] == f"Where it got to could not be kept: {full}."
    left = {file.name for file in (small_disk.folder / "out").iterdir()}
    assert left == {".lock"}, "nothing half, and no table"
    small_disk.grow()
    outcomes = run_notebooks(
        folder=tmp_path,
        out=small_disk.folder / "out",
        given=[f"METRICS_DIR={small_disk.folder / 'out'}"],
    )
    assert [outcome.state for outcome in outcomes] == ["done", "done"]
    assert (small_disk.folder / "out" / "a.txt").stat().st_size == 100_000
    assert path.is_file()


def test_a_place_that_cannot_be_written_is_said_before_anything_runs(tmp_path: Path) -> None:
    write_notebook(tmp_path / "01_first.ipynb", ["x = 1"])
    write_set(tmp_path)
    (tmp_path / "out").write_text("a file where the folder should be")
    with pytest.raises(InputError, match=r"Nothing can be written to .*out \(File exists\)"):
        run(tmp_path)
