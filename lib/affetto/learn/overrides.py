"""Settings of a run with a few of them changed, by name."""

from __future__ import annotations

import dataclasses
from typing import Any

from affetto.errors import InputError


def override(config: Any, changes: dict[str, Any]) -> Any:
    """A dataclass with ``changes`` by name, nested ones too.  InputError for an unknown name."""
    names = {field.name for field in dataclasses.fields(config)}
    unknown = sorted(set(changes) - names)
    if unknown:
        raise InputError(f"There is no setting {unknown[0]!r}; known: {', '.join(sorted(names))}.")
    values = {}
    try:
        for name, value in changes.items():
            own = getattr(config, name)
            nested = dataclasses.is_dataclass(own)
            values[name] = override(own, value) if nested else _like(own, value, name)
        return dataclasses.replace(config, **values)
    except (TypeError, ValueError) as error:  # InputError is a ValueError: it says enough
        raise InputError(f"The settings don't fit: {error}") from error


def _like(own: Any, value: Any, name: str) -> Any:
    """``value`` in the type of ``own``: a whole number may stand for a float, a list for a tuple.

    Raises TypeError for anything else.
    """
    if isinstance(own, float) and type(value) is int:
        return float(value)
    if isinstance(own, tuple) and isinstance(value, list):
        return tuple(value)
    if type(value) is not type(own):
        raise TypeError(f"{name} is {own!r}; {value!r} is of another kind.")
    return value
