"""``affetto notebooks``: one line a notebook on stderr, the table on stdout, exit 0, 1 or 2."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from affetto import cli
from tests.notebooks.small import write_notebook, write_set


def start(*arguments: str, home: Path) -> subprocess.Popen[str]:
    """The command in a process of its own, with the notebooks of ``home``."""
    program = (
        "import sys; from pathlib import Path; from affetto.runner import chain, declared\n"
        "folder = Path(sys.argv.pop(1)); chain.notebooks_dir = lambda: folder\n"
        "from affetto.cli import main; sys.exit(main())"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, str(home), "notebooks", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AFFETTO_DATA": str(home / "data")},
        # a test run in the background ignores Ctrl-C, and so would what it starts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def affetto(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """What became of it."""
    process = start(*arguments, home=home)
    out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_a_run_prints_progress_and_a_table_and_goes_on_where_it_failed(tmp_path: Path) -> None:
    write_notebook(tmp_path / "01_good.ipynb", ["x = 1"])
    write_notebook(tmp_path / "02_bad.ipynb", ["1 / 0"])
    write_set(tmp_path)
    result = affetto("run", home=tmp_path)
    assert result.returncode == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[0].startswith("01_good: ")
    assert lines[1].startswith("02_bad stopped in cell 4 of 4 (What now?): ZeroDivisionError")
    write_notebook(tmp_path / "02_bad.ipynb", ["1 / 1"])
    result = affetto("run", "--json", home=tmp_path)
    assert result.returncode == 0, result.stderr
    assert [o["state"] for o in json.loads(result.stdout)] == ["unchanged", "done"]
    assert (tmp_path / "data" / "interim" / "notebooks" / "smoke" / "02_bad.json").is_file()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "a schedule"])
def test_it_says_where_it_was_stopped_and_the_same_command_goes_on(
    tmp_path: Path, how: signal.Signals
) -> None:
    """The second notebook waits for a file: the signal comes first, then the file, then a run."""
    begun, go = tmp_path / "begun", tmp_path / "go"
    write_notebook(tmp_path / "01_good.ipynb", ["x = 1"])
    wait = (
        f"import pathlib, time\npathlib.Path({str(begun)!r}).touch()\n"
        f"while not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.05)"
    )
    write_notebook(tmp_path / "02_slow.ipynb", [wait])
    write_set(tmp_path)
    process = start("run", home=tmp_path)
    deadline = time.monotonic() + 90
    while not begun.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    # title, parameters, question, wait: the fourth
    told = err.splitlines()[-1]
    assert told == "Stopped in 02_slow, cell 4; the same command goes on from there."
    go.touch()
    again = affetto("run", "--json", home=tmp_path)
    assert [o["state"] for o in json.loads(again.stdout)] == ["unchanged", "done"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["run", "--params", "huge"], "There is no parameter set 'huge'"),
        (["run", "11_nothing"], "There is no notebook '11_nothing'"),
        (["run", "01", "-p", "SEDE=1"], "did you mean SEED?"),
        (["run", "01", "-p", "SEED=x"], "01_collect_tracks: SEED must be a whole number"),
        (["run", "--nonsense"], "No such option"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_exit_2(
    arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["notebooks", *arguments]) == 2
    told = capsys.readouterr()
    assert part in told.err
    assert told.out == ""
    assert len(told.err.strip().splitlines()) == 1


def test_the_list_says_what_each_takes_reads_and_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["notebooks", "list", "--params", "full", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["01_collect_tracks"]["takes"]["ORIGIN"] == "public"
    assert facts["01_collect_tracks"]["reads"] == ["sources:music"]
    assert facts["06_prepare_playlists"]["reads"][1].endswith("processed/tracks.parquet")
    assert any(path.endswith("faces.parquet") for path in facts["03_prepare_faces"]["writes"])
    assert cli.main(["notebooks", "list"]) == 0
    assert "ORIGIN = 'synthetic'" in capsys.readouterr().out
