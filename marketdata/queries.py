"""What may be asked of the market at any time; the answers are in the dialect."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import merge
from itertools import chain
from typing import Any

import msgspec

from marketdata.board import Board
from marketdata.candles import RESOLUTIONS
from marketdata.cycles import Cycles
from marketdata.implied import MAX_LEVELS, Level, implied_levels, together
from marketdata.kinds import ANY, in_kind
from marketdata.messages import (
    Instrument,
    State,
    dollars,
    instrument_fields,
    leg_fields,
    milliseconds,
)
from marketdata.tape import Sorting, TradeQuery
from matching.layout import Side


class UnknownInstrument(LookupError):  # noqa: N818 - says what is wrong
    """An instrument, index or resolution that is not listed."""


class IndexPrint(msgspec.Struct, frozen=True):
    """One published index value."""

    name: str
    price_micros: int
    ts_ns: int

    def fields(self) -> dict[str, Any]:
        """Return the print in the dialect (``deribit_price_index.{name}``)."""
        return {
            "timestamp": milliseconds(self.ts_ns),
            "index_name": self.name,
            "price": dollars(self.price_micros),
        }


class MarketQueries:
    """The questions; Market keeps the state that they read."""

    def __init__(self) -> None:
        self._boards: dict[int, Board] = {}
        self._ids: dict[str, int] = {}
        self._indices: dict[str, IndexPrint] = {}
        self.cycles = Cycles()
        """Whose books imply prices in whose."""
        self.seq = 0
        """Sequence number of the last batch."""
        self.ts_ns = 0
        """Newest time known, from a batch or from advance()."""

    def board(self, instrument_id: int) -> Board:
        """Return the state of one instrument; raises UnknownInstrument."""
        try:
            return self._boards[instrument_id]
        except KeyError:
            raise UnknownInstrument(f"no instrument has id {instrument_id}") from None

    def find(self, name: str) -> Instrument | None:
        """Return the instrument of a name, None when it is not listed."""
        instrument_id = self._ids.get(name)
        return None if instrument_id is None else self._boards[instrument_id].instrument

    def instruments(self, family: str | None = None) -> list[Instrument]:
        """Return the instruments, of one family or all, in the order of listing."""
        boards = self._boards.values()
        return [b.instrument for b in boards if family in (None, b.instrument.family)]

    def families(self) -> list[str]:
        """Return the product families in the order of their first listing."""
        return list(dict.fromkeys(b.instrument.family for b in self._boards.values()))

    def indices(self) -> list[str]:
        """Return the names of the indices that were printed or that an instrument settles on."""
        used = (board.instrument.index_name for board in self._boards.values())
        return list(dict.fromkeys(chain(self._indices, used)))

    def state(self, instrument_id: int) -> int:
        """Return the trading state."""
        return self.board(instrument_id).state

    def instrument_fields(self, instrument_id: int) -> dict[str, Any]:
        """Return an instrument in the dialect (public/get_instrument)."""
        board = self.board(instrument_id)
        return instrument_fields(board.instrument, board.state, board.mark_ticks)

    def combo_fields(self, instrument_id: int) -> dict[str, Any]:
        """Return a combo in the dialect (public/get_combo_details), by which it is active while open."""
        board = self.board(instrument_id)
        instrument = board.instrument
        return {
            "id": instrument.name,
            "instrument_id": instrument_id,
            "creation_timestamp": milliseconds(instrument.creation_ns),
            "state": "active" if board.state == State.OPEN else "inactive",
            "state_timestamp": milliseconds(board.state_ns),
            "legs": leg_fields(instrument),
            "implied": instrument.implied,
        }

    def order_book(
        self, instrument_id: int, depth: int = 5, *, combined: bool = False
    ) -> dict[str, Any]:
        """Return the best ``depth`` levels, real and implied, with the ticker (public/get_order_book).

        combined: let ``bids`` and ``asks`` be the sum of both. Of implied levels, and so of the sum, there
        are MAX_LEVELS at most.
        """
        board = self.board(instrument_id)
        price = board.instrument.price
        fields = board.order_book(depth, self.ts_ns)
        known = min(depth, MAX_LEVELS)
        for side, key in ((Side.BUY, "bids"), (Side.SELL, "asks")):
            implied = self.implied_levels(instrument_id, side, known)
            fields[f"implied_{key}"] = [[price(t), lots] for t, lots in implied]
            if combined and implied:
                both = together(board.depth.levels(side, known), implied, side, known)
                fields[key] = [[price(t), lots] for t, lots in both]
        return fields

    def implied_levels(
        self, instrument_id: int, side: int, n: int, *, window: bool = False
    ) -> list[Level]:
        """Return the best n implied levels of a side, as (price_ticks, qty_lots).

        window: as of the end of the last window. A cycle of which a book is not open implies nothing.
        """
        boards = self._boards

        def is_open(book: int) -> bool:
            board = boards[book]
            return (board.window_state if window else board.state) == State.OPEN

        def levels(book: int, side: int) -> Iterable[Level]:
            board = boards[book]
            return board.window.walk(board.depth, side) if window else board.depth.walk(side)

        routes = [
            cycle.route(instrument_id)
            for cycle in self.cycles.of(instrument_id)
            if all(is_open(book) for book in cycle.books)
        ]
        # A combo's price may be anything, that of an outright begins at one tick.
        worst_bid_ticks = None if self.board(instrument_id).instrument.legs else 1
        return implied_levels(routes, side, levels, n, worst_bid_ticks=worst_bid_ticks)

    def ticker(self, instrument_id: int) -> dict[str, Any]:
        """Return the ticker (public/ticker)."""
        return self.board(instrument_id).ticker(self.ts_ns)

    def quote(self, instrument_id: int) -> dict[str, Any]:
        """Return best prices and sizes (``quote.{instrument}``)."""
        return self.board(instrument_id).quote()

    def summary(self, instrument_id: int) -> dict[str, Any]:
        """Return the book summary (public/get_book_summary_by_instrument)."""
        return self.board(instrument_id).summary(self.ts_ns)

    def index_price(self, name: str) -> dict[str, Any] | None:
        """Return the newest value of an index (public/get_index_price), None before the first."""
        index = self._indices.get(name)
        if index is None:
            return None
        price = dollars(index.price_micros)
        return {
            "index_price": price,
            "estimated_delivery_price": price,
            "timestamp": milliseconds(index.ts_ns),
        }

    def index_print(self, name: str) -> IndexPrint | None:
        """Return the newest print of an index, None before the first."""
        return self._indices.get(name)

    def trades(
        self,
        instrument_id: int,
        *,
        count: int = 10,
        start_seq: int | None = None,
        end_seq: int | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        sorting: Sorting = "default",
    ) -> dict[str, Any]:
        """Return kept trades within the bounds, as ``trades`` and ``has_more``.

        Source: Deribit public/get_last_trades_by_instrument[_and_time]. ``default`` is newest
        first, or oldest first when a start is given; ``count`` limits what comes first in that
        order.
        """
        board = self.board(instrument_id)
        query = TradeQuery(
            count=count,
            start_seq=start_seq,
            end_seq=end_seq,
            start_ms=start_ms,
            end_ms=end_ms,
            sorting=sorting,
        )
        found, has_more = query.select(board.tape.prints(ascending=query.ascending))
        return {"trades": [p.fields(board.instrument) for p in found], "has_more": has_more}

    def family_trades(
        self,
        family: str | None = None,
        *,
        kind: str = ANY,
        count: int = 10,
        start_id: int | None = None,
        end_id: int | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        sorting: Sorting = "default",
    ) -> dict[str, Any]:
        """Return kept trades of a family, all for None, and kind, by trade id.

        Source: Deribit public/get_last_trades_by_currency[_and_time]; as ``trades`` otherwise.
        """
        query = TradeQuery(
            count=count,
            start_id=start_id,
            end_id=end_id,
            start_ms=start_ms,
            end_ms=end_ms,
            sorting=sorting,
        )
        boards = [
            b
            for b in self._boards.values()
            if family in (None, b.instrument.family) and in_kind(kind, b.instrument)
        ]
        prints = merge(
            *(board.tape.prints(ascending=query.ascending) for board in boards),
            key=lambda print_: print_.trade.trade_id,
            reverse=not query.ascending,
        )
        found, has_more = query.select(prints)
        trades = [p.fields(self._boards[p.trade.instrument_id].instrument) for p in found]
        return {"trades": trades, "has_more": has_more}

    def candles(
        self, instrument_id: int, resolution: str, start_ms: int, end_ms: int
    ) -> dict[str, Any]:
        """Return bars in columns (public/get_tradingview_chart_data); ``status`` is ok or no_data.

        volume counts contracts, cost is their notional in dollars. Raises UnknownInstrument for a
        resolution that is not in RESOLUTIONS.
        """
        if resolution not in RESOLUTIONS:
            raise UnknownInstrument(f"resolution {resolution} is not one of {list(RESOLUTIONS)}")
        board = self.board(instrument_id)
        now_ms = milliseconds(self.ts_ns)
        bars = board.candles.query(resolution, start_ms, end_ms, now_ms)
        price = board.instrument.price
        return {
            "status": "ok" if bars else "no_data",
            "ticks": [bar.start_minute * 60_000 for bar in bars],
            "open": [price(bar.open_ticks) for bar in bars],
            "high": [price(bar.high_ticks) for bar in bars],
            "low": [price(bar.low_ticks) for bar in bars],
            "close": [price(bar.close_ticks) for bar in bars],
            "volume": [bar.volume_lots for bar in bars],
            "cost": [board.instrument.notional(bar.cost_ticklots) for bar in bars],
        }
