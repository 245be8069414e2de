"""When cycles must be looked at though no order came: a linked book's state, band or range has changed."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import inlined
from matching.layout import BOOK_LINKED, POOL_STIRRED

STIRRED_BOOKS = 1
"""Bit of POOL_STIRRED: a cycle may have become executable without a new order."""
STIRRED_QUEUES = 2
"""A cycle has traded, so that orders may wait for their turn in other books than the command's."""
STIRRED_BARRED = 4
"""A range or a band alone bars a complete cycle, which any later command may end; it stays until then."""


@inlined
def stir(arrays: Arrays, book: int) -> None:
    """Let the command end with a look at all cycles, if a book is part of one."""
    if arrays.books[book, BOOK_LINKED] != 0:
        arrays.pool[POOL_STIRRED] |= STIRRED_BOOKS
