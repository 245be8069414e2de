"""What every single command did to trades, orders and levels: the rows of the tape.

A batch is applied command by command, so that an order which came and went inside one is on the tape too.
What became of the orders that a command touched is read off the core's own books, so no book is kept
a second time by other rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from exchange.core import layout as at
from exchange.core.commands import Batch
from exchange.core.core import Core
from exchange.core.layout import CommandKind, EventKind
from matching.layout import ORDER_LEAVES_LOTS, SLOT_MASK, Side

_LINKED = int(CommandKind.LINKED)
_REFILLED = int(EventKind.REFILLED)
_AMENDED = int(EventKind.AMENDED)
_PAIRS = frozenset((int(EventKind.EXECUTED), int(EventKind.UNCROSSED)))
_TRADES = {
    int(EventKind.EXECUTED): "book",
    int(EventKind.UNCROSSED): "auction",
    int(EventKind.LEG_BOOKED): "leg",
    int(EventKind.BLOCK_TRADED): "block",
    int(EventKind.IMPLIED): "implied",
    int(EventKind.IMPLIED_LEG): "implied_leg",
}
_IMPLIED = frozenset((int(EventKind.IMPLIED), int(EventKind.IMPLIED_LEG)))
_OF_ORDERS = (
    _PAIRS
    | _IMPLIED
    | {
        int(kind)
        for kind in (
            EventKind.ACCEPTED,
            EventKind.CANCELLED,
            EventKind.AMENDED,
            EventKind.REDUCED,
            EventKind.REFILLED,
            EventKind.ACTIVATED,
            EventKind.PARKED,
        )
    }
)

_TO_THE_END = frozenset(
    int(kind)
    for kind in (
        EventKind.ACCEPTED,
        EventKind.ACTIVATED,
        EventKind.AMENDED,
        EventKind.REFILLED,
        EventKind.PARKED,
    )
)
"""After these an order may stand at the end of a queue."""

NO_SIDE = -1
ADD, CANCEL, TRADE, FILL, CLEAR = "A", "C", "T", "F", "R"


class OrderRow(NamedTuple):
    """One step of the book of orders (L3).

    action: A an order comes to the end of its level's queue; C so many lots leave the order, which is gone
    at 0; T a trade, F a resting order's part in it (neither changes the book: C follows); R the
    book is empty. side: 0 buy, 1 sell, -1 neither.
    """

    seq: int
    ts_ns: int
    instrument: int
    action: str
    side: int
    price_ticks: int
    qty_lots: int
    order_id: int


class LevelRow(NamedTuple):
    """The size at a price after a command (L2); 0: the level is gone."""

    seq: int
    ts_ns: int
    instrument: int
    side: int
    price_ticks: int
    qty_lots: int


class TradeRow(NamedTuple):
    """One trade.

    kind: book, auction, leg (of a combo's trade), block, or implied and implied_leg where a combo traded
    with its legs' books. side: the aggressor's, -1 in an auction, the buyer's view of a block.
    odd_micros: of a leg, what its price is above its ticks. The orders are those of buyer and seller in an
    auction, 0 where no order made it.
    """

    seq: int
    ts_ns: int
    instrument: int
    trade_id: int
    trade_seq: int
    kind: str
    side: int
    price_ticks: int
    odd_micros: int
    qty_lots: int
    aggressor_order_id: int
    resting_order_id: int


class Resting(NamedTuple):
    """What the book shows of one order."""

    instrument: int
    side: int
    price_ticks: int
    qty_lots: int


def commands_of(batch: Batch) -> Iterator[Batch]:
    """Yield a batch command by command, each with the rows that are linked to it."""
    kinds = batch.rows[:, at.COMMAND_KIND].tolist()
    start = 0
    while start < len(kinds):
        end = start + 1
        while end < len(kinds) and kinds[end] == _LINKED:
            end += 1
        yield batch.part(start, end)
        start = end


class OrderTape:
    """Applies batches to a core and collects the rows of the tape; take them away with ``clear``."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.events: list[list[int]] = []
        self.trades: list[TradeRow] = []
        self.orders: list[OrderRow] = []
        self.levels: list[LevelRow] = []
        self._trade_seqs = [int(row[at.INSTRUMENT_TRADES]) for row in core.instruments]
        self._shown: dict[int, Resting] = {}
        for number in range(len(core.specs)):
            for side in Side:
                for order_id, _, price_ticks, lots, _, _ in core.books.orders(number, side):
                    self._shown[order_id] = Resting(number, int(side), price_ticks, lots)

    @property
    def rows(self) -> int:
        """How many rows were collected."""
        return len(self.events) + len(self.trades) + len(self.orders) + len(self.levels)

    def clear(self) -> None:
        """Forget the rows that were collected."""
        self.events, self.trades, self.orders, self.levels = [], [], [], []

    def standing(self) -> list[OrderRow]:
        """Return the rows that build the present books from nothing, each level in the order of its queue."""
        seq, ts_ns = self.core.seq, self.core.ts_ns
        found = []
        for number in range(len(self.core.specs)):
            found.append(OrderRow(seq, ts_ns, number, CLEAR, NO_SIDE, 0, 0, 0))
            for side in Side:
                found += [
                    OrderRow(seq, ts_ns, number, ADD, int(side), price_ticks, lots, order_id)
                    for order_id, _, price_ticks, lots, _, _ in self.core.books.orders(number, side)
                ]
        return found

    def apply(self, batch: Batch) -> None:
        """Apply a batch and collect what it did."""
        for command in commands_of(batch):
            events: list[list[int]] = self.core.apply(command).tolist()
            if events:
                self.events += events
                self._take(events)

    def _take(self, events: Sequence[list[int]]) -> None:
        touched: dict[int, None] = {}
        requeued: set[int] = set()
        aggressor_id = 0
        for row in events:
            kind = row[at.EVENT_KIND]
            if kind == EventKind.INSTRUMENT_LISTED:
                self._trade_seqs.append(0)
            if kind == EventKind.IMPLIED:
                aggressor_id = row[at.EVENT_RESTING_ORDER_ID]
            if kind in _TRADES:
                self._trade(row, _TRADES[kind], aggressor_id)
            if kind not in _OF_ORDERS:
                continue
            order_id = row[at.EVENT_ORDER_ID]
            if kind in _PAIRS or kind in _IMPLIED:
                touched[row[at.EVENT_RESTING_ORDER_ID]] = None
            elif kind in _TO_THE_END:
                if kind == _REFILLED or (
                    kind == _AMENDED and not row[at.EVENT_RESTING_LEAVES_LOTS]
                ):
                    requeued.add(order_id)
                # Behind those that came before it in this command.
                touched.pop(order_id, None)
            touched[order_id] = None
        if touched:
            seq, ts_ns = events[-1][at.EVENT_SEQ], events[-1][at.EVENT_TS_NS]
            self._compare(seq, ts_ns, touched, requeued)

    def _trade(self, row: list[int], kind: str, aggressor_id: int) -> None:
        """Collect a trade; aggressor_id: of implied trades, 0 where all rested."""
        number = row[at.EVENT_INSTRUMENT]
        self._trade_seqs[number] += 1
        side, own, other = (
            row[at.EVENT_SIDE],
            row[at.EVENT_ORDER_ID],
            row[at.EVENT_RESTING_ORDER_ID],
        )
        # (side, order) of those that rested.
        resting: list[tuple[int, int]] = []
        aggressor = own
        if kind == "book":
            resting = [(1 - side, other)]
        elif kind == "auction":
            resting, aggressor, side = [(0, own), (1, other)], 0, NO_SIDE
        elif kind in ("implied", "implied_leg"):
            other = 0
            if own != aggressor_id:
                resting, aggressor, side, other = [(side, own)], aggressor_id, 1 - side, own
        else:
            aggressor = own = other = 0
        hours = self.core.specs[number].contract_hours
        when = (row[at.EVENT_SEQ], row[at.EVENT_TS_NS], number)
        price_ticks, qty_lots = row[at.EVENT_PRICE_TICKS], row[at.EVENT_QTY_LOTS]
        self.trades.append(
            TradeRow(
                *when,
                row[at.EVENT_TAG],
                self._trade_seqs[number],
                kind,
                side,
                price_ticks,
                row[at.EVENT_LEAVES_LOTS] // hours if kind == "leg" else 0,
                qty_lots,
                own if kind == "auction" else aggressor,
                other,
            )
        )
        self.orders.append(OrderRow(*when, TRADE, side, price_ticks, qty_lots, aggressor))
        self.orders += [
            OrderRow(*when, FILL, filled, price_ticks, qty_lots, order_id)
            for filled, order_id in resting
            if order_id
        ]

    def _resting(self, order_id: int) -> Resting | None:
        books = self.core.books
        order = books.order(order_id)
        if order is None or order.level_code < 0:
            return None
        # Without what an iceberg hides.
        shown_lots = int(books.order_rows[order_id & SLOT_MASK, ORDER_LEAVES_LOTS])
        return Resting(order.book, order.side, order.price_ticks, shown_lots)

    def _compare(self, seq: int, ts_ns: int, touched: dict[int, None], requeued: set[int]) -> None:
        gone: list[OrderRow] = []
        come: list[OrderRow] = []
        for order_id in touched:
            former = self._shown.pop(order_id, None)
            now = self._resting(order_id)
            if now is not None:
                self._shown[order_id] = now
            stays = (
                former is not None
                and now is not None
                and former[:3] == now[:3]
                and now.qty_lots <= former.qty_lots
                and order_id not in requeued
            )
            if former is not None:
                left = former.qty_lots - (now.qty_lots if stays and now else 0)
                if left:
                    number, side, price_ticks, _ = former
                    gone.append(
                        OrderRow(seq, ts_ns, number, CANCEL, side, price_ticks, left, order_id)
                    )
            if now is not None and not stays:
                number, side, price_ticks, lots = now
                come.append(OrderRow(seq, ts_ns, number, ADD, side, price_ticks, lots, order_id))
        self.orders += gone
        self.orders += come
        level = self.core.books.level
        for place in dict.fromkeys(
            (row.instrument, row.side, row.price_ticks) for row in gone + come
        ):
            self.levels.append(LevelRow(seq, ts_ns, *place, level(*place)[0]))
