"""The arrays of the floor are what the kernels' parameters say."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from matching import kernel
from matching import layout as at
from matching.arrays import Arrays
from matching.book import OrderBooks

SHORT_CALLS = ("apply_submit", "apply_cancel", "apply_amend", "apply_control")


def parameters_of(name: str) -> list[str]:
    entry = getattr(kernel, name)
    return list(inspect.signature(getattr(entry, "py_func", entry)).parameters)


def test_a_batch_takes_the_arrays_one_by_one_in_their_order() -> None:
    parameters = parameters_of("apply_batch")
    assert tuple(parameters[: len(Arrays._fields)]) == Arrays._fields
    assert len(set(parameters)) == len(parameters)


@pytest.mark.parametrize("name", SHORT_CALLS)
def test_a_short_call_takes_their_table(name: str) -> None:
    assert parameters_of(name)[0] == "table"


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


def test_every_width_that_is_told_is_the_array_s() -> None:
    books = OrderBooks(orders=3, owners=2)
    books.add_book(4096)
    arrays = books.arrays(np.zeros((1, at.CONDITION_COLUMNS), np.int64))._asdict()
    assert list(Arrays.widths()) == list(arrays)
    for name, width in Arrays.widths().items():
        assert (width == 1) == (arrays[name].ndim == 1)
        assert width in (0, 1, arrays[name].shape[-1])
