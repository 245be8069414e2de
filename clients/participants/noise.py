"""A trader without opinion: random limit orders, market orders and cancellations.

Decision rule: zero intelligence. Each decision is one of three events with fixed odds; limit
prices lie at geometric distances from the middle on their own side, sizes are geometric. Source:
J. D. Farmer, P. Patelli and I. Zovko, "The predictive power of zero intelligence in financial
markets", PNAS 102 (2005) 2254-2259. Beyond the paper, a trader that holds ``max_position_lots``
only trades back, since a real account has a limit.
"""

from __future__ import annotations

from clients.messages import OrderState, Side, TimeInForce
from clients.participants.params import Fraction, Lots, Params, Positive
from clients.trader import NS_PER_S, Cancel, Command, Submit, Trader
from clients.view import MarketView

PROTECTION = 0.02
"""A market order is a limit order this far through the touch: a thin book is not swept."""


class NoiseParams(Params, frozen=True, kw_only=True):
    """Parameters.

    market_part, cancel_part: odds of a market order and of a cancellation; the rest are limit
    orders. mean_ticks: mean distance of a limit price from the middle. mean_lots: mean size.
    """

    interval_s: Positive = 0.5
    market_part: Fraction = 0.2
    cancel_part: Fraction = 0.3
    mean_ticks: Positive = 3.0
    mean_lots: Positive = 3.0
    max_orders: Lots = 10
    max_position_lots: Lots = 50


class Noise(Trader):
    """Keeps the book moving at random."""

    kind = "noise"

    def __init__(self, name: str, seed: int, params: NoiseParams) -> None:
        super().__init__(name, seed)
        self.params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)

    def instruments(self, view: MarketView) -> list[str]:
        """Return the contracts asked for, else all."""
        return self.params.names or list(view.instruments)

    def on_time(self, now_ns: int) -> list[Command]:
        """Do one random thing in one random contract."""
        names = [name for name in self.instruments(self.view) if name in self.view.instruments]
        if not names:
            return []
        name = names[int(self.rng.integers(len(names)))]
        draw = self.rng.random()
        working = [o for o in self.view.own_orders(name) if o.state == OrderState.OPEN]
        if draw < self.params.cancel_part or len(working) >= self.params.max_orders:
            return [Cancel(working[int(self.rng.integers(len(working)))].label)] if working else []
        side = self._side(name)
        qty_lots = int(self.rng.geometric(1 / max(1.0, self.params.mean_lots)))
        if draw < self.params.cancel_part + self.params.market_part:
            return self._take(name, side, qty_lots)
        return self._rest(name, side, qty_lots)

    def _side(self, name: str) -> Side:
        held = self.view.position_lots(name)
        side = Side.BUY if self.rng.random() < 0.5 else Side.SELL
        if abs(held) >= self.params.max_position_lots:
            return Side.SELL if held > 0 else Side.BUY
        return side

    def _take(self, name: str, side: Side, qty_lots: int) -> list[Command]:
        bid, ask = self.view.outside_best(name)
        touch = ask if side is Side.BUY else bid
        if touch is None:
            return []
        price_ticks = touch + side.sign * max(1, round(touch * PROTECTION))
        return [
            Submit(
                label=self.new_label(),
                instrument=name,
                side=side,
                qty_lots=qty_lots,
                price_ticks=max(1, price_ticks),
                time_in_force=TimeInForce.IOC,
            )
        ]

    def _rest(self, name: str, side: Side, qty_lots: int) -> list[Command]:
        middle = self.view.book(name).mid_ticks or self.view.mark_ticks(name)
        if middle is None:
            return []
        away = int(self.rng.geometric(1 / max(1.0, self.params.mean_ticks)))
        price_ticks = round(middle - side.sign * away)
        return [
            Submit(
                label=self.new_label(),
                instrument=name,
                side=side,
                qty_lots=qty_lots,
                price_ticks=max(1, price_ticks),
            )
        ]
