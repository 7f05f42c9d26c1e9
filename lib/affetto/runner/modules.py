"""Which of our modules a notebook rests on: those it imports, and all that these import in turn.

Found by reading, not by importing, so that imports inside functions count as well.  A text that is
the name of a module counts, too (``importlib.import_module("affetto.service")``); in a package
that is only passed through, on the way to one of its modules, it does not.  Data files beside a
module (word lists, tuned settings) belong to it; released models are declared inputs.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from affetto.settings import PACKAGE_DIR

_DECLARED = "bundled"  # released models: a notebook that reads them says so in its metadata


def code_hash(sources: Iterable[str], *, package: Path = PACKAGE_DIR) -> str:
    """SHA-256 of every file of ours that these cells rest on.  package : our folder."""
    digest = hashlib.sha256()
    for path in files_behind(sources, package=package):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()


def files_behind(sources: Iterable[str], *, package: Path = PACKAGE_DIR) -> list[Path]:
    """Modules that some source texts rest on, and the data files beside them, in order."""
    known = {_name(path, package): path for path in package.rglob("*.py")}
    found: set[str] = set()  # imported, as a whole
    passed: set[str] = set()  # packages on the way to them
    waiting = {name for source in sources for name in _imported(source, known)}
    while waiting:
        found |= waiting
        above = {package for name in waiting for package in _above(name)} - found - passed
        passed |= above & known.keys()
        texts = [(_read(known[name]), True) for name in waiting]
        texts += [(_read(known[name]), False) for name in above & known.keys()]
        waiting = {n for text, whole in texts for n in _imported(text, known, whole)} - found
    modules = {known[name] for name in found | passed}
    return sorted(modules | {file for folder in _folders(modules) for file in _data(folder)})


def _name(path: Path, package: Path) -> str:
    """``affetto.faces`` for ``faces/__init__.py``."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _above(name: str) -> Iterator[str]:
    """The packages that a module stands in."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _imported(source: str, known: Mapping[str, Path], whole: bool = True) -> set[str]:
    """The modules of ``known`` that a text imports; ``whole`` : or names."""
    names = set()
    for base, taken, is_text in _mentions(source):
        if is_text and not whole:
            continue
        part = f"{base}.{taken}"
        names.add(part if taken and part in known else base)
    return names & known.keys()


@cache
def _mentions(source: str) -> tuple[tuple[str, str, bool], ...]:
    """(module, name taken from it, whether it only stands there as a text)."""
    found: list[tuple[str, str, bool]] = []
    for node in _executed(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(alias.name, "", False) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [(node.module, alias.name, False) for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append((node.value, "", True))
    return tuple(found)


def _executed(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _executed(node)


def _folders(modules: Iterable[Path]) -> set[Path]:
    return {path.parent for path in modules if path.parent.name != _DECLARED}


def _data(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and path.suffix != ".py"]
