"""Entering an order and amending one.

Like every verb, each takes the shared arrays and the number of event rows written so far, writes its
event rows behind them and returns the new number. The arrays are sized by the caller so that no verb
can run out of room (see ``kernel.has_room``). The rules in words: docs/matching.md.
"""

from __future__ import annotations

from typing import Any

from matching.cancels import find_slot
from matching.compiled import called, inlined
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_LEVEL_START,
    BOOK_LEVELS,
    INSTRUCTION_SHIFT,
    LEVEL_QTY_LOTS,
    MAX_QTY_LOTS,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_FILLED_LOTS,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_OWNER,
    ORDER_TERMS,
    POOL_FREE_COUNT,
    POOL_HIGH_WATER,
    POOL_MAX_ORDERS,
    TERMS_MASK,
    TIF_MASK,
    TIF_SHIFT,
    EventKind,
    Instruction,
    Reason,
    TimeInForce,
)
from matching.matcher import is_fillable, match, would_trade, write_event
from matching.queue import dequeue, enqueue, free_slot, take_slot

Array = Any

# Numba folds module-level integers into the code; members of an IntEnum would be typed apart.
_ACCEPTED = int(EventKind.ACCEPTED)
_CANCELLED = int(EventKind.CANCELLED)
_AMENDED = int(EventKind.AMENDED)
_REJECTED = int(EventKind.REJECTED)
_GTC = int(TimeInForce.GTC)
_FOK = int(TimeInForce.FOK)
_POST_ONLY = int(Instruction.POST_ONLY)
_MARKET = int(Instruction.MARKET)
_NONE = int(Reason.NONE)
_UNKNOWN_BOOK = int(Reason.UNKNOWN_BOOK)
_INVALID_TERMS = int(Reason.INVALID_TERMS)
_INVALID_QTY = int(Reason.INVALID_QTY)
_INVALID_PRICE = int(Reason.INVALID_PRICE)
_UNKNOWN_ORDER = int(Reason.UNKNOWN_ORDER)
_POST_ONLY_WOULD_TRADE = int(Reason.POST_ONLY_WOULD_TRADE)
_FOK_NOT_FILLABLE = int(Reason.FOK_NOT_FILLABLE)
_BOOK_FULL = int(Reason.BOOK_FULL)
_UNFILLED_REMAINDER = int(Reason.UNFILLED_REMAINDER)


@inlined
def submit(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    count: int,
    command: int,
    book: int,
    owner: int,
    terms: int,
    price_ticks: int,
    qty_lots: int,
) -> int:
    """Enter an order: ACCEPTED, EXECUTED…, CANCELLED for a rest that may not stay; or REJECTED."""
    reason = _NONE
    side = terms & 1
    tif = terms >> TIF_SHIFT & TIF_MASK
    instructions = terms >> INSTRUCTION_SHIFT
    limit = 0
    crosses = False
    if book < 0 or book >= books.shape[0]:
        reason = _UNKNOWN_BOOK
    elif (
        terms & ~TERMS_MASK != 0
        or tif > _FOK
        or (instructions & _POST_ONLY != 0 and (tif != _GTC or instructions & _MARKET != 0))
    ):
        reason = _INVALID_TERMS
    elif qty_lots < 1 or qty_lots > MAX_QTY_LOTS:
        reason = _INVALID_QTY
    else:
        if instructions & _MARKET != 0:
            limit = (books[book, BOOK_LEVELS] - 1) * (1 - side)
        else:
            limit = price_ticks - books[book, BOOK_BASE_TICKS]
        if limit < 0 or limit >= books[book, BOOK_LEVELS]:
            reason = _INVALID_PRICE
        else:
            crosses = would_trade(books, book, side, limit)
            if crosses and instructions & _POST_ONLY != 0:
                reason = _POST_ONLY_WOULD_TRADE
            elif tif == _FOK and not is_fillable(
                books, levels, bitmap, book, side, limit, qty_lots
            ):
                reason = _FOK_NOT_FILLABLE
            elif pool[POOL_HIGH_WATER] - pool[POOL_FREE_COUNT] >= pool[POOL_MAX_ORDERS]:
                reason = _BOOK_FULL
    if reason != _NONE:
        return write_event(
            events, count, _REJECTED, command, 0, reason, price_ticks, qty_lots, 0, 0
        )
    slot = take_slot(orders, pool)
    order_id = orders[slot, ORDER_ID]
    orders[slot, ORDER_LEAVES_LOTS] = qty_lots
    orders[slot, ORDER_OWNER] = owner
    orders[slot, ORDER_TERMS] = terms | book << ORDER_BOOK_SHIFT
    orders[slot, ORDER_FILLED_LOTS] = 0
    count = write_event(
        events, count, _ACCEPTED, command, order_id, terms, price_ticks, qty_lots, qty_lots, 0
    )
    leaves_lots = qty_lots
    if crosses:
        count = match(
            books, levels, bitmap, orders, pool, events, count, command, book, side, limit, slot
        )
        leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    if leaves_lots == 0:
        free_slot(orders, pool, slot)
    elif tif != _GTC or instructions & _MARKET != 0:
        free_slot(orders, pool, slot)
        count = write_event(
            events,
            count,
            _CANCELLED,
            command,
            order_id,
            _UNFILLED_REMAINDER,
            price_ticks,
            leaves_lots,
            0,
            0,
        )
    else:
        enqueue(books, levels, bitmap, orders, book, limit, slot)
    return count


@called
def amend(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    count: int,
    command: int,
    order_id: int,
    price_ticks: int,
    qty_lots: int,
) -> int:
    """Change price and open size: size down alone keeps priority, anything else goes to the back."""
    slot = find_slot(orders, pool, order_id)
    reason = _NONE
    book = 0
    side = 0
    index = 0
    terms = 0
    if slot == NO_SLOT:
        reason = _UNKNOWN_ORDER
    elif qty_lots < 1 or qty_lots > MAX_QTY_LOTS:
        reason = _INVALID_QTY
    else:
        terms = orders[slot, ORDER_TERMS]
        book = terms >> ORDER_BOOK_SHIFT
        side = terms & 1
        index = price_ticks - books[book, BOOK_BASE_TICKS]
        if index < 0 or index >= books[book, BOOK_LEVELS]:
            reason = _INVALID_PRICE
        elif terms >> INSTRUCTION_SHIFT & _POST_ONLY != 0 and would_trade(books, book, side, index):
            reason = _POST_ONLY_WOULD_TRADE
    if reason != _NONE:
        return write_event(
            events, count, _REJECTED, command, order_id, reason, price_ticks, qty_lots, 0, 0
        )
    level = orders[slot, ORDER_LEVEL]
    former = level - books[book, BOOK_LEVEL_START]
    former_ticks = books[book, BOOK_BASE_TICKS] + former
    if former == index and qty_lots <= orders[slot, ORDER_LEAVES_LOTS]:
        levels[level, LEVEL_QTY_LOTS] -= orders[slot, ORDER_LEAVES_LOTS] - qty_lots
        orders[slot, ORDER_LEAVES_LOTS] = qty_lots
        return write_event(
            events,
            count,
            _AMENDED,
            command,
            order_id,
            former_ticks,
            price_ticks,
            qty_lots,
            qty_lots,
            1,
        )
    dequeue(books, levels, bitmap, orders, book, slot)
    orders[slot, ORDER_LEAVES_LOTS] = qty_lots
    count = write_event(
        events,
        count,
        _AMENDED,
        command,
        order_id,
        former_ticks,
        price_ticks,
        qty_lots,
        qty_lots,
        0,
    )
    if would_trade(books, book, side, index):
        count = match(
            books, levels, bitmap, orders, pool, events, count, command, book, side, index, slot
        )
    if orders[slot, ORDER_LEAVES_LOTS] == 0:
        free_slot(orders, pool, slot)
    else:
        enqueue(books, levels, bitmap, orders, book, index, slot)
    return count
