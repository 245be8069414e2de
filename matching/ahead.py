"""Fetching ahead: in books larger than the cache, what the next commands will touch is asked for at once.

Commands wait for memory one after the other; asked for in one go, the rows of 64 commands come side by
side. Nothing is decided here, and nothing depends on it. Figures: docs/decisions/0011-parts-of-kernels.md.
"""

from __future__ import annotations

from typing import Any

from matching.arrays import Arrays
from matching.compiled import called, inlined, prefetch
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_LEVELS,
    COMMAND_BOOK,
    COMMAND_KIND,
    COMMAND_ORDER_ID,
    COMMAND_PRICE_TICKS,
    COMMAND_TERMS,
    NO_SLOT,
    ORDER_LEVEL,
    ORDER_NEXT,
    ORDER_PREVIOUS,
    POOL_FREE_COUNT,
    POOL_HIGH_WATER,
    SLOT_MASK,
    CommandKind,
)
from matching.queue import find_slot, ladder_start

Array = Any

_SUBMIT = int(CommandKind.SUBMIT)
_CANCEL = int(CommandKind.CANCEL)
_AMEND = int(CommandKind.AMEND)
_CACHED_ORDERS = 1 << 14
"""Up to this many live orders their rows are surely in the cache of a core."""


@inlined
def is_large(arrays: Arrays) -> bool:
    """Say whether there are more live orders than a cache holds."""
    pool = arrays.pool
    return bool(pool[POOL_HIGH_WATER] - pool[POOL_FREE_COUNT] > _CACHED_ORDERS)


@inlined
def fetch_order(arrays: Arrays, slot: int) -> None:
    """Ask for the level and the neighbours of a live order."""
    orders = arrays.orders
    if orders[slot, ORDER_LEVEL] >= 0:
        prefetch(arrays.levels, orders[slot, ORDER_LEVEL])
    for neighbour in (orders[slot, ORDER_NEXT], orders[slot, ORDER_PREVIOUS]):
        if neighbour != NO_SLOT:
            prefetch(orders, neighbour)


@inlined
def fetch_level(arrays: Arrays, book: int, side: int, price_ticks: int) -> None:
    """Ask for the level of a price."""
    if 0 <= book < arrays.books.shape[0]:
        index = price_ticks - arrays.books[book, BOOK_BASE_TICKS]
        if 0 <= index < arrays.books[book, BOOK_LEVELS]:
            prefetch(arrays.levels, ladder_start(arrays, book, side) + index)


@called
def fetch_ahead(arrays: Arrays, commands: Array, first: int, last: int) -> None:
    """Ask for the rows that commands ``first`` up to ``last`` name, then for those that these name."""
    for command in range(first, last):
        kind = commands[command, COMMAND_KIND]
        if kind in (_CANCEL, _AMEND):
            prefetch(arrays.orders, commands[command, COMMAND_ORDER_ID] & SLOT_MASK)
        elif kind == _SUBMIT:
            fetch_level(
                arrays,
                commands[command, COMMAND_BOOK],
                commands[command, COMMAND_TERMS] & 1,
                commands[command, COMMAND_PRICE_TICKS],
            )
    for command in range(first, last):
        kind = commands[command, COMMAND_KIND]
        if kind in (_CANCEL, _AMEND):
            slot = find_slot(arrays, commands[command, COMMAND_ORDER_ID])
            if slot != NO_SLOT:
                fetch_order(arrays, slot)
