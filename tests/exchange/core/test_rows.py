"""Event rows say what they are given, and nothing of what stood there before."""

from __future__ import annotations

import numpy as np

from exchange.core import layout as at
from exchange.core import rows
from exchange.core.layout import EventKind, Reason
from exchange.core.ledger import Ledger


def ledger() -> Ledger:
    """One whose event rows hold what an earlier command left."""
    none = np.zeros((0, 0), np.int64)
    events = np.full((2, at.EVENT_COLUMNS), 99, np.int64)
    return Ledger(none, none, none, none, none, none, none, events)


def test_a_row_is_written_whole() -> None:
    arrays = ledger()
    assert rows.write_event(arrays, 1, EventKind.ACCEPTED, *range(2, 12)) == 2
    assert arrays.events[0].tolist() == [99] * at.EVENT_COLUMNS
    assert arrays.events[1].tolist() == [1, *range(2, 12), 0, -1, 0, 0, 0]


def test_a_refusal_says_why_and_what_was_asked() -> None:
    arrays = ledger()
    count = rows.write_refusal(arrays, 0, 7, 8, 3, 4, 5, 1, 301, 6, Reason.POSITION_LIMIT)
    assert count == 1
    expected = [EventKind.REJECTED, 7, 8, 3, 4, 5, 1, 301, 6, 0, Reason.POSITION_LIMIT]
    assert arrays.events[0].tolist() == [*expected, 0, -1, 0, 0, 0]
