"""OrderBooks: many order books over one pool of orders; the verbs that change them and what can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from matching import kernel, linking
from matching import layout as at
from matching.compiled import KeptTable, direct
from matching.kernel import NEEDS_ROOM
from matching.layout import (
    INSTRUCTION_SHIFT,
    MAX_TIME_NS,
    PREVENTION_SHIFT,
    TIF_SHIFT,
    Control,
    TriggerSource,
)
from matching.memory import zeros
from matching.rule import PRICE_TIME, MatchingRule
from matching.sight import Order, Sight
from matching.storage import Rows

_HEADS = 16
"""Views of the first event rows that are made once: most verbs write only a few."""

_PPM = 10**6
_FAR = 1 << 62
"""Sums and differences of two numbers up to this, on both sides of 0, hold in an int64."""
_NO_CONDITIONS = zeros(0, at.CONDITION_COLUMNS)


def _check_bound(number: int, bound: int, name: str) -> None:
    if abs(number) > bound:
        raise ValueError(f"{name} of {number} is beyond {bound}")


class OrderBooks(Sight):
    """Order books that share one pool of orders.

    orders: slots to start with; the pool doubles as needed, up to ``max_orders`` (at most 2**24 live
    orders), beyond which a submit is rejected with BOOK_FULL. owners: rows of the owner table to start
    with; owners beyond it trade, but have no holding. What the verbs do is told in docs/matching.md;
    each returns its event rows, a view that the next call overwrites.
    """

    def __init__(
        self, *, orders: int = 1024, max_orders: int = at.MAX_ORDERS, owners: int = 0
    ) -> None:
        super().__init__(orders=orders, max_orders=max_orders, owners=owners)
        self._bind()

    def add_book(
        self,
        levels: int = at.LEVELS_STEP,
        base_ticks: int = 0,
        family: int | None = None,
        weight: int = 1,
        rule: MatchingRule = PRICE_TIME,
    ) -> int:
        """Add an empty, open book of prices ``base_ticks <= price_ticks < base_ticks + levels``.

        levels: a multiple of 4,096, at most 262,144 (ValueError). family: the books that share a
        market-maker protection, by itself each its own; weight: delta of a lot; rule: how it matches, for good
        (ValueError for one that is none). Returns its index.
        """
        book = super().add_book(levels, base_ticks, family, weight, rule)
        self._bind()
        return book

    def link(self, combo: int, legs: Sequence[tuple[int, int]], end_ns: int = 0) -> None:
        """Let a combo's book trade with those of its legs, given as (book, ratio), from now on.

        end_ns: from when on they do not, 0: never. ValueError unless the legs are 2 to MAX_LEGS different
        books that are no combos, with ratios of 1 and -1, the combo's is not linked and has no orders, and all
        match by price and time.
        """
        fault = linking.links_fault(self.rows, combo, legs)
        if fault is not None:
            raise ValueError(fault)
        linking.link(self.rows, combo, legs, end_ns)
        self.pool[at.POOL_CYCLE_ROWS] = linking.ROWS_OF_A_CYCLE

    def add_owners(self, count: int) -> None:
        """Let the owner table have at least this many rows; a new owner holds nothing."""
        super().add_owners(count)
        self._bind()

    def _bind(self) -> None:
        """Give the entry points their arrays once: looking them up at each call costs a fifth of it."""
        self._table = KeptTable(self.arrays(_NO_CONDITIONS))
        address = self._table.address
        self._submit = partial(direct(kernel.apply_submit), address)
        self._cancel = partial(direct(kernel.apply_cancel), address)
        self._amend = partial(direct(kernel.apply_amend), address)
        self._control = partial(direct(kernel.apply_control), address)
        self._heads = [self.events[:count] for count in range(_HEADS)]

    def make_room(self, orders: int, kept_rows: int = 0) -> None:
        """Grow the pool for this many more orders, and the event rows for one more command at least."""
        self.grow_pool(orders)
        self.grow_events(kept_rows + 2 * int(kernel.rows_needed(self.pool)), kept_rows)
        self._bind()

    def apply(self, commands: Rows, conditions: Rows | None = None) -> Rows:
        """Apply command rows in order. EVENT_COMMAND is the row's index in ``commands``.

        commands: int64[n, COMMAND_COLUMNS]; conditions: int64[k, CONDITION_COLUMNS], the table that
        their CONDITIONS column points into. ValueError for other shapes.
        """
        table = _NO_CONDITIONS if conditions is None else conditions
        for name, array, columns in (
            ("commands", commands, at.COMMAND_COLUMNS),
            ("conditions", table, at.CONDITION_COLUMNS),
        ):
            if array.dtype != np.int64 or array.ndim != 2 or array.shape[1] != columns:
                raise ValueError(f"{name} must be int64[n, {columns}]")
        commands, table = np.ascontiguousarray(commands), np.ascontiguousarray(table)
        done = count = 0
        while True:
            count = kernel.apply_batch(*self.arrays(table), commands, done, count)
            done = int(self.pool[at.POOL_APPLIED])
            if done == len(commands):
                return self.events[:count]
            self.make_room(len(commands) - done + kernel.SLOTS_OF_LOOK, count)

    def submit(
        self,
        book: int,
        side: int,
        price_ticks: int,
        qty_lots: int,
        *,
        tif: int = 0,
        instructions: int = 0,
        owner: int = 0,
        prevention: int = 0,
    ) -> Rows:
        """Enter one order without conditions (see ``apply`` for those).

        tif: of TimeInForce, GTC if not given. instructions: bits of Instruction.
        """
        terms = side
        if tif or instructions or prevention:
            terms |= (
                tif << TIF_SHIFT
                | instructions << INSTRUCTION_SHIFT
                | prevention << PREVENTION_SHIFT
            )
        count = self._submit(book, owner, terms, price_ticks, qty_lots)
        if count == NEEDS_ROOM:
            self.make_room(1)
            count = self._submit(book, owner, terms, price_ticks, qty_lots)
        return self._heads[count] if count < _HEADS else self.events[:count]

    def cancel(self, order_id: int) -> Rows:
        """Cancel one order."""
        count = self._cancel(order_id)
        if count == NEEDS_ROOM:
            self.make_room(1)
            count = self._cancel(order_id)
        return self._heads[count] if count < _HEADS else self.events[:count]

    def amend(
        self,
        order_id: int,
        price_ticks: int,
        qty_lots: int,
        *,
        whole: bool = False,
        trigger_ticks: int | None = None,
        trail_ticks: int | None = None,
    ) -> Rows:
        """Change one order's price and open size (whole: its size with what is filled).

        trigger_ticks, trail_ticks: also the trigger or the trail of one that waits for it.
        """
        if trigger_ticks is not None or trail_ticks is not None:
            return self._amend_trigger(
                order_id, price_ticks, qty_lots, whole, trigger_ticks or 0, trail_ticks or 0
            )
        count = self._amend(order_id, whole, price_ticks, qty_lots)
        if count == NEEDS_ROOM:
            self.make_room(1)
            count = self._amend(order_id, whole, price_ticks, qty_lots)
        return self._heads[count] if count < _HEADS else self.events[:count]

    def _amend_trigger(
        self,
        order_id: int,
        price_ticks: int,
        qty_lots: int,
        whole: bool,
        trigger_ticks: int,
        trail_ticks: int,
    ) -> Rows:
        terms = at.AMEND_WHOLE if whole else 0
        row = [at.CommandKind.AMEND, 0, order_id, 0, terms, price_ticks, qty_lots, 1]
        table = np.zeros((1, at.CONDITION_COLUMNS), np.int64)
        table[0, at.CONDITION_TRIGGER_TICKS] = trigger_ticks
        table[0, at.CONDITION_TRAIL_TICKS] = trail_ticks
        return self.apply(np.array([row], np.int64), table)

    def cancel_all(self, book: int, owner: int) -> Rows:
        """Cancel what an owner has in a book."""
        row = [at.CommandKind.CANCEL_ALL, book, 0, owner, 0, 0, 0, 0]
        return self.apply(np.array([row], np.int64))

    def _perform(self, verb: Control, book: int, *arguments: int) -> Rows:
        # For members of an IntEnum Numba would compile the kernel anew.
        filled = [int(number) for number in (verb, book, *arguments, 0, 0, 0, 0)[:6]]
        count = self._control(*filled)
        if count == NEEDS_ROOM:
            self.make_room(1)
            count = self._control(*filled)
        return self.events[:count]

    def set_state(self, book: int, state: int) -> Rows:
        """Bring a book to a State; opening it uncrosses it."""
        return self._perform(Control.SET_STATE, book, state)

    def set_price(self, book: int, source: int, ticks: int) -> Rows:
        """Tell a book the present MARK or INDEX (ValueError for another source, IndexError for no book).

        |ticks| < 2**62 (ValueError).
        """
        self._check_book(book)
        if source not in (TriggerSource.MARK, TriggerSource.INDEX):
            raise ValueError(f"the price of MARK or INDEX can be set, not of {source}")
        # At the bound itself stands NO_PRICE.
        _check_bound(ticks, _FAR - 1, "ticks")
        return self._perform(Control.SET_PRICE, book, source, ticks)

    def set_band(self, book: int, low_ticks: int, high_ticks: int) -> Rows:
        """Set the prices that orders may name: buys up to the high one, sells down to the low one.

        Both are cut to the domain. ValueError unless low <= high, IndexError for no book.
        """
        self._check_book(book)
        if low_ticks > high_ticks:
            raise ValueError(f"a band from {low_ticks} to {high_ticks}")
        base_ticks, levels = (int(n) for n in self.rows[book, : at.BOOK_LEVELS + 1])
        low, high = (
            min(max(ticks - base_ticks, 0), levels - 1) for ticks in (low_ticks, high_ticks)
        )
        return self._perform(Control.SET_BAND, book, low, high)

    def set_breaker(
        self, book: int, move: int, window_ns: int, pause_ns: int, max_extensions: int
    ) -> Rows:
        """Set how far executions may go within a window, and how long a pause lasts.

        move: parts per million of the price up to 10**6, 0: as far as they like, negative down to
        -MAX_LEVELS: so many ticks whatever the price. 8 <= window_ns, 0 <= pause_ns (at least 1 with a
        move), 0 <= max_extensions <= 1000 (ValueError), IndexError for no book.
        """
        self._check_book(book)
        if not (
            -at.MAX_LEVELS <= move <= _PPM
            and 8 <= window_ns <= MAX_TIME_NS
            and int(move != 0) <= pause_ns <= MAX_TIME_NS
            and 0 <= max_extensions <= 1000
        ):
            raise ValueError(
                f"a breaker of move {move}, {window_ns} ns, {pause_ns} ns, {max_extensions}"
            )
        return self._perform(Control.SET_BREAKER, book, move, window_ns, pause_ns, max_extensions)

    def set_reference(self, book: int, ticks: int) -> Rows:
        """Let the breaker's range lie around a price until the next trade (IndexError for no book).

        |ticks| < 2**62 (ValueError). Without a breaker it does nothing.
        """
        self._check_book(book)
        _check_bound(ticks, _FAR - 1, "ticks")
        return self._perform(Control.SET_REFERENCE, book, ticks)

    def set_protection(
        self,
        owner: int,
        family: int,
        interval_ns: int,
        frozen_ns: int,
        qty_limit_lots: int,
        delta_limit: int,
    ) -> Rows:
        """Set or renew an owner's market-maker protection (interval 0: take it away).

        ValueError for times or limits below 0 or above 2**62.
        """
        terms = (interval_ns, frozen_ns, qty_limit_lots, delta_limit)
        if not all(0 <= term <= MAX_TIME_NS for term in terms):
            raise ValueError(f"a protection of {terms}")
        number = self.protection_row(owner, family)
        self.protections[number, at.PROTECTION_INTERVAL_NS :] = (
            interval_ns,
            frozen_ns,
            qty_limit_lots,
            delta_limit,
            -MAX_TIME_NS,
            0,
            0,
            0,
        )
        self._bind()
        return self.events[:0]

    def set_group(self, owner: int, group: int) -> Rows:
        """Put an owner into a self-trade group (ValueError for one outside the owner table).

        |group| <= 2**62 (ValueError).
        """
        self._check_owner(owner)
        _check_bound(group, _FAR, "group")
        self.owners[owner, at.OWNER_GROUP] = group
        return self.events[:0]

    def set_holding(self, owner: int, book: int, lots: int) -> Rows:
        """Correct what an owner holds (ValueError for one outside the owner table, IndexError for no book).

        |lots| <= 2**62 (ValueError).
        """
        self._check_owner(owner)
        self._check_book(book)
        _check_bound(lots, _FAR, "lots")
        return self._perform(Control.SET_HOLDING, book, owner, lots)

    def set_day_end(self, book: int, ts_ns: int) -> Rows:
        """Set when DAY orders entered from now on end (IndexError for no book, ValueError beyond 2**62)."""
        self._check_book(book)
        _check_bound(ts_ns, _FAR, "ts_ns")
        self.rows[book, at.BOOK_DAY_END_NS] = ts_ns
        return self.events[:0]

    def advance(self, now_ns: int) -> Rows:
        """Move time on: what is due by then happens (ValueError for 2**62 and beyond)."""
        # So far that an interval of MAX_TIME_NS behind it still has an end.
        _check_bound(now_ns, _FAR - 1, "now_ns")
        return self._perform(Control.ADVANCE, -1, now_ns)

    def _check_book(self, book: int) -> None:
        if not 0 <= book < len(self):
            raise IndexError(f"no book {book}")

    def _check_owner(self, owner: int) -> None:
        if not 0 <= owner < len(self.owners):
            raise ValueError(f"owner {owner} is not in the owner table")

    @classmethod
    def restore(cls, raw: bytes) -> OrderBooks:
        """Return the books of a snapshot (msgspec.DecodeError when it is not one)."""
        restored = cls()
        restored.load(raw)
        restored._bind()
        return restored


__all__ = ["Order", "OrderBooks"]
