"""What the trades of an order in a linked book bring about, in all the books that they touched."""

from __future__ import annotations

from matching.aftermath import shrink, wake_traded
from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.layout import (
    BOOK_MOVE,
    BOOK_REDUCERS,
    EVENT_KIND,
    EVENT_ORDER_ID,
    EVENT_OTHER,
    EVENT_PRICE_TICKS,
    ORDER_BOOK_SHIFT,
    ORDER_OWNER,
    ORDER_TERMS,
    SLOT_MASK,
    EventKind,
)
from matching.watch import note_prices

_EXECUTED = int(EventKind.EXECUTED)
_IMPLIED = int(EventKind.IMPLIED)
_IMPLIED_LEG = int(EventKind.IMPLIED_LEG)


@inlined
def is_trade(kind: int) -> bool:
    """Say whether a row of a match is about an execution."""
    return kind in (_EXECUTED, _IMPLIED, _IMPLIED_LEG)


@inlined
def book_of(arrays: Arrays, order_id: int) -> int:
    """Return the book of an order whose slot was not taken by a later one."""
    book: int = arrays.orders[order_id & SLOT_MASK, ORDER_TERMS] >> ORDER_BOOK_SHIFT
    return book


@inlined
def owner_of(arrays: Arrays, order_id: int) -> int:
    """Return the owner of an order whose slot was not taken by a later one."""
    owner: int = arrays.orders[order_id & SLOT_MASK, ORDER_OWNER]
    return owner


@called
def follow_linked(arrays: Arrays, first: int, count: int, command: int) -> int:
    """Do what the executions in the event rows from ``first`` on bring about: ranges, sizes, triggers.

    Both orders of a row are of one book but in IMPLIED_LEG, where the other one is the combo's; what its owner
    holds changes in the leg.
    """
    books, events = arrays.books, arrays.events
    last = count
    for row in range(first, last):
        if is_trade(events[row, EVENT_KIND]):
            book = book_of(arrays, events[row, EVENT_ORDER_ID])
            if books[book, BOOK_MOVE] != 0:
                ticks = events[row, EVENT_PRICE_TICKS]
                note_prices(arrays, book, ticks, ticks)
    for row in range(first, last):
        kind = events[row, EVENT_KIND]
        if kind in (_EXECUTED, _IMPLIED_LEG):
            order_id, other = events[row, EVENT_ORDER_ID], events[row, EVENT_OTHER]
            book = book_of(arrays, order_id)
            if books[book, BOOK_REDUCERS] > 0:
                count = shrink(arrays, count, command, book, owner_of(arrays, order_id))
                count = shrink(arrays, count, command, book, owner_of(arrays, other))
    for row in range(first, last):
        if is_trade(events[row, EVENT_KIND]):
            book = book_of(arrays, events[row, EVENT_ORDER_ID])
            wake_traded(arrays, book)
    return count
