"""What the book knows of an owner: its self-trade group, and what it holds in each book."""

from __future__ import annotations

from matching.arrays import Arrays
from matching.compiled import inlined
from matching.layout import (
    OWNER_BOOK_COLUMNS,
    OWNER_GROUP,
    OWNER_HOLDING_LOTS,
    OWNER_REDUCER,
)


@inlined
def is_known(arrays: Arrays, owner: int) -> bool:
    """Say whether an owner has a row in the owner table."""
    return bool(owner >= 0 and owner < arrays.owners.shape[0])


@inlined
def group_of(arrays: Arrays, owner: int) -> int:
    """Return the self-trade group of an owner: its own number where it was given none."""
    group = owner
    if is_known(arrays, owner):
        group = arrays.owners[owner, OWNER_GROUP]
    return group


@inlined
def holding_column(book: int) -> int:
    """Return the owner table's column of the holding in a book."""
    return OWNER_HOLDING_LOTS + OWNER_BOOK_COLUMNS * book


@inlined
def reducer_column(book: int) -> int:
    """Return the owner table's column of the newest resting reduce-only order in a book."""
    return OWNER_REDUCER + OWNER_BOOK_COLUMNS * book


@inlined
def hold(arrays: Arrays, owner: int, book: int, side: int, lots: int) -> None:
    """Book what an owner bought (side 0) or sold."""
    if is_known(arrays, owner):
        arrays.owners[owner, holding_column(book)] += lots * (1 - 2 * side)


@inlined
def allowed_lots(arrays: Arrays, owner: int, book: int, side: int) -> int:
    """Return the largest reduce-only order that the holding of a known owner allows on a side."""
    held_lots: int = arrays.owners[owner, holding_column(book)]
    return max(0, held_lots * (2 * side - 1))
