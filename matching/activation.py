"""Waiting orders whose turn has come: they enter the book as if they came in now."""

from __future__ import annotations

from matching import admission
from matching.algorithm import gathers
from matching.arrays import Arrays
from matching.compiled import called
from matching.conditional import enter
from matching.events import write_cancelled, write_event
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_PAUSE_NS,
    BOOK_QUEUE_HEAD,
    BOOK_QUEUED,
    BOOK_STATE,
    CASCADE_ORDERS,
    DETAIL_MINIMUM_LOTS,
    DETAIL_PRICE_TICKS,
    DETAIL_TRAIL_TICKS,
    DETAIL_TRIGGER_TICKS,
    EVENT_PRICE_TICKS,
    LEVEL_DORMANT,
    LEVEL_MATCHING,
    MARK_LINKED,
    MARK_TRIGGERED,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_OWNER,
    ORDER_TERMS,
    TRAILING,
    EventKind,
    Reason,
    State,
)
from matching.links import cut_ring, follow_end
from matching.owners import allowed_lots
from matching.placing import MARKET_BIT, TO_LIMIT_BIT
from matching.removal import REDUCE_ONLY_BIT, discard
from matching.sessions import pause
from matching.triggers import is_reached, source_of, source_ticks, trailed_ticks, watch_trigger
from matching.waiting import remove_queued, remove_waiting

_ACTIVATED = int(EventKind.ACTIVATED)
_REDUCED = int(EventKind.REDUCED)
_NONE = int(Reason.NONE)
_POSITION_REDUCED = int(Reason.POSITION_REDUCED)
_OPEN = int(State.OPEN)


@called
def is_due_now(arrays: Arrays, book: int, slot: int) -> bool:
    """Say whether a queued order would enter if its turn came now, rather than wait for its trigger."""
    terms = arrays.orders[slot, ORDER_TERMS]
    source = source_of(terms)
    if source == 0 or terms & MARK_TRIGGERED != 0:
        return True
    trigger_ticks = arrays.details[slot, DETAIL_TRIGGER_TICKS]
    return terms & TRAILING == 0 and is_reached(
        terms, trigger_ticks, source_ticks(arrays, book, source)
    )


@called
def is_due(arrays: Arrays, book: int, slot: int) -> bool:
    """Say whether an order enters now; one whose trigger is not reached yet becomes pending."""
    orders, details = arrays.orders, arrays.details
    terms = orders[slot, ORDER_TERMS]
    source = source_of(terms)
    if source == 0 or terms & MARK_TRIGGERED != 0:
        return True
    ticks = source_ticks(arrays, book, source)
    if terms & TRAILING != 0:
        details[slot, DETAIL_TRIGGER_TICKS] = trailed_ticks(
            terms, details[slot, DETAIL_TRAIL_TICKS], ticks
        )
    elif is_reached(terms, details[slot, DETAIL_TRIGGER_TICKS], ticks):
        orders[slot, ORDER_TERMS] |= MARK_TRIGGERED
        return True
    watch_trigger(arrays, book, slot)
    return False


@called
def fit_to_holding(arrays: Arrays, count: int, command: int, book: int, slot: int) -> int:
    """Cut a reduce-only order that is about to enter to what its owner's holding allows."""
    orders = arrays.orders
    allowed = allowed_lots(arrays, orders[slot, ORDER_OWNER], book, orders[slot, ORDER_TERMS] & 1)
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    if 0 < allowed < leaves_lots:
        orders[slot, ORDER_LEAVES_LOTS] = allowed
        count = write_event(
            arrays,
            count,
            command,
            _REDUCED,
            orders[slot, ORDER_ID],
            _POSITION_REDUCED,
            arrays.details[slot, DETAIL_PRICE_TICKS],
            leaves_lots - allowed,
            allowed,
            0,
        )
    return count


@called
def activate(arrays: Arrays, count: int, command: int, book: int, slot: int) -> int:
    """Let a queued order of an open book enter it, or wait for its trigger, or end."""
    orders, details = arrays.orders, arrays.details
    remove_queued(arrays, book, slot)
    orders[slot, ORDER_LEVEL] = LEVEL_DORMANT
    terms = orders[slot, ORDER_TERMS]
    owner = orders[slot, ORDER_OWNER]
    source = source_of(terms)
    if not is_due(arrays, book, slot):
        return count
    remove_waiting(arrays, book, slot)
    orders[slot, ORDER_LEVEL] = LEVEL_MATCHING
    told = count
    price_ticks = details[slot, DETAIL_PRICE_TICKS]
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    count = write_event(
        arrays,
        count,
        command,
        _ACTIVATED,
        orders[slot, ORDER_ID],
        details[slot, DETAIL_TRIGGER_TICKS],
        price_ticks,
        leaves_lots,
        leaves_lots,
        0,
    )
    details[slot, DETAIL_TRIGGER_TICKS] = 0
    if source != 0 and terms & MARK_LINKED != 0:
        count = cut_ring(arrays, count, command, slot)
    reason = admission.check_band(arrays, book, terms, price_ticks)
    if reason == _NONE and terms & REDUCE_ONLY_BIT != 0:
        count = fit_to_holding(arrays, count, command, book, slot)
        leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
        if admission.check_reduces(arrays, book, owner, terms, leaves_lots) != _NONE:
            reason = _POSITION_REDUCED
    if reason == _NONE:
        reason = admission.check_protected(arrays, book, owner, terms)
    limit = admission.limit_index(arrays, book, terms, price_ticks)
    if reason == _NONE:
        reason = admission.check_opposite(
            arrays, book, owner, terms, limit, leaves_lots, details[slot, DETAIL_MINIMUM_LOTS]
        )
    if reason == _NONE:
        if terms & (admission.REPRICE_BIT | TO_LIMIT_BIT) != 0 or (
            terms & MARKET_BIT != 0 and gathers(arrays, book)
        ):
            price_ticks = limit + arrays.books[book, BOOK_BASE_TICKS]
            # What its ring left behind decides, so the row could not say it when it was written.
            arrays.events[told, EVENT_PRICE_TICKS] = price_ticks
        return enter(arrays, count, command, book, limit, price_ticks, slot)
    count = write_cancelled(
        arrays, count, command, orders[slot, ORDER_ID], reason, price_ticks, leaves_lots, 0
    )
    discard(arrays, slot)
    if terms & MARK_LINKED != 0:
        count = follow_end(arrays, count, command, slot)
    return count


@called
def run_queue(arrays: Arrays, count: int, command: int, book: int) -> int:
    """Activate the queued orders of a book that is open, up to the bound of one command."""
    books = arrays.books
    activated = 0
    while (
        books[book, BOOK_QUEUED] > 0
        and books[book, BOOK_STATE] == _OPEN
        and activated < CASCADE_ORDERS
    ):
        activated += 1
        count = activate(arrays, count, command, book, books[book, BOOK_QUEUE_HEAD])
    if (
        books[book, BOOK_QUEUED] > 0
        and books[book, BOOK_STATE] == _OPEN
        and books[book, BOOK_PAUSE_NS] > 0
    ):
        count = pause(arrays, count, command, book)
    return count
