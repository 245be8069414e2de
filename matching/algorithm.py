"""What the kernels ask of a book's rule for matching."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import inlined
from matching.layout import (
    BOOK_BATCH_END_NS,
    BOOK_BATCH_NS,
    BOOK_TOP_LOTS,
    BOOK_TOP_ORDER,
    ORDER_ID,
    POOL_NOW_NS,
)


@inlined
def gathers(arrays: Arrays, book: int) -> bool:
    """Say whether a book that is OPEN collects its orders for a batch auction."""
    return bool(arrays.books[book, BOOK_BATCH_NS] != 0)


@inlined
def forget_top(arrays: Arrays, book: int, side: int, slot: int) -> None:
    """Take the priority of the top order from an order that loses its place."""
    books = arrays.books
    if (
        books[book, BOOK_TOP_LOTS] != 0
        and books[book, BOOK_TOP_ORDER + side] == arrays.orders[slot, ORDER_ID]
    ):
        books[book, BOOK_TOP_ORDER + side] = 0


@inlined
def forget_tops(arrays: Arrays, book: int) -> None:
    """Let neither side of a book have a top order."""
    arrays.books[book, BOOK_TOP_ORDER] = 0
    arrays.books[book, BOOK_TOP_ORDER + 1] = 0


@inlined
def begin_batch(arrays: Arrays, book: int) -> None:
    """Let the batch that gathers end at the next whole interval of time."""
    books = arrays.books
    if gathers(arrays, book):
        batch_ns = books[book, BOOK_BATCH_NS]
        batches = arrays.pool[POOL_NOW_NS] // batch_ns
        books[book, BOOK_BATCH_END_NS] = (batches + 1) * batch_ns
