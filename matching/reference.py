"""The oracle: the verbs and event rows of ``OrderBooks``, written to be read rather than to be fast.

Each book keeps two ``SortedDict`` of price levels, each level a ``dict`` in order of arrival. Nothing
is shared with the compiled kernel except the columns and codes of ``matching.layout``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sortedcontainers import SortedDict

from matching.layout import (
    COMMAND_BOOK,
    COMMAND_COLUMNS,
    COMMAND_KIND,
    COMMAND_ORDER_ID,
    COMMAND_OWNER,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_TERMS,
    INSTRUCTION_SHIFT,
    LEVELS_STEP,
    MAX_LEVELS,
    MAX_ORDERS,
    MAX_QTY_LOTS,
    SLOT_BITS,
    SLOT_MASK,
    TIF_MASK,
    TIF_SHIFT,
    CommandKind,
    EventKind,
    Instruction,
    Reason,
    Side,
    TimeInForce,
    pack_terms,
)

EventRow = tuple[int, int, int, int, int, int, int, int]
"""Kind, command, order id, other, price, qty, leaves, resting leaves: the columns of ``layout``."""

_POST_ONLY_OR_MARKET = Instruction.POST_ONLY | Instruction.MARKET


class ReferenceOrder(NamedTuple):
    """A resting order as seen from outside, field for field as ``matching.book.Order``."""

    order_id: int
    book: int
    side: int
    price_ticks: int
    leaves_lots: int
    filled_lots: int
    owner: int
    terms: int


@dataclass(slots=True, eq=False)
class _Order:
    order_id: int
    book: int
    terms: int
    owner: int
    price_ticks: int
    leaves_lots: int
    filled_lots: int = 0

    @property
    def side(self) -> int:
        return self.terms & 1


_Level = dict[int, _Order]


@dataclass(slots=True)
class _Book:
    base_ticks: int
    levels: int
    sides: tuple[SortedDict, SortedDict] = field(
        default_factory=lambda: (SortedDict(), SortedDict())
    )

    def prices(self, side: int) -> Iterator[int]:
        """Prices of one side, best first."""
        return reversed(self.sides[side]) if side == Side.BUY else iter(self.sides[side])

    def best(self, side: int) -> int | None:
        return next(self.prices(side), None)

    def crosses(self, side: int, price_ticks: int | None) -> bool:
        """Whether an order of this side and limit (None: any price) trades at once."""
        best = self.best(1 - side)
        if best is None:
            return False
        if price_ticks is None:
            return True
        return best <= price_ticks if side == Side.BUY else best >= price_ticks

    def fillable_lots(self, side: int, price_ticks: int | None) -> int:
        """Lots on the other side that an order of this side and limit could take."""
        return sum(
            order.leaves_lots
            for price, level in self.sides[1 - side].items()
            if price_ticks is None
            or (price <= price_ticks if side == Side.BUY else price >= price_ticks)
            for order in level.values()
        )


class ReferenceBooks:
    """Many order books over one pool of orders: price first, then arrival, at the resting price.

    Every verb returns its event rows as a list of tuples; a rejected command changes nothing. Order
    ids are ``(arrival << SLOT_BITS) | slot`` where the slot freed last is given out first, so ids equal
    those of ``OrderBooks`` fed with the same commands. ``max_orders`` bounds the orders alive at once.

    Raises ValueError for bounds outside the layout's.
    """

    def __init__(self, *, orders: int = 1024, max_orders: int = MAX_ORDERS) -> None:
        if not 1 <= max_orders <= MAX_ORDERS:
            raise ValueError(f"max_orders must be 1 to {MAX_ORDERS}, not {max_orders}")
        if not 1 <= orders:
            raise ValueError(f"orders must be at least 1, not {orders}")
        self._max_orders = max_orders
        self._books: list[_Book] = []
        self._orders: dict[int, _Order] = {}
        self._free_slots: list[int] = []
        self._fresh_slot = 0
        self._arrivals = 0
        self._command = 0
        self._events: list[EventRow] = []

    def add_book(self, levels: int = LEVELS_STEP, base_ticks: int = 0) -> int:
        """Open a book for ``base_ticks <= price < base_ticks + levels`` and return its index.

        ``levels`` is a multiple of LEVELS_STEP up to MAX_LEVELS, else ValueError.
        """
        if not LEVELS_STEP <= levels <= MAX_LEVELS or levels % LEVELS_STEP:
            raise ValueError(f"levels must be a multiple of {LEVELS_STEP} up to {MAX_LEVELS}")
        self._books.append(_Book(base_ticks, levels))
        return len(self._books) - 1

    def apply(self, commands: Iterable[Sequence[int]]) -> list[EventRow]:
        """Apply command rows in their order and return the event rows of all of them."""
        self._events = []
        for self._command, row in enumerate(commands):
            if len(row) != COMMAND_COLUMNS:
                raise ValueError(f"a command row has {COMMAND_COLUMNS} columns, not {len(row)}")
            self._dispatch([int(value) for value in row])
        return self._events

    def submit(
        self,
        book: int,
        side: int,
        price_ticks: int,
        qty_lots: int,
        *,
        tif: int = TimeInForce.GTC,
        instructions: int = Instruction.NONE,
        owner: int = 0,
    ) -> list[EventRow]:
        """Enter an order; what cannot trade at once rests, or is cancelled where its terms say so."""
        terms = pack_terms(side, tif, instructions)
        return self.apply([(CommandKind.SUBMIT, book, 0, owner, terms, price_ticks, qty_lots, 0)])

    def cancel(self, order_id: int) -> list[EventRow]:
        """Cancel what is left of one order."""
        return self.apply([(CommandKind.CANCEL, 0, order_id, 0, 0, 0, 0, 0)])

    def amend(self, order_id: int, price_ticks: int, qty_lots: int) -> list[EventRow]:
        """Give one order a new price and open size; only a smaller size alone keeps its priority."""
        return self.apply([(CommandKind.AMEND, 0, order_id, 0, 0, price_ticks, qty_lots, 0)])

    def cancel_all(self, book: int, owner: int) -> list[EventRow]:
        """Cancel all orders of one owner in one book, bids first, each side in priority order."""
        return self.apply([(CommandKind.CANCEL_ALL, book, 0, owner, 0, 0, 0, 0)])

    @property
    def live(self) -> int:
        """Orders resting in all books."""
        return len(self._orders)

    def best_bid(self, book: int) -> int | None:
        """Highest bid in ticks, None where there is none."""
        return self._books[book].best(Side.BUY)

    def best_ask(self, book: int) -> int | None:
        """Lowest ask in ticks, None where there is none."""
        return self._books[book].best(Side.SELL)

    def level(self, book: int, side: int, price_ticks: int) -> tuple[int, int]:
        """Lots and number of orders of one side at one price."""
        level: _Level = self._books[book].sides[side].get(price_ticks, {})
        return sum(order.leaves_lots for order in level.values()), len(level)

    def depth(self, book: int, side: int, levels: int | None = None) -> list[tuple[int, int, int]]:
        """Price, lots and number of orders of the first ``levels`` prices of a side, best first."""
        prices = list(self._books[book].prices(side))[:levels]
        return [(price, *self.level(book, side, price)) for price in prices]

    def orders(self, book: int, side: int) -> list[tuple[int, int, int, int, int]]:
        """Order id, owner, price, leaves and filled lots of a side's orders in priority order."""
        return [
            (order.order_id, order.owner, order.price_ticks, order.leaves_lots, order.filled_lots)
            for order in self._in_priority(book, side)
        ]

    def order(self, order_id: int) -> ReferenceOrder | None:
        """One resting order, None where the id is not alive."""
        order = self._orders.get(order_id)
        if order is None:
            return None
        return ReferenceOrder(
            order.order_id,
            order.book,
            order.side,
            order.price_ticks,
            order.leaves_lots,
            order.filled_lots,
            order.owner,
            order.terms,
        )

    def _in_priority(self, book: int, side: int) -> list[_Order]:
        opened = self._books[book]
        return [
            order for price in opened.prices(side) for order in opened.sides[side][price].values()
        ]

    def _dispatch(self, row: list[int]) -> None:
        kind = row[COMMAND_KIND]
        if kind == CommandKind.SUBMIT:
            self._submit(row)
        elif kind == CommandKind.CANCEL:
            self._cancel(row)
        elif kind == CommandKind.AMEND:
            self._amend(row)
        elif kind == CommandKind.CANCEL_ALL:
            self._cancel_all(row)
        else:
            self._reject(row, row[COMMAND_ORDER_ID], Reason.UNKNOWN_COMMAND)

    def _emit(
        self,
        kind: EventKind,
        order_id: int,
        other: int,
        price_ticks: int,
        qty_lots: int,
        leaves_lots: int = 0,
        resting_leaves_lots: int = 0,
    ) -> None:
        self._events.append(
            (
                int(kind),
                self._command,
                order_id,
                int(other),
                price_ticks,
                qty_lots,
                leaves_lots,
                resting_leaves_lots,
            )
        )

    def _reject(self, row: list[int], order_id: int, reason: Reason) -> None:
        price_ticks, qty_lots = row[COMMAND_PRICE_TICKS], row[COMMAND_QTY_LOTS]
        self._emit(EventKind.REJECTED, order_id, reason, price_ticks, qty_lots)

    def _submit(self, row: list[int]) -> None:
        reason = self._refusal(row)
        if reason != Reason.NONE:
            self._reject(row, 0, reason)
            return
        terms, price_ticks, qty_lots = (
            row[COMMAND_TERMS],
            row[COMMAND_PRICE_TICKS],
            row[COMMAND_QTY_LOTS],
        )
        order_id = self._take_id()
        order = _Order(
            order_id, row[COMMAND_BOOK], terms, row[COMMAND_OWNER], price_ticks, qty_lots
        )
        market = bool(terms >> INSTRUCTION_SHIFT & Instruction.MARKET)
        self._emit(EventKind.ACCEPTED, order_id, terms, price_ticks, qty_lots, qty_lots)
        self._match(order, None if market else price_ticks)
        if order.leaves_lots == 0:
            self._free_id(order_id)
        elif market or terms >> TIF_SHIFT & TIF_MASK != TimeInForce.GTC:
            self._emit(
                EventKind.CANCELLED,
                order_id,
                Reason.UNFILLED_REMAINDER,
                price_ticks,
                order.leaves_lots,
            )
            self._free_id(order_id)
        else:
            self._rest(order)

    def _refusal(self, row: list[int]) -> Reason:
        """First reason, in the order of the enum, for which a SUBMIT row is rejected."""
        if not 0 <= row[COMMAND_BOOK] < len(self._books):
            return Reason.UNKNOWN_BOOK
        book, terms = self._books[row[COMMAND_BOOK]], row[COMMAND_TERMS]
        side, tif = terms & 1, terms >> TIF_SHIFT & TIF_MASK
        instructions = terms >> INSTRUCTION_SHIFT
        post_only = bool(instructions & Instruction.POST_ONLY)
        market = bool(instructions & Instruction.MARKET)
        limit = None if market else row[COMMAND_PRICE_TICKS]
        if (
            terms != pack_terms(side, tif, instructions)
            or tif not in list(TimeInForce)
            or instructions & ~_POST_ONLY_OR_MARKET
            or (post_only and (market or tif != TimeInForce.GTC))
        ):
            return Reason.INVALID_TERMS
        if not 1 <= row[COMMAND_QTY_LOTS] <= MAX_QTY_LOTS:
            return Reason.INVALID_QTY
        if limit is not None and not 0 <= limit - book.base_ticks < book.levels:
            return Reason.INVALID_PRICE
        if post_only and book.crosses(side, limit):
            return Reason.POST_ONLY_WOULD_TRADE
        if tif == TimeInForce.FOK and book.fillable_lots(side, limit) < row[COMMAND_QTY_LOTS]:
            return Reason.FOK_NOT_FILLABLE
        if not self._free_slots and self._fresh_slot >= self._max_orders:
            return Reason.BOOK_FULL
        return Reason.NONE

    def _cancel(self, row: list[int]) -> None:
        order = self._orders.get(row[COMMAND_ORDER_ID])
        if order is None:
            self._reject(row, row[COMMAND_ORDER_ID], Reason.UNKNOWN_ORDER)
        else:
            self._cancel_order(order)

    def _cancel_all(self, row: list[int]) -> None:
        book = row[COMMAND_BOOK]
        if not 0 <= book < len(self._books):
            self._reject(row, row[COMMAND_ORDER_ID], Reason.UNKNOWN_BOOK)
            return
        for side in (Side.BUY, Side.SELL):
            for order in self._in_priority(book, side):
                if order.owner == row[COMMAND_OWNER]:
                    self._cancel_order(order)

    def _cancel_order(self, order: _Order) -> None:
        self._emit(
            EventKind.CANCELLED,
            order.order_id,
            Reason.REQUESTED,
            order.price_ticks,
            order.leaves_lots,
        )
        self._unrest(order)
        self._free_id(order.order_id)

    def _amend(self, row: list[int]) -> None:
        order_id, price_ticks, qty_lots = (
            row[COMMAND_ORDER_ID],
            row[COMMAND_PRICE_TICKS],
            row[COMMAND_QTY_LOTS],
        )
        order = self._orders.get(order_id)
        if order is None:
            self._reject(row, order_id, Reason.UNKNOWN_ORDER)
            return
        book = self._books[order.book]
        post_only = bool(order.terms >> INSTRUCTION_SHIFT & Instruction.POST_ONLY)
        if not 1 <= qty_lots <= MAX_QTY_LOTS:
            self._reject(row, order_id, Reason.INVALID_QTY)
        elif not 0 <= price_ticks - book.base_ticks < book.levels:
            self._reject(row, order_id, Reason.INVALID_PRICE)
        elif post_only and book.crosses(order.side, price_ticks):
            self._reject(row, order_id, Reason.POST_ONLY_WOULD_TRADE)
        else:
            keeps = price_ticks == order.price_ticks and qty_lots <= order.leaves_lots
            former_ticks = order.price_ticks
            if not keeps:
                self._unrest(order)
            order.price_ticks, order.leaves_lots = price_ticks, qty_lots
            self._emit(
                EventKind.AMENDED,
                order_id,
                former_ticks,
                price_ticks,
                qty_lots,
                qty_lots,
                int(keeps),
            )
            if not keeps:
                self._match(order, price_ticks)
                if order.leaves_lots:
                    self._rest(order)
                else:
                    self._free_id(order_id)

    def _match(self, order: _Order, limit: int | None) -> None:
        """Trade an aggressor against the other side down to its limit (None: any price)."""
        book, side = self._books[order.book], order.side
        while order.leaves_lots and book.crosses(side, limit):
            best = next(book.prices(1 - side))
            resting: _Order = next(iter(book.sides[1 - side][best].values()))
            lots = min(order.leaves_lots, resting.leaves_lots)
            for party in (order, resting):
                party.leaves_lots -= lots
                party.filled_lots += lots
            self._emit(
                EventKind.EXECUTED,
                order.order_id,
                resting.order_id,
                best,
                lots,
                order.leaves_lots,
                resting.leaves_lots,
            )
            if resting.leaves_lots == 0:
                self._unrest(resting)
                self._free_id(resting.order_id)

    def _rest(self, order: _Order) -> None:
        levels = self._books[order.book].sides[order.side]
        levels.setdefault(order.price_ticks, {})[order.order_id] = order
        self._orders[order.order_id] = order

    def _unrest(self, order: _Order) -> None:
        levels = self._books[order.book].sides[order.side]
        del levels[order.price_ticks][order.order_id]
        if not levels[order.price_ticks]:
            del levels[order.price_ticks]
        del self._orders[order.order_id]

    def _take_id(self) -> int:
        if self._free_slots:
            slot = self._free_slots.pop()
        else:
            slot, self._fresh_slot = self._fresh_slot, self._fresh_slot + 1
        self._arrivals += 1
        return self._arrivals << SLOT_BITS | slot

    def _free_id(self, order_id: int) -> None:
        self._free_slots.append(order_id & SLOT_MASK)
