"""What changed on one instrument since its stream spoke last.

An instrument has two streams: ``raw`` speaks once a sequenced batch, ``100ms`` once a window. The log
says where windows end, so that no follower's clock decides what belongs to one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from marketdata.depth import Action, Depth, action_of
from marketdata.tape import Print
from matching.layout import Side

Interval = Literal["raw", "100ms"]


class LevelChange(NamedTuple):
    """One price level that is not what it was."""

    action: Action
    price_ticks: int
    qty_lots: int


class Change(msgspec.Struct, frozen=True):
    """Everything that changed on one instrument in one batch or window."""

    instrument_id: int
    interval: Interval
    ts_ns: int
    """Time of the last batch in it."""
    prev_change_id: int
    change_id: int
    bids: tuple[LevelChange, ...]
    """Best price first, as are the asks. Both empty: the book is as it was."""
    asks: tuple[LevelChange, ...]
    prints: tuple[Print, ...]
    quote: bool
    """The best bid or ask or its size changed."""
    ticker: bool
    """Any figure of the ticker may have changed."""
    funding: bool
    """The index or the funding payment changed."""
    state: bool
    """The trading state changed, or the instrument is new."""


class StreamRecord(msgspec.Struct):
    """Everything that a stream keeps, for a snapshot."""

    change_id: int
    formers: list[tuple[int, int, int]]
    """(side, price_ticks, qty_lots when the stream spoke last)."""
    prints: list[Print]
    flags: list[bool]


class Stream:
    """Collects the changes of one instrument until they are taken as one Change."""

    __slots__ = (
        "_formers",
        "change_id",
        "funding",
        "interval",
        "prints",
        "quote",
        "state",
        "ticker",
    )

    def __init__(self, interval: Interval) -> None:
        self.interval: Interval = interval
        self.change_id = 0
        """change_id of the last book message of this stream."""
        self._formers: dict[tuple[int, int], int] = {}
        self.prints: list[Print] = []
        self.quote = False
        self.ticker = False
        self.funding = False
        self.state = False

    def note_level(self, side: int, price_ticks: int, former_lots: int) -> None:
        """Remember the size that a level had before it first changed."""
        key = (side, price_ticks)
        if key not in self._formers:
            self._formers[key] = former_lots

    def absorb(self, finer: Stream) -> None:
        """Add what a finer stream is about to say."""
        formers = self._formers
        for key, former_lots in finer._formers.items():
            if key not in formers:
                formers[key] = former_lots
        if finer.prints:
            self.prints += finer.prints
        self.quote |= finer.quote
        self.ticker |= finer.ticker
        self.funding |= finer.funding
        self.state |= finer.state

    def take(self, instrument_id: int, depth: Depth, seq: int, ts_ns: int) -> Change:
        """Return what changed and begin anew.

        A level that is back at its former size is not in it. change_id becomes seq only when the
        book differs, so the chain of change_ids has no link without a message.
        """
        sides: tuple[list[LevelChange], list[LevelChange]] = ([], [])
        for (side, price_ticks), former_lots in self._formers.items():
            qty_lots = depth.qty_lots(side, price_ticks)
            action = action_of(former_lots, qty_lots)
            if action is not None:
                sides[side].append(LevelChange(action, price_ticks, qty_lots))
        bids, asks = sides[Side.BUY], sides[Side.SELL]
        bids.sort(key=lambda level: -level.price_ticks)
        asks.sort(key=lambda level: level.price_ticks)
        prev_change_id = self.change_id
        if bids or asks:
            self.change_id = seq
        change = Change(
            instrument_id,
            self.interval,
            ts_ns,
            prev_change_id,
            self.change_id,
            tuple(bids),
            tuple(asks),
            tuple(self.prints),
            self.quote,
            self.ticker,
            self.funding,
            self.state,
        )
        self._begin_anew()
        return change

    def pass_over(self, depth: Depth, seq: int) -> None:
        """Begin anew as ``take`` does, of which nobody is told."""
        for (side, price_ticks), former_lots in self._formers.items():
            if depth.qty_lots(side, price_ticks) != former_lots:
                self.change_id = seq
                break
        self._begin_anew()

    def pass_by(self, *, changed: bool, seq: int) -> None:
        """Begin anew as ``take`` does, where others keep the levels; changed: the book differs."""
        if changed:
            self.change_id = seq
        self._begin_anew()

    def load_formers(self, formers: Iterable[tuple[int, int, int]]) -> None:
        """Replace the levels that have changed, as (side, price_ticks, qty_lots when it spoke last)."""
        self._formers = {(side, price): lots for side, price, lots in formers}

    def formers(self) -> list[tuple[int, int, int]]:
        """Return the levels that have changed since the stream spoke last, as they were then."""
        return sorted((side, price, lots) for (side, price), lots in self._formers.items())

    def _begin_anew(self) -> None:
        self._formers = {}
        if self.prints:
            self.prints = []
        self.quote = self.ticker = self.funding = self.state = False

    def levels(self, depth: Depth, side: int, n: int | None = None) -> list[tuple[int, int]]:
        """Return the best n levels of a side as they were when the stream spoke last."""
        formers = {price: lots for (at, price), lots in self._formers.items() if at == side}
        if not formers:
            return depth.levels(side, n)
        levels = dict(depth.levels(side))
        levels.update(formers)
        standing = [(price, lots) for price, lots in levels.items() if lots]
        standing.sort(reverse=side == Side.BUY)
        return standing[:n]

    def walk(self, depth: Depth, side: int) -> Iterable[tuple[int, int]]:
        """Iterate the levels of a side, best first, as they were when the stream spoke last."""
        return self.levels(depth, side) if self._formers else depth.walk(side)

    def dump(self) -> StreamRecord:
        """Return everything kept."""
        return StreamRecord(
            self.change_id,
            self.formers(),
            list(self.prints),
            [self.quote, self.ticker, self.funding, self.state],
        )

    def load(self, record: StreamRecord) -> None:
        """Replace everything kept."""
        self.change_id = record.change_id
        self.load_formers(record.formers)
        self.prints = list(record.prints)
        self.quote, self.ticker, self.funding, self.state = record.flags
