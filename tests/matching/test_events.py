"""An event row holds what the layout says, column by column."""

from __future__ import annotations

import numpy as np

from matching import layout as at
from matching.book import OrderBooks
from matching.events import write_cancelled, write_event, write_rejected

NO_CONDITIONS = np.zeros((0, at.CONDITION_COLUMNS), np.int64)


def test_each_number_goes_to_its_column() -> None:
    arrays = OrderBooks().arrays(NO_CONDITIONS)
    arrays.events[:] = -1
    assert write_event(arrays, 2, 31, 32, 33, 34, 35, 36, 37, 38) == 3
    columns = {
        at.EVENT_COMMAND: 31,
        at.EVENT_KIND: 32,
        at.EVENT_ORDER_ID: 33,
        at.EVENT_OTHER: 34,
        at.EVENT_PRICE_TICKS: 35,
        at.EVENT_QTY_LOTS: 36,
        at.EVENT_LEAVES_LOTS: 37,
        at.EVENT_RESTING_LEAVES_LOTS: 38,
    }
    assert arrays.events[2].tolist() == [columns[n] for n in range(at.EVENT_COLUMNS)]
    assert (np.delete(arrays.events, 2, axis=0) == -1).all()


def test_refusals_and_cancels_have_their_kind() -> None:
    arrays = OrderBooks().arrays(NO_CONDITIONS)
    count = write_rejected(arrays, 0, 1, 2, 3, 4, 5)
    assert write_cancelled(arrays, count, 1, 2, 3, 4, 5, 1) == 2
    assert arrays.events[:2].tolist() == [
        [at.EventKind.REJECTED, 1, 2, 3, 4, 5, 0, 0],
        [at.EventKind.CANCELLED, 1, 2, 3, 4, 5, 0, 1],
    ]
