"""LevelWatch: which price levels the events of a batch changed, kept beside the books by compiled code.

What a market that is told each level keeps in dictionaries (`marketdata.changes`), for one that nobody
listens to while a log is applied: only its outcome is wanted, not the way there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from exchange.core.commands import Rows
from exchange.core.layout import (
    EVENT_COLUMNS,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_ORDER_ID,
    EVENT_PRICE_TICKS,
    EVENT_RESTING_ORDER_ID,
    EVENT_SIDE,
    EVENT_TAG,
    EventKind,
)
from matching.book import OrderBooks
from matching.compiled import KernelCompiler, inlined
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_BEST_ASK,
    BOOK_BEST_BID,
    BOOK_LEVEL_START,
    BOOK_LEVELS,
    LEVEL_QTY_LOTS,
)
from matching.memory import grown

Array = Any

_ACCEPTED = int(EventKind.ACCEPTED)
_EXECUTED = int(EventKind.EXECUTED)
_CANCELLED = int(EventKind.CANCELLED)
_AMENDED = int(EventKind.AMENDED)
_REDUCED = int(EventKind.REDUCED)
_REFILLED = int(EventKind.REFILLED)
_PARKED = int(EventKind.PARKED)
_UNCROSSED = int(EventKind.UNCROSSED)
_ACTIVATED = int(EventKind.ACTIVATED)
_IMPLIED = int(EventKind.IMPLIED)
_IMPLIED_LEG = int(EventKind.IMPLIED_LEG)

CHANGED = 1
"""The size at some price is not what it was before the batch."""
QUOTED = 2
"""The best price of a side, or its size, is not what it was."""

# Ladder row: a level's size after the last batch, and one more than it was before the window changed it,
# 0 where it did not: memory that is not touched is not taken.
LADDER_LOTS = 0
LADDER_FORMER = 1
LADDER_COLUMNS = 2

# Noted row: a level that the window has changed, in the order in which they were.
NOTED_LADDER = 0
NOTED_BOOK = 1
NOTED_SIDE = 2
NOTED_PRICE_TICKS = 3
NOTED_COLUMNS = 4

# Mark row of a book: where it stands in the answer of which turn, and its best levels.
MARK_TURN = 0
MARK_PLACE = 1
MARK_BEST = 2  # index and lots of the bid, then of the ask
MARK_COLUMNS = 6

COUNT_NOTED = 0
COUNT_TOLD = 1
COUNT_TURN = 2
COUNTS = 3

compiler = KernelCompiler("exchange.level_watch")


@inlined
def touch(marks: Array, told: Array, counts: Array, book: int) -> int:
    """Have a book in this turn's answer; return where."""
    if marks[book, MARK_TURN] != counts[COUNT_TURN]:
        place = counts[COUNT_TOLD]
        marks[book, MARK_TURN] = counts[COUNT_TURN]
        marks[book, MARK_PLACE] = place
        told[place, 0] = book
        told[place, 1] = 0
        counts[COUNT_TOLD] = place + 1
    return int(marks[book, MARK_PLACE])


@inlined
def look(
    books: Array,
    levels: Array,
    ladder: Array,
    noted: Array,
    told: Array,
    counts: Array,
    place: int,
    book: int,
    side: int,
    index: int,
) -> None:
    """Note a level by its index where its size is another than after the batch before."""
    if 0 <= index < books[book, BOOK_LEVELS]:
        row = books[book, BOOK_LEVEL_START] + side * books[book, BOOK_LEVELS] + index
        lots = levels[row, LEVEL_QTY_LOTS]
        former_lots = ladder[row, LADDER_LOTS]
        if lots != former_lots:
            if ladder[row, LADDER_FORMER] == 0:
                ladder[row, LADDER_FORMER] = former_lots + 1
                end = counts[COUNT_NOTED]
                noted[end, NOTED_LADDER] = row
                noted[end, NOTED_BOOK] = book
                noted[end, NOTED_SIDE] = side
                noted[end, NOTED_PRICE_TICKS] = index + books[book, BOOK_BASE_TICKS]
                counts[COUNT_NOTED] = end + 1
            ladder[row, LADDER_LOTS] = lots
            told[place, 1] |= CHANGED


@compiler.kernel
def follow(
    events: Array,
    books: Array,
    levels: Array,
    ladder: Array,
    noted: Array,
    marks: Array,
    told: Array,
    counts: Array,
) -> int:
    """Write a row (book, CHANGED | QUOTED) for each book in which a batch's events touch a level."""
    counts[COUNT_TOLD] = 0
    counts[COUNT_TURN] += 1
    aggressor_id = -1
    for row in range(events.shape[0]):
        kind = events[row, EVENT_KIND]
        side = events[row, EVENT_SIDE]
        whole = kind in (_UNCROSSED, _ACTIVATED)
        if kind == _IMPLIED:
            aggressor_id = events[row, EVENT_RESTING_ORDER_ID]
        if kind in (_IMPLIED, _IMPLIED_LEG):
            # Of an auction's only the price is told at which they trade, not where the orders stood.
            whole = aggressor_id == 0
            if events[row, EVENT_ORDER_ID] == aggressor_id:
                continue
        elif kind == _EXECUTED:
            side = 1 - side
        elif not whole and kind not in (
            _ACCEPTED,
            _CANCELLED,
            _REDUCED,
            _REFILLED,
            _PARKED,
            _AMENDED,
        ):
            continue
        book = events[row, EVENT_INSTRUMENT]
        place = touch(marks, told, counts, book)
        if whole:
            for each in range(2 * books[book, BOOK_LEVELS]):
                at_side = each // books[book, BOOK_LEVELS]
                index = each - at_side * books[book, BOOK_LEVELS]
                look(books, levels, ladder, noted, told, counts, place, book, at_side, index)
            continue
        base_ticks = books[book, BOOK_BASE_TICKS]
        index = events[row, EVENT_PRICE_TICKS] - base_ticks
        look(books, levels, ladder, noted, told, counts, place, book, side, index)
        if kind == _AMENDED:
            index = events[row, EVENT_TAG] - base_ticks
            look(books, levels, ladder, noted, told, counts, place, book, side, index)
    for place in range(counts[COUNT_TOLD]):
        book = told[place, 0]
        for side in range(2):
            index = books[book, BOOK_BEST_ASK if side else BOOK_BEST_BID]
            lots = 0
            if 0 <= index < books[book, BOOK_LEVELS]:
                start = books[book, BOOK_LEVEL_START] + side * books[book, BOOK_LEVELS]
                lots = levels[start + index, LEVEL_QTY_LOTS]
            column = MARK_BEST + 2 * side
            if lots != marks[book, column + 1] or (lots != 0 and index != marks[book, column]):
                told[place, 1] |= QUOTED
            marks[book, column] = index
            marks[book, column + 1] = lots
    return int(counts[COUNT_TOLD])


@compiler.kernel
def end_window(ladder: Array, noted: Array, marks: Array, told: Array, counts: Array) -> int:
    """Write a row for each book of which the window changed a level for good, and note none any more."""
    counts[COUNT_TOLD] = 0
    counts[COUNT_TURN] += 1
    for each in range(counts[COUNT_NOTED]):
        row = noted[each, NOTED_LADDER]
        if ladder[row, LADDER_LOTS] + 1 != ladder[row, LADDER_FORMER]:
            touch(marks, told, counts, noted[each, NOTED_BOOK])
        ladder[row, LADDER_FORMER] = 0
    counts[COUNT_NOTED] = 0
    return int(counts[COUNT_TOLD])


class Former(NamedTuple):
    """The size that a level had when the window began."""

    book: int
    side: int
    price_ticks: int
    lots: int


class LevelWatch:
    """Follows the levels of all books from where they stand."""

    def __init__(self, books: OrderBooks) -> None:
        self._books = books
        self._counts = np.zeros(COUNTS, np.int64)
        self._ladder: Rows = np.zeros((0, LADDER_COLUMNS), np.int64)
        self._noted: Rows = np.zeros((0, NOTED_COLUMNS), np.int64)
        self._marks: Rows = np.zeros((0, MARK_COLUMNS), np.int64)
        self._told: Rows = np.zeros((0, 2), np.int64)
        self._make_room()
        lots = books.levels[:, LEVEL_QTY_LOTS]
        held = np.flatnonzero(lots)
        self._ladder[held, LADDER_LOTS] = lots[held]
        # As if something had happened in every book: what is best now is no news later.
        everything = np.zeros((len(books.rows), EVENT_COLUMNS), np.int64)
        everything[:, EVENT_KIND] = _ACTIVATED
        everything[:, EVENT_INSTRUMENT] = np.arange(len(books.rows))
        self.follow(everything)

    def _make_room(self) -> None:
        books, levels = len(self._books.rows), len(self._books.levels)
        if len(self._ladder) < levels:
            self._ladder = grown(self._ladder, levels, LADDER_COLUMNS)
            self._noted = grown(self._noted, levels, NOTED_COLUMNS)
        if len(self._marks) < books:
            self._marks = grown(self._marks, 2 * books, MARK_COLUMNS)
            self._told = grown(self._told, 2 * books, 2)

    def follow(self, events: Rows) -> dict[int, int]:
        """Take the events of the batch that the books have just applied; return CHANGED | QUOTED by book.

        events: int64[n, EVENT_COLUMNS]. The books are those of which an event touches a level.
        """
        self._make_room()
        books = self._books
        told = follow(
            events,
            books.rows,
            books.levels,
            self._ladder,
            self._noted,
            self._marks,
            self._told,
            self._counts,
        )
        return dict(self._told[:told].tolist())

    def end_window(self) -> frozenset[int]:
        """Begin a new window; return the books of which the former one changed a level for good."""
        told = end_window(self._ladder, self._noted, self._marks, self._told, self._counts)
        return frozenset(self._told[:told, 0].tolist())

    def note(self, former: Former) -> None:
        """Know of a level that a window has changed before this watch began."""
        books = self._books.rows
        index = former.price_ticks - int(books[former.book, BOOK_BASE_TICKS])
        row = int(books[former.book, BOOK_LEVEL_START]) + index
        row += former.side * int(books[former.book, BOOK_LEVELS])
        self._ladder[row, LADDER_FORMER] = former.lots + 1
        end = int(self._counts[COUNT_NOTED])
        self._noted[end] = row, former.book, former.side, former.price_ticks
        self._counts[COUNT_NOTED] = end + 1

    def formers(self) -> list[Former]:
        """Return the levels that the open window has changed, with what they were before."""
        noted = self._noted[: int(self._counts[COUNT_NOTED])]
        lots = self._ladder[noted[:, NOTED_LADDER], LADDER_FORMER] - 1
        where = noted[:, NOTED_BOOK:].tolist()
        return [
            Former(book, side, price_ticks, former_lots)
            for (book, side, price_ticks), former_lots in zip(where, lots.tolist(), strict=True)
        ]
