"""Orders of every account, live and lately closed, folded from the core's events."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import IntEnum

import msgspec

from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_FEE_MICROS,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_ORDER_ID,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_RESTING_ORDER_ID,
    EVENT_SEQ,
    EVENT_SIDE,
    EVENT_TAG,
    EVENT_TS_NS,
    EventKind,
)
from matching.layout import SLOT_BITS

Row = list[int]
"""One event row: EVENT_COLUMNS Python integers."""

CLOSED_ORDERS_PER_ACCOUNT = 1_000

_EXECUTED = int(EventKind.EXECUTED)
_IMPLIED = int(EventKind.IMPLIED)


class OrderState(IntEnum):
    """Where an order stands in its life; stored in snapshots, so numbers keep their meaning."""

    OPEN = 0
    FILLED = 1
    CANCELLED = 2


_OPEN = int(OrderState.OPEN)


class Order(msgspec.Struct, array_like=True, gc=False):
    """One order as its owner sees it.

    qty_lots is the whole size: filled, open and cancelled lots together. filled_ticklots is the sum
    of price_ticks * lots over its fills, so that the average price is exact. reason is the core's
    ``Reason`` of a cancellation, 0 before one. shown_lots is what an iceberg shows now, or will where it
    waits. link is a matching ``Link``, linked_to the id of the first of the orders that are linked,
    complete whether only a whole fill works the link; linked_ids, of the first one, are the others.
    liquidation: the venue entered it to close the position of an account in default.
    """

    order_id: int
    account: int
    instrument: int
    side: int
    tif: int
    instructions: int
    price_ticks: int
    qty_lots: int
    leaves_lots: int
    label: str
    seq: int
    created_ns: int
    updated_ns: int
    filled_lots: int = 0
    filled_ticklots: int = 0
    fee_micros: int = 0
    state: int = 0
    reason: int = 0
    replaced: bool = False
    waits: bool = False
    display_lots: int = 0
    trigger_ticks: int = 0
    trail_ticks: int = 0
    expiry_ns: int = 0
    shown_lots: int = 0
    link: int = 0
    linked_to: int = 0
    complete: bool = False
    linked_ids: tuple[int, ...] = ()
    liquidation: bool = False


def accepted(row: Row, label: str) -> Order:
    """Return the order that an ACCEPTED row creates."""
    ts_ns = row[EVENT_TS_NS]
    return Order(
        row[EVENT_ORDER_ID],
        row[EVENT_ACCOUNT],
        row[EVENT_INSTRUMENT],
        row[EVENT_SIDE],
        row[EVENT_RESTING_LEAVES_LOTS],
        row[EVENT_RESTING_FEE_MICROS],
        row[EVENT_PRICE_TICKS],
        row[EVENT_QTY_LOTS],
        row[EVENT_QTY_LOTS],
        label,
        row[EVENT_SEQ],
        ts_ns,
        ts_ns,
        waits=row[EVENT_RESTING_ORDER_ID] == 1,
    )


def fill(
    order: Order, row: Row, leaves_lots: int, fee_micros: int, *, passive: bool | None = None
) -> None:
    """Book one execution on an order; whichever of the row's two orders it is.

    passive: it rested; read off an EXECUTED or UNCROSSED row where it is not given.
    """
    qty_lots = row[EVENT_QTY_LOTS]
    order.filled_lots += qty_lots
    order.filled_ticklots += qty_lots * row[EVENT_PRICE_TICKS]
    order.fee_micros += fee_micros
    order.leaves_lots = leaves_lots
    order.updated_ns = row[EVENT_TS_NS]
    if order.display_lots:
        if passive is None:
            rested = row[EVENT_RESTING_ORDER_ID] == order.order_id
            passive = rested and row[EVENT_KIND] == _EXECUTED
        if passive:
            order.shown_lots -= qty_lots
        else:
            show(order)
    if leaves_lots == 0:
        order.state = OrderState.FILLED


def show(order: Order) -> None:
    """Let an iceberg show its first part, as one that goes to the back of a level does."""
    order.shown_lots = min(order.display_lots, order.leaves_lots)


def refill(order: Order, row: Row) -> None:
    """Let an iceberg show what a REFILLED row says."""
    order.shown_lots = row[EVENT_QTY_LOTS]


def condition(order: Order, row: Row) -> None:
    """Give an order what a CONDITIONED row says of it."""
    order.display_lots = row[EVENT_QTY_LOTS]
    order.trigger_ticks = row[EVENT_PRICE_TICKS]
    order.trail_ticks = row[EVENT_LEAVES_LOTS]
    order.expiry_ns = row[EVENT_TAG]
    show(order)
    if row[EVENT_RESTING_ORDER_ID]:
        order.linked_to = row[EVENT_RESTING_ORDER_ID]
        order.link = row[EVENT_RESTING_LEAVES_LOTS]
        order.complete = row[EVENT_RESTING_FEE_MICROS] == 1


def move(order: Order, row: Row, *, waits: bool) -> None:
    """Take an order into the book (ACTIVATED), at the price that the market gives it, or beside it (PARKED)."""
    order.waits = waits
    order.price_ticks = row[EVENT_PRICE_TICKS]
    show(order)
    order.updated_ns = row[EVENT_TS_NS]


def reduce(order: Order, row: Row) -> None:
    """Give an order the smaller open size that a REDUCED row leaves it."""
    order.leaves_lots = row[EVENT_LEAVES_LOTS]
    order.updated_ns = row[EVENT_TS_NS]
    show(order)
    # One that rests says what it shows; where that is nothing a REFILLED row follows.
    if order.display_lots and row[EVENT_RESTING_LEAVES_LOTS]:
        order.shown_lots = row[EVENT_RESTING_LEAVES_LOTS]


def amend(order: Order, row: Row) -> None:
    """Give an order the price and open size of an AMENDED row."""
    order.price_ticks = row[EVENT_PRICE_TICKS]
    order.leaves_lots = row[EVENT_QTY_LOTS]
    if row[EVENT_RESTING_LEAVES_LOTS] and not order.waits:
        order.shown_lots = min(order.shown_lots, order.leaves_lots)
    else:
        show(order)
    order.qty_lots = order.filled_lots + row[EVENT_QTY_LOTS]
    order.updated_ns = row[EVENT_TS_NS]
    order.replaced = True


def cancel(order: Order, row: Row) -> None:
    """Close an order by a CANCELLED row."""
    order.leaves_lots = order.shown_lots = 0
    order.updated_ns = row[EVENT_TS_NS]
    order.state = OrderState.CANCELLED
    order.reason = row[EVENT_TAG]


class _Snapshot(msgspec.Struct, array_like=True):
    live: list[Order]
    closed: list[Order]
    labelled: list[int]


class OrderView:
    """Every live order and the latest closed ones of each account.

    ``closed_limit`` bounds the closed orders that are kept for one account; the oldest goes first,
    at ``trim``, so that whoever is told of a batch still finds every order in it. Live orders are
    bounded by the core.
    """

    def __init__(self, closed_limit: int = CLOSED_ORDERS_PER_ACCOUNT) -> None:
        if closed_limit < 1:
            raise ValueError(f"closed_limit must be at least 1, got {closed_limit}")
        self._closed_limit = closed_limit
        self._orders: dict[int, Order] = {}
        """By arrival number: ids of one slot share their lower bits, at which a dictionary looks first."""
        self._live: dict[int, dict[int, Order]] = {}
        self._closed: dict[int, deque[Order]] = {}
        self._labels: dict[tuple[int, str], Order] = {}
        self._overfull: set[int] = set()
        self._lists_live = True
        self._offered = False
        self._aggressor_id = 0
        """Of the implied trade whose rows come."""

    def offer(self) -> None:
        """Apply a SLICE_OFFERED row: the order of the next row is the venue's."""
        self._offered = True

    def accept(self, row: Row, label: str) -> None:
        """Add the order of an ACCEPTED row."""
        order = accepted(row, label)
        if self._offered:
            order.liquidation, self._offered = True, False
        self._orders[order.order_id >> SLOT_BITS] = order
        if self._lists_live:
            live = self._live.get(order.account)
            if live is None:
                live = self._live[order.account] = {}
            live[order.order_id] = order
        if label:
            self._labels[order.account, label] = order

    def execute(self, row: Row) -> tuple[Order, Order]:
        """Book an EXECUTED row on both orders and return (aggressor, resting)."""
        aggressor = self._orders[row[EVENT_ORDER_ID] >> SLOT_BITS]
        resting = self._orders[row[EVENT_RESTING_ORDER_ID] >> SLOT_BITS]
        fill(aggressor, row, row[EVENT_LEAVES_LOTS], row[EVENT_FEE_MICROS])
        fill(resting, row, row[EVENT_RESTING_LEAVES_LOTS], row[EVENT_RESTING_FEE_MICROS])
        if resting.leaves_lots == 0:
            self._close(resting)
        if aggressor.leaves_lots == 0:
            self._close(aggressor)
        return aggressor, resting

    def execute_implied(self, row: Row) -> tuple[Order, bool]:
        """Book an IMPLIED or IMPLIED_LEG row on its order; return it, and whether it was the aggressor."""
        if row[EVENT_KIND] == _IMPLIED:
            self._aggressor_id = row[EVENT_RESTING_ORDER_ID]
        order = self._orders[row[EVENT_ORDER_ID] >> SLOT_BITS]
        aggressive = order.order_id == self._aggressor_id
        fill(order, row, row[EVENT_LEAVES_LOTS], row[EVENT_FEE_MICROS], passive=not aggressive)
        if order.leaves_lots == 0:
            self._close(order)
        return order, aggressive

    def of_implied_leg(self, row: Row) -> tuple[Order, bool]:
        """Return the combo's order that an IMPLIED_LEG row speaks of, and whether it was the aggressor."""
        order = self._orders[row[EVENT_RESTING_ORDER_ID] >> SLOT_BITS]
        return order, order.order_id == self._aggressor_id

    def of_leg(self, row: Row) -> tuple[Order, Order]:
        """Return the combo's orders (aggressor, resting) that a LEG_BOOKED row, behind theirs, speaks of."""
        return self._orders[row[EVENT_ORDER_ID] >> SLOT_BITS], self._orders[
            row[EVENT_RESTING_ORDER_ID] >> SLOT_BITS
        ]

    def condition(self, row: Row) -> None:
        """Apply a CONDITIONED row."""
        order = self._orders[row[EVENT_ORDER_ID] >> SLOT_BITS]
        condition(order, row)
        first = row[EVENT_RESTING_ORDER_ID]
        if first not in (0, order.order_id):
            self._orders[first >> SLOT_BITS].linked_ids += (order.order_id,)

    def move(self, row: Row, *, waits: bool) -> None:
        """Apply an ACTIVATED or PARKED row."""
        move(self._orders[row[EVENT_ORDER_ID] >> SLOT_BITS], row, waits=waits)

    def refill(self, row: Row) -> None:
        """Apply a REFILLED row."""
        refill(self._orders[row[EVENT_ORDER_ID] >> SLOT_BITS], row)

    def reduce(self, row: Row) -> None:
        """Apply a REDUCED row."""
        reduce(self._orders[row[EVENT_ORDER_ID] >> SLOT_BITS], row)

    def amend(self, row: Row) -> None:
        """Apply an AMENDED row."""
        amend(self._orders[row[EVENT_ORDER_ID] >> SLOT_BITS], row)

    def cancel(self, row: Row) -> None:
        """Apply a CANCELLED row."""
        order = self._orders[row[EVENT_ORDER_ID] >> SLOT_BITS]
        cancel(order, row)
        self._close(order)

    def _close(self, order: Order) -> None:
        account = order.account
        if self._lists_live:
            del self._live[account][order.order_id]
        closed = self._closed.get(account)
        if closed is None:
            closed = self._closed[account] = deque()
        closed.append(order)
        if len(closed) > self._closed_limit:
            self._overfull.add(account)

    def hush(self) -> None:
        """Keep no list of live orders until ``settle``: nobody asks meanwhile, as while a log is applied."""
        self._lists_live = False

    def settle(self) -> None:
        """List the live orders of each account, the earliest first."""
        self._lists_live = True
        self._live = {}
        for order in self._orders.values():
            if order.state == _OPEN:
                self._live.setdefault(order.account, {})[order.order_id] = order

    def trim(self) -> None:
        """Forget the closed orders beyond the limit."""
        for account in self._overfull:
            closed = self._closed[account]
            while len(closed) > self._closed_limit:
                oldest = closed.popleft()
                del self._orders[oldest.order_id >> SLOT_BITS]
                if oldest.label and self._labels.get((account, oldest.label)) is oldest:
                    del self._labels[account, oldest.label]
        self._overfull.clear()

    def get(self, account: int, order_id: int) -> Order | None:
        """Return an order of the account, live or kept; None for any other id."""
        order = self._orders.get(order_id >> SLOT_BITS)
        if order is None or order.order_id != order_id or order.account != account:
            return None
        return order

    def is_live(self, account: int, order_id: int) -> bool:
        """Return whether the account has this order open."""
        return order_id in self._live.get(account, ())

    def labelled(self, account: int, label: str) -> Order | None:
        """Return the account's latest order under a label, or None."""
        return self._labels.get((account, label))

    def live(self, account: int, instrument: int | None = None) -> list[Order]:
        """Return the account's open orders, earliest accepted first."""
        orders = self._live.get(account, {}).values()
        return [order for order in orders if instrument is None or order.instrument == instrument]

    def closed(self, account: int) -> Iterator[Order]:
        """Yield the account's kept closed orders, latest closed first."""
        return reversed(self._closed.get(account, ()))

    def snapshot(self) -> bytes:
        """Trim, and return the whole view as MessagePack; equal views give equal bytes."""
        self.trim()
        return msgspec.msgpack.encode(
            _Snapshot(
                [order for _, live in sorted(self._live.items()) for order in live.values()],
                [order for _, closed in sorted(self._closed.items()) for order in closed],
                sorted(order.order_id for order in self._labels.values()),
            )
        )

    def restore(self, snapshot: bytes) -> None:
        """Become the view that was saved; raises ``msgspec.DecodeError`` for other bytes."""
        saved = msgspec.msgpack.decode(snapshot, type=_Snapshot)
        self._orders = {
            order.order_id >> SLOT_BITS: order for order in (*saved.live, *saved.closed)
        }
        self._live, self._closed, self._overfull = {}, {}, set()
        for order in saved.live:
            self._live.setdefault(order.account, {})[order.order_id] = order
        for order in saved.closed:
            self._closed.setdefault(order.account, deque()).append(order)
        labelled = [self._orders[order_id >> SLOT_BITS] for order_id in saved.labelled]
        self._labels = {(order.account, order.label): order for order in labelled}
