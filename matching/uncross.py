"""Opening a book: one price at which as much as possible trades, then continuous trading."""

from __future__ import annotations

from matching.aftermath import follow_trades
from matching.algorithm import begin_batch, forget_tops
from matching.arrays import Arrays
from matching.auction import auction_price
from matching.cancels import withdraw
from matching.compiled import called
from matching.events import write_event
from matching.fills import close_out
from matching.iceberg import show
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_EXTENSIONS,
    BOOK_INDICATED_LOTS,
    BOOK_INDICATED_SURPLUS_LOTS,
    BOOK_INDICATED_TICKS,
    BOOK_LAST_TICKS,
    BOOK_LEVELS,
    BOOK_MARK_TICKS,
    BOOK_MAX_EXTENSIONS,
    BOOK_MOVE,
    BOOK_PAUSE_NS,
    BOOK_RANGE_HIGH,
    BOOK_RANGE_LOW,
    BOOK_REOPEN_NS,
    BOOK_STATE,
    LEVEL_ORDERS,
    LEVEL_QTY_LOTS,
    MARK_ICEBERG,
    NO_PRICE,
    NO_SLOT,
    ORDER_FILLED_LOTS,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_TERMS,
    POOL_BREACHED,
    POOL_NOW_NS,
    EventKind,
    Reason,
    State,
    TriggerSource,
)
from matching.owners import hold
from matching.placing import MARKET_BIT, TO_LIMIT_BIT, limit_terms
from matching.protection import trip_protections
from matching.queue import dequeue, enqueue, front, head, ladder_start
from matching.removal import leave_book, open_lots, order_ticks
from matching.sessions import forget_indicative, write_state
from matching.triggers import wake_reached
from matching.watch import clear_window, set_reference

_UNCROSSED = int(EventKind.UNCROSSED)
_AMENDED = int(EventKind.AMENDED)
_INDICATED = int(EventKind.INDICATED)
_UNFILLED_REMAINDER = int(Reason.UNFILLED_REMAINDER)
_PRE_OPEN = int(State.PRE_OPEN)
_OPEN = int(State.OPEN)
_MARK = int(TriggerSource.MARK)
_INDEX = int(TriggerSource.INDEX)


@called
def take_whole(arrays: Arrays, slot: int, lots: int) -> int:
    """Take lots off an order, reserve included, without losing its place; return what is left open."""
    orders = arrays.orders
    leaves_lots = open_lots(arrays, slot) - lots
    orders[slot, ORDER_FILLED_LOTS] += lots
    if leaves_lots == 0:
        leave_book(arrays, slot)
        orders[slot, ORDER_LEAVES_LOTS] = 0
        return leaves_lots
    shown_lots = orders[slot, ORDER_LEAVES_LOTS]
    if orders[slot, ORDER_TERMS] & MARK_ICEBERG != 0:
        show(arrays, slot, leaves_lots)
    else:
        orders[slot, ORDER_LEAVES_LOTS] = leaves_lots
    arrays.levels[orders[slot, ORDER_LEVEL], LEVEL_QTY_LOTS] += (
        orders[slot, ORDER_LEAVES_LOTS] - shown_lots
    )
    return leaves_lots


@called
def trade(
    arrays: Arrays,
    count: int,
    command: int,
    book: int,
    buy: int,
    sell: int,
    price_ticks: int,
    lots: int,
) -> int:
    """Trade lots of a buyer with a seller at an auction's price, and follow both up."""
    orders = arrays.orders
    hold(arrays, orders[buy, ORDER_OWNER], book, 0, lots)
    hold(arrays, orders[sell, ORDER_OWNER], book, 1, lots)
    buy_leaves_lots = take_whole(arrays, buy, lots)
    sell_leaves_lots = take_whole(arrays, sell, lots)
    count = write_event(
        arrays,
        count,
        command,
        _UNCROSSED,
        orders[buy, ORDER_ID],
        orders[sell, ORDER_ID],
        price_ticks,
        lots,
        buy_leaves_lots,
        sell_leaves_lots,
    )
    count = close_out(arrays, count, command, buy, lots, buy_leaves_lots)
    return close_out(arrays, count, command, sell, lots, sell_leaves_lots)


@called
def trade_at(
    arrays: Arrays, count: int, command: int, book: int, index: int, volume_lots: int
) -> int:
    """Trade the best buyers with the best sellers at one price until the volume is done."""
    price_ticks = arrays.books[book, BOOK_BASE_TICKS] + index
    while volume_lots > 0:
        buy = front(arrays, book, 0)
        sell = front(arrays, book, 1)
        lots = min(volume_lots, open_lots(arrays, buy), open_lots(arrays, sell))
        volume_lots -= lots
        count = trade(arrays, count, command, book, buy, sell, price_ticks, lots)
    arrays.books[book, BOOK_LAST_TICKS] = price_ticks
    return count


@called
def clear_market(arrays: Arrays, count: int, command: int, book: int, side: int, index: int) -> int:
    """Cancel a side's market orders that are left, or let them rest at the auction price (index >= 0)."""
    orders = arrays.orders
    edge = (arrays.books[book, BOOK_LEVELS] - 1) * (1 - side)
    level = ladder_start(arrays, book, side) + edge
    slot = head(arrays, level)
    here = arrays.levels[level, LEVEL_ORDERS]
    while here > 0 and slot != NO_SLOT:
        following = orders[slot, ORDER_NEXT]
        terms = orders[slot, ORDER_TERMS]
        here -= 1
        if terms & MARKET_BIT != 0:
            if terms & TO_LIMIT_BIT != 0 and index >= 0:
                former_ticks = order_ticks(arrays, slot)
                dequeue(arrays, book, slot)
                orders[slot, ORDER_TERMS] = limit_terms(terms)
                enqueue(arrays, book, side, index, slot)
                lots = open_lots(arrays, slot)
                count = write_event(
                    arrays,
                    count,
                    command,
                    _AMENDED,
                    orders[slot, ORDER_ID],
                    former_ticks,
                    order_ticks(arrays, slot),
                    lots,
                    lots,
                    0,
                )
            else:
                # A market order in the book has no ring, and none of its dormant orders rest.
                count = withdraw(arrays, count, command, slot, _UNFILLED_REMAINDER)
        slot = following
    return count


@called
def open_book(arrays: Arrays, count: int, command: int, book: int) -> int:
    """Uncross a book and open it, or prolong its auction where the price would lie outside its range."""
    books = arrays.books
    index, volume_lots, _surplus_lots = auction_price(arrays, book)
    price_ticks = 0
    if volume_lots == 0:
        index = -1
    else:
        price_ticks = books[book, BOOK_BASE_TICKS] + index
        interrupted = (
            books[book, BOOK_MOVE] != 0
            and books[book, BOOK_EXTENSIONS] < books[book, BOOK_MAX_EXTENSIONS]
            and (index < books[book, BOOK_RANGE_LOW] or index > books[book, BOOK_RANGE_HIGH])
        )
        if interrupted:
            if books[book, BOOK_STATE] != _PRE_OPEN:
                forget_indicative(arrays, book)
                forget_tops(arrays, book)
            books[book, BOOK_EXTENSIONS] += 1
            books[book, BOOK_REOPEN_NS] = arrays.pool[POOL_NOW_NS] + books[book, BOOK_PAUSE_NS]
            return write_state(arrays, count, command, book, _PRE_OPEN, price_ticks)
    first = count
    if volume_lots > 0:
        clear_window(arrays, book)
        count = trade_at(arrays, count, command, book, index, volume_lots)
    elif books[book, BOOK_LAST_TICKS] != NO_PRICE and books[book, BOOK_MARK_TICKS] != NO_PRICE:
        set_reference(arrays, book, books[book, BOOK_MARK_TICKS])
    for side in range(2):
        count = clear_market(arrays, count, command, book, side, index)
    forget_tops(arrays, book)
    begin_batch(arrays, book)
    books[book, BOOK_REOPEN_NS] = 0
    count = write_state(arrays, count, command, book, _OPEN, price_ticks)
    if volume_lots > 0:
        count = follow_trades(arrays, first, count, command, book)
    if arrays.pool[POOL_BREACHED] != 0:
        count = trip_protections(arrays, count, command)
    wake_reached(arrays, book, _MARK)
    wake_reached(arrays, book, _INDEX)
    return count


@called
def indicate(arrays: Arrays, count: int, command: int, book: int) -> int:
    """Report the price, volume and surplus of an auction held now, if they are new."""
    books = arrays.books
    index, volume_lots, surplus_lots = auction_price(arrays, book)
    price_ticks = 0
    if volume_lots > 0:
        price_ticks = books[book, BOOK_BASE_TICKS] + index
    else:
        surplus_lots = 0
    if (
        price_ticks == books[book, BOOK_INDICATED_TICKS]
        and volume_lots == books[book, BOOK_INDICATED_LOTS]
        and surplus_lots == books[book, BOOK_INDICATED_SURPLUS_LOTS]
    ):
        return count
    books[book, BOOK_INDICATED_TICKS] = price_ticks
    books[book, BOOK_INDICATED_LOTS] = volume_lots
    books[book, BOOK_INDICATED_SURPLUS_LOTS] = surplus_lots
    return write_event(
        arrays, count, command, _INDICATED, 0, book, price_ticks, volume_lots, surplus_lots, 0
    )
