"""Entering an order that says more than side, price and size: its acceptance, and those linked to it."""

from __future__ import annotations

from matching import admission
from matching.algorithm import gathers
from matching.arrays import Arrays
from matching.compiled import called
from matching.events import write_cancelled, write_event, write_rejected
from matching.expiry import arm
from matching.fillable import would_trade
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_DAY_END_NS,
    BOOK_LINKED,
    BOOK_STATE,
    CONDITION_COMPLETE,
    CONDITION_DISPLAY_LOTS,
    CONDITION_EXPIRY_NS,
    CONDITION_LINK,
    CONDITION_LINKED,
    CONDITION_MINIMUM_LOTS,
    CONDITION_PRICE_TICKS,
    CONDITION_QTY_LOTS,
    CONDITION_TERMS,
    CONDITION_TRAIL_TICKS,
    CONDITION_TRIGGER_TICKS,
    DETAIL_CHILD,
    DETAIL_COLUMNS,
    DETAIL_COMPLETE,
    DETAIL_DISPLAY_LOTS,
    DETAIL_EXPIRY_NS,
    DETAIL_MINIMUM_LOTS,
    DETAIL_PARENT,
    DETAIL_PRICE_TICKS,
    DETAIL_RING,
    DETAIL_SIBLING,
    DETAIL_TRAIL_TICKS,
    DETAIL_TRIGGER_TICKS,
    EVENT_ORDER_ID,
    LEVEL_DORMANT,
    MARK_DETAIL,
    MARK_ICEBERG,
    MARK_LINKED,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_FILLED_LOTS,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_OWNER,
    ORDER_TERMS,
    POOL_DETAILED,
    POOL_FREE_COUNT,
    POOL_HIGH_WATER,
    POOL_MAX_ORDERS,
    SLOT_MASK,
    TIF_MASK,
    TIF_SHIFT,
    TRAILING,
    EventKind,
    Link,
    Reason,
    State,
    TimeInForce,
)
from matching.links import follow_end, join_ring
from matching.placing import MARKET_BIT, TO_LIMIT_BIT, gather, limit_terms, never_rests, place, rest
from matching.queue import take_slot
from matching.removal import REDUCE_ONLY_BIT, discard
from matching.terms import check_linked, check_order, condition
from matching.triggers import is_reached, source_of, source_ticks, trailed_ticks, watch_trigger
from matching.waiting import append_waiting, push_queue

_ACCEPTED = int(EventKind.ACCEPTED)
_NONE = int(Reason.NONE)
_TRIGGER_REACHED = int(Reason.TRIGGER_REACHED)
_BOOK_FULL = int(Reason.BOOK_FULL)
_UNFILLED_REMAINDER = int(Reason.UNFILLED_REMAINDER)
_DAY = int(TimeInForce.DAY)
_OPEN = int(State.OPEN)
_OCO = int(Link.OCO)
_OTOCO = int(Link.OTOCO)


@called
def check_entry(
    arrays: Arrays, book: int, owner: int, terms: int, price_ticks: int, qty_lots: int, row: int
) -> int:
    """Return the first reason against an order, its form first, then the market, then room."""
    pool = arrays.pool
    minimum_lots = condition(arrays, row, CONDITION_MINIMUM_LOTS)
    source = source_of(terms)
    reason = check_order(arrays, book, owner, terms, price_ticks, qty_lots, row)
    if reason == _NONE:
        reason = check_linked(arrays, book, owner, row)
    if reason == _NONE and source != 0:
        trigger_ticks = condition(arrays, row, CONDITION_TRIGGER_TICKS)
        # Any state that takes orders takes one that only waits.
        reason = admission.check_state(arrays, book, 0, 0)
        if (
            reason == _NONE
            and terms & TRAILING == 0
            and is_reached(terms, trigger_ticks, source_ticks(arrays, book, source))
        ):
            reason = _TRIGGER_REACHED
    elif reason == _NONE:
        reason = admission.check_state(arrays, book, terms, minimum_lots)
        if reason == _NONE:
            reason = admission.check_band(arrays, book, terms, price_ticks)
        if reason == _NONE:
            reason = admission.check_reduces(arrays, book, owner, terms, qty_lots)
        if reason == _NONE:
            reason = admission.check_protected(arrays, book, owner, terms)
        if reason == _NONE:
            limit = admission.limit_index(arrays, book, terms, price_ticks)
            reason = admission.check_opposite(
                arrays, book, owner, terms, limit, qty_lots, minimum_lots
            )
    live = pool[POOL_HIGH_WATER] - pool[POOL_FREE_COUNT]
    linked = condition(arrays, row, CONDITION_LINKED)
    if reason == _NONE and live + linked >= pool[POOL_MAX_ORDERS]:
        reason = _BOOK_FULL
    return reason


@called
def accept(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    owner: int,
    terms: int,
    price_ticks: int,
    qty_lots: int,
    row: int,
    waits: int,
) -> int:
    """Give an order a slot with its detail row filled in and report it; it is nowhere yet.

    The slot is the one of the row's ORDER_ID. ``waits`` is 1 for one that goes beside the book.
    """
    orders, details = arrays.orders, arrays.details
    slot = take_slot(arrays)
    for column in range(DETAIL_COLUMNS):
        details[slot, column] = 0
    marks = MARK_DETAIL
    display_lots = condition(arrays, row, CONDITION_DISPLAY_LOTS)
    if display_lots > 0:
        marks |= MARK_ICEBERG
    orders[slot, ORDER_LEAVES_LOTS] = qty_lots
    orders[slot, ORDER_FILLED_LOTS] = 0
    orders[slot, ORDER_OWNER] = owner
    orders[slot, ORDER_TERMS] = terms | marks | book << ORDER_BOOK_SHIFT
    details[slot, DETAIL_DISPLAY_LOTS] = display_lots
    details[slot, DETAIL_MINIMUM_LOTS] = condition(arrays, row, CONDITION_MINIMUM_LOTS)
    details[slot, DETAIL_PRICE_TICKS] = price_ticks
    details[slot, DETAIL_TRIGGER_TICKS] = condition(arrays, row, CONDITION_TRIGGER_TICKS)
    details[slot, DETAIL_TRAIL_TICKS] = condition(arrays, row, CONDITION_TRAIL_TICKS)
    details[slot, DETAIL_EXPIRY_NS] = condition(arrays, row, CONDITION_EXPIRY_NS)
    if terms >> TIF_SHIFT & TIF_MASK == _DAY:
        details[slot, DETAIL_EXPIRY_NS] = arrays.books[book, BOOK_DAY_END_NS]
    details[slot, DETAIL_RING] = NO_SLOT
    details[slot, DETAIL_PARENT] = NO_SLOT
    details[slot, DETAIL_CHILD] = NO_SLOT
    details[slot, DETAIL_SIBLING] = NO_SLOT
    if details[slot, DETAIL_EXPIRY_NS] != 0:
        arm(arrays, slot)
    arrays.pool[POOL_DETAILED] += 1
    return write_event(
        arrays,
        count,
        command,
        _ACCEPTED,
        orders[slot, ORDER_ID],
        terms,
        price_ticks,
        qty_lots,
        qty_lots,
        waits,
    )


@called
def accept_linked(
    arrays: Arrays, count: int, command: int, book: int, owner: int, row: int, slot: int
) -> int:
    """Accept the orders linked to the one in ``slot``: dormant, and in a ring where the link says so."""
    conditions, details, orders = arrays.conditions, arrays.details, arrays.orders
    link = condition(arrays, row, CONDITION_LINK)
    complete = condition(arrays, row, CONDITION_COMPLETE)
    orders[slot, ORDER_TERMS] |= MARK_LINKED
    details[slot, DETAIL_COMPLETE] = complete
    former = slot
    for other in range(row + 1, row + 1 + conditions[row, CONDITION_LINKED]):
        count = accept(
            arrays,
            count,
            command,
            book,
            owner,
            conditions[other, CONDITION_TERMS],
            conditions[other, CONDITION_PRICE_TICKS],
            conditions[other, CONDITION_QTY_LOTS],
            other,
            1,
        )
        child = arrays.events[count - 1, EVENT_ORDER_ID] & SLOT_MASK
        orders[child, ORDER_TERMS] |= MARK_LINKED
        details[child, DETAIL_COMPLETE] = complete
        append_waiting(arrays, book, child, LEVEL_DORMANT)
        if link == _OCO or (link == _OTOCO and former != slot):
            join_ring(arrays, former, child)
        if link != _OCO:
            details[child, DETAIL_PARENT] = slot
            if former == slot:
                details[slot, DETAIL_CHILD] = child
            else:
                details[former, DETAIL_SIBLING] = child
        former = child
    return count


@called
def enter(
    arrays: Arrays, count: int, command: int, book: int, limit: int, price_ticks: int, slot: int
) -> int:
    """Let an order that was accepted or activated trade or rest in a book that is OPEN or PRE_OPEN."""
    terms = arrays.orders[slot, ORDER_TERMS]
    side = terms & 1
    if arrays.books[book, BOOK_STATE] != _OPEN:
        rest(arrays, book, side, limit, slot)
        return count
    if gathers(arrays, book):
        gather(arrays, book, side, limit, slot)
        return count
    if arrays.books[book, BOOK_LINKED] != 0 or would_trade(arrays, book, side, limit):
        return place(arrays, count, command, book, side, limit, price_ticks, slot)
    if never_rests(terms):
        count = write_cancelled(
            arrays,
            count,
            command,
            arrays.orders[slot, ORDER_ID],
            _UNFILLED_REMAINDER,
            price_ticks,
            arrays.orders[slot, ORDER_LEAVES_LOTS],
            0,
        )
        discard(arrays, slot)
        if terms & MARK_LINKED != 0:
            count = follow_end(arrays, count, command, slot)
    else:
        rest(arrays, book, side, limit, slot)
        arrays.orders[slot, ORDER_TERMS] = limit_terms(terms)
    return count


@called
def queue_ring(arrays: Arrays, book: int, slot: int, order_id: int) -> None:
    """Queue the other orders of a ring whose first order has entered and lives."""
    details = arrays.details
    if arrays.orders[slot, ORDER_ID] != order_id:
        return
    other = details[slot, DETAIL_RING]
    while other != NO_SLOT and other != slot:
        push_queue(arrays, book, other)
        other = details[other, DETAIL_RING]


@called
def submit_detailed(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    owner: int,
    terms: int,
    price_ticks: int,
    qty_lots: int,
    row: int,
) -> int:
    """Enter an order with everything that its terms and its condition row (-1: none) say."""
    details = arrays.details
    reason = check_entry(arrays, book, owner, terms, price_ticks, qty_lots, row)
    if reason != _NONE:
        return write_rejected(arrays, count, command, 0, reason, price_ticks, qty_lots)
    source = source_of(terms)
    link = condition(arrays, row, CONDITION_LINK)
    limit = admission.limit_index(arrays, book, terms, price_ticks)
    is_open = arrays.books[book, BOOK_STATE] == _OPEN
    stands_aside = not is_open and (terms & REDUCE_ONLY_BIT != 0 or link == _OCO)
    waits = source != 0 or stands_aside
    moved = terms & (admission.REPRICE_BIT | TO_LIMIT_BIT) != 0
    moved |= terms & MARKET_BIT != 0 and gathers(arrays, book)
    if not waits and (moved or (not is_open and terms & MARKET_BIT != 0)):
        price_ticks = limit + arrays.books[book, BOOK_BASE_TICKS]
    count = accept(
        arrays, count, command, book, owner, terms, price_ticks, qty_lots, row, int(waits)
    )
    order_id = arrays.events[count - 1, EVENT_ORDER_ID]
    slot = order_id & SLOT_MASK
    if waits:
        append_waiting(arrays, book, slot, LEVEL_DORMANT)
    if link != 0:
        count = accept_linked(arrays, count, command, book, owner, row, slot)
    if source != 0:
        if terms & TRAILING != 0:
            details[slot, DETAIL_TRIGGER_TICKS] = trailed_ticks(
                terms, details[slot, DETAIL_TRAIL_TICKS], source_ticks(arrays, book, source)
            )
        watch_trigger(arrays, book, slot)
    elif stands_aside:
        push_queue(arrays, book, slot)
    else:
        count = enter(arrays, count, command, book, limit, price_ticks, slot)
    if link == _OCO:
        queue_ring(arrays, book, slot, order_id)
    return count
