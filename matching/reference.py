"""The oracle: the verbs and event rows of ``OrderBooks``, written to be read rather than fast.

It shares nothing with the compiled kernel except the columns and codes of ``matching.layout``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matching import reference_controls as controls
from matching.layout import (
    AMEND_WHOLE,
    COMMAND_COLUMNS,
    COMMAND_KIND,
    CONDITION_COLUMNS,
    LEVELS_STEP,
    MAX_LEVELS,
    MAX_ORDERS,
    CommandKind,
    Prevention,
    Reason,
    TimeInForce,
    pack_terms,
)
from matching.reference_amending import amend
from matching.reference_book import ReferenceBook
from matching.reference_cycles import Cycle, links_fault
from matching.reference_floor import EventRow, Floor
from matching.reference_quotes import mass_quote
from matching.reference_requests import Row, amended_condition
from matching.reference_settling import settle
from matching.reference_time import advance
from matching.reference_verbs import cancel_all, cancel_order, reject, submit
from matching.reference_views import OrderView, ReferenceViews
from matching.rule import PRICE_TIME, MatchingRule

__all__ = ["EventRow", "OrderView", "ReferenceBooks"]


class ReferenceBooks(ReferenceViews):
    """Many order books over one pool of orders, by the rules of ``docs/matching.md``.

    Every call that changes something returns its event rows as a list of tuples; a rejected command
    changes nothing. Order ids are ``(arrival << SLOT_BITS) | slot`` where the slot freed last is given
    out first, so they equal those of ``OrderBooks`` after the same commands. ``max_orders`` bounds the
    orders alive at once; ``orders`` is only checked, because nothing is allocated ahead. ``owners`` is
    the number of rows of the owner table at the start.

    Raises ValueError for bounds outside those of the layout.
    """

    def __init__(
        self, *, orders: int = 1024, max_orders: int = MAX_ORDERS, owners: int = 0
    ) -> None:
        if not 1 <= orders <= max_orders <= MAX_ORDERS:
            raise ValueError(
                f"need 1 <= orders <= max_orders <= {MAX_ORDERS}: {orders}, {max_orders}"
            )
        super().__init__(Floor(max_orders))
        self.add_owners(owners)

    def add_book(
        self,
        levels: int = LEVELS_STEP,
        base_ticks: int = 0,
        *,
        family: int | None = None,
        weight: int = 1,
        rule: MatchingRule = PRICE_TIME,
    ) -> int:
        """Open a book for ``base_ticks <= price < base_ticks + levels`` and return its index.

        ``levels`` is a multiple of LEVELS_STEP up to MAX_LEVELS, else ValueError. Books of one
        ``family`` (None: the book's own index) share market-maker protection, to which a lot counts
        ``weight``; ``rule`` says how it matches.
        """
        if not LEVELS_STEP <= levels <= MAX_LEVELS or levels % LEVELS_STEP:
            raise ValueError(f"levels must be a multiple of {LEVELS_STEP} up to {MAX_LEVELS}")
        rule.check()
        index = len(self._floor.books)
        family = index if family is None else family
        book = ReferenceBook(index, base_ticks, levels, family, weight, rule)
        book.batch_end_ns = rule.batch_end_ns(self._floor.now_ns)
        book.breaker.move_on(self._floor.now_ns)
        self._floor.books.append(book)
        return index

    def link(self, combo: int, legs: Sequence[tuple[int, int]], end_ns: int = 0) -> None:
        """Let a combo's book trade with its legs' books, as (book, ratio); ValueError as in ``OrderBooks``."""
        books = self._floor.books
        fault = links_fault(books, combo, list(legs))
        if fault is not None:
            raise ValueError(fault)
        found = tuple((books[leg], ratio) for leg, ratio in legs)
        cycle = Cycle(self._floor, books[combo], found, end_ns)
        for book in cycle.books():
            book.cycles.append(cycle)

    def add_owners(self, count: int) -> None:
        """Let the owner table have at least ``count`` owners, numbered from 0; new ones hold nothing."""
        for owner in range(len(self._floor.groups), count):
            self._floor.groups.append(owner)
            self._floor.holdings.append({})

    def apply(
        self, commands: Iterable[Sequence[int]], conditions: Iterable[Sequence[int]] | None = None
    ) -> list[EventRow]:
        """Apply command rows in their order and return the event rows of all of them.

        Raises ValueError where a row of either table has another number of columns.
        """
        rows = _table(commands, COMMAND_COLUMNS, "command")
        table = _table(conditions or [], CONDITION_COLUMNS, "condition")
        events = self._begin()
        for self._floor.command, row in enumerate(rows):
            self._dispatch(row, table)
            settle(self._floor)
        self._floor.command = 0
        return events

    def submit(
        self,
        book: int,
        side: int,
        price_ticks: int,
        qty_lots: int,
        *,
        tif: int = TimeInForce.GTC,
        instructions: int = 0,
        owner: int = 0,
        prevention: int = Prevention.NONE,
    ) -> list[EventRow]:
        """Enter an order without conditions."""
        terms = pack_terms(side, tif, instructions, prevention=prevention)
        return self.apply([(CommandKind.SUBMIT, book, 0, owner, terms, price_ticks, qty_lots, 0)])

    def cancel(self, order_id: int) -> list[EventRow]:
        """Cancel what is open of one order."""
        return self.apply([(CommandKind.CANCEL, 0, order_id, 0, 0, 0, 0, 0)])

    def amend(
        self,
        order_id: int,
        price_ticks: int,
        qty_lots: int,
        *,
        whole: bool = False,
        trigger_ticks: int | None = None,
        trail_ticks: int | None = None,
    ) -> list[EventRow]:
        """Give one order a new price and open size, and a new trigger or trail where one is given.

        With ``whole`` the size counts what is filled.
        """
        terms = AMEND_WHOLE if whole else 0
        table = []
        if trigger_ticks is not None or trail_ticks is not None:
            table = [amended_condition(trigger_ticks or 0, trail_ticks or 0)]
        row = (CommandKind.AMEND, 0, order_id, 0, terms, price_ticks, qty_lots, len(table))
        return self.apply([row], table)

    def cancel_all(self, book: int, owner: int) -> list[EventRow]:
        """Cancel all orders of one owner in one book: bids, asks, then those that wait."""
        return self.apply([(CommandKind.CANCEL_ALL, book, 0, owner, 0, 0, 0, 0)])

    def set_state(self, book: int, state: int) -> list[EventRow]:
        """Bring a book to a trading state."""
        events = self._begin()
        controls.set_state(self._floor, book, state)
        settle(self._floor)
        return events

    def set_price(self, book: int, source: int, ticks: int) -> list[EventRow]:
        """Set the MARK or INDEX price; ValueError for another source, or for 2**62 and beyond.

        IndexError for no book.
        """
        events = self._begin()
        controls.set_price(self._floor, book, source, ticks)
        settle(self._floor)
        return events

    def set_band(self, book: int, low_ticks: int, high_ticks: int) -> list[EventRow]:
        """Set the price band; ValueError unless low <= high. It is clamped to the domain."""
        events = self._begin()
        controls.set_band(self._floor, book, low_ticks, high_ticks)
        settle(self._floor)
        return events

    def set_breaker(
        self, book: int, move: int, window_ns: int, pause_ns: int, max_extensions: int
    ) -> list[EventRow]:
        """Set the dynamic circuit breaker; ValueError outside the bounds of the document."""
        events = self._begin()
        controls.set_breaker(self._floor, book, move, window_ns, pause_ns, max_extensions)
        settle(self._floor)
        return events

    def set_reference(self, book: int, ticks: int) -> list[EventRow]:
        """Let the breaker's range lie around a price until the next trade; IndexError for no book."""
        events = self._begin()
        controls.set_reference(self._floor, book, ticks)
        settle(self._floor)
        return events

    def set_protection(
        self,
        owner: int,
        family: int,
        interval_ns: int,
        frozen_ns: int,
        qty_limit_lots: int,
        delta_limit: int,
    ) -> list[EventRow]:
        """Set an owner's market-maker protection anew; ValueError for a negative limit."""
        events = self._begin()
        limits = (interval_ns, frozen_ns, qty_limit_lots, delta_limit)
        controls.set_protection(self._floor, owner, family, *limits)
        return events

    def set_group(self, owner: int, group: int) -> list[EventRow]:
        """Put an owner of the table into a self-trade group; ValueError for another owner or beyond 2**62."""
        known = controls.known_owner(self._floor, owner)
        self._floor.groups[known] = controls.bounded(group, "group")
        return self._begin()

    def set_holding(self, owner: int, book: int, lots: int) -> list[EventRow]:
        """Correct what an owner of the table holds; ValueError for another owner or beyond 2**62."""
        events = self._begin()
        controls.set_holding(self._floor, owner, book, lots)
        settle(self._floor)
        return events

    def set_day_end(self, book: int, ts_ns: int) -> list[EventRow]:
        """Set when the book's day ends, for the DAY orders that come from now on; ValueError beyond 2**62."""
        found = controls.known_book(self._floor, book)
        found.day_end_ns = controls.bounded(ts_ns, "ts_ns")
        return self._begin()

    def advance(self, now_ns: int) -> list[EventRow]:
        """Let time pass; ValueError for 2**62 and beyond."""
        events = self._begin()
        advance(self._floor, controls.bounded(now_ns, "now_ns", inside=True))
        settle(self._floor)
        return events

    def _begin(self) -> list[EventRow]:
        self._floor.events = []
        return self._floor.events

    def _dispatch(self, row: Row, conditions: Sequence[Row]) -> None:
        match row[COMMAND_KIND]:
            case CommandKind.SUBMIT:
                submit(self._floor, row, conditions)
            case CommandKind.CANCEL:
                cancel_order(self._floor, row)
            case CommandKind.AMEND:
                amend(self._floor, row, conditions)
            case CommandKind.CANCEL_ALL:
                cancel_all(self._floor, row)
            case CommandKind.MASS_QUOTE:
                mass_quote(self._floor, row, conditions)
            case _:
                reject(self._floor, Reason.UNKNOWN_COMMAND)


def _table(rows: Iterable[Sequence[int]], columns: int, name: str) -> list[list[int]]:
    table = [[int(value) for value in row] for row in rows]
    for row in table:
        if len(row) != columns:
            raise ValueError(f"a {name} row has {columns} columns, not {len(row)}")
    return table
