"""Changing the price, the open size and the trigger of a live order."""

from __future__ import annotations

from matching import admission, amending_trigger
from matching.algorithm import forget_top, gathers
from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.conditional import enter
from matching.cycles import would_meet
from matching.events import write_event, write_rejected
from matching.fillable import would_trade
from matching.layout import (
    AMEND_WHOLE,
    BOOK_BAND_HIGH,
    BOOK_BAND_LOW,
    BOOK_BASE_TICKS,
    BOOK_LEVELS,
    BOOK_LINKED,
    BOOK_STATE,
    DETAIL_DISPLAY_LOTS,
    DETAIL_PRICE_TICKS,
    DETAIL_RESERVE_LOTS,
    LEVEL_QTY_LOTS,
    MARK_DETAIL,
    MARK_ICEBERG,
    MAX_PEAKS,
    MAX_QTY_LOTS,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_FILLED_LOTS,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_OWNER,
    ORDER_TERMS,
    PREVENTION_MASK,
    PREVENTION_SHIFT,
    EventKind,
    Reason,
    State,
)
from matching.placing import MARKET_BIT, place
from matching.queue import dequeue, enqueue, find_slot, is_level, ladder_index
from matching.removal import leave_book, open_lots, order_ticks

_AMENDED = int(EventKind.AMENDED)
_NONE = int(Reason.NONE)
_UNKNOWN_ORDER = int(Reason.UNKNOWN_ORDER)
_INVALID_TERMS = int(Reason.INVALID_TERMS)
_INVALID_QTY = int(Reason.INVALID_QTY)
_INVALID_PRICE = int(Reason.INVALID_PRICE)
_INVALID_DISPLAY = int(Reason.INVALID_DISPLAY)
_POST_ONLY_WOULD_TRADE = int(Reason.POST_ONLY_WOULD_TRADE)
_OPEN = int(State.OPEN)
EXTRAORDINARY_BITS = ((1 << ORDER_BOOK_SHIFT) - 1) & ~(1 | PREVENTION_MASK << PREVENTION_SHIFT)
"""Of a live order's terms: what makes more of it than a side, a price and a size."""


@called
def check_form(arrays: Arrays, slot: int, price_ticks: int, qty_lots: int, row: int) -> int:
    """Return the first reason against what an amend says, whatever the market is like."""
    books, orders = arrays.books, arrays.orders
    terms = orders[slot, ORDER_TERMS]
    book = terms >> ORDER_BOOK_SHIFT
    resting = orders[slot, ORDER_LEVEL] >= 0
    lowest_ticks = 0
    if terms & MARKET_BIT == 0:
        lowest_ticks = books[book, BOOK_BASE_TICKS]
    in_domain = lowest_ticks <= price_ticks < lowest_ticks + books[book, BOOK_LEVELS]
    if row < -1 or row >= arrays.conditions.shape[0]:
        return _INVALID_TERMS
    if qty_lots < 1 or qty_lots > MAX_QTY_LOTS:
        return _INVALID_QTY
    if not in_domain and not (resting and terms & MARKET_BIT != 0):
        return _INVALID_PRICE
    if (
        terms & MARK_ICEBERG != 0
        and qty_lots > MAX_PEAKS * arrays.details[slot, DETAIL_DISPLAY_LOTS]
    ):
        return _INVALID_DISPLAY
    if row >= 0:
        return amending_trigger.check_form(arrays, slot, row)
    return _NONE


@called
def check_amend(
    arrays: Arrays, slot: int, price_ticks: int, qty_lots: int, limit: int, row: int
) -> int:
    """Return the first reason against a live order's new price, open size and trigger.

    limit: the ladder index that a resting order would go to. row: the condition row, -1 for none.
    """
    books, orders = arrays.books, arrays.orders
    terms = orders[slot, ORDER_TERMS]
    book = terms >> ORDER_BOOK_SHIFT
    reason = check_form(arrays, slot, price_ticks, qty_lots, row)
    if reason == _NONE:
        reason = admission.check_state(arrays, book, 0, 0)
    if reason == _NONE and row >= 0:
        return amending_trigger.check_reached(arrays, slot, row)
    if orders[slot, ORDER_LEVEL] < 0:
        return reason
    if reason == _NONE:
        reason = admission.check_band(arrays, book, terms, price_ticks)
    if reason == _NONE:
        reason = admission.check_reduces(arrays, book, orders[slot, ORDER_OWNER], terms, qty_lots)
    if (
        reason == _NONE
        and terms & admission.POST_ONLY_BIT != 0
        and not gathers(arrays, book)
        and books[book, BOOK_STATE] == _OPEN
        and (not is_level(arrays, book, limit) or would_meet(arrays, book, terms & 1, limit))
    ):
        reason = _POST_ONLY_WOULD_TRADE
    return reason


@called
def resize(arrays: Arrays, slot: int, qty_lots: int) -> None:
    """Give a resting order a smaller open size in its place; an iceberg gives up reserve first."""
    orders = arrays.orders
    shown_lots = min(orders[slot, ORDER_LEAVES_LOTS], qty_lots)
    arrays.levels[orders[slot, ORDER_LEVEL], LEVEL_QTY_LOTS] -= (
        orders[slot, ORDER_LEAVES_LOTS] - shown_lots
    )
    orders[slot, ORDER_LEAVES_LOTS] = shown_lots
    if orders[slot, ORDER_TERMS] & MARK_ICEBERG != 0:
        arrays.details[slot, DETAIL_RESERVE_LOTS] = qty_lots - shown_lots


@called
def amend_checked(
    arrays: Arrays,
    count: int,
    command: int,
    order_id: int,
    amend_terms: int,
    price_ticks: int,
    qty_lots: int,
    conditions: int,
) -> int:
    """Amend whatever order it is, or refuse it with the reason.

    conditions: as in a command row, 0 or 1 + the condition row with a new trigger or trail.
    """
    orders = arrays.orders
    slot = find_slot(arrays, order_id)
    if slot == NO_SLOT:
        return write_rejected(
            arrays, count, command, order_id, _UNKNOWN_ORDER, price_ticks, qty_lots
        )
    terms = orders[slot, ORDER_TERMS]
    book = terms >> ORDER_BOOK_SHIFT
    base_ticks = arrays.books[book, BOOK_BASE_TICKS]
    former_ticks = order_ticks(arrays, slot)
    resting = orders[slot, ORDER_LEVEL] >= 0
    open_qty_lots = qty_lots
    if amend_terms & AMEND_WHOLE != 0 and qty_lots >= 1:
        open_qty_lots = qty_lots - orders[slot, ORDER_FILLED_LOTS]
    if resting and terms & MARKET_BIT != 0:
        limit = former_ticks - base_ticks
    else:
        limit = admission.limit_index(arrays, book, terms, price_ticks)
    row = conditions - 1
    reason = check_amend(arrays, slot, price_ticks, open_qty_lots, limit, row)
    if reason != _NONE:
        return write_rejected(arrays, count, command, order_id, reason, price_ticks, qty_lots)
    new_ticks = price_ticks
    if resting:
        new_ticks = limit + base_ticks
    kept = not resting or (new_ticks == former_ticks and open_qty_lots <= open_lots(arrays, slot))
    count = write_event(
        arrays,
        count,
        command,
        _AMENDED,
        order_id,
        former_ticks,
        new_ticks,
        open_qty_lots,
        open_qty_lots,
        int(kept),
    )
    if not resting:
        orders[slot, ORDER_LEAVES_LOTS] = open_qty_lots
        arrays.details[slot, DETAIL_PRICE_TICKS] = price_ticks
        if row >= 0:
            amending_trigger.amend_trigger(arrays, slot, row)
        return count
    if kept:
        resize(arrays, slot, open_qty_lots)
        return count
    if terms & MARK_DETAIL != 0:
        leave_book(arrays, slot)
        arrays.details[slot, DETAIL_RESERVE_LOTS] = 0
    else:
        dequeue(arrays, book, slot)
    forget_top(arrays, book, terms & 1, slot)
    orders[slot, ORDER_LEAVES_LOTS] = open_qty_lots
    return enter(arrays, count, command, book, limit, new_ticks, slot)


@inlined
def is_ordinary(arrays: Arrays, slot: int, amend_terms: int, limit: int, qty_lots: int) -> bool:
    """Say whether a live order is as simple as most are, and nothing at all speaks against its amend.

    That is a resting order with no more than side, price and size, inside the band of an open book.
    """
    books = arrays.books
    terms = arrays.orders[slot, ORDER_TERMS]
    book = terms >> ORDER_BOOK_SHIFT
    return bool(
        terms & EXTRAORDINARY_BITS == 0
        and amend_terms & AMEND_WHOLE == 0
        and 0 < qty_lots <= MAX_QTY_LOTS
        and books[book, BOOK_BAND_LOW] <= limit <= books[book, BOOK_BAND_HIGH]
        and books[book, BOOK_STATE] == _OPEN
    )


@inlined
def move_plain(
    arrays: Arrays, book: int, side: int, limit: int, slot: int, qty_lots: int, kept: bool
) -> None:
    """Give a resting order without a detail row its new size, in its place or at the back of a level.

    Nothing that it would trade with is on the other side.
    """
    levels, orders = arrays.levels, arrays.orders
    if kept:
        levels[orders[slot, ORDER_LEVEL], LEVEL_QTY_LOTS] -= (
            orders[slot, ORDER_LEAVES_LOTS] - qty_lots
        )
        orders[slot, ORDER_LEAVES_LOTS] = qty_lots
    else:
        dequeue(arrays, book, slot)
        forget_top(arrays, book, side, slot)
        orders[slot, ORDER_LEAVES_LOTS] = qty_lots
        enqueue(arrays, book, side, limit, slot)


@called
def amend(
    arrays: Arrays,
    count: int,
    command: int,
    order_id: int,
    amend_terms: int,
    price_ticks: int,
    qty_lots: int,
) -> int:
    """Change price and open size: size down alone keeps priority, anything else goes to the back."""
    orders = arrays.orders
    slot = find_slot(arrays, order_id)
    if slot == NO_SLOT:
        return write_rejected(
            arrays, count, command, order_id, _UNKNOWN_ORDER, price_ticks, qty_lots
        )
    terms = orders[slot, ORDER_TERMS]
    side = terms & 1
    book = terms >> ORDER_BOOK_SHIFT
    base_ticks = arrays.books[book, BOOK_BASE_TICKS]
    limit = price_ticks - base_ticks
    if not is_ordinary(arrays, slot, amend_terms, limit, qty_lots):
        return amend_checked(
            arrays, count, command, order_id, amend_terms, price_ticks, qty_lots, 0
        )
    index = ladder_index(arrays, slot)
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    kept = index == limit and qty_lots <= leaves_lots
    count = write_event(
        arrays,
        count,
        command,
        _AMENDED,
        order_id,
        index + base_ticks,
        price_ticks,
        qty_lots,
        qty_lots,
        int(kept),
    )
    if kept or (
        arrays.books[book, BOOK_LINKED] == 0 and not would_trade(arrays, book, side, limit)
    ):
        move_plain(arrays, book, side, limit, slot, qty_lots, kept)
        return count
    dequeue(arrays, book, slot)
    forget_top(arrays, book, side, slot)
    orders[slot, ORDER_LEAVES_LOTS] = qty_lots
    return place(arrays, count, command, book, side, limit, price_ticks, slot)
