"""Packed arrays: read by NumPy as written, the same bytes each time, and refused when damaged."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from affetto.recommend.arrays import UNREADABLE, packed

held = st.dictionaries(
    st.sampled_from(["axes", "step", "bias"]),
    arrays.arrays(
        st.sampled_from(["i1", "u4", "f2", "f4"]), arrays.array_shapes(min_dims=0, max_dims=3)
    ),
    min_size=1,
)


def read(data: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(data), allow_pickle=False) as parts:
        return {name: parts[name] for name in parts.files}


@given(held)
def test_numpy_reads_what_was_packed(written: dict[str, np.ndarray]) -> None:
    found = read(packed(written))
    assert list(found) == list(written)
    for name, array in written.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_the_same_arrays_are_the_same_bytes_and_few() -> None:
    ordered = {"counts": np.arange(10_000) // 100}
    assert packed(ordered) == packed(ordered)
    sink = io.BytesIO()
    np.savez_compressed(sink, **ordered)
    assert len(packed(ordered)) < len(sink.getvalue())


@pytest.mark.parametrize("change", [1, 64, 255])
def test_a_byte_that_is_wrong_raises_what_is_named_or_tells_nothing(change: int) -> None:
    whole = packed({"axes": np.arange(300, dtype=np.int8), "step": np.float32(0.5)})
    refused = 0
    for place in range(len(whole)):
        hurt = bytearray(whole)
        hurt[place] ^= change
        try:
            read(bytes(hurt))
        except UNREADABLE:
            refused += 1
    assert refused > len(whole) / 2  # dates and the like tell nothing
