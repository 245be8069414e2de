"""Which resting orders are reduce-only: for each owner and book a list, the newest first."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import called
from matching.layout import (
    BOOK_REDUCERS,
    DETAIL_REDUCER_NEXT,
    DETAIL_REDUCER_PREVIOUS,
    NO_SLOT,
    ORDER_OWNER,
)
from matching.owners import reducer_column


@called
def link_reducer(arrays: Arrays, book: int, slot: int) -> None:
    """Note that a reduce-only order rests: it is its owner's newest."""
    details = arrays.details
    owner = arrays.orders[slot, ORDER_OWNER]
    former = arrays.owners[owner, reducer_column(book)]
    details[slot, DETAIL_REDUCER_NEXT] = former
    details[slot, DETAIL_REDUCER_PREVIOUS] = NO_SLOT
    if former != NO_SLOT:
        details[former, DETAIL_REDUCER_PREVIOUS] = slot
    arrays.owners[owner, reducer_column(book)] = slot
    arrays.books[book, BOOK_REDUCERS] += 1


@called
def unlink_reducer(arrays: Arrays, book: int, slot: int) -> None:
    """Note that a reduce-only order rests no more."""
    details = arrays.details
    owner = arrays.orders[slot, ORDER_OWNER]
    former = details[slot, DETAIL_REDUCER_PREVIOUS]
    following = details[slot, DETAIL_REDUCER_NEXT]
    if former == NO_SLOT:
        arrays.owners[owner, reducer_column(book)] = following
    else:
        details[former, DETAIL_REDUCER_NEXT] = following
    if following != NO_SLOT:
        details[following, DETAIL_REDUCER_PREVIOUS] = former
    arrays.books[book, BOOK_REDUCERS] -= 1
