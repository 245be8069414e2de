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

from clients.participants.daily import DailyTrader
from clients.participants.liquidity import Chooser
from clients.participants.params import Lots, NonNegative, Params, Positive
from clients.participants.sizes import lots_of
from clients.participants.taking import mid_micros, take
from clients.trader import NS_PER_S, Command
from clients.view import MarketView
from marketdata.messages import Instrument


class MomentumParams(Params, frozen=True, kw_only=True):
    """Parameters.

    lookback_s: over which the trend is measured, in decisions of ``interval_s``. unit_hours: GPU-hours
    held at a trend of one standard deviation, max_hours: at most. clip_hours: most in one order.
    contracts: how many are followed, drawn by liquidity among outrights and perpetuals.
    """

    interval_s: Positive = 2.0
    lookback_s: Positive = 30.0
    threshold: NonNegative = 0.5
    unit_hours: Positive = 3_650.0
    max_hours: Positive = 21_900.0
    clip_hours: Positive = 3_650.0
    contracts: Lots = 3


class Momentum(DailyTrader):
    """Follows trends with marketable limit orders at the touch."""

    kind = "momentum"

    def __init__(self, name: str, seed: int, params: MomentumParams) -> None:
        super().__init__(name, seed)
        self.params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self._samples = max(2, math.ceil(params.lookback_s / params.interval_s) + 1)
        self._mids: dict[str, deque[float]] = {}
        self._targets: dict[str, int] = {}
        self._chooser = Chooser(self.rng)
        self._followed: list[str] = []

    def instruments(self, view: MarketView) -> list[str]:
        """Return the contracts asked for, else all outrights and perpetuals."""
        return self.params.names or [
            name
            for name, listed in view.instruments.items()
            if not listed.legs and not listed.binary
        ]

    def decide(self, now_ns: int) -> list[Command]:
        """Sample each middle and move towards the target position."""
        commands: list[Command] = []
        for name in self._chosen():
            listed = self.view.instruments[name]
            middle = mid_micros(self, listed)
            if middle is None or middle <= 0:
                continue
            mids = self._mids.setdefault(name, deque(maxlen=self._samples))
            mids.append(middle)
            if len(mids) == self._samples:
                target = self._targets[name] = self.target_lots(listed, list(mids))
                commands += self._towards(listed, target)
        return commands

    def _chosen(self) -> list[str]:
        """Return what is followed; what expired makes room for another contract."""
        listed = self.view.instruments
        if self.params.names:
            return [name for name in self.params.names if name in listed]
        self._followed = [name for name in self._followed if name in listed]
        if len(self._followed) < self.params.contracts:
            rest = [name for name in self.instruments(self.view) if name not in self._followed]
            drawn = self._chooser.draw(self.view, rest)
            if drawn is not None and drawn not in self._followed:
                self._followed.append(drawn)
        return self._followed

    def target_lots(self, listed: Instrument, mids: list[float]) -> int:
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
        most = lots_of(self.params.max_hours, listed)
        unit = self.params.unit_hours / max(1, listed.contract_hours)
        return max(-most, min(most, round(trend * unit)))

    def _towards(self, listed: Instrument, target_lots: int) -> list[Command]:
        held = self.view.position_lots(listed.name)
        if abs(target_lots) > abs(held) and not self.has_margin():
            return []
        clip = lots_of(self.params.clip_hours, listed)
        return take(self, listed, target_lots - held, clip)

    def own_figures(self) -> dict[str, float]:
        """Return the wanted and the held position of each contract."""
        figures: dict[str, float] = {}
        for name, target in self._targets.items():
            figures[f"{name} target"] = target
            figures[f"{name} lots"] = self.view.position_lots(name)
        return figures
