"""The form of an order: what can be said of it without a look at the market."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_DAY_END_NS,
    BOOK_LAST_TICKS,
    BOOK_LEVELS,
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
    INSTRUCTION_SHIFT,
    MAX_LINKED,
    MAX_PEAKS,
    MAX_QTY_LOTS,
    MAX_TIME_NS,
    NO_PRICE,
    POOL_NOW_NS,
    PREVENTION_MASK,
    PREVENTION_SHIFT,
    SOURCE_MASK,
    SOURCE_SHIFT,
    TERMS_MASK,
    TIF_MASK,
    TIF_SHIFT,
    TRAILING,
    WHEN_SHIFT,
    Instruction,
    Link,
    Prevention,
    Reason,
    TimeInForce,
)
from matching.owners import is_known

_NONE = int(Reason.NONE)
_UNKNOWN_OWNER = int(Reason.UNKNOWN_OWNER)
_INVALID_TERMS = int(Reason.INVALID_TERMS)
_INVALID_QTY = int(Reason.INVALID_QTY)
_INVALID_PRICE = int(Reason.INVALID_PRICE)
_INVALID_DISPLAY = int(Reason.INVALID_DISPLAY)
_INVALID_MINIMUM = int(Reason.INVALID_MINIMUM)
_INVALID_EXPIRY = int(Reason.INVALID_EXPIRY)
_INVALID_TRIGGER = int(Reason.INVALID_TRIGGER)
_INVALID_LINK = int(Reason.INVALID_LINK)
_IOC = int(TimeInForce.IOC)
_FOK = int(TimeInForce.FOK)
_DAY = int(TimeInForce.DAY)
_GTD = int(TimeInForce.GTD)
_POST_ONLY = int(Instruction.POST_ONLY)
_MARKET = int(Instruction.MARKET)
_MARKET_TO_LIMIT = int(Instruction.MARKET_TO_LIMIT)
_REPRICE = int(Instruction.REPRICE)
_REDUCE_ONLY = int(Instruction.REDUCE_ONLY)
_PROTECTED = int(Instruction.PROTECTED)
_ALL_INSTRUCTIONS = _POST_ONLY | _MARKET | _MARKET_TO_LIMIT | _REPRICE | _REDUCE_ONLY | _PROTECTED
_OTOCO = int(Link.OTOCO)
_LAST_PREVENTION = int(Prevention.DECREMENT)
# Bits of the terms that no code uses.
_UNUSED = (
    ~TERMS_MASK
    | 7 << TIF_SHIFT + 4
    | ~_ALL_INSTRUCTIONS << INSTRUCTION_SHIFT & (1 << PREVENTION_SHIFT) - 1 & ~0xFF
    | 1 << PREVENTION_SHIFT + 3
)


@inlined
def condition(arrays: Arrays, row: int, column: int) -> int:
    """Return one of an order's conditions; 0 without a condition row (row -1) or with one beyond the table."""
    if row < 0 or row >= arrays.conditions.shape[0]:
        return 0
    return int(arrays.conditions[row, column])


@called
def are_valid_terms(terms: int) -> bool:
    """Say whether the codes in the terms exist and go together."""
    tif = terms >> TIF_SHIFT & TIF_MASK
    instructions = terms >> INSTRUCTION_SHIFT & 0xFF
    immediate = tif in (_IOC, _FOK)
    wrong = terms & _UNUSED != 0 or tif > _GTD
    wrong |= terms >> PREVENTION_SHIFT & PREVENTION_MASK > _LAST_PREVENTION
    wrong |= instructions & _POST_ONLY != 0 and (immediate or instructions & _MARKET != 0)
    wrong |= instructions & _REPRICE != 0 and instructions & _POST_ONLY == 0
    wrong |= instructions & _MARKET_TO_LIMIT != 0 and (immediate or instructions & _MARKET == 0)
    wrong |= terms >> SOURCE_SHIFT & SOURCE_MASK == 0 and (
        terms & TRAILING != 0 or terms >> WHEN_SHIFT & 1 != 0
    )
    return not wrong


@called
def is_valid_display(instructions: int, tif: int, qty_lots: int, display_lots: int) -> bool:
    """Say whether an order may show this much of itself."""
    if display_lots == 0:
        return True
    if instructions & (_MARKET | _REDUCE_ONLY) != 0 or tif in (_IOC, _FOK):
        return False
    # Compared this way round, because the product of a wrong size may not fit.
    return bool(
        1 <= display_lots <= qty_lots and (qty_lots + MAX_PEAKS - 1) // MAX_PEAKS <= display_lots
    )


@called
def is_valid_expiry(arrays: Arrays, book: int, tif: int, expiry_ns: int) -> bool:
    """Say whether an order's end lies in the future, where it has one."""
    now_ns = arrays.pool[POOL_NOW_NS]
    if tif == _GTD:
        return bool(now_ns < expiry_ns <= MAX_TIME_NS)
    if tif == _DAY:
        return bool(expiry_ns == 0 and arrays.books[book, BOOK_DAY_END_NS] > now_ns)
    return expiry_ns == 0


@called
def is_valid_trigger(
    arrays: Arrays, book: int, terms: int, trigger_ticks: int, trail_ticks: int
) -> bool:
    """Say whether an order's trigger is complete."""
    books = arrays.books
    source = terms >> SOURCE_SHIFT & SOURCE_MASK
    if source == 0:
        return trigger_ticks == 0 and trail_ticks == 0
    if terms & TRAILING != 0:
        return bool(
            trigger_ticks == 0
            and 1 <= trail_ticks < books[book, BOOK_LEVELS]
            and books[book, BOOK_LAST_TICKS + source - 1] != NO_PRICE
        )
    index = trigger_ticks - books[book, BOOK_BASE_TICKS]
    return bool(trail_ticks == 0 and 0 <= index < books[book, BOOK_LEVELS])


@called
def check_order(
    arrays: Arrays, book: int, owner: int, terms: int, price_ticks: int, qty_lots: int, row: int
) -> int:
    """Return the first reason against an order's own form."""
    books = arrays.books
    tif = terms >> TIF_SHIFT & TIF_MASK
    instructions = terms >> INSTRUCTION_SHIFT & 0xFF
    minimum_lots = condition(arrays, row, CONDITION_MINIMUM_LOTS)
    lowest_ticks = 0
    if instructions & _MARKET == 0:
        lowest_ticks = books[book, BOOK_BASE_TICKS]
    reason = _NONE
    if instructions & _REDUCE_ONLY != 0 and not is_known(arrays, owner):
        reason = _UNKNOWN_OWNER
    elif not are_valid_terms(terms) or row < -1 or row >= arrays.conditions.shape[0]:
        reason = _INVALID_TERMS
    elif qty_lots < 1 or qty_lots > MAX_QTY_LOTS:
        reason = _INVALID_QTY
    elif price_ticks < lowest_ticks or price_ticks >= lowest_ticks + books[book, BOOK_LEVELS]:
        reason = _INVALID_PRICE
    elif not is_valid_display(
        instructions, tif, qty_lots, condition(arrays, row, CONDITION_DISPLAY_LOTS)
    ):
        reason = _INVALID_DISPLAY
    elif (
        minimum_lots < 0
        or minimum_lots > qty_lots
        or (minimum_lots > 0 and instructions & _POST_ONLY != 0)
    ):
        reason = _INVALID_MINIMUM
    elif not is_valid_expiry(arrays, book, tif, condition(arrays, row, CONDITION_EXPIRY_NS)):
        reason = _INVALID_EXPIRY
    elif not is_valid_trigger(
        arrays,
        book,
        terms,
        condition(arrays, row, CONDITION_TRIGGER_TICKS),
        condition(arrays, row, CONDITION_TRAIL_TICKS),
    ):
        reason = _INVALID_TRIGGER
    return reason


@called
def check_linked_order(arrays: Arrays, book: int, owner: int, row: int) -> int:
    """Return the first reason against the form of a linked order."""
    conditions = arrays.conditions
    reason = check_order(
        arrays,
        book,
        owner,
        conditions[row, CONDITION_TERMS],
        conditions[row, CONDITION_PRICE_TICKS],
        conditions[row, CONDITION_QTY_LOTS],
        row,
    )
    if reason == _NONE and (
        conditions[row, CONDITION_LINK] != 0
        or conditions[row, CONDITION_LINKED] != 0
        or conditions[row, CONDITION_COMPLETE] != 0
    ):
        reason = _INVALID_LINK
    return reason


@called
def linked_at_fault(arrays: Arrays, book: int, owner: int, row: int) -> int:
    """Return which of the orders linked to that of a condition row is the first to be refused, from 1; 0: none.

    Their rows must be in the table.
    """
    for place in range(1, 1 + condition(arrays, row, CONDITION_LINKED)):
        if check_linked_order(arrays, book, owner, row + place) != _NONE:
            return place
    return 0


@called
def check_linked(arrays: Arrays, book: int, owner: int, row: int) -> int:
    """Return the first reason against an order's link and the orders linked to it."""
    conditions = arrays.conditions
    link = condition(arrays, row, CONDITION_LINK)
    linked = condition(arrays, row, CONDITION_LINKED)
    complete = condition(arrays, row, CONDITION_COMPLETE)
    fewest = min(link, 1) + link // _OTOCO
    most = MAX_LINKED * min(link, 1)
    if (
        link < 0
        or link > _OTOCO
        or linked < fewest
        or linked > most
        or complete < 0
        or complete > min(link, 1)
        or row + linked >= conditions.shape[0] + (row < 0)
    ):
        return _INVALID_LINK
    fault = linked_at_fault(arrays, book, owner, row)
    if fault == 0:
        return _NONE
    return check_linked_order(arrays, book, owner, row + fault)
