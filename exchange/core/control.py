"""What the venue's own commands do to the books, cleared like everything else."""

from __future__ import annotations

from exchange.core.activation import run_queue
from exchange.core.entry import clear_entry
from exchange.core.layout import (
    COMMAND_ACCOUNT,
    COMMAND_INSTRUMENT,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_SEQ,
    COMMAND_SIDE,
    COMMAND_TS_NS,
    INSTRUMENT_EXPIRY_NS,
)
from exchange.core.ledger import Ledger
from exchange.core.leg_limits import legs_are_open
from exchange.core.translate import clear_rows
from matching.algorithm import gathers
from matching.arrays import Arrays
from matching.compiled import called
from matching.control import advance_book, expire_orders, perform
from matching.entry import submit_checked
from matching.layout import (
    BOOK_QUEUED,
    EVENT_KIND,
    TIF_SHIFT,
    EventKind,
    TimeInForce,
)
from matching.removal import REDUCE_ONLY_BIT

_REJECTED = int(EventKind.REJECTED)
_IOC = int(TimeInForce.IOC)

NO_VERB = 0
TIME_ALONE = -1
"""The verb of a row that brings no more than its time: see ``control``."""
CLOSE = -2
"""The verb of an order that the venue enters for an account: see ``close``."""
CONTROL_ARGUMENTS = 4


@called
def expire(arrays: Arrays, ledger: Ledger, count: int, seq: int, ts_ns: int) -> int:
    """Cancel the orders whose end has come, whatever their instrument."""
    rows = expire_orders(arrays, 0, 0, ts_ns)
    return clear_rows(arrays, ledger, rows, count, seq, ts_ns, -1, 0)


@called
def advance(arrays: Arrays, ledger: Ledger, count: int, seq: int, ts_ns: int) -> int:
    """Do what is due by a time, instrument by instrument.

    One past its last trading instant stays as it is, and so does a combo while not all its legs are open.
    """
    for book in range(arrays.books.shape[0]):
        expiry_ns = ledger.instruments[book, INSTRUMENT_EXPIRY_NS]
        if (expiry_ns == 0 or ts_ns < expiry_ns) and legs_are_open(ledger.instruments, book):
            rows = advance_book(arrays, 0, 0, book)
            count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, book, 0)
            if arrays.books[book, BOOK_QUEUED] > 0:
                count = run_queue(arrays, ledger, count, seq, ts_ns, book)
    return count


@called
def close(arrays: Arrays, ledger: Ledger, command: int, count: int) -> int:
    """Enter an IOC order of ACCOUNT past its limits and margin; one that the floor refuses does nothing.

    It reduces a position, so that whoever has no other order in the book needs no more margin for it. In a
    book of batch auctions it works until the end of the batch, and shrinks with the position meanwhile.
    """
    commands = ledger.commands
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    terms = commands[command, COMMAND_SIDE] | _IOC << TIF_SHIFT
    if gathers(arrays, instrument):
        terms |= REDUCE_ONLY_BIT
    rows = submit_checked(
        arrays,
        0,
        0,
        instrument,
        account,
        terms,
        commands[command, COMMAND_PRICE_TICKS],
        commands[command, COMMAND_QTY_LOTS],
        0,
    )
    if arrays.events[0, EVENT_KIND] == _REJECTED:
        return count
    seq, ts_ns = commands[command, COMMAND_SEQ], commands[command, COMMAND_TS_NS]
    return clear_entry(arrays, ledger, rows, count, seq, ts_ns, account, instrument)


@called
def control(arrays: Arrays, ledger: Ledger, command: int, verb: int, count: int) -> int:
    """Do one Control verb of the floor on a book that exists, or one of ours, and run the book's queue.

    INSTRUMENT is the book; the arguments of the floor's verbs stand in the first CONTROL_ARGUMENTS
    columns of the only condition row. TIME_ALONE does nothing.
    """
    book = ledger.commands[command, COMMAND_INSTRUMENT]
    seq = ledger.commands[command, COMMAND_SEQ]
    ts_ns = ledger.commands[command, COMMAND_TS_NS]
    if verb == TIME_ALONE:
        return count
    if verb == CLOSE:
        count = close(arrays, ledger, command, count)
    else:
        arguments = arrays.conditions
        rows = perform(
            arrays,
            0,
            0,
            verb,
            book,
            arguments[0, 0],
            arguments[0, 1],
            arguments[0, 2],
            arguments[0, 3],
        )
        if rows > 0 and arrays.events[0, EVENT_KIND] == _REJECTED:
            return count
        count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, book, 0)
    if arrays.books[book, BOOK_QUEUED] > 0:
        count = run_queue(arrays, ledger, count, seq, ts_ns, book)
    return count
