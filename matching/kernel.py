"""The compiled entry points: a batch of command rows, or one verb with its integers, to event rows."""

from __future__ import annotations

from typing import Any

from matching.cancels import cancel, cancel_all
from matching.compiled import KernelCompiler, inlined
from matching.entry import amend, submit
from matching.layout import (
    COMMAND_BOOK,
    COMMAND_KIND,
    COMMAND_ORDER_ID,
    COMMAND_OWNER,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_TERMS,
    POOL_FREE_COUNT,
    POOL_HIGH_WATER,
    POOL_MAX_ORDERS,
    CommandKind,
    EventKind,
    Reason,
)
from matching.matcher import write_event

Array = Any

NEEDS_ROOM = -1
"""Returned, with nothing changed, when the pool or the event buffer must first grow."""

_SUBMIT = int(CommandKind.SUBMIT)
_CANCEL = int(CommandKind.CANCEL)
_AMEND = int(CommandKind.AMEND)
_CANCEL_ALL = int(CommandKind.CANCEL_ALL)
_REJECTED = int(EventKind.REJECTED)
_UNKNOWN_COMMAND = int(Reason.UNKNOWN_COMMAND)

_compiler = KernelCompiler("matching")


@inlined
def has_room(orders: Array, pool: Array, event_rows: int, commands: int) -> bool:
    """Say whether ``commands`` more commands can neither exhaust the pool nor the event rows.

    A command writes at most an acceptance and a remainder; every further row removes a live order or
    is the one partial fill of its command: 4 rows a command and one a live order suffice.
    """
    live = pool[POOL_HIGH_WATER] - pool[POOL_FREE_COUNT]
    free = orders.shape[0] - live
    return bool(
        (free >= commands or orders.shape[0] >= pool[POOL_MAX_ORDERS])
        and event_rows >= live + 4 * commands
    )


@_compiler.kernel
def apply_batch(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    commands: Array,
    events: Array,
) -> int:
    """Apply command rows in order; return the number of event rows written, or NEEDS_ROOM."""
    if not has_room(orders, pool, events.shape[0], commands.shape[0]):
        return NEEDS_ROOM
    count = 0
    for command in range(commands.shape[0]):
        kind = commands[command, COMMAND_KIND]
        if kind == _SUBMIT:
            count = submit(
                books,
                levels,
                bitmap,
                orders,
                pool,
                events,
                count,
                command,
                commands[command, COMMAND_BOOK],
                commands[command, COMMAND_OWNER],
                commands[command, COMMAND_TERMS],
                commands[command, COMMAND_PRICE_TICKS],
                commands[command, COMMAND_QTY_LOTS],
            )
        elif kind == _CANCEL:
            count = cancel(
                books,
                levels,
                bitmap,
                orders,
                pool,
                events,
                count,
                command,
                commands[command, COMMAND_ORDER_ID],
            )
        elif kind == _AMEND:
            count = amend(
                books,
                levels,
                bitmap,
                orders,
                pool,
                events,
                count,
                command,
                commands[command, COMMAND_ORDER_ID],
                commands[command, COMMAND_PRICE_TICKS],
                commands[command, COMMAND_QTY_LOTS],
            )
        elif kind == _CANCEL_ALL:
            count = cancel_all(
                books,
                levels,
                bitmap,
                orders,
                pool,
                events,
                count,
                command,
                commands[command, COMMAND_BOOK],
                commands[command, COMMAND_OWNER],
                orders.shape[0],
            )
        else:
            count = write_event(events, count, _REJECTED, command, 0, _UNKNOWN_COMMAND, 0, 0, 0, 0)
    return count


@_compiler.kernel
def apply_submit(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    book: int,
    owner: int,
    terms: int,
    price_ticks: int,
    qty_lots: int,
) -> int:
    """Apply one submit; return the number of event rows written, or NEEDS_ROOM."""
    if not has_room(orders, pool, events.shape[0], 1):
        return NEEDS_ROOM
    return submit(
        books,
        levels,
        bitmap,
        orders,
        pool,
        events,
        0,
        0,
        book,
        owner,
        terms,
        price_ticks,
        qty_lots,
    )


@_compiler.kernel
def apply_cancel(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    order_id: int,
) -> int:
    """Apply one cancel; return the number of event rows written, or NEEDS_ROOM."""
    if not has_room(orders, pool, events.shape[0], 1):
        return NEEDS_ROOM
    return cancel(books, levels, bitmap, orders, pool, events, 0, 0, order_id)


@_compiler.kernel
def apply_amend(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    order_id: int,
    price_ticks: int,
    qty_lots: int,
) -> int:
    """Apply one amend; return the number of event rows written, or NEEDS_ROOM."""
    if not has_room(orders, pool, events.shape[0], 1):
        return NEEDS_ROOM
    return amend(books, levels, bitmap, orders, pool, events, 0, 0, order_id, price_ticks, qty_lots)
