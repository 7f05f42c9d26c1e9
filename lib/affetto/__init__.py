"""Affetto looks at a face, says what it sees and how sure it is, and plays music to fit.

>>> from affetto import detect, recommend  # doctest: +SKIP

Importing the package loads nothing; the first call of a function loads what it needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from affetto.service import detect, recommend

__all__ = ["__version__", "detect", "recommend"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name in __all__:
        value = getattr(importlib.import_module("affetto.service"), name)
        globals()[name] = value  # the next look-up does not come here
        return value
    raise AttributeError(f"module 'affetto' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    """The installed version; that of the checkout's ``pyproject.toml`` when run from the source."""
    from importlib import metadata

    try:
        return metadata.version("affetto")
    except metadata.PackageNotFoundError:
        return _source_version()


def _source_version() -> str:
    import tomllib

    from affetto.settings import PACKAGE_DIR

    try:
        text = (PACKAGE_DIR.parents[1] / "pyproject.toml").read_text(encoding="utf-8")
        return str(tomllib.loads(text)["project"]["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return "0+unknown"
