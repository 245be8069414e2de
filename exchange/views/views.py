"""All read models of one venue, fed together so that they always speak of the same moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from exchange.core.actions import Action
from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import (
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_ORDER_ID,
    EVENT_PRICE_TICKS,
    EVENT_RESTING_FEE_MICROS,
    EVENT_SEQ,
    EVENT_TAG,
    EventKind,
    State,
)
from exchange.statements.journal import Journal
from exchange.views.actions import ActionView
from exchange.views.defaults import DefaultView
from exchange.views.holds import HoldView
from exchange.views.marks import MarkView
from exchange.views.orders import CLOSED_ORDERS_PER_ACCOUNT, OrderView, Row
from exchange.views.trades import FILLS_PER_ACCOUNT, TradeView

_ACCEPTED = int(EventKind.ACCEPTED)
_EXECUTED = int(EventKind.EXECUTED)
_CANCELLED = int(EventKind.CANCELLED)
_AMENDED = int(EventKind.AMENDED)
_INDEX_PRINTED = int(EventKind.INDEX_PRINTED)
_MARKED = int(EventKind.MARKED)
_STATE_CHANGED = int(EventKind.STATE_CHANGED)
_EXPIRED = int(State.EXPIRED)
_INSTRUMENT_LISTED = int(EventKind.INSTRUMENT_LISTED)
_LEG_BOOKED = int(EventKind.LEG_BOOKED)
_IMPLIED = int(EventKind.IMPLIED)
_IMPLIED_LEG = int(EventKind.IMPLIED_LEG)
_UNCROSSED = int(EventKind.UNCROSSED)
_CONDITIONED = int(EventKind.CONDITIONED)
_ACTIVATED = int(EventKind.ACTIVATED)
_PARKED = int(EventKind.PARKED)
_REDUCED = int(EventKind.REDUCED)
_REFILLED = int(EventKind.REFILLED)
_REJECTED = int(EventKind.REJECTED)
_BESIDE_THE_BOOK = frozenset(
    (
        EventKind.SLICE_OFFERED,
        EventKind.BLOCK_TRADED,
        EventKind.DELEVERAGED,
        EventKind.TRADE_BUSTED,
        EventKind.TRADE_ADJUSTED,
        EventKind.TRADE_GIVEN_UP,
    )
)
_ACTION_TAKEN = int(EventKind.ACTION_TAKEN)
_OF_AN_ORDER = frozenset((_ACCEPTED, _CANCELLED, _AMENDED, _REJECTED))
"""Kinds of rows that move no money and no position."""


class _Snapshot(msgspec.Struct, array_like=True):
    orders: bytes
    trades: bytes
    marks: bytes
    actions: bytes = b"\x90"
    holds: dict[str, int] = {}
    journal: bytes = b""
    defaults: bytes = b""


class Views:
    """Orders, trades, marks, actions and holds, folded from events alone: no clock, no randomness, no I/O.

    The same events in the same order give the same views, byte for byte.
    """

    def __init__(
        self,
        *,
        closed_orders_per_account: int = CLOSED_ORDERS_PER_ACCOUNT,
        fills_per_account: int = FILLS_PER_ACCOUNT,
    ) -> None:
        self.orders = OrderView(closed_orders_per_account)
        self.trades = TradeView(fills_per_account)
        self.marks = MarkView()
        self.actions = ActionView()
        self.holds = HoldView()
        self.journal = Journal()
        self.defaults = DefaultView()

    def apply(self, rows: Sequence[Row], texts: Mapping[int, str]) -> None:
        """Fold the events of one batch in.

        rows: every event row of the batch, in order. texts: SEQ of a command -> its label, or the
        JSON spec of a listed instrument or of an action.
        """
        orders, trades, marks = self.orders, self.trades, self.marks
        orders.trim()
        trades.trim()
        for row in rows:
            kind = row[EVENT_KIND]
            if kind == _ACCEPTED:
                orders.accept(row, texts.get(row[EVENT_SEQ], ""))
            elif kind in (_EXECUTED, _UNCROSSED):
                instrument = row[EVENT_INSTRUMENT]
                aggressor, resting = orders.execute(row)
                trades.execute(
                    row,
                    aggressor,
                    resting,
                    marks.mark_ticks(instrument),
                    marks.index_micros(instrument),
                )
            elif kind == _LEG_BOOKED:
                instrument = row[EVENT_INSTRUMENT]
                prices = marks.mark_ticks(instrument), marks.index_micros(instrument)
                if row[EVENT_ORDER_ID]:
                    trades.book_leg(row, *orders.of_leg(row), *prices)
                else:
                    trades.block(row, *prices)
            elif kind in (_IMPLIED, _IMPLIED_LEG):
                self._imply(row)
            elif kind == _CANCELLED:
                orders.cancel(row)
            elif kind == _AMENDED:
                orders.amend(row)
            elif kind == _CONDITIONED:
                orders.condition(row)
            elif kind in (_ACTIVATED, _PARKED):
                orders.move(row, waits=kind == _PARKED)
            elif kind == _REDUCED:
                orders.reduce(row)
            elif kind == _REFILLED:
                orders.refill(row)
            elif kind in _BESIDE_THE_BOOK:
                self._clear(kind, row)
            elif kind == _MARKED:
                marks.mark(row)
            elif kind == _INDEX_PRINTED:
                marks.print_index(row)
            elif kind == _STATE_CHANGED:
                # A combo ends without a price.
                if row[EVENT_TAG] == _EXPIRED and row[EVENT_RESTING_FEE_MICROS]:
                    marks.settle(row)
            elif kind == _INSTRUMENT_LISTED:
                spec = msgspec.json.decode(texts[row[EVENT_SEQ]], type=InstrumentSpec)
                marks.list_instrument(spec, row[EVENT_PRICE_TICKS])
                self.journal.list_instrument(spec)
                self.defaults.list_instrument(spec)
            elif kind == _REJECTED:
                if row[EVENT_SEQ] <= self.actions.last_seq:
                    self.actions.refuse(row)
                    self.holds.refuse(row)
            elif kind == _ACTION_TAKEN:
                action = msgspec.json.decode(texts[row[EVENT_SEQ]], type=Action)
                self.actions.take(row, action)
                self.holds.take(row, action)
        cleared = [row for row in rows if row[EVENT_KIND] not in _OF_AN_ORDER]
        self.journal.apply(cleared)
        self.defaults.apply(cleared)

    def _imply(self, row: Row) -> None:
        """Fold in a combo's order that traded with orders in its legs, or one of these."""
        instrument = row[EVENT_INSTRUMENT]
        prices = self.marks.mark_ticks(instrument), self.marks.index_micros(instrument)
        order, aggressive = self.orders.execute_implied(row)
        self.trades.imply(row, order, aggressive, *prices)
        if row[EVENT_KIND] == _IMPLIED_LEG:
            combo, combo_aggressive = self.orders.of_implied_leg(row)
            self.trades.imply_leg(row, order, combo, combo_aggressive, *prices)

    def _clear(self, kind: int, row: Row) -> None:
        """Fold in a trade beside the book, or what became of one."""
        trades, instrument = self.trades, row[EVENT_INSTRUMENT]
        if kind == EventKind.SLICE_OFFERED:
            self.orders.offer()
        elif kind == EventKind.TRADE_BUSTED:
            trades.bust(row)
        elif kind == EventKind.TRADE_ADJUSTED:
            trades.adjust(row)
        else:
            book = {
                EventKind.BLOCK_TRADED: trades.block,
                EventKind.DELEVERAGED: trades.deleverage,
                EventKind.TRADE_GIVEN_UP: trades.give_up,
            }[EventKind(kind)]
            marks = self.marks
            book(row, marks.mark_ticks(instrument), marks.index_micros(instrument))

    def snapshot(self) -> bytes:
        """Return everything, trimmed, as MessagePack; equal views give equal bytes."""
        return msgspec.msgpack.encode(
            _Snapshot(
                self.orders.snapshot(),
                self.trades.snapshot(),
                self.marks.snapshot(),
                self.actions.snapshot(),
                self.holds.snapshot(),
                self.journal.snapshot(),
                self.defaults.snapshot(),
            )
        )

    def restore(self, snapshot: bytes) -> None:
        """Become the views that were saved, so that the same further events give the same views."""
        saved = msgspec.msgpack.decode(snapshot, type=_Snapshot)
        self.orders.restore(saved.orders)
        self.trades.restore(saved.trades)
        self.marks.restore(saved.marks)
        self.actions.restore(saved.actions)
        self.holds.restore(saved.holds)
        if saved.journal:
            self.journal.restore(saved.journal)
        if saved.defaults:
            self.defaults.restore(saved.defaults)
