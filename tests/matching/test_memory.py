"""Arrays begin where cache lines do, are zero, and keep what they held when they grow."""

from __future__ import annotations

import mmap

import numpy as np
import pytest

from matching import memory

LINE_BYTES = 64
LARGE_PAGE_BYTES = 1 << 21


@pytest.mark.parametrize("shape", [(0, 16), (1, 16), (3, 0, 24), (7, 5, 24), (40_000, 16)])
@pytest.mark.parametrize("large_pages", [False, True])
def test_zeros_from_the_start_of_a_line(shape: tuple[int, ...], large_pages: bool) -> None:
    array = memory.zeros(*shape, large_pages=large_pages)
    assert array.shape == shape
    assert array.dtype == np.int64
    assert array.flags.c_contiguous
    assert array.flags.writeable
    assert not array.any()
    assert array.size == 0 or array.ctypes.data % LINE_BYTES == 0


@pytest.mark.skipif(not hasattr(mmap, "MADV_HUGEPAGE"), reason="no large pages here")
def test_where_large_pages_are_asked_for_an_array_begins_with_one() -> None:
    for rows in (1 << 15, 1 << 16, 100_000):
        array = memory.zeros(rows, 5, large_pages=True)
        assert array.ctypes.data % LARGE_PAGE_BYTES == 0
        array[-1] = 7
        assert int(array.sum()) == 35


@pytest.mark.parametrize("shape", [(9, 3, 24), (5, 4, 24), (40_000, 3, 24)])
def test_a_grown_array_begins_with_the_former(shape: tuple[int, ...]) -> None:
    small = memory.zeros(5, 3, 24)
    small += np.arange(small.size).reshape(small.shape)
    large = memory.grown(small, *shape)
    assert (large[:5, :3] == small).all()
    assert int(large.sum()) == int(small.sum())
    large += 1
    assert small[0, 0, 1] == 1
