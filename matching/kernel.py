"""The compiled entry points: a batch of command rows, one verb with its integers, or a call beside the batch.

Each returns the number of event rows written. A batch takes the arrays one by one (see ``Arrays``), the
others the address of their table (see ``KeptTable``), which costs less. The caller sees to room: where
there are not slots and event rows for the most that a command can need, it is not begun.
"""

from __future__ import annotations

from typing import Any

from matching.activation import run_queue
from matching.ahead import fetch_ahead, is_large
from matching.amending import amend, amend_checked
from matching.arrays import Arrays
from matching.cancels import cancel, cancel_all
from matching.compiled import KernelCompiler, called, inlined, rows_of, shared
from matching.control import advance, perform
from matching.entry import enter_plain, is_ordinary, submit_checked
from matching.events import write_rejected
from matching.layout import (
    BOOK_QUEUED,
    COMMAND_BOOK,
    COMMAND_COLUMNS,
    COMMAND_CONDITIONS,
    COMMAND_KIND,
    COMMAND_ORDER_ID,
    COMMAND_OWNER,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_TERMS,
    EVENT_KIND,
    MAX_PEAKS,
    MAX_QUOTES,
    ORDER_BOOK_SHIFT,
    ORDER_TERMS,
    POOL_APPLIED,
    POOL_CYCLE_ROWS,
    POOL_DETAILED,
    POOL_FREE_COUNT,
    POOL_HIGH_WATER,
    POOL_MAX_ORDERS,
    POOL_STIRRED,
    SLOT_MASK,
    CommandKind,
    Control,
    EventKind,
    Reason,
)
from matching.quotes import reject_quotes, replace_quotes
from matching.settling import settle

Array = Any

NEEDS_ROOM = -1
"""Returned, with nothing changed, when the pool or the event rows must first grow."""

_SUBMIT = int(CommandKind.SUBMIT)
_CANCEL = int(CommandKind.CANCEL)
_AMEND = int(CommandKind.AMEND)
_CANCEL_ALL = int(CommandKind.CANCEL_ALL)
_MASS_QUOTE = int(CommandKind.MASS_QUOTE)
_REJECTED = int(EventKind.REJECTED)
_UNKNOWN_COMMAND = int(Reason.UNKNOWN_COMMAND)
_SET_STATE = int(Control.SET_STATE)
_SET_PRICE = int(Control.SET_PRICE)
_ADVANCE = int(Control.ADVANCE)
_ROWS_OF_DETAILED = 3 * MAX_PEAKS + 16
_LOOK_COMMANDS = 64
SLOTS_OF_LOOK = _LOOK_COMMANDS + MAX_QUOTES
"""Slots that a batch wants to be free whenever it looks: for plain orders, then one mass quote."""

_compiler = KernelCompiler("matching.kernel")
_rows_of_commands = rows_of("commands", COMMAND_COLUMNS)


def rows_needed(pool: Array) -> int:
    """Return the most event rows that one command can write.

    Every live order can end in one row, and a decremented aggressor writes one beside it; one with a
    detail row can do so part by part, be cut, parked and activated, and a command brings at most
    MAX_QUOTES new ones. Each trade of a cycle ends an order, or a part of one that is shown.
    """
    live = pool[POOL_HIGH_WATER] - pool[POOL_FREE_COUNT]
    cycle_rows = pool[POOL_CYCLE_ROWS]
    of_detailed = _ROWS_OF_DETAILED + cycle_rows * MAX_PEAKS
    rows: int = 2 * live + cycle_rows * (live + 1) + 8
    rows += of_detailed * (pool[POOL_DETAILED] + MAX_QUOTES)
    return rows


most_rows = inlined(rows_needed)


@inlined
def has_slots(orders: Array, pool: Array, wanted: int) -> bool:
    """Say whether this many orders can be accepted, or as many as the pool may ever hold."""
    live = pool[POOL_HIGH_WATER] - pool[POOL_FREE_COUNT]
    return bool(orders.shape[0] - live >= wanted or orders.shape[0] >= pool[POOL_MAX_ORDERS])


@called
def safe_commands(arrays: Arrays, count: int) -> int:
    """Return for how many commands there are surely slots, and event rows behind ``count``.

    What one command may write beyond the rows that orders end in, the next may write again. A command
    that can take more than one slot must be the last of them.
    """
    spare = arrays.events.shape[0] - count - most_rows(arrays.pool)
    if spare < 0 or not has_slots(arrays.orders, arrays.pool, SLOTS_OF_LOOK):
        return 0
    of_one = 2 + _ROWS_OF_DETAILED + arrays.pool[POOL_CYCLE_ROWS] * (1 + MAX_PEAKS)
    return int(min(_LOOK_COMMANDS, 1 + spare // of_one))


@inlined
def enter_through(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    owner: int,
    terms: int,
    price_ticks: int,
    qty_lots: int,
) -> int:
    """Enter an ordinary order, and run its book's queue."""
    count = enter_plain(arrays, count, command, book, owner, terms, price_ticks, qty_lots)
    if arrays.books[book, BOOK_QUEUED] > 0:
        count = run_queue(arrays, count, command, book)
    return count


@called
def submit_through(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    owner: int,
    terms: int,
    price_ticks: int,
    qty_lots: int,
    conditions: int,
) -> int:
    """Enter any other order, or refuse it, and run its book's queue."""
    first = count
    count = submit_checked(
        arrays, count, command, book, owner, terms, price_ticks, qty_lots, conditions
    )
    if arrays.events[first, EVENT_KIND] != _REJECTED and arrays.books[book, BOOK_QUEUED] > 0:
        count = run_queue(arrays, count, command, book)
    return count


@inlined
def amend_through(
    arrays: Arrays,
    count: int,
    command: int,
    order_id: int,
    terms: int,
    price_ticks: int,
    qty_lots: int,
) -> int:
    """Amend an order, and run its book's queue."""
    first = count
    count = amend(arrays, count, command, order_id, terms, price_ticks, qty_lots)
    if arrays.events[first, EVENT_KIND] != _REJECTED:
        # The slot keeps its book, even if the order has ended.
        book = arrays.orders[order_id & SLOT_MASK, ORDER_TERMS] >> ORDER_BOOK_SHIFT
        if arrays.books[book, BOOK_QUEUED] > 0:
            count = run_queue(arrays, count, command, book)
    return count


@called
def retrigger_through(
    arrays: Arrays,
    count: int,
    command: int,
    order_id: int,
    terms: int,
    price_ticks: int,
    qty_lots: int,
    conditions: int,
) -> int:
    """Amend an order together with its trigger, and run its book's queue."""
    first = count
    count = amend_checked(
        arrays, count, command, order_id, terms, price_ticks, qty_lots, conditions
    )
    if arrays.events[first, EVENT_KIND] != _REJECTED:
        book = arrays.orders[order_id & SLOT_MASK, ORDER_TERMS] >> ORDER_BOOK_SHIFT
        if arrays.books[book, BOOK_QUEUED] > 0:
            count = run_queue(arrays, count, command, book)
    return count


@inlined
def quote_through(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    owner: int,
    terms: int,
    entries: int,
    conditions: int,
) -> int:
    """Replace quotes, and run their book's queue."""
    former = count
    row = conditions - 1
    count = reject_quotes(arrays, count, command, book, owner, terms, entries, row)
    if count == former:
        count = replace_quotes(arrays, count, command, book, owner, terms, entries, row)
        count = run_queue(arrays, count, command, book)
    return count


@_compiler.kernel
def apply_batch(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    details: Array,
    owners: Array,
    protections: Array,
    pool: Array,
    conditions: Array,
    events: Array,
    commands: Array,
    start: int,
    count: int,
) -> int:
    """Apply command rows from ``start`` on, behind ``count`` event rows; return the new number of rows.

    POOL_APPLIED tells how many commands of the batch are done: fewer than all when the pool
    or the event rows must grow before the next.
    """
    arrays = shared(
        Arrays(
            books, levels, bitmap, orders, details, owners, protections, pool, conditions, events
        )
    )
    rows = _rows_of_commands(commands)
    number = commands.shape[0]
    command = look = start
    while command < number:
        if command == look:
            look = min(number, command + safe_commands(arrays, count))
            if command == look:
                break
            if is_large(arrays):
                fetch_ahead(arrays, rows, command, look)
        kind = rows[command, COMMAND_KIND]
        if kind == _SUBMIT:
            book = rows[command, COMMAND_BOOK]
            owner = rows[command, COMMAND_OWNER]
            terms = rows[command, COMMAND_TERMS]
            price_ticks = rows[command, COMMAND_PRICE_TICKS]
            qty_lots = rows[command, COMMAND_QTY_LOTS]
            condition = rows[command, COMMAND_CONDITIONS]
            if is_ordinary(arrays, book, terms, price_ticks, qty_lots, condition):
                count = enter_through(
                    arrays, count, command, book, owner, terms, price_ticks, qty_lots
                )
            else:
                count = submit_through(
                    arrays, count, command, book, owner, terms, price_ticks, qty_lots, condition
                )
                look = command + 1
        elif kind == _CANCEL:
            count = cancel(arrays, count, command, rows[command, COMMAND_ORDER_ID])
        elif kind == _AMEND:
            order_id = rows[command, COMMAND_ORDER_ID]
            terms = rows[command, COMMAND_TERMS]
            price_ticks = rows[command, COMMAND_PRICE_TICKS]
            qty_lots = rows[command, COMMAND_QTY_LOTS]
            condition = rows[command, COMMAND_CONDITIONS]
            if condition == 0:
                count = amend_through(
                    arrays, count, command, order_id, terms, price_ticks, qty_lots
                )
            else:
                count = retrigger_through(
                    arrays, count, command, order_id, terms, price_ticks, qty_lots, condition
                )
        elif kind == _CANCEL_ALL:
            count = cancel_all(
                arrays,
                count,
                command,
                rows[command, COMMAND_BOOK],
                rows[command, COMMAND_OWNER],
                orders.shape[0],
            )
        elif kind == _MASS_QUOTE:
            count = quote_through(
                arrays,
                count,
                command,
                rows[command, COMMAND_BOOK],
                rows[command, COMMAND_OWNER],
                rows[command, COMMAND_TERMS],
                rows[command, COMMAND_QTY_LOTS],
                rows[command, COMMAND_CONDITIONS],
            )
            look = command + 1
        else:
            count = write_rejected(arrays, count, command, 0, _UNKNOWN_COMMAND, 0, 0)
        if arrays.pool[POOL_STIRRED] != 0:
            count = settle(arrays, count, command)
            look = command + 1
        command += 1
    arrays.pool[POOL_APPLIED] = command
    return count


@_compiler.kernel
def apply_submit(
    table: int,
    book: int,
    owner: int,
    terms: int,
    price_ticks: int,
    qty_lots: int,
) -> int:
    """Apply one submit without conditions; return the number of event rows written, or NEEDS_ROOM."""
    arrays = shared(table)
    if (
        not has_slots(arrays.orders, arrays.pool, 1)
        or most_rows(arrays.pool) > arrays.events.shape[0]
    ):
        return NEEDS_ROOM
    if is_ordinary(arrays, book, terms, price_ticks, qty_lots, 0):
        count = enter_through(arrays, 0, 0, book, owner, terms, price_ticks, qty_lots)
    else:
        count = submit_through(arrays, 0, 0, book, owner, terms, price_ticks, qty_lots, 0)
    if arrays.pool[POOL_STIRRED] != 0:
        count = settle(arrays, count, 0)
    return count


@_compiler.kernel
def apply_cancel(
    table: int,
    order_id: int,
) -> int:
    """Apply one cancel; return the number of event rows written, or NEEDS_ROOM."""
    arrays = shared(table)
    if arrays.pool[POOL_STIRRED] == 0:
        return cancel(arrays, 0, 0, order_id)
    if most_rows(arrays.pool) > arrays.events.shape[0]:
        return NEEDS_ROOM
    return settle(arrays, cancel(arrays, 0, 0, order_id), 0)


@_compiler.kernel
def apply_amend(
    table: int,
    order_id: int,
    terms: int,
    price_ticks: int,
    qty_lots: int,
) -> int:
    """Apply one amend; return the number of event rows written, or NEEDS_ROOM."""
    arrays = shared(table)
    if most_rows(arrays.pool) > arrays.events.shape[0]:
        return NEEDS_ROOM
    count = amend_through(arrays, 0, 0, order_id, terms, price_ticks, qty_lots)
    if arrays.pool[POOL_STIRRED] != 0:
        count = settle(arrays, count, 0)
    return count


@_compiler.kernel
def apply_control(
    table: int,
    verb: int,
    book: int,
    first: int,
    second: int,
    third: int,
    fourth: int,
) -> int:
    """Do one Control verb; return the number of event rows written, or NEEDS_ROOM."""
    arrays = shared(table)
    if most_rows(arrays.pool) > arrays.events.shape[0]:
        return NEEDS_ROOM
    if verb == _ADVANCE:
        count = advance(arrays, 0, 0, first)
    else:
        count = perform(arrays, 0, 0, verb, book, first, second, third, fourth)
    if verb == _SET_PRICE or (
        verb == _SET_STATE and (count == 0 or arrays.events[0, EVENT_KIND] != _REJECTED)
    ):
        count = run_queue(arrays, count, 0, book)
    if arrays.pool[POOL_STIRRED] != 0:
        count = settle(arrays, count, 0)
    return count
