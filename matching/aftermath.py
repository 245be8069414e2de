"""What executions bring about: smaller reduce-only orders and woken stops."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.cancels import withdraw
from matching.compiled import called, inlined
from matching.iceberg import cut
from matching.layout import (
    BOOK_LAST_TICKS,
    BOOK_MOVE,
    BOOK_REDUCERS,
    BOOK_WATCH_HIGH_TICKS,
    BOOK_WATCH_LOW_TICKS,
    DETAIL_REDUCER_NEXT,
    EVENT_KIND,
    EVENT_ORDER_ID,
    EVENT_OTHER,
    EVENT_PRICE_TICKS,
    MARK_LINKED,
    NO_PRICE,
    NO_SLOT,
    ORDER_LEAVES_LOTS,
    ORDER_OWNER,
    ORDER_TERMS,
    SLOT_MASK,
    EventKind,
    Reason,
    TriggerSource,
)
from matching.owners import allowed_lots, is_known, reducer_column
from matching.triggers import wake_reached
from matching.watch import note_prices

_EXECUTED = int(EventKind.EXECUTED)
_UNCROSSED = int(EventKind.UNCROSSED)
_POSITION_REDUCED = int(Reason.POSITION_REDUCED)
_LAST = int(TriggerSource.LAST)


@called
def shrink(arrays: Arrays, count: int, command: int, book: int, owner: int) -> int:
    """Cut an owner's resting reduce-only orders to what its holding allows, newest first."""
    if not is_known(arrays, owner):
        return count
    slot = arrays.owners[owner, reducer_column(book)]
    while slot != NO_SLOT:
        following = arrays.details[slot, DETAIL_REDUCER_NEXT]
        terms = arrays.orders[slot, ORDER_TERMS]
        leaves_lots = arrays.orders[slot, ORDER_LEAVES_LOTS]
        allowed = allowed_lots(arrays, owner, book, terms & 1)
        if allowed == 0:
            count = withdraw(arrays, count, command, slot, _POSITION_REDUCED)
            if terms & MARK_LINKED != 0:
                # Those linked to it went too, perhaps the following one among them.
                following = arrays.owners[owner, reducer_column(book)]
        elif allowed < leaves_lots:
            count = cut(arrays, count, command, slot, leaves_lots - allowed, _POSITION_REDUCED)
        slot = following
    return count


@called
def shrink_traders(arrays: Arrays, first: int, count: int, command: int, book: int) -> int:
    """Shrink the orders of all who traded in the event rows from ``first`` on.

    A slot that was given back keeps its owner until a later order takes it.
    """
    events, orders = arrays.events, arrays.orders
    last = count
    aggressor = NO_SLOT
    for row in range(first, last):
        if events[row, EVENT_KIND] == _EXECUTED or events[row, EVENT_KIND] == _UNCROSSED:
            slot = events[row, EVENT_ORDER_ID] & SLOT_MASK
            if slot != aggressor:
                aggressor = slot
                count = shrink(arrays, count, command, book, orders[slot, ORDER_OWNER])
            slot = events[row, EVENT_OTHER] & SLOT_MASK
            count = shrink(arrays, count, command, book, orders[slot, ORDER_OWNER])
    return count


@called
def note_trades(arrays: Arrays, first: int, count: int, book: int) -> None:
    """Take the prices of the executions in the event rows from ``first`` on into the breaker's window."""
    events = arrays.events
    low_ticks = -NO_PRICE
    high_ticks = NO_PRICE
    for row in range(first, count):
        if events[row, EVENT_KIND] == _EXECUTED or events[row, EVENT_KIND] == _UNCROSSED:
            low_ticks = min(low_ticks, events[row, EVENT_PRICE_TICKS])
            high_ticks = max(high_ticks, events[row, EVENT_PRICE_TICKS])
    note_prices(arrays, book, low_ticks, high_ticks)


@inlined
def wake_traded(arrays: Arrays, book: int) -> None:
    """Wake the orders whose trigger a book's last price has reached."""
    books = arrays.books
    last_ticks = books[book, BOOK_LAST_TICKS]
    if (
        last_ticks < books[book, BOOK_WATCH_LOW_TICKS]
        or last_ticks > books[book, BOOK_WATCH_HIGH_TICKS]
    ):
        wake_reached(arrays, book, _LAST)


@inlined
def follow_trades(arrays: Arrays, first: int, count: int, command: int, book: int) -> int:
    """Do what the executions in the event rows from ``first`` on bring about in their book."""
    books = arrays.books
    if books[book, BOOK_MOVE] != 0:
        note_trades(arrays, first, count, book)
    if books[book, BOOK_REDUCERS] > 0:
        count = shrink_traders(arrays, first, count, command, book)
    wake_traded(arrays, book)
    return count
