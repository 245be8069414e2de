"""A trader without opinion: random limit orders, market orders and cancellations.

Decision rule: zero intelligence. Each decision is one of three events with fixed odds in one contract,
drawn by liquidity; limit prices lie at geometric distances from the middle on their own side, sizes are
geometric. Source: J. D. Farmer, P. Patelli and I. Zovko, "The predictive power of zero intelligence in
financial markets", PNAS 102 (2005) 2254-2259. Beyond the paper, a trader that holds ``max_hours``
only trades back, since a real account has a limit.
"""

from __future__ import annotations

import math

from clients.messages import OrderState, Side
from clients.participants.daily import DailyTrader
from clients.participants.liquidity import Chooser
from clients.participants.params import Fraction, Lots, Params, Positive
from clients.participants.sizes import lots_of
from clients.participants.taking import at_once, touch_ticks
from clients.trader import NS_PER_S, Cancel, Command, Submit
from clients.view import MarketView
from marketdata.messages import MICROS, Instrument

PROTECTION_MICROS = 50_000
"""A market order is a limit order this far through the touch: a thin book is not swept."""


class NoiseParams(Params, frozen=True, kw_only=True):
    """Parameters.

    market_part, cancel_part: odds of a market order and of a cancellation; the rest are limit
    orders. mean_part: mean distance of a limit price from the middle, as a part of the index.
    mean_hours: mean size in GPU-hours. max_orders: working orders in one contract.
    """

    interval_s: Positive = 0.5
    market_part: Fraction = 0.2
    cancel_part: Fraction = 0.3
    mean_part: Positive = 0.008
    mean_hours: Positive = 2_190.0
    max_orders: Lots = 10
    max_hours: Positive = 36_500.0


class Noise(DailyTrader):
    """Keeps the books moving at random."""

    kind = "noise"

    def __init__(self, name: str, seed: int, params: NoiseParams) -> None:
        super().__init__(name, seed)
        self.params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self._chooser = Chooser(self.rng)

    def instruments(self, view: MarketView) -> list[str]:
        """Return the contracts asked for, else all."""
        return self.params.names or list(view.instruments)

    def decide(self, now_ns: int) -> list[Command]:
        """Do one random thing in one contract."""
        name = self._chooser.draw(self.view, self.instruments(self.view))
        if name is None:
            return []
        listed, ticker = self.view.instruments[name], self.view.tickers.get(name)
        draw = self.rng.random()
        working = [o for o in self.view.own_orders(name) if o.state == OrderState.OPEN]
        if draw < self.params.cancel_part or len(working) >= self.params.max_orders:
            return [Cancel(working[int(self.rng.integers(len(working)))].label)] if working else []
        if ticker is not None and ticker.state not in ("open", "pre_open"):
            return []
        side = self._side(listed)
        size = max(1.0, self.params.mean_hours / max(1, listed.contract_hours))
        qty_lots = min(int(self.rng.geometric(1 / size)), lots_of(self.params.max_hours, listed))
        if draw < self.params.cancel_part + self.params.market_part:
            return self._take(listed, side, qty_lots)
        return self._rest(listed, side, qty_lots)

    def _side(self, listed: Instrument) -> Side:
        held = self.view.position_lots(listed.name)
        if listed.legs:
            first = listed.legs[0]
            held = self.view.position_lots(first.instrument) * first.ratio
        side = Side.BUY if self.rng.random() < 0.5 else Side.SELL
        if abs(held) >= lots_of(self.params.max_hours, listed):
            return Side.SELL if held > 0 else Side.BUY
        return side

    def _take(self, listed: Instrument, side: Side, qty_lots: int) -> list[Command]:
        touch = touch_ticks(self, listed.name, side)
        if touch is None:
            return []
        through = max(1, PROTECTION_MICROS // listed.tick_micros)
        price_ticks = _allowed(listed, touch + side.sign * through)
        return [at_once(self, listed.name, side, qty_lots, price_ticks)]

    def _rest(self, listed: Instrument, side: Side, qty_lots: int) -> list[Command]:
        middle = self.view.book(listed.name).mid_ticks
        if middle is None:
            middle = self.view.mark_ticks(listed.name)
        if middle is None:
            return []
        index_micros = self.view.index_micros(listed.name) or MICROS
        if listed.binary:
            index_micros = MICROS
        mean_ticks = self.params.mean_part * index_micros / listed.tick_micros
        away = int(self.rng.geometric(1 / max(1.0, mean_ticks)))
        return [
            Submit(
                label=self.new_label(),
                instrument=listed.name,
                side=side,
                qty_lots=qty_lots,
                price_ticks=_allowed(listed, math.floor(middle - side.sign * away + 0.5)),
            )
        ]


def _allowed(listed: Instrument, price_ticks: int) -> int:
    """Return the nearest price that the contract's domain allows."""
    if listed.legs:
        return price_ticks
    if listed.binary:
        return min(max(1, price_ticks), MICROS // listed.tick_micros - 1)
    return max(1, price_ticks)
