"""A tuple of arrays passed by address reads and writes what the tuple itself would."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError

from matching import layout as at
from matching.book import OrderBooks
from matching.compiled import JIT, KeptTable, called, shared


class Two(NamedTuple):
    """Two arrays."""

    rows: Any
    words: Any


def exchange(two: Any, n: int) -> int:
    rows, words = two.rows, two.words
    kept = rows[n, 1]
    rows[n, 1] = words[n]
    words[n] = kept + two.words.shape[0]
    return two.rows.shape[0]


def misspelt(two: Any) -> int:
    return two.row[0, 0]


def outer_of(part: Any) -> Any:
    inner = called(part)

    def outer(rows: Any, words: Any) -> int:
        two = shared(Two(rows, words))
        total = 0
        for n in range(words.shape[0]):
            total += inner(two, n)
        return total

    return numba.njit(_nrt=False)(outer)


def test_what_is_reached_through_the_address_is_the_arrays_themselves() -> None:
    rows = np.arange(8).reshape(4, 2)
    words = np.array([100, 200, 300])
    assert outer_of(exchange)(rows, words) == 12
    assert rows.tolist() == [[0, 100], [2, 200], [4, 300], [6, 7]]
    assert words.tolist() == [1 + 3, 3 + 3, 5 + 3]


@pytest.mark.skipif(not JIT, reason="there is nothing compiled with the JIT off")
def test_the_tuple_is_not_copied_to_the_callee() -> None:
    compiled = outer_of(exchange)
    compiled(np.arange(8).reshape(4, 2), np.array([1]))
    code = "".join(compiled.inspect_llvm().values())
    (head,) = [
        line for line in code.splitlines() if line.startswith("define") and "exchange" in line
    ]
    # By value it would be more than a dozen parameters.
    assert head.count(",") < 6
    assert "invariant.load" in code


@pytest.mark.skipif(not JIT, reason="there is nothing compiled with the JIT off")
def test_a_field_that_is_none_is_an_error() -> None:
    def outer(rows: Any, words: Any) -> int:
        return inner(shared(Two(rows, words)))

    inner = called(misspelt)
    with pytest.raises(TypingError, match="row"):
        numba.njit(_nrt=False)(outer)(np.zeros((1, 1), np.int64), np.zeros(1, np.int64))


def test_gaps_between_rows_are_stepped_over() -> None:
    """As those of a table of conditions that are the last columns of wider rows."""
    wide = np.arange(24).reshape(4, 6)
    words = np.array([100, 200, 300])
    assert outer_of(exchange)(wide[:, 3:], words) == 12
    assert wide[:3, 4].tolist() == [100, 200, 300]
    assert words.tolist() == [4 + 3, 10 + 3, 16 + 3]
    assert np.count_nonzero(wide != np.arange(24).reshape(4, 6)) == 3


def test_a_third_dimension_is_found() -> None:
    def cube(two: Any, n: int) -> int:
        two.rows[n, n + 1, 2] = two.words[n]
        return 1

    rows = np.zeros((3, 4, 5), np.int64)
    assert outer_of(cube)(rows, np.array([7, 8, 9])) == 3
    assert (rows[0, 1, 2], rows[1, 2, 2], rows[2, 3, 2]) == (7, 8, 9)
    assert rows.sum() == 24


@pytest.mark.skipif(not JIT, reason="there is nothing compiled with the JIT off")
@pytest.mark.parametrize("given", [np.zeros(1), np.zeros(1, np.int32), 5])
def test_anything_but_int64_is_an_error(given: Any) -> None:
    with pytest.raises(TypingError, match="words must be an array of int64"):
        outer_of(exchange)(np.zeros((1, 2), np.int64), given)


@pytest.mark.skipif(not JIT, reason="there is nothing compiled with the JIT off")
def test_rows_whose_width_is_told_must_have_it() -> None:
    books = OrderBooks()
    books.add_book()
    arrays = books.arrays(np.zeros((0, at.CONDITION_COLUMNS), np.int64))
    for wrong in (arrays.levels[:, :3], arrays.levels[::2], np.zeros((4, 5), np.int64)):
        with pytest.raises(ValueError, match="levels must be C-contiguous, with rows of 4"):
            KeptTable(arrays._replace(levels=wrong))
