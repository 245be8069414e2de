"""The end of a batch: what has gathered trades at one price, and nobody is first because of time.

Price as in any auction (``auction``). Where one side has more than can trade, its marginal level is
rationed: what is left from earlier batches first, within a batch in proportion to size. That time counts
across batches but not within one is the proposal of Budish, Cramton and Shim, The High-Frequency Trading
Arms Race: Frequent Batch Auctions as a Market Design Response, Quarterly Journal of Economics 130(4),
2015, 1547-1621.
"""

from __future__ import annotations

from matching.aftermath import follow_trades
from matching.algorithm import begin_batch
from matching.allocation import cut_to_allowed, share
from matching.arrays import Arrays
from matching.auction import auction_price, bought_from, level_total, sold_up_to
from matching.compiled import called, inlined
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_LAST_TICKS,
    BOOK_RANGE_HIGH,
    BOOK_RANGE_LOW,
    DETAIL_ALLOTTED_LOTS,
    DETAIL_BATCH_NS,
    LEVEL_HEAD,
    NO_SLOT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_NEXT,
    ORDER_OWNER,
    ORDER_TERMS,
    POOL_BREACHED,
)
from matching.owners import allowed_lots
from matching.protection import trip_protections
from matching.queue import best_index, head, is_level, ladder_start, next_level, rank
from matching.removal import REDUCE_ONLY_BIT, open_lots
from matching.sessions import forget_indicative, pause, withdraw_fleeting
from matching.uncross import trade


@called
def batch_lots(arrays: Arrays, slot: int) -> int:
    """Return what the orders of one batch have open on a level, from the first of them in ``slot`` on."""
    details = arrays.details
    batch_ns = details[slot, DETAIL_BATCH_NS]
    lots = 0
    while slot != NO_SLOT and details[slot, DETAIL_BATCH_NS] == batch_ns:
        lots += open_lots(arrays, slot)
        slot = arrays.orders[slot, ORDER_NEXT]
    return lots


@called
def ration(arrays: Arrays, level: int, lots: int) -> None:
    """Allot fewer lots than a level has: batch by batch, the last one of them in proportion to size.

    Shares are rounded down; the lots that this leaves, fewer than the batch has orders, go one to each in
    the order of the queue to whoever still wants one.
    """
    details, orders = arrays.details, arrays.orders
    slot: int = arrays.levels[level, LEVEL_HEAD]
    whole_lots = batch_lots(arrays, slot)
    while lots >= whole_lots:
        batch_ns = details[slot, DETAIL_BATCH_NS]
        while details[slot, DETAIL_BATCH_NS] == batch_ns:
            details[slot, DETAIL_ALLOTTED_LOTS] = open_lots(arrays, slot)
            slot = orders[slot, ORDER_NEXT]
        lots -= whole_lots
        whole_lots = batch_lots(arrays, slot)
    first = slot
    batch_ns = details[first, DETAIL_BATCH_NS]
    left_lots = lots
    while slot != NO_SLOT and details[slot, DETAIL_BATCH_NS] == batch_ns:
        given_lots = share(lots, open_lots(arrays, slot), whole_lots)
        details[slot, DETAIL_ALLOTTED_LOTS] = given_lots
        left_lots -= given_lots
        slot = orders[slot, ORDER_NEXT]
    slot = first
    while left_lots > 0:
        if details[slot, DETAIL_ALLOTTED_LOTS] < open_lots(arrays, slot):
            details[slot, DETAIL_ALLOTTED_LOTS] += 1
            left_lots -= 1
        slot = orders[slot, ORDER_NEXT]


@called
def allot(arrays: Arrays, book: int, side: int, lots: int) -> None:
    """Say of each order of a side what it trades of an auction's volume: the best prices all they have."""
    start = ladder_start(arrays, book, side)
    index = best_index(arrays, book, side)
    while lots > 0:
        level = start + index
        level_lots = level_total(arrays, book, level)
        if lots < level_lots:
            ration(arrays, level, lots)
        else:
            slot = arrays.levels[level, LEVEL_HEAD]
            while slot != NO_SLOT:
                arrays.details[slot, DETAIL_ALLOTTED_LOTS] = open_lots(arrays, slot)
                slot = arrays.orders[slot, ORDER_NEXT]
        lots -= level_lots
        index = next_level(arrays, book, side, index)


@called
def forget_allotted(arrays: Arrays, book: int, side: int, limit: int) -> None:
    """Let no order at ``limit`` or better have anything allotted: its counterpart may have ended."""
    start = ladder_start(arrays, book, side)
    index = best_index(arrays, book, side)
    while is_level(arrays, book, index) and rank(side, index) >= rank(side, limit):
        slot = head(arrays, start + index)
        while slot != NO_SLOT:
            arrays.details[slot, DETAIL_ALLOTTED_LOTS] = 0
            slot = arrays.orders[slot, ORDER_NEXT]
        index = next_level(arrays, book, side, index)


@called
def next_allotted(arrays: Arrays, book: int, side: int, limit: int, slot: int) -> int:
    """Return the next order with something allotted, from ``slot`` on or from the front (NO_SLOT)."""
    orders = arrays.orders
    start = ladder_start(arrays, book, side)
    index = best_index(arrays, book, side)
    if slot != NO_SLOT:
        index = orders[slot, ORDER_LEVEL] - start
    while is_level(arrays, book, index) and rank(side, index) >= rank(side, limit):
        if slot == NO_SLOT:
            slot = head(arrays, start + index)
        while slot != NO_SLOT:
            if arrays.details[slot, DETAIL_ALLOTTED_LOTS] > 0:
                return slot
            slot = orders[slot, ORDER_NEXT]
        index = next_level(arrays, book, side, index)
    return NO_SLOT


@inlined
def still_at(arrays: Arrays, slot: int, level: int) -> int:
    """Return a slot if its order still rests on a level row, else NO_SLOT."""
    if slot == NO_SLOT or (
        arrays.orders[slot, ORDER_ID] == 0 or arrays.orders[slot, ORDER_LEVEL] != level
    ):
        return NO_SLOT
    return slot


@inlined
def is_too_large(arrays: Arrays, book: int, slot: int) -> bool:
    """Say whether a reduce-only order is larger than its owner's holding allows by now."""
    orders = arrays.orders
    terms = orders[slot, ORDER_TERMS]
    return bool(
        terms & REDUCE_ONLY_BIT != 0
        and orders[slot, ORDER_LEAVES_LOTS]
        > allowed_lots(arrays, orders[slot, ORDER_OWNER], book, terms & 1)
    )


@called
def fit(arrays: Arrays, count: int, command: int, book: int, slot: int) -> int:
    """Cut or cancel a reduce-only order that earlier trades of the batch have made too large."""
    order_id = arrays.orders[slot, ORDER_ID]
    side = arrays.orders[slot, ORDER_TERMS] & 1
    count = cut_to_allowed(arrays, count, command, book, side, slot)
    if arrays.orders[slot, ORDER_ID] == order_id:
        allotted = arrays.details[slot, DETAIL_ALLOTTED_LOTS]
        arrays.details[slot, DETAIL_ALLOTTED_LOTS] = min(
            allotted, arrays.orders[slot, ORDER_LEAVES_LOTS]
        )
    return count


@called
def trade_allotted(arrays: Arrays, count: int, command: int, book: int, index: int) -> int:
    """Trade what is allotted to buyers with what is allotted to sellers, at one price."""
    orders, details = arrays.orders, arrays.details
    price_ticks = arrays.books[book, BOOK_BASE_TICKS] + index
    arrays.books[book, BOOK_LAST_TICKS] = price_ticks
    buy = next_allotted(arrays, book, 0, index, NO_SLOT)
    sell = next_allotted(arrays, book, 1, index, NO_SLOT)
    while buy != NO_SLOT and sell != NO_SLOT:
        if is_too_large(arrays, book, buy) or is_too_large(arrays, book, sell):
            too_large = sell
            if is_too_large(arrays, book, buy):
                too_large = buy
            count = fit(arrays, count, command, book, too_large)
            buy = next_allotted(arrays, book, 0, index, NO_SLOT)
            sell = next_allotted(arrays, book, 1, index, NO_SLOT)
            continue
        lots = min(details[buy, DETAIL_ALLOTTED_LOTS], details[sell, DETAIL_ALLOTTED_LOTS])
        details[buy, DETAIL_ALLOTTED_LOTS] -= lots
        details[sell, DETAIL_ALLOTTED_LOTS] -= lots
        after_buy, after_sell = orders[buy, ORDER_NEXT], orders[sell, ORDER_NEXT]
        buy_level, sell_level = orders[buy, ORDER_LEVEL], orders[sell, ORDER_LEVEL]
        if details[buy, DETAIL_ALLOTTED_LOTS] > 0:
            after_buy = buy
        if details[sell, DETAIL_ALLOTTED_LOTS] > 0:
            after_sell = sell
        count = trade(arrays, count, command, book, buy, sell, price_ticks, lots)
        buy = next_allotted(arrays, book, 0, index, still_at(arrays, after_buy, buy_level))
        sell = next_allotted(arrays, book, 1, index, still_at(arrays, after_sell, sell_level))
    forget_allotted(arrays, book, 0, index)
    forget_allotted(arrays, book, 1, index)
    return count


@called
def clear_at(
    arrays: Arrays, count: int, command: int, book: int, index: int, volume_lots: int
) -> int:
    """Trade at one price until one side has nothing left there.

    What ends on the way, by a link or because it reduces only, leaves its counterpart to the next round.
    """
    while volume_lots > 0:
        allot(arrays, book, 0, volume_lots)
        allot(arrays, book, 1, volume_lots)
        count = trade_allotted(arrays, count, command, book, index)
        bought_lots, _lowest = bought_from(arrays, book, index)
        sold_lots, _next = sold_up_to(arrays, book, index)
        volume_lots = min(bought_lots, sold_lots)
    return count


@called
def end_batch(arrays: Arrays, count: int, command: int, book: int) -> int:
    """Clear the batch of an open book that is due, and begin the next one.

    Nothing trades outside the range: there the book pauses instead, and opens by an ordinary auction.
    """
    books = arrays.books
    begin_batch(arrays, book)
    first = count
    index, volume_lots, _surplus = auction_price(arrays, book)
    low, high = books[book, BOOK_RANGE_LOW], books[book, BOOK_RANGE_HIGH]
    while volume_lots > 0 and low <= index <= high:
        count = clear_at(arrays, count, command, book, index, volume_lots)
        # What ended on the way may have left orders that cross one another away from that price.
        index, volume_lots, _surplus = auction_price(arrays, book)
    last = count
    count = withdraw_fleeting(arrays, count, command, book)
    forget_indicative(arrays, book)
    if last > first:
        count = follow_trades(arrays, first, count, command, book)
    if volume_lots > 0:
        count = pause(arrays, count, command, book)
    if arrays.pool[POOL_BREACHED] != 0:
        count = trip_protections(arrays, count, command)
    return count
