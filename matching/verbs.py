"""The verbs of price-time matching, as functions to be inlined: submit, cancel, amend, cancel all.

Each takes the shared arrays and the number of event rows written so far, writes its event rows behind
them and returns the new number. The arrays are sized by the caller so that no verb can run out of
room (see ``kernel.has_room``). Rules: docs/matching/rules.md.
"""

from __future__ import annotations

from typing import Any

from matching.bitmap import next_above, next_below
from matching.compiled import called, inlined
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_BEST_ASK,
    BOOK_BEST_BID,
    BOOK_BITMAP_START,
    BOOK_BITMAP_WORDS,
    BOOK_LEVEL_START,
    BOOK_LEVELS,
    BOOK_ORDERS,
    EVENT_COMMAND,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_ORDER_ID,
    EVENT_OTHER,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_LEAVES_LOTS,
    INSTRUCTION_SHIFT,
    LEVEL_HEAD,
    LEVEL_ORDERS,
    LEVEL_QTY_LOTS,
    MAX_QTY_LOTS,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_FILLED_LOTS,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_PREVIOUS,
    ORDER_TERMS,
    POOL_FREE_COUNT,
    POOL_HIGH_WATER,
    POOL_MAX_ORDERS,
    SLOT_MASK,
    TERMS_MASK,
    TIF_MASK,
    TIF_SHIFT,
    EventKind,
    Instruction,
    Reason,
    TimeInForce,
)
from matching.queue import dequeue, drop_level, enqueue, free_slot, take_slot

Array = Any

# Numba folds module-level integers into the code; members of an IntEnum would be typed apart.
_ACCEPTED = int(EventKind.ACCEPTED)
_EXECUTED = int(EventKind.EXECUTED)
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
_REQUESTED = int(Reason.REQUESTED)
_UNFILLED_REMAINDER = int(Reason.UNFILLED_REMAINDER)


@inlined
def write_event(
    events: Array,
    count: int,
    kind: int,
    command: int,
    order_id: int,
    other: int,
    price_ticks: int,
    qty_lots: int,
    leaves_lots: int,
    resting_leaves_lots: int,
) -> int:
    """Write one event row and return the number of rows."""
    events[count, EVENT_KIND] = kind
    events[count, EVENT_COMMAND] = command
    events[count, EVENT_ORDER_ID] = order_id
    events[count, EVENT_OTHER] = other
    events[count, EVENT_PRICE_TICKS] = price_ticks
    events[count, EVENT_QTY_LOTS] = qty_lots
    events[count, EVENT_LEAVES_LOTS] = leaves_lots
    events[count, EVENT_RESTING_LEAVES_LOTS] = resting_leaves_lots
    return count + 1


@inlined
def find_slot(orders: Array, pool: Array, order_id: int) -> int:
    """Return the slot of a live order, or NO_SLOT; any int64 is a safe question."""
    slot = order_id & SLOT_MASK
    if order_id <= 0 or slot >= pool[POOL_HIGH_WATER] or orders[slot, ORDER_ID] != order_id:
        slot = NO_SLOT
    return slot


@inlined
def would_trade(books: Array, book: int, side: int, index: int) -> bool:
    """Say whether an order at this ladder index meets the other side."""
    if side == 0:
        return bool(index >= books[book, BOOK_BEST_ASK])
    return bool(index <= books[book, BOOK_BEST_BID])


@called
def is_fillable(
    books: Array, levels: Array, bitmap: Array, book: int, side: int, limit: int, qty_lots: int
) -> bool:
    """Say whether the other side holds ``qty_lots`` at ``limit`` or better."""
    start = books[book, BOOK_LEVEL_START]
    count = books[book, BOOK_LEVELS]
    words = books[book, BOOK_BITMAP_START]
    missing = qty_lots
    if side == 0:
        words += books[book, BOOK_BITMAP_WORDS]
        index = books[book, BOOK_BEST_ASK]
        while missing > 0 and index <= limit and index < count:
            missing -= levels[start + index, LEVEL_QTY_LOTS]
            index = next_above(bitmap, words, count, index)
    else:
        index = books[book, BOOK_BEST_BID]
        while missing > 0 and index >= limit and index >= 0:
            missing -= levels[start + index, LEVEL_QTY_LOTS]
            index = next_below(bitmap, words, count, index)
    return missing <= 0


@called
def match(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    count: int,
    command: int,
    book: int,
    side: int,
    limit: int,
    slot: int,
) -> int:
    """Trade the order in ``slot`` against the other side up to ladder index ``limit``, best first."""
    start = books[book, BOOK_LEVEL_START]
    base_ticks = books[book, BOOK_BASE_TICKS]
    order_id = orders[slot, ORDER_ID]
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    executed_lots = 0
    if side == 0:
        index = books[book, BOOK_BEST_ASK]
        crosses = index <= limit and index < books[book, BOOK_LEVELS]
    else:
        index = books[book, BOOK_BEST_BID]
        crosses = index >= limit and index >= 0
    while crosses:
        level = start + index
        resting = levels[level, LEVEL_HEAD]
        taken_lots = 0
        removed = 0
        while leaves_lots > 0 and resting != NO_SLOT:
            resting_lots = orders[resting, ORDER_LEAVES_LOTS]
            qty_lots = min(leaves_lots, resting_lots)
            leaves_lots -= qty_lots
            resting_lots -= qty_lots
            taken_lots += qty_lots
            orders[resting, ORDER_FILLED_LOTS] += qty_lots
            orders[resting, ORDER_LEAVES_LOTS] = resting_lots
            count = write_event(
                events,
                count,
                _EXECUTED,
                command,
                order_id,
                orders[resting, ORDER_ID],
                base_ticks + index,
                qty_lots,
                leaves_lots,
                resting_lots,
            )
            if resting_lots == 0:
                following = orders[resting, ORDER_NEXT]
                free_slot(orders, pool, resting)
                removed += 1
                resting = following
        executed_lots += taken_lots
        books[book, BOOK_ORDERS] -= removed
        levels[level, LEVEL_ORDERS] -= removed
        levels[level, LEVEL_QTY_LOTS] -= taken_lots
        if resting == NO_SLOT:
            drop_level(books, bitmap, book, 1 - side, index)
            if side == 0:
                index = books[book, BOOK_BEST_ASK]
                crosses = leaves_lots > 0 and index <= limit and index < books[book, BOOK_LEVELS]
            else:
                index = books[book, BOOK_BEST_BID]
                crosses = leaves_lots > 0 and index >= limit and index >= 0
        else:
            levels[level, LEVEL_HEAD] = resting
            orders[resting, ORDER_PREVIOUS] = NO_SLOT
            crosses = False
    orders[slot, ORDER_LEAVES_LOTS] = leaves_lots
    orders[slot, ORDER_FILLED_LOTS] += executed_lots
    return count


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


@inlined
def withdraw(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    count: int,
    command: int,
    slot: int,
) -> int:
    """Take a live order off its book and report it as cancelled on request."""
    book = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
    index = orders[slot, ORDER_LEVEL] - books[book, BOOK_LEVEL_START]
    count = write_event(
        events,
        count,
        _CANCELLED,
        command,
        orders[slot, ORDER_ID],
        _REQUESTED,
        books[book, BOOK_BASE_TICKS] + index,
        orders[slot, ORDER_LEAVES_LOTS],
        0,
        0,
    )
    dequeue(books, levels, bitmap, orders, book, slot)
    free_slot(orders, pool, slot)
    return count


@inlined
def cancel(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    events: Array,
    count: int,
    command: int,
    order_id: int,
) -> int:
    """Cancel a live order by its id: CANCELLED or REJECTED."""
    slot = find_slot(orders, pool, order_id)
    if slot == NO_SLOT:
        return write_event(events, count, _REJECTED, command, order_id, _UNKNOWN_ORDER, 0, 0, 0, 0)
    return withdraw(books, levels, bitmap, orders, pool, events, count, command, slot)


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
        elif terms >> INSTRUCTION_SHIFT & _POST_ONLY != 0 and would_trade(
            books, book, side, index
        ):
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


@called
def cancel_all(
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
    owned: int,
) -> int:
    """Cancel what ``owner`` has in ``book``, bids then asks, best first; stop after ``owned`` orders."""
    if book < 0 or book >= books.shape[0]:
        return write_event(events, count, _REJECTED, command, 0, _UNKNOWN_BOOK, 0, 0, 0, 0)
    start = books[book, BOOK_LEVEL_START]
    number = books[book, BOOK_LEVELS]
    remaining = owned
    index = books[book, BOOK_BEST_BID]
    while index >= 0 and remaining > 0:
        slot = levels[start + index, LEVEL_HEAD]
        here = levels[start + index, LEVEL_ORDERS]
        while here > 0 and remaining > 0:
            following = orders[slot, ORDER_NEXT]
            if orders[slot, ORDER_OWNER] == owner:
                count = withdraw(books, levels, bitmap, orders, pool, events, count, command, slot)
                remaining -= 1
            slot = following
            here -= 1
        index = next_below(bitmap, books[book, BOOK_BITMAP_START], number, index)
    words = books[book, BOOK_BITMAP_START] + books[book, BOOK_BITMAP_WORDS]
    index = books[book, BOOK_BEST_ASK]
    while index < number and remaining > 0:
        slot = levels[start + index, LEVEL_HEAD]
        here = levels[start + index, LEVEL_ORDERS]
        while here > 0 and remaining > 0:
            following = orders[slot, ORDER_NEXT]
            if orders[slot, ORDER_OWNER] == owner:
                count = withdraw(books, levels, bitmap, orders, pool, events, count, command, slot)
                remaining -= 1
            slot = following
            here -= 1
        index = next_above(bitmap, words, number, index)
    return count
