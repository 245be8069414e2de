"""The arrays of the floor are what the kernels' parameters say."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from matching import kernel
from matching import layout as at
from matching.arrays import Arrays
from matching.book import OrderBooks

KERNELS = ("apply_batch", "apply_submit", "apply_cancel", "apply_amend", "apply_control")


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_takes_the_arrays_one_by_one_in_their_order(name: str) -> None:
    entry = getattr(kernel, name)
    parameters = list(inspect.signature(getattr(entry, "py_func", entry)).parameters)
    assert tuple(parameters[: len(Arrays._fields)]) == Arrays._fields
    assert len(set(parameters)) == len(parameters)


def test_every_array_is_int64_with_its_columns() -> None:
    books = OrderBooks(orders=3, owners=2)
    books.add_book(4096)
    books.add_book(8192)
    arrays = books.arrays(np.zeros((1, at.CONDITION_COLUMNS), np.int64))
    for array in arrays:
        assert array.dtype == np.int64
        assert array.flags.c_contiguous
    assert {name: array.shape for name, array in arrays._asdict().items() if name != "events"} == {
        "books": (2, at.BOOK_COLUMNS),
        "levels": (2 * 4096 + 2 * 8192, at.LEVEL_COLUMNS),
        "bitmap": (2 * 66 + 2 * 131,),
        "orders": (3, at.ORDER_COLUMNS),
        "details": (3, at.DETAIL_COLUMNS),
        "owners": (2, at.OWNER_HOLDING_LOTS + 2 * at.OWNER_BOOK_COLUMNS),
        "protections": (0, at.PROTECTION_COLUMNS),
        "pool": (at.POOL_COUNTERS,),
        "conditions": (1, at.CONDITION_COLUMNS),
    }
