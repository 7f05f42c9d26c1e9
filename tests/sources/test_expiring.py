"""A cache that forgets: after a while, and when it is full."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affetto.sources.expiring import ExpiringCache


def test_an_entry_lasts_its_seconds_and_no_longer() -> None:
    now = [0.0]
    cache = ExpiringCache(seconds=60, clock=lambda: now[0])
    cache.put("a", 1)
    now[0] = 59.9
    assert cache.get("a") == 1
    now[0] = 60.0
    assert cache.get("a") is None
    assert len(cache) == 0


def test_what_was_unused_longest_makes_room() -> None:
    cache = ExpiringCache(size=2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers()), max_size=40), st.integers(1, 5))
def test_it_never_outgrows_its_size_and_never_lies(puts: list[tuple[int, int]], size: int) -> None:
    cache = ExpiringCache(size=size)
    for key, value in puts:
        cache.put(key, value)
        assert cache.get(key) == value
        assert len(cache) <= size
    last = dict(puts)
    assert all(cache.get(key) in (None, value) for key, value in last.items())


def test_clear_and_nonsense() -> None:
    cache = ExpiringCache()
    cache.put("a", 1)
    cache.clear()
    assert cache.get("a") is None
    with pytest.raises(ValueError, match="room and time"):
        ExpiringCache(size=0)
