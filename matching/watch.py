"""The breaker's rolling window, the range that it leaves to executions, and when to look at a price again.

The window keeps the lowest and highest price of each of its buckets. As long as LAST stays inside the
book's WATCH it reaches no trigger.
"""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_BUCKET,
    BOOK_BUCKET_HIGH_TICKS,
    BOOK_BUCKET_LOW_TICKS,
    BOOK_FALLS_ROOT,
    BOOK_LAST_TICKS,
    BOOK_LEVELS,
    BOOK_MOVE,
    BOOK_RANGE_HIGH,
    BOOK_RANGE_LOW,
    BOOK_REFERENCE_TICKS,
    BOOK_RISES_ROOT,
    BOOK_TRAILING_HEAD,
    BOOK_WATCH_HIGH_TICKS,
    BOOK_WATCH_LOW_TICKS,
    BOOK_WINDOW_NS,
    DETAIL_TRIGGER_KEY,
    NO_PRICE,
    NO_SLOT,
    POOL_NOW_NS,
    WINDOW_BUCKETS,
)
from matching.stirring import stir

_FAR = -NO_PRICE
_PPM = 10**6


@called
def narrow_watch(arrays: Arrays, book: int) -> None:
    """Set WATCH to the prices of LAST that reach no trigger."""
    books, details = arrays.books, arrays.details
    low = -_FAR
    high = _FAR
    slot = books[book, BOOK_RISES_ROOT]
    if slot != NO_SLOT:
        high = min(high, details[slot, DETAIL_TRIGGER_KEY] - 1)
    slot = books[book, BOOK_FALLS_ROOT]
    if slot != NO_SLOT:
        low = max(low, 1 - details[slot, DETAIL_TRIGGER_KEY])
    if books[book, BOOK_TRAILING_HEAD] != NO_SLOT:
        low, high = _FAR, -_FAR
    books[book, BOOK_WATCH_LOW_TICKS] = low
    books[book, BOOK_WATCH_HIGH_TICKS] = high


@called
def set_range(arrays: Arrays, book: int) -> None:
    """Set the range that executions may reach from the window's extremes."""
    books = arrays.books
    former_low, former_high = books[book, BOOK_RANGE_LOW], books[book, BOOK_RANGE_HIGH]
    top = books[book, BOOK_LEVELS] - 1
    low = _FAR
    high = -_FAR
    for bucket in range(WINDOW_BUCKETS):
        if books[book, BOOK_BUCKET_LOW_TICKS + bucket] != NO_PRICE:
            low = min(low, books[book, BOOK_BUCKET_LOW_TICKS + bucket])
            high = max(high, books[book, BOOK_BUCKET_HIGH_TICKS + bucket])
    if low > high:
        low = high = books[book, BOOK_REFERENCE_TICKS]
        if low == NO_PRICE:
            low = high = books[book, BOOK_LAST_TICKS]
    move = books[book, BOOK_MOVE]
    if move == 0 or low == NO_PRICE:
        books[book, BOOK_RANGE_LOW] = 0
        books[book, BOOK_RANGE_HIGH] = top
    else:
        base_ticks = books[book, BOOK_BASE_TICKS]
        fall = rise = -move
        if move > 0:
            fall = abs(high) * move // _PPM
            rise = abs(low) * move // _PPM
        floor = high - fall - base_ticks
        ceiling = low + rise - base_ticks
        books[book, BOOK_RANGE_LOW] = min(max(floor, 0), top)
        books[book, BOOK_RANGE_HIGH] = min(max(ceiling, 0), top)
    if books[book, BOOK_RANGE_LOW] < former_low or books[book, BOOK_RANGE_HIGH] > former_high:
        stir(arrays, book)


@called
def clear_window(arrays: Arrays, book: int) -> None:
    """Begin an empty window now."""
    books = arrays.books
    for bucket in range(WINDOW_BUCKETS):
        books[book, BOOK_BUCKET_LOW_TICKS + bucket] = NO_PRICE
        books[book, BOOK_BUCKET_HIGH_TICKS + bucket] = NO_PRICE
    width_ns = max(1, books[book, BOOK_WINDOW_NS] // WINDOW_BUCKETS)
    books[book, BOOK_BUCKET] = arrays.pool[POOL_NOW_NS] // width_ns
    set_range(arrays, book)


@called
def set_reference(arrays: Arrays, book: int, ticks: int) -> None:
    """Begin an empty window around a price, cut to the domain, until the next trade; none without a breaker."""
    books = arrays.books
    if books[book, BOOK_MOVE] != 0:
        base_ticks = books[book, BOOK_BASE_TICKS]
        top_ticks = base_ticks + books[book, BOOK_LEVELS] - 1
        books[book, BOOK_REFERENCE_TICKS] = min(max(ticks, base_ticks), top_ticks)
        clear_window(arrays, book)


@called
def move_window(arrays: Arrays, book: int) -> None:
    """Drop the buckets that are older than the window now."""
    books = arrays.books
    if books[book, BOOK_MOVE] == 0:
        return
    former = books[book, BOOK_BUCKET]
    present = arrays.pool[POOL_NOW_NS] // (books[book, BOOK_WINDOW_NS] // WINDOW_BUCKETS)
    if present == former:
        return
    for passed in range(min(present - former, WINDOW_BUCKETS)):
        bucket = (present - passed) % WINDOW_BUCKETS
        books[book, BOOK_BUCKET_LOW_TICKS + bucket] = NO_PRICE
        books[book, BOOK_BUCKET_HIGH_TICKS + bucket] = NO_PRICE
    books[book, BOOK_BUCKET] = present
    set_range(arrays, book)


@called
def note_prices(arrays: Arrays, book: int, low_ticks: int, high_ticks: int) -> None:
    """Take the lowest and the highest price of new executions into the window."""
    books = arrays.books
    bucket = books[book, BOOK_BUCKET] % WINDOW_BUCKETS
    low = BOOK_BUCKET_LOW_TICKS + bucket
    high = BOOK_BUCKET_HIGH_TICKS + bucket
    if books[book, low] == NO_PRICE:
        books[book, low] = low_ticks
        books[book, high] = high_ticks
        # A reference comes with an empty window, so the first trade after it passes here.
        books[book, BOOK_REFERENCE_TICKS] = NO_PRICE
    elif low_ticks >= books[book, low] and high_ticks <= books[book, high]:
        return
    else:
        books[book, low] = min(books[book, low], low_ticks)
        books[book, high] = max(books[book, high], high_ticks)
    set_range(arrays, book)
