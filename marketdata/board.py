"""The public state of one instrument."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from marketdata.candles import Bar, CandleRecord, Candles
from marketdata.changes import Change, Stream, StreamRecord
from marketdata.depth import Depth
from marketdata.messages import STATE_NAMES, Instrument, State, Trade, dollars, milliseconds
from marketdata.statistics import RollingDay
from marketdata.tape import Print, Tape
from matching.layout import Side

_BUY = int(Side.BUY)
_SELL = int(Side.SELL)

Best = tuple[tuple[int, int] | None, tuple[int, int] | None]


class Indicative(NamedTuple):
    """What an auction held now would bring."""

    price_ticks: int
    volume_lots: int
    surplus_lots: int


class BoardRecord(msgspec.Struct):
    """Everything of a board but its depth, for a snapshot."""

    instrument: Instrument
    state: int
    ts_ns: int
    mark_ticks: int
    index_micros: int
    open_interest_lots: int
    funding_micros: int
    band_ticks: tuple[int, int] | None
    indicative: Indicative | None
    prints: list[Print]
    day: list[Bar]
    candles: CandleRecord
    raw: StreamRecord
    window: StreamRecord
    state_ns: int = 0
    window_state: int | None = None
    """None in a snapshot of before it was kept: the state."""
    moved_seq: int | None = None
    """None in a snapshot of before it was kept: the book's change_id in windows."""


class Board:
    """What is known publicly of one instrument; changed by Market when it commits a batch."""

    def __init__(self, instrument: Instrument, tape_capacity: int) -> None:
        self.instrument = instrument
        self.state: int = State.PRE_OPEN
        self.ts_ns = instrument.creation_ns
        """Time of the last batch that touched the instrument."""
        self.mark_ticks = 0
        self.index_micros = 0
        self.open_interest_lots = 0
        self.funding_micros = 0
        self.band_ticks: tuple[int, int] | None = None
        self.indicative: Indicative | None = None
        self.depth = Depth()
        self.tape = Tape(tape_capacity)
        self.candles = Candles()
        self.day = RollingDay()
        self.raw = Stream("raw")
        self.window = Stream("100ms")
        self.state_ns = instrument.creation_ns
        """Time of the command that changed the state last."""
        self.window_state: int = State.PRE_OPEN
        """The state when a window of the instrument was closed last."""
        self.moved_seq = 0
        """The market's seq when a window in which book or state changed was closed last."""
        self._best: Best = (None, None)

    def stream(self, interval: str) -> Stream:
        """Return the stream of an interval."""
        return self.raw if interval == "raw" else self.window

    def set_state(self, state: int, ts_ns: int) -> None:
        """Change the trading state by a command of a time."""
        if state != self.state:
            self.state = state
            self.state_ns = ts_ns
            self.indicative = None
            self.raw.state = self.raw.ticker = True

    def announce(self) -> None:
        """Publish the state of a new instrument."""
        self.raw.state = self.raw.ticker = True

    def set_level(self, side: int, price_ticks: int, qty_lots: int) -> None:
        """Change the size at a price."""
        former_lots = self.depth.replace(side, price_ticks, qty_lots)
        if former_lots != qty_lots:
            self.raw.note_level(side, price_ticks, former_lots)

    def record_trade(self, trade: Trade) -> None:
        """Add an execution; one beside the book is on the tape alone."""
        self.raw.prints.append(self.tape.record(trade))
        if trade.is_beside_the_book:
            return
        self.candles.record(trade.ts_ns, trade.price_ticks, trade.qty_lots)
        self.day.record(trade.ts_ns, trade.price_ticks, trade.qty_lots)
        self.raw.ticker = True

    def set_mark(self, mark_ticks: int) -> None:
        """Change the mark price."""
        if mark_ticks != self.mark_ticks:
            self.mark_ticks = mark_ticks
            self.raw.ticker = True

    def set_index(self, index_micros: int) -> None:
        """Change the price of the instrument's index."""
        self.index_micros = index_micros
        self.raw.ticker = self.raw.funding = True

    def set_open_interest(self, lots: int) -> None:
        """Change the open interest."""
        if lots != self.open_interest_lots:
            self.open_interest_lots = lots
            self.raw.ticker = True

    def set_band(self, low_ticks: int, high_ticks: int) -> None:
        """Change the lowest and highest price at which orders are taken."""
        if self.band_ticks != (low_ticks, high_ticks):
            self.band_ticks = (low_ticks, high_ticks)
            self.raw.ticker = True

    def set_indicative(self, price_ticks: int, volume_lots: int, surplus_lots: int) -> None:
        """Change what an auction held now would bring; the surplus is positive where buyers are left."""
        self.indicative = Indicative(price_ticks, volume_lots, surplus_lots)
        self.raw.ticker = True

    def set_funding(self, amount_micros: int) -> None:
        """Change the latest funding payment of a long position, micro-dollars per GPU-hour."""
        self.funding_micros = amount_micros
        self.raw.ticker = self.raw.funding = True

    def load_depth(self, bids: Iterable[tuple[int, int]], asks: Iterable[tuple[int, int]]) -> None:
        """Replace the whole depth, as (price_ticks, qty_lots), without publishing a change."""
        self.depth.clear()
        for side, levels in ((Side.BUY, bids), (Side.SELL, asks)):
            for price_ticks, qty_lots in levels:
                self.depth.set(side, price_ticks, qty_lots)
        self._best = (self.depth.best_bid, self.depth.best_ask)

    def close_batch(self, seq: int, ts_ns: int, *, told: bool = True) -> Change | None:
        """Return what the batch changed; it also joins the open window.

        told: whether anyone wants to know; if not, nothing is made of it, and None returned.
        """
        raw = self.raw
        self.ts_ns = ts_ns
        self.day.roll(ts_ns)
        depth = self.depth
        best = (depth.best(_BUY), depth.best(_SELL))
        if best != self._best:
            self._best = best
            raw.quote = raw.ticker = True
        self.window.absorb(raw)
        if told:
            return raw.take(self.instrument.instrument_id, depth, seq, ts_ns)
        raw.pass_over(depth, seq)
        return None

    def pass_batch(self, seq: int, ts_ns: int, *, changed: bool, quoted: bool) -> None:
        """End a batch as ``close_batch`` does, of which nobody is told and others keep the levels.

        changed: the depth is not what it was; quoted: nor are the best prices.
        """
        self.ts_ns = ts_ns
        self.day.roll(ts_ns)
        if quoted:
            self.raw.quote = self.raw.ticker = True
        self.window.absorb(self.raw)
        self.raw.pass_by(changed=changed, seq=seq)

    def pass_window(self, seq: int, *, changed: bool) -> None:
        """End a window as ``close_window`` does, of which nobody is told and others keep the levels."""
        self.window.pass_by(changed=changed, seq=self.raw.change_id)
        self._note_move(seq, changed=changed)

    def _note_move(self, seq: int, *, changed: bool) -> None:
        if changed or self.state != self.window_state:
            self.moved_seq = seq
            self.window_state = self.state

    def close_window(self, seq: int) -> Change:
        """Return what the window changed; its book message carries the newest raw change_id.

        seq: the market's, of the batch with which the window ends.
        """
        change = self.window.take(
            self.instrument.instrument_id, self.depth, self.raw.change_id, self.ts_ns
        )
        self._note_move(seq, changed=bool(change.bids or change.asks))
        return change

    def quote(self) -> dict[str, Any]:
        """Return best prices and sizes (``quote.{instrument}``); an empty side is null and 0."""
        return {
            "timestamp": milliseconds(self.ts_ns),
            "instrument_name": self.instrument.name,
            **self._best_fields(),
        }

    def _best_fields(self) -> dict[str, Any]:
        bid, ask = self._best
        price = self.instrument.price
        return {
            "best_bid_price": price(bid[0]) if bid else None,
            "best_bid_amount": bid[1] if bid else 0,
            "best_ask_price": price(ask[0]) if ask else None,
            "best_ask_amount": ask[1] if ask else 0,
        }

    def _price(self, ticks: int | None) -> float | None:
        return None if ticks is None else self.instrument.price(ticks)

    def index_price(self) -> float | None:
        """Return the index in dollars per GPU-hour, None before its first print."""
        return dollars(self.index_micros) if self.index_micros else None

    def _mark(self) -> float | None:
        known = self.mark_ticks or self.instrument.legs
        return self.instrument.price(self.mark_ticks) if known else None

    def _last(self) -> float | None:
        last = self.tape.last
        return self.instrument.price(last.trade.price_ticks) if last else None

    def _price_change(self, open_ticks: int | None) -> float | None:
        last = self.tape.last
        if not open_ticks or last is None:
            return None
        return round((last.trade.price_ticks - open_ticks) / abs(open_ticks) * 100, 4)

    def funding_rate(self) -> float:
        """Return the latest funding payment over the index, 0 before the first."""
        return round(self.funding_micros / self.index_micros, 8) if self.index_micros else 0.0

    def ticker(self, ts_ns: int | None = None) -> dict[str, Any]:
        """Return the ticker of the dialect (public/ticker, ``ticker.{instrument}.{interval}``).

        ts_ns: when it is asked, by default the time of the instrument's last batch.
        """
        at_ns = self.ts_ns if ts_ns is None else max(ts_ns, self.ts_ns)
        day = self.day.at(at_ns)
        notional = self.instrument.notional(day.cost_ticklots)
        low_ticks, high_ticks = self.band_ticks or (None, None)
        fields: dict[str, Any] = {
            "timestamp": milliseconds(at_ns),
            "instrument_name": self.instrument.name,
            "state": STATE_NAMES[self.state],
            "stats": {
                "volume": day.volume_lots,
                "volume_notional": notional,
                "volume_usd": notional,
                "price_change": self._price_change(day.open_ticks),
                "low": self._price(day.low_ticks),
                "high": self._price(day.high_ticks),
            },
            "open_interest": self.open_interest_lots,
            "min_price": self._price(low_ticks),
            "max_price": self._price(high_ticks),
            "mark_price": self._mark(),
            "last_price": self._last(),
            "index_price": self.index_price(),
            "estimated_delivery_price": self.index_price(),
            **self._best_fields(),
        }
        if self.instrument.perpetual:
            fields["current_funding"] = self.funding_rate()
        if self.indicative is not None:
            traded = self.indicative.volume_lots > 0
            fields["indicative_price"] = self._price(
                self.indicative.price_ticks if traded else None
            )
            fields["indicative_volume"] = self.indicative.volume_lots
            fields["indicative_surplus"] = self.indicative.surplus_lots
        return fields

    def order_book(self, depth: int, ts_ns: int) -> dict[str, Any]:
        """Return the ticker with the best levels of both sides (public/get_order_book)."""
        price = self.instrument.price
        return {
            **self.ticker(ts_ns),
            "change_id": self.raw.change_id,
            "bids": [[price(t), lots] for t, lots in self.depth.levels(Side.BUY, depth)],
            "asks": [[price(t), lots] for t, lots in self.depth.levels(Side.SELL, depth)],
        }

    def summary(self, ts_ns: int) -> dict[str, Any]:
        """Return the book summary of the dialect (public/get_book_summary_by_instrument)."""
        day = self.day.at(max(ts_ns, self.ts_ns))
        notional = self.instrument.notional(day.cost_ticklots)
        bid, ask = self._best
        middle = (
            (bid[0] + ask[0]) * self.instrument.tick_micros / 2_000_000 if bid and ask else None
        )
        return {
            "instrument_name": self.instrument.name,
            "base_currency": self.instrument.family,
            "quote_currency": "USD",
            "creation_timestamp": milliseconds(max(ts_ns, self.ts_ns)),
            "volume": day.volume_lots,
            "volume_notional": notional,
            "volume_usd": notional,
            "high": self._price(day.high_ticks),
            "low": self._price(day.low_ticks),
            "last": self._last(),
            "price_change": self._price_change(day.open_ticks),
            "bid_price": self._price(bid[0]) if bid else None,
            "ask_price": self._price(ask[0]) if ask else None,
            "mid_price": middle,
            "mark_price": self._mark(),
            "open_interest": self.open_interest_lots,
            "estimated_delivery_price": self.index_price(),
        }

    def dump(self) -> BoardRecord:
        """Return everything but the depth."""
        return BoardRecord(
            self.instrument,
            self.state,
            self.ts_ns,
            self.mark_ticks,
            self.index_micros,
            self.open_interest_lots,
            self.funding_micros,
            self.band_ticks,
            self.indicative,
            self.tape.dump(),
            self.day.dump(),
            self.candles.dump(),
            self.raw.dump(),
            self.window.dump(),
            self.state_ns,
            self.window_state,
            self.moved_seq,
        )

    def load(self, record: BoardRecord) -> None:
        """Replace everything but the depth."""
        self.state = record.state
        self.ts_ns = record.ts_ns
        self.mark_ticks = record.mark_ticks
        self.index_micros = record.index_micros
        self.open_interest_lots = record.open_interest_lots
        self.funding_micros = record.funding_micros
        self.band_ticks = record.band_ticks
        self.indicative = record.indicative
        self.tape.load(record.prints)
        self.day.load(record.day)
        self.candles.load(record.candles)
        self.raw.load(record.raw)
        self.window.load(record.window)
        self.state_ns = record.state_ns or self.instrument.creation_ns
        self.window_state = self.state if record.window_state is None else record.window_state
        moved_seq = record.moved_seq
        self.moved_seq = self.window.change_id if moved_seq is None else moved_seq
