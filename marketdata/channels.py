"""Names of the public channels: what may be subscribed to, and what a name means.

Source: Deribit API v2, subscriptions; ``index.{name}`` and books of implied sizes are ours. ``agg2``
is cut into the same windows as ``100ms``.

| name | kind |
|---|---|
| ``book.{instrument}.{interval}`` | BOOK: snapshot, then changes |
| ``book.{instrument}.{group}.{depth}.{interval}`` | LADDER: the best levels, whole each time |
| ``book.{instrument}.{implied or combined}.{interval}`` | LINKED_BOOK: snapshot, then changes |
| ``book.{instrument}.{implied or combined}.{depth}.{interval}`` | LINKED_LADDER |
| ``trades.{instrument}.{interval}`` | TRADES |
| ``trades.{future or any}.{family or any}.{interval}`` | TRADES of several instruments |
| ``quote.{instrument}`` | QUOTE |
| ``ticker.{instrument}.{interval}`` | TICKER |
| ``chart.trades.{instrument}.{resolution}`` | CHART |
| ``perpetual.{instrument}.{interval}`` | PERPETUAL |
| ``deribit_price_index.{index}``, ``index.{index}`` | INDEX |
| ``instrument.state.{future or any}.{family or any}`` | STATE |
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from marketdata.candles import RESOLUTIONS
from marketdata.changes import Interval
from marketdata.kinds import ANY, KINDS, in_kind
from marketdata.linked_book import Sizes
from marketdata.market import Market
from marketdata.messages import Instrument

INTERVALS: dict[str, Interval] = {"raw": "raw", "100ms": "100ms", "agg2": "100ms"}
WINDOWS = tuple(name for name, interval in INTERVALS.items() if interval != "raw")
GROUPS = ("none", "1", "2", "5", "10", "25", "100", "250")
"""Ticks that a LADDER's prices are rounded to."""
DEPTHS = ("1", "10", "20")
MAX_NAME_CHARACTERS = 128


class UnknownChannel(ValueError):  # noqa: N818 - says what is wrong
    """A name that is not a channel of this market; its text says why."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name[:MAX_NAME_CHARACTERS]}: {reason}")
        self.reason = reason


class ChannelKind(IntEnum):
    """What a channel carries; messages of one change go out in this order."""

    INDEX = 0
    STATE = 1
    TRADES = 2
    BOOK = 3
    LADDER = 4
    QUOTE = 5
    TICKER = 6
    PERPETUAL = 7
    CHART = 8
    LINKED_BOOK = 9
    LINKED_LADDER = 10


class Channel(msgspec.Struct, frozen=True):
    """One valid channel."""

    name: str
    kind: ChannelKind
    interval: Interval = "raw"
    instrument_id: int | None = None
    """None where the channel is of a family or an index."""
    family: str | None = None
    """None for every family."""
    product: str = ANY
    """The kind of instrument, see ``kinds``."""
    group_ticks: int = 1
    depth: int = 0
    resolution: str = ""
    index_name: str = ""
    sizes: Sizes = "implied"
    """Of a linked book: what it tells."""

    @property
    def is_linked(self) -> bool:
        """Whether other instruments' books have a part in what it tells."""
        return self.kind in (ChannelKind.LINKED_BOOK, ChannelKind.LINKED_LADDER)

    def covers(self, instrument: Instrument) -> bool:
        """Tell whether an instrument's changes belong in this channel."""
        if self.kind is ChannelKind.INDEX:
            return False
        if self.instrument_id is not None:
            return self.instrument_id == instrument.instrument_id
        return self.family in (None, instrument.family) and in_kind(self.product, instrument)


def parse(name: str, market: Market) -> Channel:
    """Return the channel of a name; raises UnknownChannel when the market has none such."""
    if len(name) > MAX_NAME_CHARACTERS:
        raise UnknownChannel(name, "name is too long")
    return _Parser(name, market).channel()


class _Parser:
    def __init__(self, name: str, market: Market) -> None:
        self.name = name
        self.market = market

    def channel(self) -> Channel:
        match self.name.split("."):
            case ["book", instrument, interval]:
                return self._of_instrument(ChannelKind.BOOK, instrument, interval)
            case ["book", instrument, "implied" | "combined" as sizes, interval]:
                return self._linked(instrument, sizes, interval)
            case ["book", instrument, "implied" | "combined" as sizes, depth, interval]:
                return self._linked(instrument, sizes, interval, depth)
            case ["book", instrument, group, depth, interval]:
                return self._ladder(instrument, group, depth, interval)
            case ["trades", instrument, interval]:
                return self._of_instrument(ChannelKind.TRADES, instrument, interval)
            case ["trades", kind, family, interval]:
                return self._of_family(ChannelKind.TRADES, kind, family, interval)
            case ["quote", instrument]:
                return self._of_instrument(ChannelKind.QUOTE, instrument, "raw")
            case ["ticker", instrument, interval]:
                return self._of_instrument(ChannelKind.TICKER, instrument, interval)
            case ["perpetual", instrument, interval]:
                return self._perpetual(instrument, interval)
            case ["chart", "trades", instrument, resolution]:
                return self._chart(instrument, resolution)
            case ["instrument", "state", kind, family]:
                return self._of_family(ChannelKind.STATE, kind, family, "raw")
            case ["deribit_price_index" | "index", *rest] if rest:
                return self._index(".".join(rest))
            case _:
                raise UnknownChannel(self.name, "no such channel")

    def _instrument(self, name: str) -> Instrument:
        instrument = self.market.find(name)
        if instrument is None:
            raise UnknownChannel(self.name, f"instrument {name} is not listed")
        return instrument

    def _interval(self, interval: str) -> Interval:
        if interval not in INTERVALS:
            raise UnknownChannel(self.name, f"interval is not one of {', '.join(INTERVALS)}")
        return INTERVALS[interval]

    def _of_instrument(self, kind: ChannelKind, instrument: str, interval: str) -> Channel:
        found = self._instrument(instrument)
        return Channel(self.name, kind, self._interval(interval), found.instrument_id)

    def _of_family(self, channel: ChannelKind, kind: str, family: str, interval: str) -> Channel:
        if kind not in KINDS:
            raise UnknownChannel(self.name, f"kind is not one of {', '.join(KINDS)}")
        if family != ANY and family not in self.market.families():
            raise UnknownChannel(self.name, f"family {family} is not listed")
        chosen = None if family == ANY else family
        return Channel(self.name, channel, self._interval(interval), family=chosen, product=kind)

    def _ladder(self, instrument: str, group: str, depth: str, interval: str) -> Channel:
        if group not in GROUPS:
            raise UnknownChannel(self.name, f"group is not one of {', '.join(GROUPS)}")
        if depth not in DEPTHS:
            raise UnknownChannel(self.name, f"depth is not one of {', '.join(DEPTHS)}")
        return Channel(
            self.name,
            ChannelKind.LADDER,
            self._interval(interval),
            self._instrument(instrument).instrument_id,
            group_ticks=1 if group == "none" else int(group),
            depth=int(depth),
        )

    def _linked(
        self, instrument: str, sizes: Sizes, interval: str, depth: str | None = None
    ) -> Channel:
        if interval not in WINDOWS:
            raise UnknownChannel(self.name, f"interval is not one of {', '.join(WINDOWS)}")
        if depth is not None and depth not in DEPTHS:
            raise UnknownChannel(self.name, f"depth is not one of {', '.join(DEPTHS)}")
        return Channel(
            self.name,
            ChannelKind.LINKED_BOOK if depth is None else ChannelKind.LINKED_LADDER,
            INTERVALS[interval],
            self._instrument(instrument).instrument_id,
            depth=int(depth or 0),
            sizes=sizes,
        )

    def _perpetual(self, instrument: str, interval: str) -> Channel:
        found = self._instrument(instrument)
        if not found.perpetual:
            raise UnknownChannel(self.name, f"instrument {instrument} is not a perpetual")
        return Channel(
            self.name, ChannelKind.PERPETUAL, self._interval(interval), found.instrument_id
        )

    def _chart(self, instrument: str, resolution: str) -> Channel:
        if resolution not in RESOLUTIONS:
            raise UnknownChannel(self.name, f"resolution is not one of {', '.join(RESOLUTIONS)}")
        return Channel(
            self.name,
            ChannelKind.CHART,
            instrument_id=self._instrument(instrument).instrument_id,
            resolution=resolution,
        )

    def _index(self, index_name: str) -> Channel:
        if index_name not in self.market.indices():
            raise UnknownChannel(self.name, f"index {index_name} is not published")
        return Channel(self.name, ChannelKind.INDEX, index_name=index_name)
