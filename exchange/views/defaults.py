"""Defaults: what became of each account that was closed out, to the micro-dollar, as the events tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from exchange.core.instrument import InstrumentSpec
from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_FEE_MICROS,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_FEE_MICROS,
    EVENT_SEQ,
    EVENT_SIDE,
    EVENT_TAG,
    EVENT_TS_NS,
    EventKind,
    Layer,
)
from exchange.statements.postings import PostingKind, changes

Row = list[int]

DEFAULTS_KEPT = 2_000
CLOSINGS_KEPT = 500
"""Deals of one default that are kept one by one; its sums hold all of them."""

_TRADES = (int(EventKind.EXECUTED), int(EventKind.UNCROSSED), int(EventKind.IMPLIED_LEG))
_MARKED = int(EventKind.MARKED)
_MARGIN_CALLED = int(EventKind.MARGIN_CALLED)
_CALL_MET = int(EventKind.CALL_MET)
_CLOSING_OUT = int(EventKind.CLOSING_OUT)
_ALWAYS = frozenset((_MARKED, _MARGIN_CALLED, _CALL_MET, _CLOSING_OUT))
_SUMS = {
    PostingKind.FEE: "fees_micros",
    PostingKind.SETTLEMENT_FEE: "fees_micros",
    PostingKind.CORRECTION: "corrected_micros",
}


class Closing(msgspec.Struct, frozen=True, array_like=True):
    """Lots of a defaulter that were closed: in the book, or against the counterparty that was deleveraged.

    side: of the defaulter. gain_micros: against the mark, negative for a loss, the fee apart.
    """

    seq: int
    ts_ns: int
    instrument: int
    side: int
    price_ticks: int
    mark_ticks: int
    qty_lots: int
    gain_micros: int
    fee_micros: int
    counterparty: int
    deleveraged: bool


class Default(msgspec.Struct, array_like=True):
    """One close-out from its first step to the end (ended_ns 0 while it goes on).

    called_ns, missing_micros: of the margin call before it. equity_micros: with which it began; what is
    added to that is each sum below it with its sign, fees and losses negative. layers: Layer -> what
    it paid; contributors: account -> what its share of the default fund paid.
    """

    account: int
    seq: int
    begun_ns: int
    called_ns: int
    missing_micros: int
    equity_micros: int
    ended_ns: int = 0
    lots: dict[int, int] = {}
    closings: list[Closing] = []
    closings_left_out: int = 0
    traded_micros: int = 0
    """Against the mark, in the book."""
    deleveraged_micros: int = 0
    """Against the mark; what counterparties gave up, or negative, gained."""
    fees_micros: int = 0
    marked_micros: int = 0
    """What marks, final settlements and funding moved."""
    transferred_micros: int = 0
    """Deposits, moves from other accounts of the firm and the default fund."""
    corrected_micros: int = 0
    layers: dict[int, int] = {}
    contributors: dict[int, int] = {}

    @property
    def balance_micros(self) -> int:
        """Equity as it stands, or stood at the end."""
        return (
            self.equity_micros
            + self.traded_micros
            + self.deleveraged_micros
            + self.fees_micros
            + self.marked_micros
            + self.transferred_micros
            + self.corrected_micros
            + sum(self.layers.values())
        )


class _Saved(msgspec.Struct, array_like=True):
    defaults: list[Default]
    called: dict[int, tuple[int, int]]
    values: list[tuple[int, int]]
    marks: list[int]


class DefaultView:
    """The newest ``kept`` defaults, and all that go on; the log has them all."""

    def __init__(self, kept: int = DEFAULTS_KEPT) -> None:
        self._kept = kept
        self._defaults: list[Default] = []
        self._open: dict[int, Default] = {}
        self._called: dict[int, tuple[int, int]] = {}
        self._values: list[tuple[int, int]] = []
        self._marks: list[int] = []

    def newest(self) -> Iterator[Default]:
        """Give the defaults, newest first."""
        return reversed(self._defaults)

    def running(self, account: int) -> Default | None:
        """Return the close-out of an account that goes on."""
        return self._open.get(account)

    def list_instrument(self, spec: InstrumentSpec) -> None:
        """Learn what a tick and a micro-dollar a GPU-hour of the next instrument are worth."""
        self._values.append((spec.tick_value_micros, spec.contract_hours))
        self._marks.append(spec.reference_ticks)

    def apply(self, rows: Sequence[Row]) -> None:
        """Fold the events of one batch in."""
        for row in rows:
            kind = row[EVENT_KIND]
            if kind in _ALWAYS:
                self._follow(kind, row)
            elif self._open:
                self._account_for(kind, row)

    def _follow(self, kind: int, row: Row) -> None:
        account, instrument = row[EVENT_ACCOUNT], row[EVENT_INSTRUMENT]
        if kind == _MARKED:
            moved_ticks = row[EVENT_PRICE_TICKS] - self._marks[instrument]
            self._marks[instrument] = row[EVENT_PRICE_TICKS]
            self._pay_per_lot(instrument, moved_ticks * self._values[instrument][0])
        elif kind == _MARGIN_CALLED:
            # Whole and short again within one command: only the new call is told.
            self._end(row)
            self._called[account] = row[EVENT_TS_NS], row[EVENT_RESTING_FEE_MICROS]
        elif kind == _CALL_MET:
            self._end(row)
        elif instrument != -1:
            self._open[account].lots[instrument] = row[EVENT_QTY_LOTS]
        else:
            self._begin(row)

    def _end(self, row: Row) -> None:
        self._called.pop(row[EVENT_ACCOUNT], None)
        ended = self._open.pop(row[EVENT_ACCOUNT], None)
        if ended is not None:
            ended.ended_ns = row[EVENT_TS_NS]

    def _begin(self, row: Row) -> None:
        account = row[EVENT_ACCOUNT]
        called_ns, missing_micros = self._called.pop(account)
        begun = Default(
            account,
            row[EVENT_SEQ],
            row[EVENT_TS_NS],
            called_ns,
            missing_micros,
            row[EVENT_RESTING_FEE_MICROS],
        )
        self._open[account] = begun
        self._defaults.append(begun)
        if len(self._defaults) > self._kept:
            ended = next((d for d in self._defaults if d.ended_ns), None)
            if ended is not None:
                self._defaults.remove(ended)

    def _pay_per_lot(self, instrument: int, micros: int) -> None:
        for default in self._open.values():
            default.marked_micros += default.lots.get(instrument, 0) * micros

    def _account_for(self, kind: int, row: Row) -> None:
        account = row[EVENT_ACCOUNT]
        micros = row[EVENT_RESTING_FEE_MICROS]
        if kind in _TRADES:
            self._trade(row)
        elif kind == EventKind.DELEVERAGED:
            if account == row[EVENT_TAG]:
                self._close(row, account, row[EVENT_SIDE], 0, row[EVENT_RESTING_ACCOUNT], True)
            else:
                self._fill(row, account, row[EVENT_SIDE], deleveraged=True)
        elif kind == EventKind.LAYER_PAID:
            self._pay(row)
        elif kind == EventKind.FUNDED:
            instrument = row[EVENT_INSTRUMENT]
            self._pay_per_lot(instrument, -micros * self._values[instrument][1])
        elif kind == EventKind.SETTLED:
            self._settle(row)
        elif kind == EventKind.TRADE_BUSTED:
            for party, sign in ((account, -1), (row[EVENT_RESTING_ACCOUNT], 1)):
                self._add_lots(party, row[EVENT_INSTRUMENT], sign * row[EVENT_QTY_LOTS])
        if self._open:
            for change in changes(row, [value for value, _ in self._values]):
                default = self._open.get(change.account)
                if default is not None:
                    name = _SUMS.get(change.kind, "transferred_micros")
                    setattr(default, name, getattr(default, name) + change.amount_micros)

    def _trade(self, row: Row) -> None:
        account, other, side = row[EVENT_ACCOUNT], row[EVENT_RESTING_ACCOUNT], row[EVENT_SIDE]
        self._close(row, account, side, row[EVENT_FEE_MICROS], other, False)
        fee_micros = row[EVENT_RESTING_FEE_MICROS]
        self._close(row, other, 1 - side, fee_micros, account, False)

    def _close(
        self, row: Row, account: int, side: int, fee: int, counterparty: int, deleveraged: bool
    ) -> None:
        default = self._open.get(account)
        if default is None:
            return
        gain_micros = self._fill(row, account, side, deleveraged=deleveraged)
        if len(default.closings) == CLOSINGS_KEPT:
            default.closings_left_out += 1
            return
        instrument = row[EVENT_INSTRUMENT]
        default.closings.append(
            Closing(
                row[EVENT_SEQ],
                row[EVENT_TS_NS],
                instrument,
                side,
                row[EVENT_PRICE_TICKS],
                self._marks[instrument],
                row[EVENT_QTY_LOTS],
                gain_micros,
                fee,
                counterparty,
                deleveraged,
            )
        )

    def _fill(self, row: Row, account: int, side: int, *, deleveraged: bool) -> int:
        """Book one side of a deal of an account that is in default; return its gain against the mark."""
        default = self._open.get(account)
        if default is None:
            return 0
        instrument = row[EVENT_INSTRUMENT]
        lots = row[EVENT_QTY_LOTS] * (1 - 2 * side)
        gained_ticks = self._marks[instrument] - row[EVENT_PRICE_TICKS]
        gain_micros = gained_ticks * lots * self._values[instrument][0]
        self._add_lots(account, instrument, lots)
        if deleveraged:
            default.deleveraged_micros += gain_micros
        else:
            default.traded_micros += gain_micros
        return gain_micros

    def _add_lots(self, account: int, instrument: int, lots: int) -> None:
        default = self._open.get(account)
        if default is not None:
            left = default.lots.pop(instrument, 0) + lots
            if left:
                default.lots[instrument] = left

    def _pay(self, row: Row) -> None:
        default = self._open[row[EVENT_ACCOUNT]]
        layer, micros = row[EVENT_TAG], row[EVENT_RESTING_FEE_MICROS]
        default.layers[layer] = default.layers.get(layer, 0) + micros
        if layer in (Layer.CONTRIBUTION, Layer.DEFAULT_FUND):
            contributor = row[EVENT_RESTING_ACCOUNT]
            paid = default.contributors.get(contributor, 0)
            default.contributors[contributor] = paid + micros

    def _settle(self, row: Row) -> None:
        default, instrument = self._open.get(row[EVENT_ACCOUNT]), row[EVENT_INSTRUMENT]
        if default is not None:
            tick_value_micros, hours = self._values[instrument]
            marked_micros = self._marks[instrument] * tick_value_micros
            final_micros = row[EVENT_RESTING_FEE_MICROS] * hours
            default.marked_micros += (final_micros - marked_micros) * row[EVENT_QTY_LOTS]
            default.lots.pop(instrument, None)

    def snapshot(self) -> bytes:
        """Return the whole view as MessagePack; equal views give equal bytes."""
        saved = _Saved(self._defaults, self._called, self._values, self._marks)
        return msgspec.msgpack.encode(saved)

    def restore(self, snapshot: bytes) -> None:
        """Become the view that was saved; raises ``msgspec.DecodeError`` for other bytes."""
        saved = msgspec.msgpack.decode(snapshot, type=_Saved)
        self._defaults, self._called = saved.defaults, saved.called
        self._values, self._marks = saved.values, saved.marks
        self._open = {d.account: d for d in saved.defaults if not d.ended_ns}


__all__ = ["Closing", "Default", "DefaultView"]
