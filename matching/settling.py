"""The end of a command that stirred linked books: complete cycles trade, and woken orders take their turn."""

from __future__ import annotations

from matching.activation import run_queue
from matching.arrays import Arrays
from matching.compiled import called, inlined
from matching.layout import (
    BOOK_LINKED,
    BOOK_QUEUED,
    BOOK_STATE,
    POOL_STIRRED,
    State,
)
from matching.stirring import STIRRED_BARRED, STIRRED_BOOKS, STIRRED_QUEUES
from matching.sweeping import sweep

_OPEN = int(State.OPEN)


@inlined
def is_due_elsewhere(arrays: Arrays, book: int) -> bool:
    """Say whether a linked book has orders whose turn has come."""
    books = arrays.books
    return bool(
        books[book, BOOK_LINKED] != 0
        and books[book, BOOK_QUEUED] > 0
        and books[book, BOOK_STATE] == _OPEN
    )


@inlined
def begins_sweep(arrays: Arrays) -> bool:
    """Say whether cycles must be looked at, and take the question as answered.

    That orders traded alone is no reason: what a trade takes away completes no cycle.
    """
    asked = arrays.pool[POOL_STIRRED] & (STIRRED_BOOKS | STIRRED_BARRED)
    arrays.pool[POOL_STIRRED] &= ~STIRRED_BOOKS
    return bool(asked != 0)


@called
def settle(arrays: Arrays, count: int, command: int) -> int:
    """Trade what is executable, then run the linked books' queues if a cycle traded, until nothing stirs."""
    pool = arrays.pool
    going = True
    while going:
        if begins_sweep(arrays):
            count = sweep(arrays, count, command)
        traded = pool[POOL_STIRRED] & STIRRED_QUEUES
        pool[POOL_STIRRED] &= STIRRED_BARRED
        if traded != 0:
            for book in range(arrays.books.shape[0]):
                if is_due_elsewhere(arrays, book):
                    count = run_queue(arrays, count, command, book)
        going = pool[POOL_STIRRED] & ~STIRRED_BARRED != 0
    return count
