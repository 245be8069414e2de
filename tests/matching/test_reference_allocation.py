"""The oracle's shares against the allocations that CME Group publishes (sources: test_allocation)."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Side
from matching.reference import ReferenceBooks
from matching.rule import Algorithm, MatchingRule


@pytest.mark.parametrize(
    ("top_lots", "resting", "incoming", "expected"),
    [
        (0, [5, 9, 57, 4, 28, 300], 50, [3, 0, 7, 0, 3, 37]),
        (100, [100, 200, 300, 400], 291, [100, 44, 63, 84]),
        (100, [10, 40, 20, 30], 21, [10, 6, 2, 3]),
    ],
)
def test_published_allocations(
    top_lots: int, resting: list[int], incoming: int, expected: list[int]
) -> None:
    books = ReferenceBooks()
    books.add_book(rule=MatchingRule(Algorithm.PRO_RATA, 2, top_lots=top_lots))
    got = {books.submit(0, Side.BUY, 100, lots)[0][2]: 0 for lots in resting}
    for row in books.submit(0, Side.SELL, 100, incoming):
        if row[0] == EventKind.EXECUTED:
            got[row[3]] += row[5]
    assert list(got.values()) == expected
