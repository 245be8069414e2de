"""A trend follower: long what went up, short what went down.

Decision rule: the position is the sign of the return over the look-back, scaled by the inverse of
the volatility and capped. Source: T. Moskowitz, Y. H. Ooi and L. H. Pedersen, "Time series
momentum", Journal of Financial Economics 104 (2012) 228-250, with their year replaced by
``lookback_s``. Moves below ``threshold`` standard deviations count as none, since an intraday
trader pays the spread.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise

from clients.messages import Side, TimeInForce
from clients.participants.params import Lots, NonNegative, Params, Positive
from clients.trader import NS_PER_S, Command, Report, Submit, Trader
from clients.view import MarketView


class MomentumParams(Params, frozen=True, kw_only=True):
    """Parameters.

    lookback_s: over which the trend is measured. unit_lots: position at a trend of one standard
    deviation. clip_lots: most lots in one order.
    """

    interval_s: Positive = 2.0
    lookback_s: Positive = 30.0
    threshold: NonNegative = 0.5
    unit_lots: Lots = 5
    max_position_lots: Lots = 30
    clip_lots: Lots = 5


class Momentum(Trader):
    """Follows trends with marketable limit orders at the touch."""

    kind = "momentum"

    def __init__(self, name: str, seed: int, params: MomentumParams) -> None:
        super().__init__(name, seed)
        self.params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self._samples = max(2, math.ceil(params.lookback_s / params.interval_s) + 1)
        self._mids: dict[str, deque[float]] = {}
        self._targets: dict[str, int] = {}

    def instruments(self, view: MarketView) -> list[str]:
        """Return the contracts asked for, else the two that expire first."""
        return self.params.names or list(view.instruments)[:2]

    def on_time(self, now_ns: int) -> list[Command]:
        """Sample each middle and move towards the target position."""
        commands: list[Command] = []
        for name in self.instruments(self.view):
            middle = self.view.book(name).mid_ticks
            if middle is None or middle <= 0:
                continue
            mids = self._mids.setdefault(name, deque(maxlen=self._samples))
            mids.append(middle)
            if len(mids) == self._samples:
                self._targets[name] = self.target_lots(list(mids))
                commands += self._towards(name, self._targets[name])
        return commands

    def target_lots(self, mids: list[float]) -> int:
        """Return the position wanted after these middles, oldest first.

        The trend is the log return over the window in units of the moves' own standard deviation
        times the square root of their number: 1 is what chance alone often gives.
        """
        moves = [math.log(b / a) for a, b in pairwise(mids)]
        total, squares = sum(moves), sum(move * move for move in moves)
        if squares == 0:
            return 0
        trend = total / math.sqrt(squares)
        if abs(trend) < self.params.threshold:
            return 0
        most = self.params.max_position_lots
        return max(-most, min(most, round(trend * self.params.unit_lots)))

    def _towards(self, name: str, target_lots: int) -> list[Command]:
        missing = target_lots - self.view.position_lots(name)
        if missing == 0 or self.view.own_orders(name):
            return []
        side = Side.BUY if missing > 0 else Side.SELL
        bid, ask = self.view.outside_best(name)
        touch = ask if side is Side.BUY else bid
        if touch is None:
            return []
        return [
            Submit(
                label=self.new_label(),
                instrument=name,
                side=side,
                qty_lots=min(abs(missing), self.params.clip_lots),
                price_ticks=touch,
                time_in_force=TimeInForce.IOC,
            )
        ]

    def report(self) -> Report:
        """Return the wanted and the held position of each contract."""
        figures: dict[str, float] = {}
        for name, target in self._targets.items():
            figures[f"{name} target"] = target
            figures[f"{name} lots"] = self.view.position_lots(name)
        return Report(self.name, self.kind, figures)
