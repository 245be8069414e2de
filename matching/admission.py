"""What the market says to an order that wants to enter it now, and up to which price it may trade."""

from __future__ import annotations

from matching.algorithm import gathers
from matching.arrays import Arrays
from matching.compiled import called
from matching.cycles import offered_index, would_meet
from matching.fillable import is_within
from matching.implied_fillable import is_fillable_at_once
from matching.layout import (
    BOOK_BAND_HIGH,
    BOOK_BAND_LOW,
    BOOK_BASE_TICKS,
    BOOK_LEVELS,
    BOOK_STATE,
    INSTRUCTION_SHIFT,
    NO_SLOT,
    PREVENTION_MASK,
    PREVENTION_SHIFT,
    TIF_MASK,
    TIF_SHIFT,
    Instruction,
    Reason,
    State,
    TimeInForce,
)
from matching.owners import allowed_lots
from matching.placing import MARKET_BIT, TO_LIMIT_BIT
from matching.protection import PROTECTED_BIT, find_protection, is_frozen
from matching.queue import is_level
from matching.removal import REDUCE_ONLY_BIT

_NONE = int(Reason.NONE)
_NOT_OPEN = int(Reason.NOT_OPEN)
_PRICE_BELOW_BAND = int(Reason.PRICE_BELOW_BAND)
_PRICE_ABOVE_BAND = int(Reason.PRICE_ABOVE_BAND)
_REDUCE_ONLY_WOULD_INCREASE = int(Reason.REDUCE_ONLY_WOULD_INCREASE)
_UNPROTECTED = int(Reason.UNPROTECTED)
_FROZEN = int(Reason.FROZEN)
_NO_OPPOSITE = int(Reason.NO_OPPOSITE)
_POST_ONLY_WOULD_TRADE = int(Reason.POST_ONLY_WOULD_TRADE)
_FOK_NOT_FILLABLE = int(Reason.FOK_NOT_FILLABLE)
_MINIMUM_NOT_FILLABLE = int(Reason.MINIMUM_NOT_FILLABLE)
_PRE_OPEN = int(State.PRE_OPEN)
_OPEN = int(State.OPEN)
_IOC = int(TimeInForce.IOC)
_FOK = int(TimeInForce.FOK)
POST_ONLY_BIT = int(Instruction.POST_ONLY) << INSTRUCTION_SHIFT
REPRICE_BIT = int(Instruction.REPRICE) << INSTRUCTION_SHIFT


@called
def check_state(arrays: Arrays, book: int, terms: int, minimum_lots: int) -> int:
    """Check that the book takes an order like this one in its state."""
    state = arrays.books[book, BOOK_STATE]
    tif = terms >> TIF_SHIFT & TIF_MASK
    needs_trading = tif in (_IOC, _FOK) or terms & POST_ONLY_BIT != 0 or minimum_lots > 0
    if state == _OPEN or (state == _PRE_OPEN and not needs_trading):
        return _NONE
    return _NOT_OPEN


@called
def check_band(arrays: Arrays, book: int, terms: int, price_ticks: int) -> int:
    """Check that an order's price is inside the band."""
    books = arrays.books
    index = price_ticks - books[book, BOOK_BASE_TICKS]
    if terms & MARKET_BIT != 0:
        return _NONE
    if terms & 1 == 1 and index < books[book, BOOK_BAND_LOW]:
        return _PRICE_BELOW_BAND
    if terms & 1 == 0 and index > books[book, BOOK_BAND_HIGH]:
        return _PRICE_ABOVE_BAND
    return _NONE


@called
def check_reduces(arrays: Arrays, book: int, owner: int, terms: int, qty_lots: int) -> int:
    """Check that a reduce-only order at most flattens what its owner holds."""
    if terms & REDUCE_ONLY_BIT != 0 and qty_lots > allowed_lots(arrays, owner, book, terms & 1):
        return _REDUCE_ONLY_WOULD_INCREASE
    return _NONE


@called
def check_protected(arrays: Arrays, book: int, owner: int, terms: int) -> int:
    """Check that the protection that an order asks for exists and has not tripped."""
    if terms & PROTECTED_BIT == 0:
        return _NONE
    row = find_protection(arrays, book, owner)
    if row == NO_SLOT:
        return _UNPROTECTED
    if is_frozen(arrays, row):
        return _FROZEN
    return _NONE


@called
def limit_index(arrays: Arrays, book: int, terms: int, price_ticks: int) -> int:
    """Return the ladder index up to which an order may trade, and at which it would rest.

    A MARKET order's collar counts from the best price of the other side; REPRICE steps behind it.
    """
    side = terms & 1
    away = 1 - 2 * side
    levels = arrays.books[book, BOOK_LEVELS]
    best = offered_index(arrays, book, side)
    met = is_level(arrays, book, best) and arrays.books[book, BOOK_STATE] == _OPEN
    steps_back = met and not gathers(arrays, book)
    index: int = (levels - 1) * (1 - side)
    if terms & MARKET_BIT == 0:
        index = price_ticks - arrays.books[book, BOOK_BASE_TICKS]
        if terms & REPRICE_BIT != 0 and steps_back and is_within(side, best, index):
            index = best - away
    elif arrays.books[book, BOOK_STATE] == _OPEN:
        if met and terms & TO_LIMIT_BIT != 0:
            index = best
        elif met and price_ticks > 0:
            index = best + away * price_ticks
        if side == 0:
            index = min(index, arrays.books[book, BOOK_BAND_HIGH])
        else:
            index = max(index, arrays.books[book, BOOK_BAND_LOW])
    return index


@called
def check_opposite(
    arrays: Arrays, book: int, owner: int, terms: int, limit: int, qty_lots: int, minimum_lots: int
) -> int:
    """Check what an order asks of the other side of an open book; ``limit`` is its limit_index."""
    side = terms & 1
    tif = terms >> TIF_SHIFT & TIF_MASK
    prevention = terms >> PREVENTION_SHIFT & PREVENTION_MASK
    if arrays.books[book, BOOK_STATE] != _OPEN:
        return _NONE
    if terms & TO_LIMIT_BIT != 0 and not is_level(arrays, book, offered_index(arrays, book, side)):
        return _NO_OPPOSITE
    if gathers(arrays, book):
        # Nothing trades at once, and nobody takes liquidity.
        if tif == _FOK:
            return _FOK_NOT_FILLABLE
        if minimum_lots > 0:
            return _MINIMUM_NOT_FILLABLE
        return _NONE
    if terms & POST_ONLY_BIT != 0 and (
        not is_level(arrays, book, limit) or would_meet(arrays, book, side, limit)
    ):
        return _POST_ONLY_WOULD_TRADE
    if tif == _FOK and not is_fillable_at_once(
        arrays, book, side, limit, qty_lots, owner, prevention
    ):
        return _FOK_NOT_FILLABLE
    if minimum_lots > 0 and (
        minimum_lots > qty_lots
        or not is_fillable_at_once(arrays, book, side, limit, minimum_lots, owner, prevention)
    ):
        return _MINIMUM_NOT_FILLABLE
    return _NONE
