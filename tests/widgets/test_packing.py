"""Columns as bytes."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emsync_nb.widgets.packing import packed, unpacked

NUMBERS = st.lists(st.floats(width=32, allow_nan=False), max_size=20)


@given(NUMBERS)
def test_bytes_are_little_endian_floats_column_after_column(numbers: list[float]) -> None:
    data = packed(numbers, list(reversed(numbers)))
    assert data == struct.pack(f"<{2 * len(numbers)}f", *numbers, *reversed(numbers))
    first, second = unpacked(data, 2)
    assert first.tolist() == numbers
    assert second.tolist() == numbers[::-1]


def test_columns_of_several_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="equally long"):
        packed([1.0], [1.0, 2.0])


def test_bytes_that_are_no_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be 3 columns"):
        unpacked(b"1234", 3)
