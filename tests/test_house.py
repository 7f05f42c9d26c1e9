"""The house keeps its own rules: one set of pins, a light repository, no outputs and no secrets."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
TREE_LIMIT = 20_000_000  # bytes, everything that git tracks
FILE_LIMIT = 10_000_000  # bytes; the released CNN is the largest
EXTRAS = ("train", "notebooks", "scale", "test")
OWN_BACKENDS = {"torch", "jax"}  # KERAS_BACKEND: who trains with another one brings it along
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[A-Za-z0-9.+!]+)")
SECRETS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}"),
    "AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    # not after a sign of base64: pictures in the pages hold such runs by chance
    "Spotify token": re.compile(r"(?<![\w+/-])BQ[A-Za-z0-9_-]{80,}"),
    "32 hex digits called a secret": re.compile(
        r"(?i)(client_?secret|client_?id|api_?key|token)[\"']?\s*[:=]\s*[\"']?[0-9a-f]{32}\b"
    ),
}


def _normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(lines: list[str]) -> dict[str, str]:
    """Lines ``name==version`` → {normal name: version}.  Anything else fails the test."""
    matches = [PIN.fullmatch(line.strip()) for line in lines]
    loose = [line for line, match in zip(lines, matches, strict=True) if match is None]
    assert not loose, f"not pinned with ==: {loose}"
    return {_normal(match["name"]): match["version"] for match in matches if match}


def _project() -> dict[str, object]:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _declared() -> dict[str, str]:
    """Every direct dependency of pyproject.toml, extras included."""
    project = _project()
    extras = project["optional-dependencies"]
    assert sorted(extras) == sorted(EXTRAS)
    return _pins([*project["dependencies"], *(line for extra in EXTRAS for line in extras[extra])])


def _locked() -> dict[str, str]:
    lines = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return _pins([line for line in lines if line.strip() and not line.lstrip().startswith("#")])


def _conda() -> dict[str, object]:
    return yaml.safe_load((REPOSITORY / "environment.yml").read_text(encoding="utf-8"))


def _conda_pip_lines() -> list[str]:
    (section,) = [entry for entry in _conda()["dependencies"] if isinstance(entry, dict)]
    return section["pip"]


def _tracked() -> list[Path]:
    """What git tracks and is on the disk (a file may be removed and not yet committed)."""
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True
    ).stdout
    files = [REPOSITORY / name for name in listing.decode().split("\0") if name]
    return [file for file in files if file.is_file()]


# --- pins --------------------------------------------------------------------------------------


def test_the_lock_holds_every_declared_version() -> None:
    locked = _locked()
    assert {name: locked.get(name) for name in _declared()} == _declared()


def test_conda_users_get_the_same_versions() -> None:
    lines = _conda_pip_lines()
    assert [line for line in lines if line.startswith("-")] == ["-c requirements.lock", "-e ."]
    assert _pins([line for line in lines if not line.startswith("-")]) == _declared()


def test_conda_and_pyproject_want_the_same_python() -> None:
    assert _project()["requires-python"] == "==3.11.*"
    assert "python=3.11" in _conda()["dependencies"]


def test_every_line_for_conda_says_who_needs_it() -> None:
    lines = (REPOSITORY / "environment.yml").read_text(encoding="utf-8").splitlines()
    silent = [line for line in lines if line.strip() and not re.search(r"(^|\s)#\s*\S", line)]
    assert silent == []


def test_the_lock_names_no_index_and_no_path() -> None:
    text = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index|--find-links|\s@\s|(^|\s)/\w", text)


def test_the_lock_is_what_the_installed_packages_need() -> None:
    """Every package that stands in this environment at another version is a lie in the lock."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    installed = {_normal(entry["name"]): entry["version"] for entry in json.loads(listing)}
    locked = _locked()
    common = installed.keys() & locked.keys()
    assert len(common) > 100
    assert {n: installed[n] for n in common} == {n: locked[n] for n in common}


def _imported(folder: str) -> dict[str, set[str]]:
    """Top-level modules imported by the Python files under ``folder`` → the files that do."""
    found: dict[str, set[str]] = {}
    for file in sorted((REPOSITORY / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                found.setdefault(name.partition(".")[0], set()).add(str(file))
    return found


@pytest.mark.parametrize("folder", ["lib", "app", "tests"])
def test_whatever_is_imported_is_declared(folder: str) -> None:
    """No part leans on a package that only happens to come with another one."""
    owners = packages_distributions()
    ours = {"affetto", "app", "tests", "views"} | {path.stem for path in REPOSITORY.glob("app/*")}
    undeclared = {
        module: sorted(files)
        for module, files in _imported(folder).items()
        if module not in sys.stdlib_module_names | ours | OWN_BACKENDS
        and not {_normal(owner) for owner in owners.get(module, [])} & _declared().keys()
    }
    assert undeclared == {}


# --- the tree ----------------------------------------------------------------------------------


def test_git_does_not_hide_the_library() -> None:
    """A stock Python .gitignore hides lib/; and data sets must stay hidden."""

    def hidden(path: str) -> bool:
        command = ["git", "check-ignore", "--quiet", "--no-index", path]
        return subprocess.run(command, cwd=REPOSITORY, check=False).returncode == 0

    shown = ["lib/affetto/new.py", "lib/affetto/bundled/new.tflite", "data/README.md"]
    kept_out = ["data/raw/x.csv", "data/interim/x", "data/processed/x", ".venv/x", ".env", ".cache"]
    assert [path for path in shown if hidden(path)] == []
    assert [path for path in kept_out if not hidden(path)] == []


def test_the_tree_is_light() -> None:
    sizes = {str(file): file.stat().st_size for file in _tracked()}
    assert sum(sizes.values()) <= TREE_LIMIT
    assert {name: size for name, size in sizes.items() if size > FILE_LIMIT} == {}


def test_notebooks_are_committed_without_outputs() -> None:
    for file in _tracked():
        if file.suffix != ".ipynb":
            continue
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        run = [
            number
            for number, cell in enumerate(cells)
            if cell.get("outputs") or cell.get("execution_count") is not None
        ]
        assert run == [], f"{file.name}: cells {run} carry outputs; run `nbstripout {file.name}`"


def _secrets_in(text: str) -> list[str]:
    return [name for name, pattern in SECRETS.items() if pattern.search(text)]


def test_no_secret_is_committed() -> None:
    found = {}
    for file in _tracked():
        text = file.read_bytes().decode("utf-8", errors="ignore")
        if names := _secrets_in(text):
            found[str(file.relative_to(REPOSITORY))] = names
    assert found == {}


def test_the_search_for_secrets_finds_one() -> None:
    """Written in pieces, so that this file passes its own search."""
    assert _secrets_in("CLIENT_SECRET=" + "0123456789abcdef" * 2)
    assert _secrets_in("ghp" + "_" + "a" * 36)
    assert _secrets_in("-----BEGIN RSA " + "PRIVATE KEY-----")
    assert not _secrets_in("sha256 = " + "0123456789abcdef" * 4)


def test_no_cache_of_a_token_is_tracked() -> None:
    names = [file.name for file in _tracked() if file.name != ".env.example"]
    assert [n for n in names if n.startswith((".cache", ".env")) or n == "secrets.toml"] == []
