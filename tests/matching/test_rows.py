"""Rows read and write what the array would, and tell the optimiser which of them can meet."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError

from matching.compiled import JIT, called, prefetch, prefetch_item, rows_of, shared
from matching.parts import KernelPipeline

compiled_only = pytest.mark.skipif(not JIT, reason="there is nothing compiled with the JIT off")
one_of = rows_of("one", 4)
other_of = rows_of("other", 4)
FIRST, SECOND = 1, 2


def jitted(function: Any) -> Any:
    return numba.njit(_nrt=False)(function)


def moved(given: Any, n: int, column: int) -> int:
    rows = one_of(given)
    rows[n, column] = rows[n, SECOND] + rows.shape[0]
    rows[n, FIRST] += 5
    return int(rows[n, column])


@pytest.mark.parametrize("column", [0, 1, 2, 3])
def test_items_are_those_of_the_array(column: int) -> None:
    compiled = jitted(moved)
    for n in range(3):
        rows = np.arange(12).reshape(3, 4)
        expected = rows.copy()
        expected[n, column] = expected[n, SECOND] + 3
        expected[n, FIRST] += 5
        assert compiled(rows, n, column) == expected[n, column]
        assert rows.tolist() == expected.tolist()


def reread(given: Any, also: Any, n: int) -> int:
    """Read one column before and after writes to others."""
    rows, others = one_of(given), other_of(also)
    before = rows[n, FIRST]
    rows[0, SECOND] = before
    others[0, FIRST] = before
    return int(before + rows[n, FIRST])


def reread_after_any(given: Any, n: int, column: int) -> int:
    """Read one column before and after a write to one that is known at run time only."""
    rows = one_of(given)
    before = rows[n, FIRST]
    rows[0, column] = before + 1
    return int(before + rows[n, FIRST])


def loads_of(compiled: Any, column: int) -> int:
    """Return how many loads of the column's alias class are left in the code."""
    code = "".join(compiled.inspect_llvm().values())
    (node,) = (line.split(" =")[0] for line in code.splitlines() if f'!"one.{column}"' in line)
    tags = {line.split(" =")[0] for line in code.splitlines() if f"= !{{{node}, {node}," in line}
    return sum(
        " load i64" in line and any(f"!tbaa {tag}" in line for tag in tags)
        for line in code.splitlines()
    )


@compiled_only
def test_what_was_read_stays_read_beside_writes_to_other_columns_and_arrays() -> None:
    compiled = jitted(reread)
    rows, others = np.arange(12).reshape(3, 4), np.zeros((3, 4), np.int64)
    assert compiled(rows, others, 2) == 18
    assert (rows[0, SECOND], others[0, FIRST]) == (9, 9)
    assert loads_of(compiled, FIRST) == 1


def test_a_write_to_any_column_is_seen() -> None:
    compiled = jitted(reread_after_any)
    assert compiled(np.arange(12).reshape(3, 4), 0, FIRST) == 1 + 2
    assert compiled(np.arange(12).reshape(3, 4), 0, SECOND) == 1 + 1
    assert compiled(np.arange(12).reshape(3, 4), 1, FIRST) == 5 + 5


def asked(given: Any, n: int) -> int:
    rows = one_of(given)
    prefetch(rows, n)
    return int(rows[0, FIRST])


@pytest.mark.parametrize("row", [0, 2, 3, -1, 1 << 40, -(1 << 62)])
def test_any_row_can_be_asked_for(row: int) -> None:
    rows = np.arange(12).reshape(3, 4)
    assert jitted(asked)(rows, row) == 1
    assert rows.tolist() == np.arange(12).reshape(3, 4).tolist()


@compiled_only
def test_a_row_that_is_asked_for_is_fetched() -> None:
    compiled = jitted(asked)
    compiled(np.arange(12).reshape(3, 4), 1)
    assert "llvm.prefetch" in "".join(compiled.inspect_llvm().values())


def asked_item(given: Any, n: int, column: int) -> int:
    rows = one_of(given)
    prefetch_item(rows, (n, column))
    return int(rows[0, FIRST])


@pytest.mark.parametrize("row", [0, 2, -1, 1 << 40])
@pytest.mark.parametrize("column", [0, 3, 8, -1])
def test_any_item_can_be_asked_for(row: int, column: int) -> None:
    rows = np.arange(12).reshape(3, 4)
    assert jitted(asked_item)(rows, row, column) == 1
    assert rows.tolist() == np.arange(12).reshape(3, 4).tolist()


class Boxes(NamedTuple):
    """Arrays of which one has three dimensions."""

    boxes: Any

    @staticmethod
    def widths() -> dict[str, int]:
        """Return how many columns each has."""
        return {"boxes": 4}


@called
def box_item(boxes: Boxes, first: int, second: int) -> int:
    """Return an item, and ask for its neighbour."""
    prefetch_item(boxes.boxes, (first, second, 0))
    item: int = boxes.boxes[first, second, FIRST]
    return item


def boxed(array: Any, first: int, second: int) -> int:
    return box_item(shared(Boxes(array)), first, second)


def test_three_dimensions_may_have_a_known_width() -> None:
    array = np.arange(24).reshape(2, 3, 4)
    kernel = numba.njit(_nrt=False, pipeline_class=KernelPipeline)(boxed)
    for first in range(2):
        for second in range(3):
            assert kernel(array, first, second) == array[first, second, FIRST]


@compiled_only
def test_one_index_is_too_few() -> None:
    def short(given: Any) -> int:
        rows = one_of(given)
        return int(rows[0])

    with pytest.raises(TypingError):
        jitted(short)(np.zeros((1, 4), np.int64))
