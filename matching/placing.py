"""What an accepted, activated or amended order does: it trades, and what is left rests or ends."""

from __future__ import annotations

from matching.aftermath import follow_trades
from matching.allocation import allocate
from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.events import write_cancelled
from matching.fillable import bounded, would_trade
from matching.iceberg import show
from matching.implied_aftermath import follow_linked
from matching.implied_matching import match_linked
from matching.layout import (
    BOOK_ALGORITHM,
    BOOK_BATCH_END_NS,
    BOOK_DETAILED,
    BOOK_FLEETING,
    BOOK_ICEBERGS,
    BOOK_LINKED,
    DETAIL_BATCH_NS,
    DETAIL_MINIMUM_LOTS,
    INSTRUCTION_SHIFT,
    LEVEL_ENDED,
    LEVEL_MATCHING,
    MARK_DETAIL,
    MARK_ICEBERG,
    MARK_LINKED,
    ORDER_FILLED_LOTS,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_PREVIOUS,
    ORDER_TERMS,
    POOL_BREACHED,
    TIF_MASK,
    TIF_SHIFT,
    Instruction,
    Reason,
    TimeInForce,
)
from matching.links import follow_end, follow_fill
from matching.matcher import match
from matching.protection import PROTECTED_BIT, count_protected, trip_protections
from matching.queue import enqueue
from matching.reducers import link_reducer
from matching.removal import REDUCE_ONLY_BIT, discard
from matching.rule import Algorithm
from matching.sessions import pause

_PRICE_TIME = int(Algorithm.PRICE_TIME)
_IOC = int(TimeInForce.IOC)
_FOK = int(TimeInForce.FOK)
MARKET_BIT = int(Instruction.MARKET) << INSTRUCTION_SHIFT
TO_LIMIT_BIT = int(Instruction.MARKET_TO_LIMIT) << INSTRUCTION_SHIFT
_UNFILLED_REMAINDER = int(Reason.UNFILLED_REMAINDER)


@inlined
def never_rests(terms: int) -> bool:
    """Say whether what does not trade at once is cancelled."""
    tif = terms >> TIF_SHIFT & TIF_MASK
    return bool(tif in (_IOC, _FOK) or terms & (MARKET_BIT | TO_LIMIT_BIT) == MARKET_BIT)


@called
def rest_detailed(arrays: Arrays, book: int, side: int, index: int, slot: int) -> None:
    """Let an order whose detail row is in use rest, with what the book keeps of such orders."""
    terms = arrays.orders[slot, ORDER_TERMS]
    if terms & MARK_ICEBERG != 0:
        show(arrays, slot, arrays.orders[slot, ORDER_LEAVES_LOTS])
        arrays.books[book, BOOK_ICEBERGS] += 1
    enqueue(arrays, book, side, index, slot)
    arrays.books[book, BOOK_DETAILED] += 1
    arrays.details[slot, DETAIL_MINIMUM_LOTS] = 0
    arrays.details[slot, DETAIL_BATCH_NS] = arrays.books[book, BOOK_BATCH_END_NS]
    if terms & REDUCE_ONLY_BIT != 0:
        link_reducer(arrays, book, slot)


@inlined
def rest(arrays: Arrays, book: int, side: int, index: int, slot: int) -> None:
    """Let an order rest at a ladder index, behind what is there."""
    if arrays.orders[slot, ORDER_TERMS] & MARK_DETAIL != 0:
        rest_detailed(arrays, book, side, index, slot)
    else:
        enqueue(arrays, book, side, index, slot)


@called
def gather(arrays: Arrays, book: int, side: int, index: int, slot: int) -> None:
    """Let an order rest until the end of the batch, which cancels what never rests beyond it."""
    terms = limit_terms(arrays.orders[slot, ORDER_TERMS])
    if never_rests(terms):
        terms = terms & ~(MARKET_BIT | TIF_MASK << TIF_SHIFT) | _IOC << TIF_SHIFT
        arrays.books[book, BOOK_FLEETING] = 1
    arrays.orders[slot, ORDER_TERMS] = terms
    rest_detailed(arrays, book, side, index, slot)


@called
def place(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    side: int,
    limit: int,
    price_ticks: int,
    slot: int,
) -> int:
    """Let an order that is in no queue trade up to ladder index ``limit``, and see to what is left.

    price_ticks: the order's price as its rows say it. The steps 2 to 7 of docs/matching.md.
    """
    orders = arrays.orders
    first = count
    terms = orders[slot, ORDER_TERMS]
    linked = terms & MARK_LINKED != 0
    order_id = orders[slot, ORDER_ID]
    filled_lots = orders[slot, ORDER_FILLED_LOTS]
    orders[slot, ORDER_LEVEL] = LEVEL_MATCHING
    orders[slot, ORDER_PREVIOUS] = price_ticks
    reach = bounded(arrays, book, side, limit)
    cycles = arrays.books[book, BOOK_LINKED] != 0
    if cycles:
        count = match_linked(arrays, count, command, book, side, limit, slot)
    elif arrays.books[book, BOOK_ALGORITHM] == _PRICE_TIME:
        count = match(arrays, count, command, book, side, reach, slot)
    else:
        count = allocate(arrays, count, command, book, side, reach, slot)
    executed_lots = orders[slot, ORDER_FILLED_LOTS] - filled_lots
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    ended = orders[slot, ORDER_LEVEL] == LEVEL_ENDED
    tripped = leaves_lots > 0 and not ended and would_trade(arrays, book, side, limit)
    if executed_lots > 0 and terms & PROTECTED_BIT != 0:
        count_protected(arrays, book, slot, side, executed_lots)
    if linked and executed_lots > 0:
        count = follow_fill(arrays, count, command, slot, leaves_lots)
    if not ended:
        if leaves_lots == 0:
            discard(arrays, slot)
        elif never_rests(terms):
            count = write_cancelled(
                arrays, count, command, order_id, _UNFILLED_REMAINDER, price_ticks, leaves_lots, 0
            )
            discard(arrays, slot)
            ended = True
        else:
            rest(arrays, book, side, limit, slot)
            orders[slot, ORDER_TERMS] = limit_terms(terms)
    if linked and ended:
        count = follow_end(arrays, count, command, slot)
    if cycles and executed_lots > 0:
        count = follow_linked(arrays, first, count, command)
    elif executed_lots > 0:
        count = follow_trades(arrays, first, count, command, book)
    if tripped:
        count = pause(arrays, count, command, book)
    if arrays.pool[POOL_BREACHED] != 0:
        count = trip_protections(arrays, count, command)
    return count


@inlined
def limit_terms(terms: int) -> int:
    """Return the terms of an order that rests at a price: MARKET_TO_LIMIT is a limit order by then."""
    if terms & TO_LIMIT_BIT != 0:
        return terms & ~(MARKET_BIT | TO_LIMIT_BIT)
    return terms
