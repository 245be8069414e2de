"""Reduce-only orders in the legs of a combo that traded: they shrink with the positions."""

from __future__ import annotations

from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_RESTING_ACCOUNT,
    VENUE_LEGS_BOOKED,
    EventKind,
)
from exchange.core.ledger import Ledger
from exchange.core.translate import clear_rows
from matching.aftermath import shrink
from matching.arrays import Arrays
from matching.compiled import called
from matching.layout import BOOK_REDUCERS

_LEG_BOOKED = int(EventKind.LEG_BOOKED)


@called
def shrink_of(
    arrays: Arrays, ledger: Ledger, count: int, seq: int, ts_ns: int, leg: int, account: int
) -> int:
    """Cut an account's reduce-only orders in a leg's book to its position."""
    if arrays.books[leg, BOOK_REDUCERS] == 0:
        return count
    rows = shrink(arrays, 0, 0, leg, account)
    return clear_rows(arrays, ledger, rows, count, seq, ts_ns, leg, 0)


@called
def shrink_in_legs(
    arrays: Arrays, ledger: Ledger, first: int, count: int, seq: int, ts_ns: int
) -> int:
    """Shrink the orders of all whose legs were booked in the event rows from ``first`` up to ``count``."""
    events = ledger.events
    for row in range(first, count):
        if events[row, EVENT_KIND] == _LEG_BOOKED:
            leg = events[row, EVENT_INSTRUMENT]
            account, other = events[row, EVENT_ACCOUNT], events[row, EVENT_RESTING_ACCOUNT]
            count = shrink_of(arrays, ledger, count, seq, ts_ns, leg, account)
            count = shrink_of(arrays, ledger, count, seq, ts_ns, leg, other)
    ledger.venue[VENUE_LEGS_BOOKED] = 0
    return count
