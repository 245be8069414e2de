"""Fills of every account, each side of a trade in its own, folded from the core's events.

Trades beside the book are fills without an order: block trades, deleveraging, and what an account took
over by a give-up. What an operator corrects stays among the fills, and says what became of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import takewhile

import msgspec
from msgspec.structs import replace

from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_FEE_MICROS,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_ORDER_ID,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_RESTING_ORDER_ID,
    EVENT_SIDE,
    EVENT_TAG,
    EVENT_TS_NS,
    EventKind,
)
from exchange.views.orders import Order, OrderState, Row

FILLS_PER_ACCOUNT = 10_000
_UNCROSSED = int(EventKind.UNCROSSED)
_BLOCK_TRADED = int(EventKind.BLOCK_TRADED)


class FillKind(IntEnum):
    """How a fill came about; stored in snapshots, so numbers keep their meaning."""

    ORDER = 0
    BLOCK = 1
    DELEVERAGED = 2
    TAKEN_OVER = 3
    """Given up to this account by the one that executed it."""


class Standing(IntEnum):
    """What became of a fill; stored in snapshots, so numbers keep their meaning."""

    STANDS = 0
    ADJUSTED = 1
    """The trade has another price now."""
    BUSTED = 2
    """It never was: lots, money and fee went back."""
    GIVEN_UP = 3
    """Another account has it, with its fee."""


class Fill(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One side of one trade, as its account sees it.

    trade_id is unique at the venue for ever, trade_seq counts the trades of one instrument from 1.
    mark_ticks and index_micros (per GPU-hour) are those at the trade, 0 before the first.
    tick_direction: 0 plus tick, 1 zero-plus, 2 minus, 3 zero-minus (Deribit API v2).
    state, instructions, tif and label are the order's, right after this fill; without an order order_id is 0,
    and a fill that is not on the tape has trade_seq 0. liquidated: the account was closed out by it;
    against_liquidation: its counterparty was. price_ticks and fee_micros are those at the trade; where it was
    adjusted, adjusted_ticks is the price as it stands.
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
    kind: int = FillKind.ORDER
    standing: int = Standing.STANDS
    adjusted_ticks: int = 0
    adjusted_odd_micros: int = 0
    liquidated: bool = False
    against_liquidation: bool = False

    @property
    def standing_ticks(self) -> int:
        """The price as it stands."""
        adjusted = self.standing == Standing.ADJUSTED
        return self.adjusted_ticks if adjusted else self.price_ticks

    @property
    def standing_odd_micros(self) -> int:
        """What the price as it stands is above its ticks."""
        adjusted = self.standing == Standing.ADJUSTED
        return self.adjusted_odd_micros if adjusted else self.odd_micros

    @property
    def stands(self) -> bool:
        """Whether the account has, or has had, the position that this fill made."""
        return self.standing in (Standing.STANDS, Standing.ADJUSTED)


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


def _beside(
    row: Row, trade_id: int, side: int, fee_micros: int, mark_ticks: int, index_micros: int
) -> Fill:
    """Return the fill of a trade that no order made."""
    return Fill(
        trade_id,
        0,
        row[EVENT_INSTRUMENT],
        row[EVENT_TS_NS],
        0,
        side,
        row[EVENT_PRICE_TICKS],
        row[EVENT_QTY_LOTS],
        fee_micros,
        False,
        False,
        mark_ticks,
        index_micros,
        0,
        OrderState.FILLED,
        0,
        0,
        "",
    )


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
        self._block = -1
        """Instrument of the block trade whose legs follow."""

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
        liquidation = aggressor.liquidation or resting.liquidation
        for order, fee_micros, maker in (
            (resting, row[EVENT_RESTING_FEE_MICROS], True),
            (aggressor, row[EVENT_FEE_MICROS], row[EVENT_KIND] == _UNCROSSED),
        ):
            self._add(
                order.account,
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
                    liquidated=order.liquidation,
                    against_liquidation=liquidation and not order.liquidation,
                ),
            )

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
            self._add(
                order.account,
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
                ),
            )

    def imply(
        self, row: Row, order: Order, aggressive: bool, mark_ticks: int, index_micros: int
    ) -> None:
        """Add the fill of the order that an IMPLIED or IMPLIED_LEG row speaks of; it moves the tape."""
        tape = self._tapes.setdefault(row[EVENT_INSTRUMENT], Tape())
        tape.tick_direction = _direction(tape, row[EVENT_PRICE_TICKS])
        tape.last_ticks = row[EVENT_PRICE_TICKS]
        tape.trades += 1
        fill = self._implied(row, order, mark_ticks, index_micros)
        fee = row[EVENT_FEE_MICROS]
        own = replace(fill, side=order.side, fee_micros=fee, maker=not aggressive)
        self._add(order.account, own)

    def imply_leg(
        self,
        row: Row,
        leg: Order,
        combo: Order,
        aggressive: bool,
        mark_ticks: int,
        index_micros: int,
    ) -> None:
        """Add what an IMPLIED_LEG row, behind `imply`, is for the combo's owner; both name its trade."""
        of_combo = {"combo": combo.instrument, "combo_trade_id": row[EVENT_RESTING_LEAVES_LOTS]}
        own = leg.account == combo.account
        fills = self._fills[leg.account]
        fills[-1] = replace(fills[-1], own_counterparty=own, **of_combo)
        fill = self._implied(row, combo, mark_ticks, index_micros)
        side = 1 - row[EVENT_SIDE]
        changes = {"side": side, "maker": not aggressive, "own_counterparty": own}
        self._add(combo.account, replace(fill, **changes, **of_combo))

    def _implied(self, row: Row, order: Order, mark_ticks: int, index_micros: int) -> Fill:
        tape = self._tapes[row[EVENT_INSTRUMENT]]
        return replace(
            _beside(row, row[EVENT_TAG], 0, 0, mark_ticks, index_micros),
            trade_seq=tape.trades,
            tick_direction=tape.tick_direction,
            order_id=order.order_id,
            state=order.state,
            tif=order.tif,
            instructions=order.instructions,
            label=order.label,
            liquidated=order.liquidation,
        )

    def block(self, row: Row, mark_ticks: int, index_micros: int) -> None:
        """Add the two fills of a BLOCK_TRADED row, or of a LEG_BOOKED one that follows it.

        The tape's last price stays as it is.
        """
        tape = self._tapes.setdefault(row[EVENT_INSTRUMENT], Tape())
        tape.trades += 1
        changes = {"trade_seq": tape.trades, "tick_direction": tape.tick_direction}
        if row[EVENT_KIND] == _BLOCK_TRADED:
            self._block = row[EVENT_INSTRUMENT]
        else:
            changes |= {
                "combo": self._block,
                "combo_trade_id": row[EVENT_RESTING_LEAVES_LOTS],
                "odd_micros": row[EVENT_LEAVES_LOTS],
            }
        for account, side, fee_micros in (
            (row[EVENT_ACCOUNT], row[EVENT_SIDE], row[EVENT_FEE_MICROS]),
            (row[EVENT_RESTING_ACCOUNT], 1 - row[EVENT_SIDE], row[EVENT_RESTING_FEE_MICROS]),
        ):
            fill = _beside(row, row[EVENT_TAG], side, fee_micros, mark_ticks, index_micros)
            self._add(account, replace(fill, kind=FillKind.BLOCK, **changes))

    def deleverage(self, row: Row, mark_ticks: int, index_micros: int) -> None:
        """Add the fill of a DELEVERAGED row, one side of a deal."""
        fill = _beside(row, row[EVENT_ORDER_ID], row[EVENT_SIDE], 0, mark_ticks, index_micros)
        defaulted = row[EVENT_ACCOUNT] == row[EVENT_TAG]
        self._add(
            row[EVENT_ACCOUNT],
            replace(
                fill,
                kind=FillKind.DELEVERAGED,
                liquidated=defaulted,
                against_liquidation=not defaulted,
            ),
        )

    def bust(self, row: Row) -> None:
        """Apply a TRADE_BUSTED row to the fills of both sides, as far as they are kept."""
        for account in (row[EVENT_ACCOUNT], row[EVENT_RESTING_ACCOUNT]):
            self._correct(account, row[EVENT_TAG], standing=Standing.BUSTED)

    def adjust(self, row: Row) -> None:
        """Apply a TRADE_ADJUSTED row to the fills of both sides, as far as they are kept."""
        for account in (row[EVENT_ACCOUNT], row[EVENT_RESTING_ACCOUNT]):
            self._correct(
                account,
                row[EVENT_TAG],
                standing=Standing.ADJUSTED,
                adjusted_ticks=row[EVENT_PRICE_TICKS],
                adjusted_odd_micros=row[EVENT_RESTING_ORDER_ID],
            )

    def give_up(self, row: Row, mark_ticks: int, index_micros: int) -> None:
        """Apply a TRADE_GIVEN_UP row: one account's fill goes to another, which has no order for it."""
        side, fee_micros = row[EVENT_SIDE], row[EVENT_RESTING_FEE_MICROS]
        former = self._correct(
            row[EVENT_ACCOUNT], row[EVENT_TAG], side=side, standing=Standing.GIVEN_UP
        )
        fill = _beside(row, row[EVENT_TAG], side, fee_micros, mark_ticks, index_micros)
        changes = {"kind": FillKind.TAKEN_OVER, "odd_micros": row[EVENT_RESTING_ORDER_ID]}
        if former is not None:
            changes |= {"combo": former.combo, "combo_trade_id": former.combo_trade_id}
        self._add(row[EVENT_RESTING_ACCOUNT], replace(fill, **changes))

    def _add(self, account: int, fill: Fill) -> None:
        fills = self._fills.setdefault(account, deque())
        fills.append(fill)
        if len(fills) > self._limit:
            self._overfull.add(account)

    def _correct(
        self, account: int, trade_id: int, *, side: int | None = None, **changes: int
    ) -> Fill | None:
        """Change an account's fills of a trade that stand; return one of them as it was."""
        fills = self._fills.get(account, deque())
        found = None
        for place in range(len(fills) - 1, -1, -1):
            fill = fills[place]
            fits = fill.trade_id == trade_id and side in (None, fill.side)
            if fits and fill.stands:
                found, fills[place] = fill, replace(fill, **changes)
        return found

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
        latest = takewhile(
            # What was taken over is an earlier trade among later ones.
            lambda fill: fill.trade_id >= trade_id or fill.kind == FillKind.TAKEN_OVER,
            self.latest(account),
        )
        found = [fill for fill in latest if fill.trade_id >= trade_id]
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
