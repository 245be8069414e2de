"""The end of a command: cycles and the queues of other books, until nothing stirs."""

from __future__ import annotations

import pytest

from tests.matching.linked_books import (
    BUY,
    COMBO,
    FAR,
    LEG,
    NEAR,
    SELL,
    SPREAD,
    enter,
    linked,
    trades,
)
from tests.matching.verbs import BOTH


@pytest.mark.parametrize("kind", BOTH)
def test_a_stop_that_a_cycle_wakes_may_complete_the_next_cycle(kind: type) -> None:
    """NEAR trades at 105 and wakes a bid for the spread, which takes the rest of both outrights."""
    books = linked(kind)
    enter(books, NEAR, SELL, 105, 3, owner=1)
    enter(books, FAR, BUY, 100, 5, owner=2)
    enter(books, SPREAD, SELL, 9, 1, owner=5)
    source = 1 << 20
    [row] = books.apply([(1, SPREAD, 0, 4, BUY | source, 6, 2, 1)], [(0, 0, 0, 5, *(0,) * 7)])
    assert row[7] == 1
    events = books.submit(SPREAD, BUY, 5, 1, owner=3)
    told = [
        (COMBO, 5, 1),
        (LEG, 105, 1),
        (LEG, 100, 1),
        (COMBO, 5, 2),
        (LEG, 105, 2),
        (LEG, 100, 2),
    ]
    assert trades(events) == told
