"""The arrays of the matching floor as one argument: what a kernel is given, and what it hands on."""

from __future__ import annotations

from typing import Any, NamedTuple

from matching import layout as at

Array = Any


class Arrays(NamedTuple):
    """Every array that a verb may read or write; all int64 in C order, columns as in ``matching.layout``.

    Compiled code hands on the address of a table of them (see ``matching.passing``).
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

    @staticmethod
    def widths() -> dict[str, int]:
        """Return how many columns each array has: 1 for a vector, 0 where that is known at run time only."""
        return {
            "books": at.BOOK_COLUMNS,
            "levels": at.LEVEL_COLUMNS,
            "bitmap": 1,
            "orders": at.ORDER_COLUMNS,
            "details": at.DETAIL_COLUMNS,
            "owners": 0,
            "protections": at.PROTECTION_COLUMNS,
            "pool": 1,
            "conditions": 0,
            "events": at.EVENT_COLUMNS,
        }
