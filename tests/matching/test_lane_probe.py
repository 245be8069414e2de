"""The lane that the environment asks for is the lane that the kernels were built in."""

from __future__ import annotations

import os

import numpy as np
import pytest
from numba.extending import is_jitted

from matching import cancels, entry, kernel, matcher
from matching import layout as at
from matching.book import OrderBooks
from matching.compiled import JIT, KeptTable, Part
from matching.layout import Side

JIT_OFF = os.environ.get("NUMBA_DISABLE_JIT") == "1"
BOUNDS_CHECKED = os.environ.get("NUMBA_BOUNDSCHECK") == "1" and not JIT_OFF

KERNELS = (
    kernel.apply_batch,
    kernel.apply_submit,
    kernel.apply_cancel,
    kernel.apply_amend,
    kernel.apply_control,
)
PARTS = (entry.submit, matcher.match, matcher.meet, cancels.cancel)


def test_kernels_are_compiled_unless_the_compiler_is_off() -> None:
    assert JIT is not JIT_OFF
    for function in KERNELS:
        assert is_jitted(function) is not JIT_OFF
    for part in PARTS:
        assert isinstance(part, Part) is not JIT_OFF


@pytest.mark.skipif(
    not BOUNDS_CHECKED, reason="only the bounds-checked lane may read beyond arrays"
)
def test_a_read_beyond_an_array_is_an_error() -> None:
    books = OrderBooks()
    books.add_book()
    books.submit(0, Side.BUY, 4000, 1)
    arrays = books.arrays(np.zeros((0, at.CONDITION_COLUMNS), np.int64))
    too_few = arrays._replace(levels=np.zeros((8, at.LEVEL_COLUMNS), np.int64))
    with pytest.raises(IndexError):
        kernel.apply_submit(KeptTable(too_few).address, 0, 0, at.pack_terms(Side.BUY), 4001, 1)
