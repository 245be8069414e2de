"""Fills of every account, each side of a trade in its own, folded from the core's events."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import takewhile

import msgspec

from exchange.core.layout import (
    EVENT_FEE_MICROS,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_SIDE,
    EVENT_TAG,
    EVENT_TS_NS,
    EventKind,
)
from exchange.views.orders import Order, Row

FILLS_PER_ACCOUNT = 10_000
_UNCROSSED = int(EventKind.UNCROSSED)


class Fill(msgspec.Struct, frozen=True, array_like=True):
    """One side of one trade, as its account sees it.

    trade_id is unique at the venue for ever, trade_seq counts the trades of one instrument from 1.
    mark_ticks and index_micros (per GPU-hour) are those at the trade, 0 before the first.
    tick_direction: 0 plus tick, 1 zero-plus, 2 minus, 3 zero-minus (Deribit API v2).
    state, instructions, tif and label are the order's, right after this fill.
    """

    trade_id: int
    trade_seq: int
    instrument: int
    ts_ns: int
    order_id: int
    side: int
    price_ticks: int
    qty_lots: int
    fee_micros: int
    maker: bool
    own_counterparty: bool
    mark_ticks: int
    index_micros: int
    tick_direction: int
    state: int
    tif: int
    instructions: int
    label: str
    odd_micros: int = 0
    """Of a combo's leg: what the price is above its ticks, micros a lot."""
    combo: int = -1
    """Of a combo's leg: the combo's number, and the id of its trade."""
    combo_trade_id: int = 0


class Tape(msgspec.Struct, array_like=True):
    """What the next trade of one instrument is measured against."""

    trades: int = 0
    last_ticks: int = 0
    tick_direction: int = 0


class _Snapshot(msgspec.Struct, array_like=True):
    fills: list[tuple[int, list[Fill]]]
    tapes: list[tuple[int, Tape]]


def _direction(tape: Tape, price_ticks: int) -> int:
    """Return the tick direction of the next trade; an instrument's first is a plus tick."""
    if tape.trades == 0 or price_ticks > tape.last_ticks:
        return 0
    if price_ticks < tape.last_ticks:
        return 2
    return tape.tick_direction | 1


class TradeView:
    """The latest ``limit`` fills of each account, in the order they happened.

    More are forgotten at ``trim``, so that whoever is told of a batch still finds every fill in it.
    """

    def __init__(self, limit: int = FILLS_PER_ACCOUNT) -> None:
        if limit < 1:
            raise ValueError(f"limit must be at least 1, got {limit}")
        self._limit = limit
        self._fills: dict[int, deque[Fill]] = {}
        self._tapes: dict[int, Tape] = {}
        self._overfull: set[int] = set()

    def execute(
        self, row: Row, aggressor: Order, resting: Order, mark_ticks: int, index_micros: int
    ) -> None:
        """Add the two fills of an EXECUTED or UNCROSSED row; the orders are as they stand after it."""
        instrument = row[EVENT_INSTRUMENT]
        tape = self._tapes.get(instrument)
        if tape is None:
            tape = self._tapes[instrument] = Tape()
        price_ticks = row[EVENT_PRICE_TICKS]
        direction = tape.tick_direction = _direction(tape, price_ticks)
        tape.last_ticks = price_ticks
        tape.trades += 1
        own = aggressor.account == resting.account
        for order, fee_micros, maker in (
            (resting, row[EVENT_RESTING_FEE_MICROS], True),
            (aggressor, row[EVENT_FEE_MICROS], row[EVENT_KIND] == _UNCROSSED),
        ):
            fills = self._fills.get(order.account)
            if fills is None:
                fills = self._fills[order.account] = deque()
            fills.append(
                Fill(
                    row[EVENT_TAG],
                    tape.trades,
                    instrument,
                    row[EVENT_TS_NS],
                    order.order_id,
                    order.side,
                    price_ticks,
                    row[EVENT_QTY_LOTS],
                    fee_micros,
                    maker,
                    own,
                    mark_ticks,
                    index_micros,
                    direction,
                    order.state,
                    order.tif,
                    order.instructions,
                    order.label,
                )
            )
            if len(fills) > self._limit:
                self._overfull.add(order.account)

    def book_leg(
        self, row: Row, aggressor: Order, resting: Order, mark_ticks: int, index_micros: int
    ) -> None:
        """Add the two fills of a LEG_BOOKED row; the orders are the combo's.

        The next trade of the leg's own book is not measured against it.
        """
        instrument = row[EVENT_INSTRUMENT]
        tape = self._tapes.setdefault(instrument, Tape())
        tape.trades += 1
        own = aggressor.account == resting.account
        for order, side in ((resting, 1 - row[EVENT_SIDE]), (aggressor, row[EVENT_SIDE])):
            fills = self._fills.setdefault(order.account, deque())
            fills.append(
                Fill(
                    row[EVENT_TAG],
                    tape.trades,
                    instrument,
                    row[EVENT_TS_NS],
                    order.order_id,
                    side,
                    row[EVENT_PRICE_TICKS],
                    row[EVENT_QTY_LOTS],
                    0,
                    order is resting,
                    own,
                    mark_ticks,
                    index_micros,
                    tape.tick_direction,
                    order.state,
                    order.tif,
                    order.instructions,
                    order.label,
                    row[EVENT_LEAVES_LOTS],
                    order.instrument,
                    row[EVENT_RESTING_LEAVES_LOTS],
                )
            )
            if len(fills) > self._limit:
                self._overfull.add(order.account)

    def trim(self) -> None:
        """Forget the fills beyond the limit."""
        for account in self._overfull:
            fills = self._fills[account]
            while len(fills) > self._limit:
                fills.popleft()
        self._overfull.clear()

    def fills(self, account: int) -> Sequence[Fill]:
        """Return the account's kept fills, earliest first."""
        return self._fills.get(account, ())

    def latest(self, account: int) -> Iterator[Fill]:
        """Yield the account's kept fills, latest first."""
        return reversed(self._fills.get(account, ()))

    def of_order(self, account: int, order_id: int) -> list[Fill]:
        """Return the kept fills of one of the account's orders, earliest first."""
        return [fill for fill in self.fills(account) if fill.order_id == order_id]

    def since(self, account: int, trade_id: int) -> list[Fill]:
        """Return the account's kept fills of this trade and later ones, earliest first.

        It costs as much as it returns, so it is meant for the trades of the latest batch.
        """
        found = list(takewhile(lambda fill: fill.trade_id >= trade_id, self.latest(account)))
        found.reverse()
        return found

    def snapshot(self) -> bytes:
        """Trim, and return the whole view as MessagePack; equal views give equal bytes."""
        self.trim()
        return msgspec.msgpack.encode(
            _Snapshot(
                [(account, list(fills)) for account, fills in sorted(self._fills.items())],
                sorted(self._tapes.items(), key=lambda item: item[0]),
            )
        )

    def restore(self, snapshot: bytes) -> None:
        """Become the view that was saved; raises ``msgspec.DecodeError`` for other bytes."""
        saved = msgspec.msgpack.decode(snapshot, type=_Snapshot)
        self._fills = {account: deque(fills) for account, fills in saved.fills}
        self._tapes = dict(saved.tapes)
        self._overfull = set()
