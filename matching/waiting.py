"""Orders that wait beside the book, in the order in which they came to wait, and the queue of those due."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called
from matching.layout import (
    BOOK_QUEUE_HEAD,
    BOOK_QUEUE_TAIL,
    BOOK_QUEUED,
    BOOK_WAITING_HEAD,
    BOOK_WAITING_TAIL,
    DETAIL_TRIGGER_NEXT,
    DETAIL_TRIGGER_PREVIOUS,
    LEVEL_QUEUED,
    NO_SLOT,
    ORDER_LEVEL,
    ORDER_NEXT,
    ORDER_PREVIOUS,
)


@called
def append_waiting(arrays: Arrays, book: int, slot: int, level: int) -> None:
    """Put an order at the end of the book's waiting orders, with the LEVEL code that says why."""
    books, orders = arrays.books, arrays.orders
    tail = books[book, BOOK_WAITING_TAIL]
    orders[slot, ORDER_LEVEL] = level
    orders[slot, ORDER_PREVIOUS] = tail
    orders[slot, ORDER_NEXT] = NO_SLOT
    if tail == NO_SLOT:
        books[book, BOOK_WAITING_HEAD] = slot
    else:
        orders[tail, ORDER_NEXT] = slot
    books[book, BOOK_WAITING_TAIL] = slot


@called
def remove_waiting(arrays: Arrays, book: int, slot: int) -> None:
    """Take an order out of the book's waiting orders."""
    books, orders = arrays.books, arrays.orders
    former = orders[slot, ORDER_PREVIOUS]
    following = orders[slot, ORDER_NEXT]
    if former == NO_SLOT:
        books[book, BOOK_WAITING_HEAD] = following
    else:
        orders[former, ORDER_NEXT] = following
    if following == NO_SLOT:
        books[book, BOOK_WAITING_TAIL] = former
    else:
        orders[following, ORDER_PREVIOUS] = former


@called
def push_queue(arrays: Arrays, book: int, slot: int) -> None:
    """Let a waiting order be the last to be activated."""
    books, details = arrays.books, arrays.details
    tail = books[book, BOOK_QUEUE_TAIL]
    arrays.orders[slot, ORDER_LEVEL] = LEVEL_QUEUED
    details[slot, DETAIL_TRIGGER_PREVIOUS] = tail
    details[slot, DETAIL_TRIGGER_NEXT] = NO_SLOT
    if tail == NO_SLOT:
        books[book, BOOK_QUEUE_HEAD] = slot
    else:
        details[tail, DETAIL_TRIGGER_NEXT] = slot
    books[book, BOOK_QUEUE_TAIL] = slot
    books[book, BOOK_QUEUED] += 1


@called
def remove_queued(arrays: Arrays, book: int, slot: int) -> None:
    """Take an order out of the queue of those due; it goes on waiting."""
    books, details = arrays.books, arrays.details
    former = details[slot, DETAIL_TRIGGER_PREVIOUS]
    following = details[slot, DETAIL_TRIGGER_NEXT]
    if former == NO_SLOT:
        books[book, BOOK_QUEUE_HEAD] = following
    else:
        details[former, DETAIL_TRIGGER_NEXT] = following
    if following == NO_SLOT:
        books[book, BOOK_QUEUE_TAIL] = former
    else:
        details[following, DETAIL_TRIGGER_PREVIOUS] = former
    books[book, BOOK_QUEUED] -= 1
