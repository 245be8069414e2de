"""Entering a plain order: side, price, size, and no more than what the first look at it can settle.

Whatever asks for more goes to ``conditional``: so the way of most orders stays short. Like every verb
this one takes the arrays and the number of event rows written so far, writes its event rows behind
them and returns the new number; there is always room (see ``kernel``). The rules: docs/matching.md.
"""

from __future__ import annotations

from matching.algorithm import gathers
from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.conditional import submit_detailed
from matching.cycles import betters, would_meet
from matching.events import write_cancelled, write_event, write_rejected
from matching.fillable import would_trade
from matching.implied_fillable import is_fillable_at_once
from matching.layout import (
    BOOK_BAND_HIGH,
    BOOK_BAND_LOW,
    BOOK_BASE_TICKS,
    BOOK_LEVELS,
    BOOK_STATE,
    INSTRUCTION_SHIFT,
    MAX_QTY_LOTS,
    ORDER_BOOK_SHIFT,
    ORDER_FILLED_LOTS,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_OWNER,
    ORDER_TERMS,
    PREVENTION_MASK,
    PREVENTION_SHIFT,
    TIF_MASK,
    TIF_SHIFT,
    EventKind,
    Instruction,
    Prevention,
    Reason,
    State,
    TimeInForce,
)
from matching.placing import place
from matching.queue import enqueue, free_slot, has_slot, take_slot

# Numba folds module-level integers into the code; members of an IntEnum would be typed apart.
_ACCEPTED = int(EventKind.ACCEPTED)
_GTC = int(TimeInForce.GTC)
_IOC = int(TimeInForce.IOC)
_FOK = int(TimeInForce.FOK)
_NONE = int(Reason.NONE)
_UNKNOWN_BOOK = int(Reason.UNKNOWN_BOOK)
_INVALID_TERMS = int(Reason.INVALID_TERMS)
_INVALID_QTY = int(Reason.INVALID_QTY)
_INVALID_PRICE = int(Reason.INVALID_PRICE)
_NOT_OPEN = int(Reason.NOT_OPEN)
_PRICE_BELOW_BAND = int(Reason.PRICE_BELOW_BAND)
_PRICE_ABOVE_BAND = int(Reason.PRICE_ABOVE_BAND)
_POST_ONLY_WOULD_TRADE = int(Reason.POST_ONLY_WOULD_TRADE)
_FOK_NOT_FILLABLE = int(Reason.FOK_NOT_FILLABLE)
_BOOK_FULL = int(Reason.BOOK_FULL)
_UNFILLED_REMAINDER = int(Reason.UNFILLED_REMAINDER)
_DECREMENT = int(Prevention.DECREMENT)
_PRE_OPEN = int(State.PRE_OPEN)
_OPEN = int(State.OPEN)
_POST_ONLY_BIT = int(Instruction.POST_ONLY) << INSTRUCTION_SHIFT
_TIF_BITS = TIF_MASK << TIF_SHIFT
_PREVENTION_BITS = PREVENTION_MASK << PREVENTION_SHIFT
_ORDINARY_BITS = 1 | _IOC << TIF_SHIFT


@inlined
def is_ordinary(
    arrays: Arrays, book: int, terms: int, price_ticks: int, qty_lots: int, conditions: int
) -> bool:
    """Say whether an order is as simple as most are, and nothing at all speaks against it.

    That is GTC or IOC with no more than side, price and size, inside the band of an open book.
    """
    books = arrays.books
    if book < 0 or book >= books.shape[0] or terms & ~_ORDINARY_BITS != 0 or conditions != 0:
        return False
    limit = price_ticks - books[book, BOOK_BASE_TICKS]
    return bool(
        0 < qty_lots <= MAX_QTY_LOTS
        and books[book, BOOK_BAND_LOW] <= limit <= books[book, BOOK_BAND_HIGH]
        and books[book, BOOK_STATE] == _OPEN
        and not gathers(arrays, book)
        and has_slot(arrays)
    )


@inlined
def take_plain(arrays: Arrays, book: int, owner: int, terms: int, qty_lots: int) -> int:
    """Give an order without marks a slot; return it."""
    orders = arrays.orders
    slot = take_slot(arrays)
    orders[slot, ORDER_LEAVES_LOTS] = qty_lots
    orders[slot, ORDER_OWNER] = owner
    orders[slot, ORDER_TERMS] = terms | book << ORDER_BOOK_SHIFT
    orders[slot, ORDER_FILLED_LOTS] = 0
    return slot


@inlined
def enter_plain(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    owner: int,
    terms: int,
    price_ticks: int,
    qty_lots: int,
) -> int:
    """Give an accepted order without marks a slot and report it; then it trades, or rests, or ends."""
    books = arrays.books
    side = terms & 1
    slot = take_plain(arrays, book, owner, terms, qty_lots)
    order_id = arrays.orders[slot, ORDER_ID]
    count = write_event(
        arrays, count, command, _ACCEPTED, order_id, terms, price_ticks, qty_lots, qty_lots, 0
    )
    limit = price_ticks - books[book, BOOK_BASE_TICKS]
    if books[book, BOOK_STATE] == _OPEN and (
        would_trade(arrays, book, side, limit) or betters(arrays, book, side, limit)
    ):
        return place(arrays, count, command, book, side, limit, price_ticks, slot)
    if terms & _TIF_BITS == 0:
        enqueue(arrays, book, side, limit, slot)
        return count
    free_slot(arrays, slot)
    return write_cancelled(
        arrays, count, command, order_id, _UNFILLED_REMAINDER, price_ticks, qty_lots, 0
    )


@inlined
def is_plain(terms: int, conditions: int) -> bool:
    """Say whether an order is side, GTC, IOC or FOK, POST_ONLY and self-trade prevention, no more."""
    return bool(
        terms & ~(1 | _TIF_BITS | _POST_ONLY_BIT | _PREVENTION_BITS) == 0
        and conditions == 0
        and terms & _TIF_BITS <= _FOK << TIF_SHIFT
    )


@inlined
def check_plain(
    arrays: Arrays, book: int, owner: int, terms: int, price_ticks: int, qty_lots: int
) -> int:
    """Return the first reason against a plain order."""
    books = arrays.books
    side = terms & 1
    tif = terms >> TIF_SHIFT & TIF_MASK
    post_only = terms & _POST_ONLY_BIT != 0
    prevention = terms >> PREVENTION_SHIFT
    limit = price_ticks - books[book, BOOK_BASE_TICKS]
    state = books[book, BOOK_STATE]
    reason = _NONE
    if (post_only and tif != _GTC) or prevention > _DECREMENT:
        reason = _INVALID_TERMS
    elif qty_lots < 1 or qty_lots > MAX_QTY_LOTS:
        reason = _INVALID_QTY
    elif limit < 0 or limit >= books[book, BOOK_LEVELS]:
        reason = _INVALID_PRICE
    elif state != _OPEN and (state != _PRE_OPEN or tif != _GTC or post_only):
        reason = _NOT_OPEN
    elif side == 1 and limit < books[book, BOOK_BAND_LOW]:
        reason = _PRICE_BELOW_BAND
    elif side == 0 and limit > books[book, BOOK_BAND_HIGH]:
        reason = _PRICE_ABOVE_BAND
    elif post_only and state == _OPEN and would_meet(arrays, book, side, limit):
        reason = _POST_ONLY_WOULD_TRADE
    elif tif == _FOK and not is_fillable_at_once(
        arrays, book, side, limit, qty_lots, owner, prevention
    ):
        reason = _FOK_NOT_FILLABLE
    elif not has_slot(arrays):
        reason = _BOOK_FULL
    return reason


@called
def submit_checked(
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
    """Enter an order that is not ordinary, or refuse it with the reason."""
    if book < 0 or book >= arrays.books.shape[0]:
        return write_rejected(arrays, count, command, 0, _UNKNOWN_BOOK, price_ticks, qty_lots)
    if not is_plain(terms, conditions) or gathers(arrays, book):
        return submit_detailed(
            arrays, count, command, book, owner, terms, price_ticks, qty_lots, conditions - 1
        )
    reason = check_plain(arrays, book, owner, terms, price_ticks, qty_lots)
    if reason != _NONE:
        return write_rejected(arrays, count, command, 0, reason, price_ticks, qty_lots)
    return enter_plain(arrays, count, command, book, owner, terms, price_ticks, qty_lots)


@inlined
def submit(
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
    """Enter an order: ACCEPTED and what follows, or REJECTED. ``conditions`` is the command's column."""
    if is_ordinary(arrays, book, terms, price_ticks, qty_lots, conditions):
        return enter_plain(arrays, count, command, book, owner, terms, price_ticks, qty_lots)
    return submit_checked(
        arrays, count, command, book, owner, terms, price_ticks, qty_lots, conditions
    )
