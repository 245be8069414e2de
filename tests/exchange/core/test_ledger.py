"""The ledger joins the core's own arrays, by name and in the order in which kernels are given them."""

from __future__ import annotations

import inspect

from exchange.core import kernel
from exchange.core.ledger import Ledger
from matching.arrays import Arrays


def parameters(function: object) -> list[str]:
    plain = getattr(function, "py_func", function)
    return list(inspect.signature(plain).parameters)  # type: ignore[arg-type]


def test_the_kernel_is_given_the_floor_s_arrays_and_then_the_ledger_s() -> None:
    given = parameters(kernel.apply_batch)
    floor = [name for name in Arrays._fields if name not in ("conditions", "events")]
    assert given[: len(floor)] == floor
    own = [name for name in given if name in Ledger._fields]
    assert own == list(Ledger._fields)


def test_the_two_tuples_share_no_name_but_that_of_their_event_rows() -> None:
    assert set(Arrays._fields) & set(Ledger._fields) == {"events"}
