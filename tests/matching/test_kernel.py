"""The compiled entry points say when they need room, and then have changed nothing."""

from __future__ import annotations

import numpy as np

from matching import kernel
from matching import layout as at
from matching.book import OrderBooks
from matching.layout import CommandKind, EventKind, Reason, Side, pack_terms


def test_a_batch_without_room_is_returned_untouched() -> None:
    books = OrderBooks(orders=2)
    books.add_book()
    books.submit(0, Side.BUY, 10, 1)
    commands = np.zeros((3, at.COMMAND_COLUMNS), np.int64)
    commands[:] = [CommandKind.SUBMIT, 0, 0, 0, pack_terms(Side.BUY), 11, 1, 0]
    before = books.digest()
    for events in (np.zeros((1000, at.EVENT_COLUMNS), np.int64), books.events[:12]):
        arrays = (books.rows, books.levels, books.bitmap, books.order_rows, books.pool)
        assert kernel.apply_batch(*arrays, commands, events) == kernel.NEEDS_ROOM
        assert not events[: len(events) // 2, at.EVENT_KIND].any() or events is not books.events
        assert books.digest() == before
    assert len(books.apply(commands)) == 3
    assert books.live == 4


def test_a_verb_that_is_none_is_rejected_and_the_rest_goes_on() -> None:
    books = OrderBooks()
    books.add_book()
    commands = np.zeros((3, at.COMMAND_COLUMNS), np.int64)
    commands[:, at.COMMAND_KIND] = [99, CommandKind.SUBMIT, -1]
    commands[1, at.COMMAND_QTY_LOTS] = 1
    rows = books.apply(commands).tolist()
    assert [(row[0], row[1], row[3]) for row in rows] == [
        (EventKind.REJECTED, 0, Reason.UNKNOWN_COMMAND),
        (EventKind.ACCEPTED, 1, 0),
        (EventKind.REJECTED, 2, Reason.UNKNOWN_COMMAND),
    ]
    assert books.live == 1
