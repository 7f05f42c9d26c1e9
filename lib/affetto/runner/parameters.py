"""Which values each notebook gets: its own defaults, a parameter set, then ``-p``; all checked.

papermill only warns of an unknown parameter and takes any type; here both are errors.  A set is
YAML, one block a notebook; the block ``every`` goes to each notebook that has the parameter::

    every:
      SEED: 7
    01_collect_tracks:
      SONGS: 3000
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from affetto.errors import InputError
from affetto.runner.declared import Notebook, Value

EVERY = "every"
_KINDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "a mapping",
}


def find_set(name: str, *, folder: Path) -> Path:
    """The file of a set: a name in ``folder``, or the path of a YAML file.

    Raises InputError where there is none.
    """
    named = folder / f"{name}.yaml"
    for path in (named, Path(name)):
        if path.is_file():
            return path
    known = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
    raise InputError(f"There is no parameter set {name!r}; choose {known}, or name a YAML file.")


def read_set(path: Path) -> dict[str, dict[str, Any]]:
    """A set: notebook or ``every`` → name → value.  Raises InputError for anything else."""
    import yaml

    try:
        blocks = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        what = " ".join(str(error).split())
        raise InputError(f"The parameter set {path} cannot be read: {what}.") from error
    if not isinstance(blocks, dict):
        raise InputError(f"The parameter set {path} must hold one block a notebook.")
    blocks = {str(name): block or {} for name, block in blocks.items()}
    for name, block in blocks.items():
        if not isinstance(block, dict):
            raise InputError(f"{path.name}: {name} must be a block of NAME: value lines.")
    return blocks


def resolve(
    notebooks: Sequence[Notebook],
    blocks: Mapping[str, Mapping[str, Any]],
    given: Iterable[str] = (),
    *,
    known: Sequence[Notebook] | None = None,
) -> dict[str, dict[str, Value]]:
    """Notebook → every parameter's value.

    blocks : a set.  given : ``NAME=value`` texts, for every notebook that has NAME.
    known : all notebooks, which a set may name though they do not run now.
    Raises InputError for an unknown notebook or parameter, and for a value of the wrong type.
    """
    known = known or notebooks
    _check_names(known, blocks)
    pairs = [_pair(text) for text in given]
    for name, _ in pairs:
        _need_known(name, notebooks, where="-p")
    resolved = {}
    for notebook in notebooks:
        values = dict(notebook.parameters)
        for block in (blocks.get(EVERY, {}), blocks.get(notebook.name, {})):
            values |= {n: _checked(n, v, notebook) for n, v in block.items() if n in values}
        values |= {n: _parsed(n, text, notebook) for n, text in pairs if n in values}
        resolved[notebook.name] = values
    return resolved


def _check_names(known: Sequence[Notebook], blocks: Mapping[str, Mapping[str, Any]]) -> None:
    """Every block names a notebook, and every name in it one of that notebook's parameters."""
    by_name = {notebook.name: [notebook] for notebook in known} | {EVERY: list(known)}
    for block, values in blocks.items():
        if block not in by_name:
            hint = _near(block, list(by_name))
            raise InputError(f"The parameter set has a block for {block!r}, no notebook{hint}")
        for name in values:
            _need_known(name, by_name[block], where=f"the set's block {block}")


def _need_known(name: str, notebooks: Sequence[Notebook], *, where: str) -> None:
    names = sorted({n for notebook in notebooks for n in notebook.parameters})
    if name not in names:
        who = notebooks[0].name if len(notebooks) == 1 else "any of these notebooks"
        raise InputError(f"{name!r} ({where}) is no parameter of {who}{_near(name, names)}")


def _near(name: str, names: Sequence[str]) -> str:
    """The end of a sentence: what was probably meant, else what there is."""
    for word in (name, name.upper()):
        if near := difflib.get_close_matches(word, names, n=1):
            return f"; did you mean {near[0]}?"
    return f"; known: {', '.join(names)}."


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise InputError(f"A parameter is given as NAME=value; got {text!r}.")
    return name.strip(), value.strip()


def _parsed(name: str, text: str, notebook: Notebook) -> Value:
    """A value from the command line: a text stays one, anything else is read as YAML."""
    import yaml

    if isinstance(notebook.parameters[name], str):
        return text
    try:
        value = yaml.safe_load(text)
        if isinstance(value, str) and isinstance(notebook.parameters[name], float):
            value = float(value)  # YAML takes 1e-3 for a text
    except (yaml.YAMLError, ValueError):
        value = text
    return _checked(name, value, notebook)


def _checked(name: str, value: Any, notebook: Notebook) -> Value:
    """``value`` in the type of the default.  Raises InputError for another."""
    wanted = type(notebook.parameters[name])
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted:  # bool is an int to Python, and not to us
        kind = _KINDS.get(wanted, wanted.__name__)
        raise InputError(f"{notebook.name}: {name} must be {kind}; got {value!r}.")
    return value
