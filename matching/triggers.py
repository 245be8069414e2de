"""Stops: which price wakes an order, and which orders a new price wakes."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.heap import heap_insert, heap_remove
from matching.layout import (
    BOOK_FALLS_ROOT,
    BOOK_LAST_TICKS,
    BOOK_RISES_ROOT,
    BOOK_TRAILING_HEAD,
    BOOK_TRAILING_TAIL,
    DETAIL_TRAIL_TICKS,
    DETAIL_TRIGGER_CHILD,
    DETAIL_TRIGGER_KEY,
    DETAIL_TRIGGER_NEXT,
    DETAIL_TRIGGER_PREVIOUS,
    DETAIL_TRIGGER_TICKS,
    LEVEL_PENDING,
    MARK_TRIGGERED,
    NO_PRICE,
    NO_SLOT,
    ORDER_LEVEL,
    ORDER_TERMS,
    SOURCE_MASK,
    SOURCE_SHIFT,
    TRAILING,
    WHEN_SHIFT,
    TriggerSource,
)
from matching.waiting import push_queue
from matching.watch import narrow_watch

_LAST = int(TriggerSource.LAST)


@inlined
def source_of(terms: int) -> int:
    """Return the TriggerSource in an order's terms."""
    return terms >> SOURCE_SHIFT & SOURCE_MASK


@inlined
def source_ticks(arrays: Arrays, book: int, source: int) -> int:
    """Return the present price of a trigger source, NO_PRICE before the first one."""
    ticks: int = arrays.books[book, BOOK_LAST_TICKS + source - 1]
    return ticks


@inlined
def is_reached(terms: int, trigger_ticks: int, ticks: int) -> bool:
    """Say whether a source's price has reached a trigger from the side that the terms name."""
    reached = ticks >= trigger_ticks
    if terms >> WHEN_SHIFT & 1 == 1:
        reached = ticks <= trigger_ticks
    return bool(reached and ticks != NO_PRICE)


@inlined
def trailed_ticks(terms: int, trail_ticks: int, ticks: int) -> int:
    """Return where a trailing trigger stands behind a price."""
    if terms >> WHEN_SHIFT & 1 == 1:
        return ticks - trail_ticks
    return ticks + trail_ticks


@inlined
def root_column(terms: int) -> int:
    """Return the book column of the heap that holds orders of this source and direction."""
    column = BOOK_RISES_ROOT
    if terms >> WHEN_SHIFT & 1 == 1:
        column = BOOK_FALLS_ROOT
    return column + source_of(terms) - 1


@called
def watch_trigger(arrays: Arrays, book: int, slot: int) -> None:
    """Let a waiting order be woken by its source: it is pending from here on."""
    books, orders, details = arrays.books, arrays.orders, arrays.details
    terms = orders[slot, ORDER_TERMS]
    orders[slot, ORDER_LEVEL] = LEVEL_PENDING
    if terms & TRAILING != 0:
        column = BOOK_TRAILING_TAIL + source_of(terms) - 1
        tail = books[book, column]
        details[slot, DETAIL_TRIGGER_PREVIOUS] = tail
        details[slot, DETAIL_TRIGGER_NEXT] = NO_SLOT
        if tail == NO_SLOT:
            books[book, BOOK_TRAILING_HEAD + source_of(terms) - 1] = slot
        else:
            details[tail, DETAIL_TRIGGER_NEXT] = slot
        books[book, column] = slot
    else:
        key = details[slot, DETAIL_TRIGGER_TICKS]
        if terms >> WHEN_SHIFT & 1 == 1:
            key = -key
        details[slot, DETAIL_TRIGGER_KEY] = key
        column = root_column(terms)
        books[book, column] = heap_insert(
            details, orders, books[book, column], slot, DETAIL_TRIGGER_KEY, DETAIL_TRIGGER_CHILD
        )
    if source_of(terms) == _LAST:
        narrow_watch(arrays, book)


@called
def forget_trigger(arrays: Arrays, book: int, slot: int) -> None:
    """Take a pending order away from its source; it goes on waiting."""
    books, orders, details = arrays.books, arrays.orders, arrays.details
    terms = orders[slot, ORDER_TERMS]
    if terms & TRAILING != 0:
        former = details[slot, DETAIL_TRIGGER_PREVIOUS]
        following = details[slot, DETAIL_TRIGGER_NEXT]
        if former == NO_SLOT:
            books[book, BOOK_TRAILING_HEAD + source_of(terms) - 1] = following
        else:
            details[former, DETAIL_TRIGGER_NEXT] = following
        if following == NO_SLOT:
            books[book, BOOK_TRAILING_TAIL + source_of(terms) - 1] = former
        else:
            details[following, DETAIL_TRIGGER_PREVIOUS] = former
    else:
        column = root_column(terms)
        books[book, column] = heap_remove(
            details, orders, books[book, column], slot, DETAIL_TRIGGER_KEY, DETAIL_TRIGGER_CHILD
        )


@inlined
def wake(arrays: Arrays, book: int, slot: int) -> None:
    """Queue a pending order whose trigger was reached."""
    forget_trigger(arrays, book, slot)
    arrays.orders[slot, ORDER_TERMS] |= MARK_TRIGGERED
    push_queue(arrays, book, slot)


@called
def wake_reached(arrays: Arrays, book: int, source: int) -> None:
    """Queue what the present price of a source reaches, and move the trailing triggers on.

    Rising triggers from the lowest, falling ones from the highest, earliest first where equal, then
    the trailing ones in the order in which they came.
    """
    books, orders, details = arrays.books, arrays.orders, arrays.details
    ticks = source_ticks(arrays, book, source)
    if ticks == NO_PRICE:
        return
    for column in (BOOK_RISES_ROOT + source - 1, BOOK_FALLS_ROOT + source - 1):
        slot = books[book, column]
        while slot != NO_SLOT and is_reached(
            orders[slot, ORDER_TERMS], details[slot, DETAIL_TRIGGER_TICKS], ticks
        ):
            wake(arrays, book, slot)
            slot = books[book, column]
    slot = books[book, BOOK_TRAILING_HEAD + source - 1]
    while slot != NO_SLOT:
        following = details[slot, DETAIL_TRIGGER_NEXT]
        terms = orders[slot, ORDER_TERMS]
        trigger_ticks = details[slot, DETAIL_TRIGGER_TICKS]
        if is_reached(terms, trigger_ticks, ticks):
            wake(arrays, book, slot)
        else:
            moved_ticks = trailed_ticks(terms, details[slot, DETAIL_TRAIL_TICKS], ticks)
            if terms >> WHEN_SHIFT & 1 == 1:
                moved_ticks = max(trigger_ticks, moved_ticks)
            else:
                moved_ticks = min(trigger_ticks, moved_ticks)
            details[slot, DETAIL_TRIGGER_TICKS] = moved_ticks
        slot = following
    if source == _LAST:
        narrow_watch(arrays, book)
