"""The README's example runs as it stands, and what the README names exists."""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from affetto.bundled import read_manifest
from affetto.headline import figures_table

REPOSITORY = Path(__file__).resolve().parents[1]
README = REPOSITORY / "README.md"


def _blocks(language: str) -> list[str]:
    text = README.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def test_the_example_runs() -> None:
    """At least six prompts, so that an emptied README cannot pass."""
    (example,) = _blocks("python")
    test = doctest.DocTestParser().get_doctest(example, {}, "README.md", str(README), 0)
    assert len(test.examples) >= 6
    here = Path.cwd()
    os.chdir(REPOSITORY)
    try:
        report: list[str] = []
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        runner.run(test, out=report.append)
    finally:
        os.chdir(here)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


def test_every_make_target_it_names_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)", "\n".join(_blocks("bash") + _blocks("text"))))
    assert {"app", "test"} <= named
    assert named <= targets


def test_every_path_it_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)", README.read_text(encoding="utf-8"))
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (REPOSITORY / link).exists()] == []


def test_make_help_lists_every_target() -> None:
    """A target without a word of help would be invisible."""
    text = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    listed = set(re.findall(r"^  make ([a-z-]+) ", text, flags=re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert listed == set(phony[1].split())


def test_its_figures_are_those_that_the_project_measured() -> None:
    """The block between the marks is what ``affetto info --markdown`` prints, to the letter."""
    text = README.read_text(encoding="utf-8")
    (block,) = re.findall(r"<!-- figures -->\n(.*?)\n<!-- /figures -->", text, flags=re.DOTALL)
    serving = REPOSITORY / "reports" / "metrics" / "serving.json"
    assert block == figures_table(read_manifest(), serving)
    assert block.count("\n") >= 8


@pytest.mark.parametrize("kept", [(), ("by_playlist",), ("by_time",), ("by_playlist", "by_time")])
def test_splits_that_were_not_judged_are_left_out_of_the_figures(
    kept: tuple[str, ...], tmp_path: Path
) -> None:
    metrics = REPOSITORY / "reports" / "metrics"
    shutil.copy(metrics / "serving.json", tmp_path)
    report = json.loads((metrics / "playlists.json").read_text(encoding="utf-8"))
    report["splits"] = {name: report["splits"][name] for name in kept}
    (tmp_path / "playlists.json").write_text(json.dumps(report), encoding="utf-8")
    table = figures_table(read_manifest(), tmp_path / "serving.json")
    assert "Next song of a new playlist" in table
    assert ("Song added to a known playlist" in table) == (len(kept) == 2)
    assert table.count("NDCG@100") == len(kept) * ("by_playlist" in kept)
