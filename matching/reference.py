"""The oracle: the verbs and event rows of ``OrderBooks``, written to be read rather than fast.

It shares nothing with the compiled kernel except the columns and codes of ``matching.layout``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

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
from matching.reference_book import ReferenceBook, ReferenceOrder

EventRow = tuple[int, int, int, int, int, int, int, int]
"""Kind, command, order id, other, price, qty, leaves, resting leaves: the columns of ``layout``."""


class OrderView(NamedTuple):
    """A resting order as seen from outside, field for field as ``matching.book.Order``."""

    order_id: int
    book: int
    side: int
    price_ticks: int
    leaves_lots: int
    filled_lots: int
    owner: int
    terms: int


class ReferenceBooks:
    """Many order books over one pool of orders: price first, then arrival, at the resting price.

    Every verb returns its event rows as a list of tuples; a rejected command changes nothing. Order
    ids are ``(arrival << SLOT_BITS) | slot`` where the slot freed last is given out first, so they
    equal those of ``OrderBooks`` after the same commands. ``max_orders`` bounds the orders alive at
    once; ``orders`` is only checked, because nothing is allocated ahead.

    Raises ValueError for bounds outside those of the layout.
    """

    def __init__(self, *, orders: int = 1024, max_orders: int = MAX_ORDERS) -> None:
        if not 1 <= orders <= max_orders <= MAX_ORDERS:
            raise ValueError(
                f"need 1 <= orders <= max_orders <= {MAX_ORDERS}: {orders}, {max_orders}"
            )
        self._max_orders = max_orders
        self._books: list[ReferenceBook] = []
        self._orders: dict[int, ReferenceOrder] = {}
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
        self._books.append(ReferenceBook(base_ticks, levels))
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
        """Enter an order; what does not trade rests, or is cancelled where its terms say so."""
        terms = pack_terms(side, tif, instructions)
        return self.apply([(CommandKind.SUBMIT, book, 0, owner, terms, price_ticks, qty_lots, 0)])

    def cancel(self, order_id: int) -> list[EventRow]:
        """Cancel what is left of one order."""
        return self.apply([(CommandKind.CANCEL, 0, order_id, 0, 0, 0, 0, 0)])

    def amend(self, order_id: int, price_ticks: int, qty_lots: int) -> list[EventRow]:
        """Give one order a new price and open size; only a smaller size keeps its priority."""
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
        queue = self._books[book].queue(side, price_ticks)
        return sum(order.leaves_lots for order in queue), len(queue)

    def depth(self, book: int, side: int, levels: int | None = None) -> list[tuple[int, int, int]]:
        """Price, lots and number of orders of the first ``levels`` prices of a side, best first."""
        prices = list(self._books[book].prices(side))[:levels]
        return [(price, *self.level(book, side, price)) for price in prices]

    def orders(self, book: int, side: int) -> list[tuple[int, int, int, int, int]]:
        """Order id, owner, price, leaves and filled lots of a side's orders in priority order."""
        return [
            (order.order_id, order.owner, order.price_ticks, order.leaves_lots, order.filled_lots)
            for order in self._books[book].in_priority(side)
        ]

    def order(self, order_id: int) -> OrderView | None:
        """One resting order, None where the id is not alive."""
        order = self._orders.get(order_id)
        if order is None:
            return None
        return OrderView(
            order.order_id,
            order.book,
            order.side,
            order.price_ticks,
            order.leaves_lots,
            order.filled_lots,
            order.owner,
            order.terms,
        )

    def _dispatch(self, row: list[int]) -> None:
        book, order_id, owner = row[COMMAND_BOOK], row[COMMAND_ORDER_ID], row[COMMAND_OWNER]
        terms, price_ticks, qty_lots = (
            row[COMMAND_TERMS],
            row[COMMAND_PRICE_TICKS],
            row[COMMAND_QTY_LOTS],
        )
        match row[COMMAND_KIND]:
            case CommandKind.SUBMIT:
                self._submit(book, owner, terms, price_ticks, qty_lots)
            case CommandKind.CANCEL:
                self._cancel(order_id)
            case CommandKind.AMEND:
                self._amend(order_id, price_ticks, qty_lots)
            case CommandKind.CANCEL_ALL:
                self._cancel_all(book, owner)
            case _:
                self._emit(EventKind.REJECTED, 0, Reason.UNKNOWN_COMMAND, 0, 0)

    def _emit(
        self,
        kind: EventKind,
        order_id: int,
        other: int,
        price_ticks: int,
        qty_lots: int,
        leaves_lots: int = 0,
        resting_lots: int = 0,
    ) -> None:
        row = (int(kind), self._command, order_id, int(other), price_ticks, qty_lots)
        self._events.append((*row, leaves_lots, resting_lots))

    def _submit(self, book: int, owner: int, terms: int, price_ticks: int, qty_lots: int) -> None:
        reason = self._refusal(book, terms, price_ticks, qty_lots)
        if reason != Reason.NONE:
            self._emit(EventKind.REJECTED, 0, reason, price_ticks, qty_lots)
            return
        order = ReferenceOrder(self._take_id(), book, terms, owner, price_ticks, qty_lots)
        self._emit(EventKind.ACCEPTED, order.order_id, terms, price_ticks, qty_lots, qty_lots)
        market = bool(terms >> INSTRUCTION_SHIFT & Instruction.MARKET)
        self._match(order, None if market else price_ticks)
        if order.leaves_lots == 0:
            self._free_id(order.order_id)
        elif market or terms >> TIF_SHIFT & TIF_MASK != TimeInForce.GTC:
            remainder = Reason.UNFILLED_REMAINDER
            self._emit(
                EventKind.CANCELLED, order.order_id, remainder, price_ticks, order.leaves_lots
            )
            self._free_id(order.order_id)
        else:
            self._rest(order)

    def _refusal(self, book_index: int, terms: int, price_ticks: int, qty_lots: int) -> Reason:
        """First reason, in the order of the enum, for which a submit is rejected."""
        if not 0 <= book_index < len(self._books):
            return Reason.UNKNOWN_BOOK
        book = self._books[book_index]
        side, tif = terms & 1, terms >> TIF_SHIFT & TIF_MASK
        instructions = terms >> INSTRUCTION_SHIFT
        post_only = bool(instructions & Instruction.POST_ONLY)
        market = bool(instructions & Instruction.MARKET)
        limit_ticks = None if market else price_ticks
        if (
            terms != pack_terms(side, tif, instructions)
            or tif not in list(TimeInForce)
            or instructions & ~(Instruction.POST_ONLY | Instruction.MARKET)
            or (post_only and (market or tif != TimeInForce.GTC))
        ):
            return Reason.INVALID_TERMS
        if not 1 <= qty_lots <= MAX_QTY_LOTS:
            return Reason.INVALID_QTY
        if not market and not book.in_domain(price_ticks):
            return Reason.INVALID_PRICE
        if post_only and book.crosses(side, limit_ticks):
            return Reason.POST_ONLY_WOULD_TRADE
        if tif == TimeInForce.FOK and book.fillable_lots(side, limit_ticks) < qty_lots:
            return Reason.FOK_NOT_FILLABLE
        if len(self._orders) >= self._max_orders:
            return Reason.BOOK_FULL
        return Reason.NONE

    def _cancel(self, order_id: int) -> None:
        order = self._orders.get(order_id)
        if order is None:
            self._emit(EventKind.REJECTED, order_id, Reason.UNKNOWN_ORDER, 0, 0)
        else:
            self._withdraw(order)

    def _cancel_all(self, book: int, owner: int) -> None:
        if not 0 <= book < len(self._books):
            self._emit(EventKind.REJECTED, 0, Reason.UNKNOWN_BOOK, 0, 0)
            return
        for side in (Side.BUY, Side.SELL):
            for order in self._books[book].in_priority(side):
                if order.owner == owner:
                    self._withdraw(order)

    def _withdraw(self, order: ReferenceOrder) -> None:
        price_ticks, leaves_lots = order.price_ticks, order.leaves_lots
        self._emit(EventKind.CANCELLED, order.order_id, Reason.REQUESTED, price_ticks, leaves_lots)
        self._remove(order)
        self._free_id(order.order_id)

    def _amend(self, order_id: int, price_ticks: int, qty_lots: int) -> None:
        order = self._orders.get(order_id)
        reason = Reason.NONE
        if order is None:
            reason = Reason.UNKNOWN_ORDER
        elif not 1 <= qty_lots <= MAX_QTY_LOTS:
            reason = Reason.INVALID_QTY
        elif not self._books[order.book].in_domain(price_ticks):
            reason = Reason.INVALID_PRICE
        elif order.terms >> INSTRUCTION_SHIFT & Instruction.POST_ONLY and self._books[
            order.book
        ].crosses(order.side, price_ticks):
            reason = Reason.POST_ONLY_WOULD_TRADE
        if order is None or reason != Reason.NONE:
            self._emit(EventKind.REJECTED, order_id, reason, price_ticks, qty_lots)
            return
        former_ticks = order.price_ticks
        keeps_priority = price_ticks == former_ticks and qty_lots <= order.leaves_lots
        self._emit(
            EventKind.AMENDED,
            order_id,
            former_ticks,
            price_ticks,
            qty_lots,
            qty_lots,
            int(keeps_priority),
        )
        if keeps_priority:
            order.leaves_lots = qty_lots
            return
        self._remove(order)
        order.price_ticks, order.leaves_lots = price_ticks, qty_lots
        self._match(order, price_ticks)
        if order.leaves_lots:
            self._rest(order)
        else:
            self._free_id(order_id)

    def _match(self, order: ReferenceOrder, limit_ticks: int | None) -> None:
        """Trade an aggressor against the other side up to its limit (None: any price)."""
        book = self._books[order.book]
        while order.leaves_lots and book.crosses(order.side, limit_ticks):
            resting = book.front(1 - order.side)
            lots = min(order.leaves_lots, resting.leaves_lots)
            for party in (order, resting):
                party.leaves_lots -= lots
                party.filled_lots += lots
            self._emit(
                EventKind.EXECUTED,
                order.order_id,
                resting.order_id,
                resting.price_ticks,
                lots,
                order.leaves_lots,
                resting.leaves_lots,
            )
            if resting.leaves_lots == 0:
                self._remove(resting)
                self._free_id(resting.order_id)

    def _rest(self, order: ReferenceOrder) -> None:
        self._books[order.book].rest(order)
        self._orders[order.order_id] = order

    def _remove(self, order: ReferenceOrder) -> None:
        self._books[order.book].remove(order)
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
