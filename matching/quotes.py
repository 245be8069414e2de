"""Mass quotes: an owner's quotes in a book, replaced by others in one step."""

from __future__ import annotations

from matching import admission
from matching.amending import amend
from matching.arrays import Arrays
from matching.cancels import withdraw
from matching.compiled import called
from matching.conditional import accept, enter
from matching.events import write_rejected
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_LEVELS,
    CONDITION_PRICE_TICKS,
    CONDITION_QTY_LOTS,
    CONDITION_TERMS,
    EVENT_ORDER_ID,
    INSTRUCTION_SHIFT,
    MAX_QTY_LOTS,
    MAX_QUOTES,
    NO_SLOT,
    ORDER_ID,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_TERMS,
    POOL_FREE_COUNT,
    POOL_HIGH_WATER,
    POOL_MAX_ORDERS,
    PREVENTION_MASK,
    PREVENTION_SHIFT,
    SLOT_MASK,
    Instruction,
    Reason,
)
from matching.queue import best_index, head, is_level, ladder_start, next_level
from matching.removal import open_lots
from matching.terms import are_valid_terms

_NONE = int(Reason.NONE)
_UNKNOWN_BOOK = int(Reason.UNKNOWN_BOOK)
_INVALID_TERMS = int(Reason.INVALID_TERMS)
_INVALID_QTY = int(Reason.INVALID_QTY)
_INVALID_PRICE = int(Reason.INVALID_PRICE)
_BOOK_FULL = int(Reason.BOOK_FULL)
_REQUESTED = int(Reason.REQUESTED)
_QUOTE_BIT = int(Instruction.QUOTE) << INSTRUCTION_SHIFT
_QUOTE_TERMS = (
    int(Instruction.POST_ONLY | Instruction.REPRICE | Instruction.PROTECTED) << INSTRUCTION_SHIFT
    | PREVENTION_MASK << PREVENTION_SHIFT
)


@called
def conflicts(arrays: Arrays, first: int, row: int) -> bool:
    """Say whether an entry has the side and price of an earlier one, or would trade with it."""
    conditions = arrays.conditions
    side = conditions[row, CONDITION_TERMS]
    ticks = conditions[row, CONDITION_PRICE_TICKS]
    for other in range(first, row):
        other_ticks = conditions[other, CONDITION_PRICE_TICKS]
        if conditions[other, CONDITION_TERMS] == side:
            if other_ticks == ticks:
                return True
        elif (other_ticks - ticks) * (1 - 2 * side) <= 0:
            return True
    return False


@called
def check_entry(arrays: Arrays, book: int, first: int, row: int) -> int:
    """Return the first reason against the form of one entry."""
    conditions = arrays.conditions
    index = conditions[row, CONDITION_PRICE_TICKS] - arrays.books[book, BOOK_BASE_TICKS]
    qty_lots = conditions[row, CONDITION_QTY_LOTS]
    if conditions[row, CONDITION_TERMS] & ~1 != 0:
        return _INVALID_TERMS
    if qty_lots < 1 or qty_lots > MAX_QTY_LOTS:
        return _INVALID_QTY
    if index < 0 or index >= arrays.books[book, BOOK_LEVELS] or conflicts(arrays, first, row):
        return _INVALID_PRICE
    return _NONE


@called
def reject_quotes(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    owner: int,
    terms: int,
    entries: int,
    first: int,
) -> int:
    """Write the REJECTED row of a mass quote that is wrong as a whole or in an entry, if it is."""
    conditions, pool = arrays.conditions, arrays.pool
    if book < 0 or book >= arrays.books.shape[0]:
        return write_rejected(arrays, count, command, 0, _UNKNOWN_BOOK, 0, 0)
    if terms & ~_QUOTE_TERMS != 0 or not are_valid_terms(terms):
        return write_rejected(arrays, count, command, 0, _INVALID_TERMS, 0, 0)
    if (
        entries < 0
        or entries > MAX_QUOTES
        or (entries > 0 and (first < 0 or first > conditions.shape[0] - entries))
    ):
        return write_rejected(arrays, count, command, 0, _INVALID_QTY, 0, 0)
    reason = _NONE
    row = first
    while reason == _NONE and row < first + entries:
        reason = check_entry(arrays, book, first, row)
        row += 1
    faulty = reason != _NONE
    if not faulty and entries > 0:
        reason = admission.check_state(arrays, book, terms, 0)
        row = first
        while reason == _NONE and row < first + entries:
            reason = admission.check_band(
                arrays,
                book,
                conditions[row, CONDITION_TERMS],
                conditions[row, CONDITION_PRICE_TICKS],
            )
            row += 1
            faulty = reason != _NONE
        if reason == _NONE:
            reason = admission.check_protected(arrays, book, owner, terms)
        live = pool[POOL_HIGH_WATER] - pool[POOL_FREE_COUNT]
        if reason == _NONE and live + entries > pool[POOL_MAX_ORDERS]:
            reason = _BOOK_FULL
    if reason == _NONE:
        return count
    if not faulty:
        return write_rejected(arrays, count, command, 0, reason, 0, 0)
    return write_rejected(
        arrays,
        count,
        command,
        0,
        reason,
        conditions[row - 1, CONDITION_PRICE_TICKS],
        conditions[row - 1, CONDITION_QTY_LOTS],
    )


@called
def is_named(arrays: Arrays, side: int, ticks: int, entries: int, first: int) -> bool:
    """Say whether an entry has this side and price."""
    conditions = arrays.conditions
    for row in range(first, first + entries):
        if (
            conditions[row, CONDITION_TERMS] == side
            and conditions[row, CONDITION_PRICE_TICKS] == ticks
        ):
            return True
    return False


@called
def quote_at(arrays: Arrays, level: int, owner: int) -> int:
    """Return the owner's earliest quote on a level, or NO_SLOT."""
    orders = arrays.orders
    slot = head(arrays, level)
    while slot != NO_SLOT and not (
        orders[slot, ORDER_OWNER] == owner and orders[slot, ORDER_TERMS] & _QUOTE_BIT != 0
    ):
        slot = orders[slot, ORDER_NEXT]
    return slot


@called
def withdraw_unnamed(
    arrays: Arrays, count: int, command: int, book: int, owner: int, entries: int, first: int
) -> int:
    """Withdraw the owner's quotes at sides and prices that no entry names."""
    base_ticks = arrays.books[book, BOOK_BASE_TICKS]
    for side in range(2):
        start = ladder_start(arrays, book, side)
        index = best_index(arrays, book, side)
        while is_level(arrays, book, index):
            if not is_named(arrays, side, base_ticks + index, entries, first):
                slot = quote_at(arrays, start + index, owner)
                while slot != NO_SLOT:
                    count = withdraw(arrays, count, command, slot, _REQUESTED)
                    slot = quote_at(arrays, start + index, owner)
            index = next_level(arrays, book, side, index)
    return count


@called
def quote_entry(
    arrays: Arrays, count: int, command: int, book: int, owner: int, terms: int, row: int
) -> int:
    """Amend the quote at an entry's side and price, or enter a new one."""
    orders = arrays.orders
    side = arrays.conditions[row, CONDITION_TERMS]
    price_ticks = arrays.conditions[row, CONDITION_PRICE_TICKS]
    qty_lots = arrays.conditions[row, CONDITION_QTY_LOTS]
    index = price_ticks - arrays.books[book, BOOK_BASE_TICKS]
    slot = quote_at(arrays, ladder_start(arrays, book, side) + index, owner)
    if slot != NO_SLOT:
        if qty_lots == open_lots(arrays, slot):
            return count
        return amend(arrays, count, command, orders[slot, ORDER_ID], 0, price_ticks, qty_lots)
    terms |= side
    reason = admission.check_state(arrays, book, terms, 0)
    if reason == _NONE:
        reason = admission.check_protected(arrays, book, owner, terms)
    limit = admission.limit_index(arrays, book, terms, price_ticks)
    if reason == _NONE:
        reason = admission.check_opposite(arrays, book, owner, terms, limit, qty_lots, 0)
    if reason != _NONE:
        return write_rejected(arrays, count, command, 0, reason, price_ticks, qty_lots)
    price_ticks = limit + arrays.books[book, BOOK_BASE_TICKS]
    count = accept(
        arrays, count, command, book, owner, terms | _QUOTE_BIT, price_ticks, qty_lots, -1, 0
    )
    slot = arrays.events[count - 1, EVENT_ORDER_ID] & SLOT_MASK
    return enter(arrays, count, command, book, limit, price_ticks, slot)


@called
def replace_quotes(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    owner: int,
    terms: int,
    entries: int,
    first: int,
) -> int:
    """Replace an owner's quotes by the ``entries`` condition rows from ``first`` on, which were checked."""
    count = withdraw_unnamed(arrays, count, command, book, owner, entries, first)
    for row in range(first, first + entries):
        count = quote_entry(arrays, count, command, book, owner, terms, row)
    return count
