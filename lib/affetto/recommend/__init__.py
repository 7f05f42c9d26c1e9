"""From a mood to a playlist: journey, recommenders, ranking, reasons.

``from affetto import recommend`` means the function, and importing this package binds the same
name in ``affetto`` to the package; so the package answers a call as the function does.
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any


class _CallablePackage(types.ModuleType):
    """This package, which can also be called: ``affetto.recommend(emotion="sad")``."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # By name: the service stands above this floor, and the caller has asked for it.
        return importlib.import_module("affetto.service").recommend(*args, **kwargs)


sys.modules[__name__].__class__ = _CallablePackage
