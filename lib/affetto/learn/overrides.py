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
            values[name] = override(own, value) if nested else type(own)(value)
        return dataclasses.replace(config, **values)
    except (TypeError, ValueError) as error:  # InputError is a ValueError: it says enough
        raise InputError(f"The settings don't fit: {error}") from error
