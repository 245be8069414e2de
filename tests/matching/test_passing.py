"""A tuple of arrays passed by address reads and writes what the tuple itself would."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError

from matching.compiled import JIT, called, shared


class Two(NamedTuple):
    """Two arrays and a number."""

    rows: Any
    words: Any
    number: int


def exchange(two: Any, n: int) -> int:
    rows, words = two.rows, two.words
    kept = rows[n, 1]
    rows[n, 1] = words[n]
    words[n] = kept + two.number
    return two.rows.shape[0]


def misspelt(two: Any) -> int:
    return two.row[0, 0]


def outer_of(part: Any) -> Any:
    inner = called(part)

    def outer(rows: Any, words: Any, number: int) -> int:
        two = shared(Two(rows, words, number))
        total = 0
        for n in range(words.shape[0]):
            total += inner(two, n)
        return total

    return numba.njit(_nrt=False)(outer)


def test_what_is_reached_through_the_address_is_the_arrays_themselves() -> None:
    rows = np.arange(8).reshape(4, 2)
    words = np.array([100, 200, 300])
    assert outer_of(exchange)(rows, words, 7) == 12
    assert rows.tolist() == [[0, 100], [2, 200], [4, 300], [6, 7]]
    assert words.tolist() == [1 + 7, 3 + 7, 5 + 7]


@pytest.mark.skipif(not JIT, reason="there is nothing compiled with the JIT off")
def test_the_tuple_is_not_copied_to_the_callee() -> None:
    compiled = outer_of(exchange)
    compiled(np.arange(8).reshape(4, 2), np.array([1]), 0)
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
        return inner(shared(Two(rows, words, 1)))

    inner = called(misspelt)
    with pytest.raises(TypingError, match="row"):
        numba.njit(_nrt=False)(outer)(np.zeros((1, 1)), np.zeros(1))
