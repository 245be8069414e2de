"""What the venue's own commands do to the books, cleared like everything else."""

from __future__ import annotations

from exchange.core.activation import run_queue
from exchange.core.layout import (
    COMMAND_INSTRUMENT,
    COMMAND_SEQ,
    COMMAND_TS_NS,
    INSTRUMENT_EXPIRY_NS,
)
from exchange.core.ledger import Ledger
from exchange.core.translate import clear_rows
from matching.arrays import Arrays
from matching.compiled import called
from matching.control import advance_book, expire_orders, perform
from matching.layout import BOOK_QUEUED, EVENT_KIND, EventKind

_REJECTED = int(EventKind.REJECTED)

NO_VERB = 0
TIME_ALONE = -1
"""The verb of a row that brings no more than its time: see ``control``."""
CONTROL_ARGUMENTS = 4


@called
def expire(arrays: Arrays, ledger: Ledger, count: int, seq: int, ts_ns: int) -> int:
    """Cancel the orders whose end has come, whatever their instrument."""
    rows = expire_orders(arrays, 0, 0, ts_ns)
    return clear_rows(arrays, ledger, rows, count, seq, ts_ns, -1, 0)


@called
def advance(arrays: Arrays, ledger: Ledger, count: int, seq: int, ts_ns: int) -> int:
    """Do what is due by a time, instrument by instrument; one past its last trading instant stays as it is."""
    for book in range(arrays.books.shape[0]):
        expiry_ns = ledger.instruments[book, INSTRUMENT_EXPIRY_NS]
        if expiry_ns == 0 or ts_ns < expiry_ns:
            rows = advance_book(arrays, 0, 0, book)
            count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, book, 0)
            if arrays.books[book, BOOK_QUEUED] > 0:
                count = run_queue(arrays, ledger, count, seq, ts_ns, book)
    return count


@called
def control(arrays: Arrays, ledger: Ledger, command: int, verb: int, count: int) -> int:
    """Do one Control verb of the floor on a book that exists, and run its queue; TIME_ALONE does nothing.

    INSTRUMENT is the book; the verb's arguments stand in the first CONTROL_ARGUMENTS condition columns.
    """
    book = ledger.commands[command, COMMAND_INSTRUMENT]
    seq = ledger.commands[command, COMMAND_SEQ]
    ts_ns = ledger.commands[command, COMMAND_TS_NS]
    if verb == TIME_ALONE:
        return count
    arguments = arrays.conditions
    rows = perform(
        arrays,
        0,
        0,
        verb,
        book,
        arguments[command, 0],
        arguments[command, 1],
        arguments[command, 2],
        arguments[command, 3],
    )
    if rows > 0 and arrays.events[0, EVENT_KIND] == _REJECTED:
        return count
    count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, book, 0)
    if arrays.books[book, BOOK_QUEUED] > 0:
        count = run_queue(arrays, ledger, count, seq, ts_ns, book)
    return count
