"""Questions to the exchange: instruments, prices, the account's orders, fills, positions, money."""

from __future__ import annotations

import msgspec

from clients import dialect, wire
from clients import messages as m
from clients.caller import Caller
from clients.market_time import ask_clock
from marketdata.days import day_number
from marketdata.implied import MAX_LEVELS
from marketdata.messages import NS_PER_MS, Instrument


class Queries(Caller):
    """The reading half of the client; each question is asked again where its answer was lost."""

    def now_ns(self) -> int:
        """Return the market's time as told last and carried on, which may outrun the wall clock."""
        return self.market_time.now_ns()

    async def synchronise(self) -> None:
        """Ask for the market's time again, so that the two clocks' drift does not add up."""
        self.market_time.take(await ask_clock(self.ask))

    async def time_ns(self) -> int:
        """Return the market's time (public/get_time)."""
        return wire.parse(await self.ask("public/get_time"), int) * NS_PER_MS

    async def list_instruments(self) -> dict[str, Instrument]:
        """Return every listed instrument by name (public/get_instruments)."""
        return wire.listing(await self.ask("public/get_instruments", {"currency": "any"}))

    async def order_book(self, instrument: str, depth: int = 10) -> m.BookUpdate:
        """Return the best levels of a book as a snapshot (public/get_order_book)."""
        params = {"instrument_name": instrument, "depth": depth}
        return self.wire.depth(await self.ask("public/get_order_book", params))

    async def linked_depth(self, instrument: str, depth: int = 10) -> m.LinkedDepth:
        """Return the best levels of a book and of what other books imply in it (public/get_order_book)."""
        params = {"instrument_name": instrument, "depth": depth}
        raw = await self.ask("public/get_order_book", params)
        return self.wire.linked_depth(raw, min(depth, MAX_LEVELS))

    async def ticker(self, instrument: str) -> m.Ticker:
        """Return the ticker of an instrument (public/ticker)."""
        return self.wire.ticker(await self.ask("public/ticker", {"instrument_name": instrument}))

    async def trades(self, instrument: str, count: int = 10) -> list[m.PublicTrade]:
        """Return the last trades, newest first (public/get_last_trades_by_instrument)."""
        params = {"instrument_name": instrument, "count": count, "sorting": "desc"}
        raw = await self.ask("public/get_last_trades_by_instrument", params)
        return self.wire.public_trades(wire.parse(raw, dialect.WirePublicPage).trades)

    async def candles(
        self, instrument: str, start_ns: int, end_ns: int, resolution: str = "1"
    ) -> list[m.Candle]:
        """Return the candles of a time range (public/get_tradingview_chart_data).

        resolution: minutes (1, 3, 5, 10, 15, 30, 60, 120, 180, 360, 720) or 1D.
        """
        params = {
            "instrument_name": instrument,
            "start_timestamp": start_ns // NS_PER_MS,
            "end_timestamp": end_ns // NS_PER_MS,
            "resolution": resolution,
        }
        raw = await self.ask("public/get_tradingview_chart_data", params)
        return self.wire.candles(instrument, raw)

    async def index_price_micros(self, index_name: str) -> int:
        """Return an index in micro-dollars per GPU-hour (public/get_index_price)."""
        raw = await self.ask("public/get_index_price", {"index_name": index_name})
        return wire.micros(wire.parse(raw, dialect.WireIndexPrice).index_price)

    async def fixings(self, index_name: str, count: int = 40) -> dict[int, int]:
        """Return the latest published fixings of an index (public/get_fixings), and keep them in view.

        Days since 1970-01-01 -> micro-dollars per GPU-hour, as restated last.
        """
        params = {"index_name": index_name, "count": count}
        raw = await self.ask("public/get_fixings", params)
        found = {
            day_number(row.date): wire.micros(row.price)
            for row in wire.parse(raw, dialect.WireFixings).data
        }
        self.view.fixings.setdefault(index_name, {}).update(found)
        return found

    async def account_summary(self) -> m.AccountSummary:
        """Return the account's money (private/get_account_summary)."""
        raw = await self.ask("private/get_account_summary", {"currency": "USD"})
        summary = self.wire.summary(raw)
        self.deliver([summary])
        return summary

    async def positions(self) -> list[m.Position]:
        """Return the account's positions (private/get_positions)."""
        raw = await self.ask("private/get_positions", {"currency": "any"})
        return [self.wire.position(row) for row in wire.parse(raw, list[dialect.WirePosition])]

    async def position(self, instrument: str) -> m.Position:
        """Return the account's position in one instrument (private/get_position)."""
        raw = await self.ask("private/get_position", {"instrument_name": instrument})
        return self.wire.position(wire.parse(raw, dialect.WirePosition))

    async def order_state(self, order_id: str) -> m.Order:
        """Return one order of the account (private/get_order_state). Raises OrderNotFound."""
        raw = await self.ask("private/get_order_state", {"order_id": order_id})
        return self.wire.order(wire.parse(raw, dialect.WireOrder))

    async def open_orders(self, instrument: str | None = None) -> list[m.Order]:
        """Return the working orders (private/get_open_orders[_by_instrument])."""
        if instrument is None:
            return self._orders(await self.ask("private/get_open_orders"))
        params = {"instrument_name": instrument}
        return self._orders(await self.ask("private/get_open_orders_by_instrument", params))

    async def order_history(self, instrument: str, count: int = 20) -> list[m.Order]:
        """Return closed orders, newest first (private/get_order_history_by_instrument)."""
        params = {"instrument_name": instrument, "count": count, "include_unfilled": True}
        return self._orders(await self.ask("private/get_order_history_by_instrument", params))

    async def order_by_label(self, instrument: str, label: str) -> m.Order | None:
        """Return the account's order with a label, open or among the 1,000 closed last."""
        params = {"currency": self.instrument(instrument).family, "label": label}
        working = self._orders(await self.ask("private/get_open_orders_by_label", params))
        # Asked in this order, an order that closes between the two questions is still found.
        found = working or await self.order_history(instrument, count=1_000)
        return next((order for order in found if order.label == label), None)

    async def user_trades(self, instrument: str, count: int = 20) -> list[m.UserTrade]:
        """Return the account's last fills, newest first (private/get_user_trades_by_instrument)."""
        params = {"instrument_name": instrument, "count": count, "sorting": "desc"}
        return self._fills(await self.ask("private/get_user_trades_by_instrument", params))

    async def user_trades_of(self, order_id: str) -> list[m.UserTrade]:
        """Return the fills of one order (private/get_user_trades_by_order)."""
        params = {"order_id": order_id, "sorting": "asc"}
        return self._fills(await self.ask("private/get_user_trades_by_order", params))

    def _orders(self, raw: msgspec.Raw) -> list[m.Order]:
        return [self.wire.order(row) for row in wire.parse(raw, list[dialect.WireOrder])]

    def _fills(self, raw: msgspec.Raw) -> list[m.UserTrade]:
        return [self.wire.user_trade(row) for row in wire.fills_page(raw).trades]
