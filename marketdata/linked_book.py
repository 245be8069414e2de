"""Books that tell implied sizes: alone, or together with the sizes of the book's own orders.

They are told once a window, as of its end. A message follows each window in which a book or a state
changed that may have a part in them, also where the levels told are the same: so what is sent is a
function of the log alone, whoever listened before, and nothing is computed that nobody wants.
"""

from __future__ import annotations

from typing import Any, Literal

from marketdata.depth import action_of
from marketdata.implied import Level, together
from marketdata.messages import milliseconds
from marketdata.queries import MarketQueries
from matching.layout import Side

Sizes = Literal["implied", "combined"]
LEVELS = 10
"""Best levels of each side in a book of snapshot and changes."""


class LinkedBook:
    """What was told last of an instrument's implied or combined book, and what is new."""

    __slots__ = ("_market", "_sides", "change_id", "instrument_id", "sizes")

    def __init__(self, market: MarketQueries, instrument_id: int, sizes: Sizes) -> None:
        """Begin with the book as of the end of the last window."""
        self._market = market
        self.instrument_id = instrument_id
        self.sizes: Sizes = sizes
        self.change_id = 0
        self._sides: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.begin_anew()

    def begin_anew(self) -> None:
        """Take the book as of the end of the last window as told."""
        self.change_id = change_id(self._market, self.instrument_id)
        bids, asks = (dict(self._levels(side, LEVELS)) for side in Side)
        self._sides = (bids, asks)

    def snapshot(self) -> dict[str, Any]:
        """Return the whole book as it was told last."""
        price = self._market.board(self.instrument_id).instrument.price
        bids = sorted(self._sides[Side.BUY].items(), reverse=True)
        asks = sorted(self._sides[Side.SELL].items())
        return {
            "type": "snapshot",
            **self._head(),
            "change_id": self.change_id,
            "bids": [("new", price(price_ticks), lots) for price_ticks, lots in bids],
            "asks": [("new", price(price_ticks), lots) for price_ticks, lots in asks],
        }

    def change(self) -> dict[str, Any]:
        """Return what is new since the last message, which may be nothing but the change_id."""
        former_id, formers = self.change_id, self._sides
        self.begin_anew()
        return {
            "type": "change",
            **self._head(),
            "prev_change_id": former_id,
            "change_id": self.change_id,
            "bids": self._news(Side.BUY, formers),
            "asks": self._news(Side.SELL, formers),
        }

    def ladder(self, n: int) -> dict[str, Any]:
        """Return the best n levels of each side as of the end of the last window."""
        price = self._market.board(self.instrument_id).instrument.price
        bids, asks = (
            [(price(price_ticks), lots) for price_ticks, lots in self._levels(side, n)]
            for side in Side
        )
        at = change_id(self._market, self.instrument_id)
        return {**self._head(), "change_id": at, "bids": bids, "asks": asks}

    def _levels(self, side: int, n: int) -> list[Level]:
        implied = self._market.implied_levels(self.instrument_id, side, n, window=True)
        if self.sizes == "implied":
            return implied
        board = self._market.board(self.instrument_id)
        return together(board.window.levels(board.depth, side, n), implied, side, n)

    def _head(self) -> dict[str, Any]:
        board = self._market.board
        reach = self._market.cycles.reach(self.instrument_id)
        return {
            "timestamp": milliseconds(max(board(book).ts_ns for book in reach)),
            "instrument_name": board(self.instrument_id).instrument.name,
        }

    def _news(
        self, side: int, formers: tuple[dict[int, int], dict[int, int]]
    ) -> list[tuple[str, float, int]]:
        price = self._market.board(self.instrument_id).instrument.price
        former, present = formers[side], self._sides[side]
        found: list[tuple[str, float, int]] = []
        for price_ticks in sorted(former.keys() | present.keys(), reverse=side == Side.BUY):
            qty_lots = present.get(price_ticks, 0)
            action = action_of(former.get(price_ticks, 0), qty_lots)
            if action is not None:
                found.append((action, price(price_ticks), qty_lots))
        return found


def change_id(market: MarketQueries, instrument_id: int) -> int:
    """Return the seq at the end of the last window that may have changed an instrument's linked book."""
    reach = market.cycles.reach(instrument_id)
    return max(market.board(book).moved_seq for book in reach)
