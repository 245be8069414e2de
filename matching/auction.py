"""The price of an auction: the one at which the most trades and the least is left over.

The rule is that of Xetra's call auction (Market Model Equities, price determination), with one choice
of ours: every tick is a candidate, not only those that orders name. Over the candidates from low to
high, what can be bought falls and what can be sold rises. So the volume rises and then falls, the
surplus only falls, and the best candidates lie side by side.
"""

from __future__ import annotations

from matching.arrays import Arrays
from matching.bitmap import next_above, next_below
from matching.compiled import called, inlined
from matching.layout import (
    BOOK_BAND_HIGH,
    BOOK_BAND_LOW,
    BOOK_BASE_TICKS,
    BOOK_BEST_ASK,
    BOOK_BEST_BID,
    BOOK_BITMAP_START,
    BOOK_ICEBERGS,
    BOOK_LAST_TICKS,
    BOOK_LEVELS,
    BOOK_MARK_TICKS,
    DETAIL_RESERVE_LOTS,
    INSTRUCTION_SHIFT,
    LEVEL_HEAD,
    LEVEL_ORDERS,
    LEVEL_QTY_LOTS,
    MARK_ICEBERG,
    NO_PRICE,
    NO_SLOT,
    ORDER_NEXT,
    ORDER_TERMS,
    Instruction,
)
from matching.queue import head, ladder_start

_MARKET_BIT = int(Instruction.MARKET) << INSTRUCTION_SHIFT


@called
def level_total(arrays: Arrays, book: int, level: int) -> int:
    """Return the lots of a level row of this book, with what its icebergs hold in reserve.

    One read in a book without icebergs, else a walk over the level's orders.
    """
    orders, details = arrays.orders, arrays.details
    lots: int = arrays.levels[level, LEVEL_QTY_LOTS]
    if arrays.books[book, BOOK_ICEBERGS] > 0 and arrays.levels[level, LEVEL_ORDERS] > 0:
        slot = arrays.levels[level, LEVEL_HEAD]
        while slot != NO_SLOT:
            if orders[slot, ORDER_TERMS] & MARK_ICEBERG != 0:
                lots += details[slot, DETAIL_RESERVE_LOTS]
            slot = orders[slot, ORDER_NEXT]
    return lots


@called
def has_limit_order(arrays: Arrays, level: int) -> bool:
    """Say whether an order that is not a market order rests on a level row."""
    orders = arrays.orders
    slot = head(arrays, level)
    while slot != NO_SLOT and orders[slot, ORDER_TERMS] & _MARKET_BIT != 0:
        slot = orders[slot, ORDER_NEXT]
    return bool(slot != NO_SLOT)


@called
def limit_span(arrays: Arrays, book: int, side: int) -> tuple[int, int]:
    """Return the lowest and highest ladder index of a side's limit orders: (LEVELS, -1) without any.

    Market orders rest at the far end of their side, the buyers' highest price and the sellers' lowest.
    """
    books, levels, bitmap = arrays.books, arrays.levels, arrays.bitmap
    count: int = books[book, BOOK_LEVELS]
    top = count - 1
    first = ladder_start(arrays, book, side)
    start = books[book, BOOK_BITMAP_START + side]
    low, high = 0, top
    if levels[first, LEVEL_ORDERS] == 0 or (side == 1 and not has_limit_order(arrays, first)):
        low = next_above(bitmap, start, count, low)
    if levels[first + top, LEVEL_ORDERS] == 0 or (
        side == 0 and not has_limit_order(arrays, first + top)
    ):
        high = next_below(bitmap, start, count, high)
    # Where there are market orders alone, each search ends at them or beyond.
    if low > high:
        low, high = count, -1
    return low, high


@inlined
def reference_index(arrays: Arrays, book: int) -> int:
    """Return the ladder index of the last price, else of the mark, or NO_PRICE.

    It may lie far outside the ladder.
    """
    ticks: int = arrays.books[book, BOOK_LAST_TICKS]
    if ticks == NO_PRICE:
        ticks = arrays.books[book, BOOK_MARK_TICKS]
    if ticks != NO_PRICE:
        ticks -= arrays.books[book, BOOK_BASE_TICKS]
    return ticks


@called
def candidates(arrays: Arrays, book: int) -> tuple[int, int]:
    """Return the lowest and highest ladder index that may become the price; low > high where none may."""
    books = arrays.books
    top = books[book, BOOK_LEVELS] - 1
    low: int = books[book, BOOK_BAND_LOW]
    high: int = books[book, BOOK_BAND_HIGH]
    low_bid, high_bid = limit_span(arrays, book, 0)
    low_ask, high_ask = limit_span(arrays, book, 1)
    if high_bid >= 0 or high_ask >= 0:
        low = max(low, min(low_bid, low_ask))
        high = min(high, max(high_bid, high_ask))
    elif low == 0 and high == top:
        reference = reference_index(arrays, book)
        if reference < 0 or reference > top:
            high = low - 1
        else:
            low, high = reference, reference
    return low, high


@inlined
def settle_tie(
    arrays: Arrays, book: int, low: int, high: int, low_surplus_lots: int, surplus_lots: int
) -> int:
    """Return the price among equally good candidates, given the surplus at the lowest and the highest."""
    reference = reference_index(arrays, book)
    index = low + (high - low + 1) // 2
    if surplus_lots > 0:
        index = high
    elif low_surplus_lots < 0:
        index = low
    elif reference != NO_PRICE:
        index = min(max(reference, low), high)
    return index


@inlined
def bought_from(arrays: Arrays, book: int, low: int) -> tuple[int, int]:
    """Return the lots of all bids at ``low`` or above it, and the lowest ladder index of these bids.

    The best bid is one of them.
    """
    books = arrays.books
    first = ladder_start(arrays, book, 0)
    index: int = books[book, BOOK_BEST_BID]
    lots, lowest = 0, index
    while index >= low:
        lots += level_total(arrays, book, first + index)
        lowest = index
        index = next_below(
            arrays.bitmap, books[book, BOOK_BITMAP_START], books[book, BOOK_LEVELS], index
        )
    return lots, lowest


@inlined
def sold_up_to(arrays: Arrays, book: int, low: int) -> tuple[int, int]:
    """Return the lots of all asks at ``low`` or below it, and the next ladder index of an ask above."""
    books = arrays.books
    first = ladder_start(arrays, book, 1)
    bits = books[book, BOOK_BITMAP_START + 1]
    index: int = books[book, BOOK_BEST_ASK]
    lots = 0
    while index <= low:
        lots += level_total(arrays, book, first + index)
        index = next_above(arrays.bitmap, bits, books[book, BOOK_LEVELS], index)
    return lots, index


@called
def best_between(arrays: Arrays, book: int, low: int, high: int) -> tuple[int, int, int]:
    """Return ladder index, volume and surplus of the best candidate; something trades at each of them."""
    books, bitmap = arrays.books, arrays.bitmap
    count = books[book, BOOK_LEVELS]
    bids, asks = ladder_start(arrays, book, 0), ladder_start(arrays, book, 1)
    bid_bits = books[book, BOOK_BITMAP_START]
    ask_bits = books[book, BOOK_BITMAP_START + 1]
    buy_lots, bid = bought_from(arrays, book, low)
    sell_lots, ask = sold_up_to(arrays, book, low)

    # From `index` to `end` both sums stay the same. The best such step is kept, and the end of the next
    # one where it leaves as many sellers as the best one buyers: no third can be as good.
    volume_lots, best, best_end, best_surplus_lots = 0, low, low, 0
    last_end, last_surplus_lots = low, 0
    index = low
    while index <= high:
        end = min(high, bid, ask - 1)
        surplus_lots = buy_lots - sell_lots
        lots = min(buy_lots, sell_lots)
        gain_lots = abs(best_surplus_lots) - abs(surplus_lots)
        if lots > volume_lots or (lots == volume_lots and gain_lots > 0):
            volume_lots, best, best_end, best_surplus_lots = lots, index, end, surplus_lots
        if lots == volume_lots and abs(surplus_lots) == abs(best_surplus_lots):
            last_end, last_surplus_lots = end, surplus_lots
        index = end + 1
        if bid == end:
            buy_lots -= level_total(arrays, book, bids + bid)
            bid = next_above(bitmap, bid_bits, count, bid)
        if ask == index and ask <= high:
            sell_lots += level_total(arrays, book, asks + ask)
            ask = next_above(bitmap, ask_bits, count, ask)

    index = settle_tie(arrays, book, best, last_end, best_surplus_lots, last_surplus_lots)
    if index > best_end:
        best_surplus_lots = last_surplus_lots
    return index, volume_lots, best_surplus_lots


@called
def auction_price(arrays: Arrays, book: int) -> tuple[int, int, int]:
    """Return the ladder index, volume and surplus in lots of an auction held now, (-1, 0, 0) without volume.

    The surplus is what cannot trade at that price: positive where buyers are left, negative where
    sellers are. At most two reads of each occupied level from the best ask up to the best bid, where
    alone something can trade; in books with icebergs as many walks over their orders; and where market
    orders rest, a look at these. A book that is not crossed costs one comparison.
    """
    best_bid, best_ask = arrays.books[book, BOOK_BEST_BID], arrays.books[book, BOOK_BEST_ASK]
    if best_bid < best_ask:
        return -1, 0, 0
    low, high = candidates(arrays, book)
    low, high = max(low, best_ask), min(high, best_bid)
    if low > high:
        return -1, 0, 0
    return best_between(arrays, book, low, high)
