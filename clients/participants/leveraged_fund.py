"""A fund that gives L times the day's return, or its inverse, and so must trade at every close.

Decision rule: after a return r of the day the fund holds L·NAV·(1 + r) and wants L·NAV·(1 + L·r): it
trades (L² − L)·NAV·r at the close, on the side of the move whether it is levered or inverse. Source:
M. Cheng and A. Madhavan, "The dynamics of leveraged and inverse exchange-traded funds", Journal of
Investment Management 7 (2009) 43-62. The trade is cut in equal slices over the last ``window_min`` minutes
before the close of the market's day.
"""

from __future__ import annotations

import math
from typing import Annotated

import msgspec

from clients.civil import DailyClose
from clients.messages import Message, UserTrade
from clients.participants.fund import Fund, FundParams
from clients.participants.months import of_family
from clients.participants.params import Lots, Positive
from clients.participants.roll_schedule import RollSchedule
from clients.participants.sizes import lots_of
from clients.participants.taking import take
from clients.trader import NS_PER_S, Command
from clients.view import MarketView
from marketdata.messages import MICROS, Instrument

MINUTE_NS = 60 * NS_PER_S
Leverage = Annotated[float, msgspec.Meta(ge=-10, le=10)]


def rebalance_micros(leverage: float, nav_micros: float, day_return: float) -> float:
    """Return the signed value to be traded at the close: (L² − L)·NAV·r; bought where positive."""
    return (leverage * leverage - leverage) * nav_micros * day_return


class LeveragedFundParams(FundParams, frozen=True, kw_only=True):
    """Parameters.

    leverage: L, negative for an inverse fund. close: wall time ``HH:MM`` in time_zone (defaults:
    GPU1's daily close). window_min: minutes before it over which the trade is sliced. begin_days,
    length_days: the roll, as of an ``etf``.
    """

    leverage: Leverage = 2.0
    family: str = "GPU1"
    close: str = "16:00"
    time_zone: str = "America/Chicago"
    window_min: Positive = 30.0
    begin_days: Lots = 10
    length_days: Lots = 5
    nav_usd: Positive = 2_000_000.0


class LeveragedFund(Fund):
    """Trades with the move, at the close."""

    kind = "leveraged-fund"
    follows_listing = True

    def __init__(self, name: str, seed: int, params: LeveragedFundParams) -> None:
        super().__init__(name, seed, params)
        self.params = params
        self.schedule = RollSchedule(begin_days=params.begin_days, length_days=params.length_days)
        self.close = DailyClose(params.close, params.time_zone)
        self.rebalances = 0
        self.bought_micros = 0
        self._window_ns = int(params.window_min * MINUTE_NS)
        self._months: list[Instrument] = []
        self._close_ns = 0
        self._goal: dict[str, int] = {}
        self._start: dict[str, int] = {}
        self._entered = False

    def instruments(self, view: MarketView) -> list[str]:
        """Return the two nearest months."""
        self._months = of_family(view.instruments.values(), self.params.family)[:2]
        return [each.name for each in self._months]

    def on_message(self, message: Message, now_ns: int) -> list[Command]:
        """Count what is bought."""
        if isinstance(message, UserTrade):
            listed = self.view.instruments.get(message.instrument)
            if listed is not None:
                lot_micros = message.price_ticks * listed.tick_micros * listed.contract_hours
                self.bought_micros += message.side.sign * message.qty_lots * lot_micros
        return super().on_message(message, now_ns)

    def target_hours(self, price_micros: float) -> float:
        """Return L·NAV over price; a fund without value holds nothing."""
        return self.params.leverage * max(0, self.nav_micros) / price_micros

    def decide(self, now_ns: int) -> list[Command]:
        """Outside the window do nothing; inside trade the slices due by now, and after it the rest."""
        if not self._entered and self._set_goal(now_ns):
            # The first exposure is bought at once, as a fund's seed capital is.
            self._entered = True
            self._close_ns = now_ns
        elif self._entered:
            self._open_window(now_ns)
        part = 1.0 if now_ns >= self._close_ns else self._due(now_ns)
        commands: list[Command] = []
        for name, goal in self._goal.items():
            listed = self.view.instruments.get(name)
            if listed is not None:
                start = self._start[name]
                due = start + math.trunc((goal - start) * part)
                missing = due - self.view.position_lots(name)
                clip = lots_of(self.fund_params.clip_hours, listed)
                commands += take(self, listed, missing, clip)
        return commands

    def _due(self, now_ns: int) -> float:
        begin_ns = self._close_ns - self._window_ns
        return min(1.0, max(0.0, (now_ns - begin_ns) / self._window_ns))

    def _open_window(self, now_ns: int) -> None:
        """Set the goal inside a window, or at the first look after one that was passed over."""
        next_ns = self.close.next_ns(now_ns)
        inside = now_ns >= next_ns - self._window_ns
        due_ns = next_ns if inside else self.close.before_ns(next_ns)
        if due_ns > self._close_ns:
            if self._set_goal(now_ns):
                self._close_ns = due_ns
                self.rebalances += 1
        elif inside:
            # The price at the close is not known yet: the goal follows it, the slices go on.
            start = self._start
            if self._set_goal(now_ns):
                self._start = {name: start.get(name, lots) for name, lots in self._start.items()}

    def _set_goal(self, now_ns: int) -> bool:
        """Fix the lots wanted after the close at the marks of now; False without a mark."""
        months = [each for each in self._months if each.name in self.view.instruments]
        prices = {each.name: self.view.mark_ticks(each.name) for each in months}
        weights = self.schedule.weights([each.expiry_ns for each in months], now_ns)
        goal: dict[str, int] = {}
        for listed, weight in zip(months, weights, strict=True):
            ticks = prices[listed.name]
            if weight == 0:
                goal[listed.name] = 0
                continue
            if not ticks or ticks <= 0:
                return False
            price = float(ticks * listed.tick_micros)
            goal[listed.name] = round(weight * self.target_hours(price) / listed.contract_hours)
        if not goal:
            return False
        self._goal = goal
        self._start = {name: self.view.position_lots(name) for name in goal}
        return True

    def own_figures(self) -> dict[str, float]:
        """Return the fund's figures and what it traded at closes."""
        figures = super().own_figures()
        figures["leverage"] = self.params.leverage
        figures["rebalances"] = float(self.rebalances)
        figures["bought less sold $"] = self.bought_micros / MICROS
        return figures
