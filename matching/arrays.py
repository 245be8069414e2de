"""The arrays of the matching floor as one argument: what a kernel is given, and what it hands on."""

from __future__ import annotations

from typing import Any, NamedTuple

Array = Any


class Arrays(NamedTuple):
    """Every array that a verb may read or write; all int64, columns as in ``matching.layout``.

    Kernels are called with the arrays one by one, because a tuple from Python costs a microsecond a
    call, and join them at once; inside compiled code the tuple costs nothing.
    """

    books: Array
    levels: Array
    bitmap: Array
    orders: Array
    details: Array
    owners: Array
    protections: Array
    pool: Array
    conditions: Array
    events: Array
