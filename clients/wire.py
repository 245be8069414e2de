"""From the dialect's JSON to messages: dollars to ticks and micro-dollars, milliseconds to ns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from clients import dialect
from clients import messages as m
from clients.errors import ProtocolError
from marketdata.messages import MICROS, NS_PER_MS, Instrument, InstrumentLeg

T = TypeVar("T")


_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


def parse(raw: bytes | msgspec.Raw, kind: type[T]) -> T:
    """Decode JSON as ``kind``. Raises ProtocolError, which says what did not fit."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    try:
        return decoder.decode(raw)  # type: ignore[no-any-return]
    except msgspec.DecodeError as error:
        name = getattr(kind, "__name__", str(kind))
        raise ProtocolError(f"the exchange's answer is no {name}: {error}") from error


def fills_page(raw: bytes | msgspec.Raw) -> dialect.WirePage:
    """Decode a page of the account's fills, also where it comes as a plain list."""
    if bytes(raw).lstrip().startswith(b"["):
        return dialect.WirePage(parse(raw, list[dialect.WireUserTrade]))
    return parse(raw, dialect.WirePage)


def micros(dollars: float | None) -> int:
    """Return dollars as whole micro-dollars, 0 for None."""
    return round(dollars * MICROS) if dollars else 0


def lots(amount: float | None) -> int:
    """Return a number of contracts, 0 for None."""
    return round(amount) if amount else 0


def listing(raw: bytes | msgspec.Raw) -> dict[str, Instrument]:
    """Decode the answer of public/get_instruments, by name."""
    return {
        row.instrument_name: _instrument(row) for row in parse(raw, list[dialect.WireInstrument])
    }


def _instrument(row: dialect.WireInstrument) -> Instrument:
    perpetual = row.settlement_period == "perpetual"
    return Instrument(
        instrument_id=row.instrument_id,
        name=row.instrument_name,
        family=row.base_currency,
        underlying=row.underlying,
        index_name=row.price_index,
        perpetual=perpetual,
        tick_micros=micros(row.tick_size),
        contract_hours=lots(row.contract_size),
        creation_ns=row.creation_timestamp * NS_PER_MS,
        expiry_ns=0 if perpetual else row.expiration_timestamp * NS_PER_MS,
        maker_fee_micros=micros(row.maker_fee),
        taker_fee_micros=micros(row.taker_fee),
        initial_margin_ppm=micros(row.initial_margin),
        maintenance_margin_ppm=micros(row.maintenance_margin),
        max_order_lots=row.max_order_amount,
        legs=tuple(InstrumentLeg(leg.instrument_name, round(leg.amount)) for leg in row.legs),
        binary=row.payoff == "binary",
        strike_micros=micros(row.strike),
        implied=row.implied,
    )


class Wire:
    """Decoder of everything that is priced in ticks; it reads the instruments' tick sizes."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self.instruments = instruments

    def ticks(self, name: str, price: float) -> int:
        """Return the ticks of a wire price. Raises ProtocolError where it is off the tick grid."""
        instrument = self.instruments.get(name)
        if instrument is None:
            raise ProtocolError(f"message about an instrument that is not listed: {name}")
        ticks, rest = divmod(round(price * MICROS), instrument.tick_micros)
        if rest:
            raise ProtocolError(f"{name}: price {price} is off the tick grid")
        return ticks

    def _traded_ticks(self, name: str, price: float, combo: str) -> int:
        """Return the ticks of a trade's price, the nearest where it is the leg of a combo."""
        instrument = self.instruments.get(name)
        if not combo or instrument is None:
            return self.ticks(name, price)
        return round(round(price * MICROS) / instrument.tick_micros)

    def _optional(self, name: str, price: float | None) -> int | None:
        return None if price is None else self.ticks(name, price)

    def _quoted(
        self, name: str, price: float | None, amount: float | None
    ) -> tuple[int | None, int]:
        size = lots(amount)
        return (self._optional(name, price), size) if size else (None, 0)

    def book(self, raw: bytes | msgspec.Raw, sizes: m.Sizes = "outright") -> m.BookUpdate:
        """Decode a snapshot or change of a book."""
        wire = parse(raw, dialect.WireBook)
        name = wire.instrument_name
        if wire.type == "change" and wire.prev_change_id is None:
            raise ProtocolError(f"{name}: a change of the book without prev_change_id")
        return m.BookUpdate(
            name,
            wire.timestamp * NS_PER_MS,
            wire.change_id,
            wire.prev_change_id if wire.type == "change" else None,
            [(action, self.ticks(name, price), lots(size)) for action, price, size in wire.bids],
            [(action, self.ticks(name, price), lots(size)) for action, price, size in wire.asks],
            sizes,
        )

    def depth(self, raw: bytes | msgspec.Raw, sizes: m.Sizes = "outright") -> m.BookUpdate:
        """Decode a book given as plain [price, amount] levels."""
        wire = parse(raw, dialect.WireDepth)
        name = wire.instrument_name
        return m.BookUpdate(
            name,
            wire.timestamp * NS_PER_MS,
            wire.change_id,
            None,
            [("new", self.ticks(name, price), lots(size)) for price, size in wire.bids],
            [("new", self.ticks(name, price), lots(size)) for price, size in wire.asks],
            sizes,
        )

    def linked_depth(self, raw: bytes | msgspec.Raw, depth: int) -> m.LinkedDepth:
        """Decode the best levels of a book with those that other books imply in it."""
        wire = parse(raw, dialect.WireDepth)
        name = wire.instrument_name

        def levels(found: list[tuple[float, float]]) -> list[tuple[int, int]]:
            return [(self.ticks(name, price), lots(size)) for price, size in found]

        return m.LinkedDepth(
            instrument=name,
            ts_ns=wire.timestamp * NS_PER_MS,
            bids=levels(wire.bids),
            asks=levels(wire.asks),
            implied_bids=levels(wire.implied_bids),
            implied_asks=levels(wire.implied_asks),
            depth=depth,
        )

    def public_trades(self, rows: list[dialect.WireTrade]) -> list[m.PublicTrade]:
        """Turn wire trades into messages."""
        return [
            m.PublicTrade(
                row.instrument_name,
                row.timestamp * NS_PER_MS,
                row.trade_id,
                row.trade_seq,
                row.direction,
                self._traded_ticks(row.instrument_name, row.price, row.combo_id),
                lots(row.amount),
                row.combo_id,
            )
            for row in rows
        ]

    def ticker(self, raw: bytes | msgspec.Raw) -> m.Ticker:
        """Decode a ticker."""
        wire = parse(raw, dialect.WireTicker)
        name = wire.instrument_name
        bid, bid_lots = self._quoted(name, wire.best_bid_price, wire.best_bid_amount)
        ask, ask_lots = self._quoted(name, wire.best_ask_price, wire.best_ask_amount)
        return m.Ticker(
            instrument=name,
            ts_ns=wire.timestamp * NS_PER_MS,
            state=wire.state,
            mark_ticks=self._optional(name, wire.mark_price),
            last_ticks=self._optional(name, wire.last_price),
            best_bid_ticks=bid,
            best_bid_lots=bid_lots,
            best_ask_ticks=ask,
            best_ask_lots=ask_lots,
            open_interest_lots=lots(wire.open_interest),
            index_micros=None if wire.index_price is None else micros(wire.index_price),
        )

    def quote(self, raw: bytes | msgspec.Raw) -> m.Quote:
        """Decode a best bid and offer."""
        wire = parse(raw, dialect.WireQuote)
        name = wire.instrument_name
        return m.Quote(
            name,
            wire.timestamp * NS_PER_MS,
            *self._quoted(name, wire.best_bid_price, wire.best_bid_amount),
            *self._quoted(name, wire.best_ask_price, wire.best_ask_amount),
        )

    def index(self, raw: bytes | msgspec.Raw) -> m.IndexPrice:
        """Decode a print of an index."""
        wire = parse(raw, dialect.WireIndex)
        return m.IndexPrice(wire.index_name, wire.timestamp * NS_PER_MS, micros(wire.price))

    def instrument_state(self, raw: bytes | msgspec.Raw) -> m.InstrumentState:
        """Decode a change of an instrument's life."""
        wire = parse(raw, dialect.WireInstrumentState)
        return m.InstrumentState(wire.instrument_name, wire.timestamp * NS_PER_MS, wire.state)

    def order(self, wire: dialect.WireOrder) -> m.Order:
        """Turn a wire order into a message."""
        name = wire.instrument_name
        at_market = isinstance(wire.price, str) or wire.price is None
        return m.Order(
            order_id=wire.order_id,
            label=wire.label,
            instrument=name,
            side=wire.direction,
            state=wire.order_state,
            price_ticks=None if at_market else self.ticks(name, float(wire.price or 0.0)),
            qty_lots=lots(wire.amount),
            filled_lots=lots(wire.filled_amount),
            average_price_micros=micros(wire.average_price),
            created_ns=wire.creation_timestamp * NS_PER_MS,
            updated_ns=wire.last_update_timestamp * NS_PER_MS,
            post_only=wire.post_only,
            reduce_only=wire.reduce_only,
            quote=wire.quote,
        )

    def user_trade(self, wire: dialect.WireUserTrade) -> m.UserTrade:
        """Turn a wire fill into a message."""
        return m.UserTrade(
            instrument=wire.instrument_name,
            ts_ns=wire.timestamp * NS_PER_MS,
            trade_id=wire.trade_id,
            trade_seq=wire.trade_seq,
            order_id=wire.order_id,
            label=wire.label,
            side=wire.direction,
            price_ticks=self._traded_ticks(wire.instrument_name, wire.price, wire.combo_id),
            qty_lots=lots(wire.amount),
            fee_micros=micros(wire.fee),
            is_maker=wire.liquidity == "M",
            price_micros=round(wire.price * MICROS),
            combo=wire.combo_id,
        )

    def position(self, wire: dialect.WirePosition) -> m.Position:
        """Turn a wire position into a message."""
        name = wire.instrument_name
        return m.Position(
            instrument=name,
            qty_lots=round(wire.size),
            average_price_micros=micros(wire.average_price),
            mark_ticks=self._optional(name, wire.mark_price),
            realised_micros=micros(wire.realized_profit_loss),
            floating_micros=micros(wire.floating_profit_loss),
            initial_margin_micros=micros(wire.initial_margin),
            maintenance_margin_micros=micros(wire.maintenance_margin),
        )

    def summary(self, raw: bytes | msgspec.Raw) -> m.AccountSummary:
        """Decode an account summary."""
        wire = parse(raw, dialect.WireSummary)
        return m.AccountSummary(
            equity_micros=micros(wire.equity),
            balance_micros=micros(wire.balance),
            available_funds_micros=micros(wire.available_funds),
            initial_margin_micros=micros(wire.initial_margin),
            maintenance_margin_micros=micros(wire.maintenance_margin),
        )

    def candles(self, name: str, raw: bytes | msgspec.Raw) -> list[m.Candle]:
        """Decode the candles of one instrument."""
        wire = parse(raw, dialect.WireCandles)
        columns = (wire.ticks, wire.open, wire.high, wire.low, wire.close, wire.volume)
        return [
            m.Candle(
                ts_ms * NS_PER_MS,
                self.ticks(name, first),
                self.ticks(name, high),
                self.ticks(name, low),
                self.ticks(name, last),
                lots(volume),
            )
            for ts_ms, first, high, low, last, volume in zip(*columns, strict=True)
        ]

    def changes(self, raw: bytes | msgspec.Raw) -> list[m.ExchangeMessage]:
        """Decode user.changes: orders, then fills, then positions."""
        wire = parse(raw, dialect.WireChanges)
        return [
            *map(self.order, wire.orders),
            *map(self.user_trade, wire.trades),
            *map(self.position, wire.positions),
        ]

    def notification(self, channel: str, raw: bytes | msgspec.Raw) -> list[m.ExchangeMessage]:
        """Decode one subscription message by its channel's first words. Raises ProtocolError."""
        return decoder_of(channel)(self, raw)


def sizes_of(channel: str) -> m.Sizes:
    """Return what a channel of a book tells."""
    match channel.split("."):
        case ["book", _, "implied" | "combined" as sizes, *_]:
            return sizes
    return "outright"


LADDER_WORDS = 5
"""Words in the name of a channel that tells a book whole each time."""

Decoder = Callable[[Wire, "bytes | msgspec.Raw"], list[m.ExchangeMessage]]


def decoder_of(channel: str) -> Decoder:
    """Return the decoder of a channel. Raises ProtocolError where this library has none."""
    if channel.startswith("book."):
        return _book_decoder(channel)
    for prefix, decoder in CHANNELS.items():
        if channel.startswith(prefix):
            return decoder
    known = ", ".join(f"{prefix}*" for prefix in CHANNELS)
    raise ProtocolError(f"channel {channel} is not one of {known}")


def _book_decoder(channel: str) -> Decoder:
    sizes = sizes_of(channel)
    if channel.count(".") == LADDER_WORDS - 1 and (sizes != "outright" or ".none." in channel):
        return lambda wire, raw: [wire.depth(raw, sizes)]
    return lambda wire, raw: [wire.book(raw, sizes)]


def _trades(wire: Wire, raw: bytes | msgspec.Raw) -> list[m.ExchangeMessage]:
    return [*wire.public_trades(parse(raw, list[dialect.WireTrade]))]


def _user_trades(wire: Wire, raw: bytes | msgspec.Raw) -> list[m.ExchangeMessage]:
    return [wire.user_trade(row) for row in parse(raw, list[dialect.WireUserTrade])]


def _user_orders(wire: Wire, raw: bytes | msgspec.Raw) -> list[m.ExchangeMessage]:
    rows = parse(raw, dialect.WireOrder | list[dialect.WireOrder])  # type: ignore[arg-type]
    return [wire.order(row) for row in (rows if isinstance(rows, list) else [rows])]


def _clearing(_wire: Wire, raw: bytes | msgspec.Raw) -> list[m.ExchangeMessage]:
    details = parse(raw, dict[str, str | int | float])
    try:
        what, ts_ns = str(details.pop("type")), int(details.pop("timestamp")) * NS_PER_MS
    except (KeyError, ValueError) as error:
        raise ProtocolError(f"user.clearing without type or timestamp: {error}") from None
    return [m.ClearingNotice(what, ts_ns, details)]


CHANNELS: dict[str, Decoder] = {
    "book.": lambda wire, raw: [wire.book(raw)],
    "trades.": _trades,
    "ticker.": lambda wire, raw: [wire.ticker(raw)],
    "quote.": lambda wire, raw: [wire.quote(raw)],
    "deribit_price_index.": lambda wire, raw: [wire.index(raw)],
    "instrument.state.": lambda wire, raw: [wire.instrument_state(raw)],
    "user.changes.": lambda wire, raw: wire.changes(raw),
    "user.trades.": _user_trades,
    "user.orders.": _user_orders,
    "user.portfolio.": lambda wire, raw: [wire.summary(raw)],
    "user.clearing.": _clearing,
}
"""Channels that this library types, by the words they begin with."""
