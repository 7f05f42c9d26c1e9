"""A small cache in memory whose entries expire."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

HOUR = 3600.0


class ExpiringCache:
    """The last ``size`` answers, each for ``seconds``; safe between threads, never on disk."""

    def __init__(
        self,
        *,
        size: int = 2_000,
        seconds: float = HOUR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if size < 1 or seconds <= 0:
            raise ValueError("a cache needs room and time")
        self._size, self._seconds, self._clock = size, seconds, clock
        self._entries: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Any | None:
        """What was put under ``key``; None where that is nothing or too long ago."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if entry[0] <= self._clock():
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
            return entry[1]

    def put(self, key: Hashable, value: Any) -> None:
        """Keep ``value``; the entry that was unused longest makes room."""
        with self._lock:
            self._entries[key] = (self._clock() + self._seconds, value)
            self._entries.move_to_end(key)
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
