"""What every exchange-traded fund is: shares, a treasury beside the margin account, a net asset value.

NAV = treasury + account equity − start equity of the account: the account's start cash is margin that the
sponsor lent, what the futures gain and lose belongs to the shareholders. Money of creations and
redemptions goes through the treasury at NAV, so that it changes nobody's share. Fees accrue by the day.
"""

from __future__ import annotations

import math
from abc import abstractmethod

import numpy as np

from clients.participants.daily import DailyTrader
from clients.participants.params import NonNegative, Params, Positive
from clients.trader import NS_PER_S, Command
from clients.view import MarketView
from marketdata.days import day_of
from marketdata.messages import MICROS

DAYS_A_YEAR = 365


class FundParams(Params, frozen=True, kw_only=True):
    """Parameters.

    nav_usd: net asset value at the start, and shares: how many. fee_a_year: of the NAV (default of the
    kind, not a published value). yield_a_year: what the treasury earns. flow_a_day: deviation of the daily
    creations less redemptions as a part of the NAV; chasing: what of a day's return comes in the next
    day as new money (investors follow returns: E. Sirri and P. Tufano, "Costly search and mutual fund
    flows", Journal of Finance 53 (1998) 1589-1622). clip_hours: most in one order.
    """

    nav_usd: Positive = 5_000_000.0
    shares: Positive = 200_000.0
    fee_a_year: NonNegative = 0.0095
    yield_a_year: float = 0.0
    flow_a_day: NonNegative = 0.005
    chasing: NonNegative = 0.1
    clip_hours: Positive = 7_300.0


class Fund(DailyTrader):
    """Base of the funds."""

    def __init__(self, name: str, seed: int, params: FundParams) -> None:
        super().__init__(name, seed)
        self.fund_params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self.shares = params.shares
        self.treasury_micros = round(params.nav_usd * MICROS)
        self.fund_fees_micros = 0
        self.flows_micros = 0
        self._day_flow_micros = 0
        self._close_nav_per_share: float | None = None
        self._fee_day: int | None = None

    @abstractmethod
    def target_hours(self, price_micros: float) -> float:
        """Return the signed GPU-hours that the fund should hold at a price."""

    @property
    def nav_micros(self) -> int:
        """Net asset value in micro-dollars; what is negative is owed to the sponsor."""
        return self.treasury_micros + self.pnl_micros

    @property
    def nav_per_share(self) -> float:
        """Dollars a share."""
        return self.nav_micros / MICROS / self.shares if self.shares else 0.0

    def create(self, shares: float) -> None:
        """Issue shares (redeem, where negative) at NAV, for cash; a fund that is worth nothing cannot."""
        if self.nav_micros <= 0 or self.shares + shares <= 0:
            return
        flow_micros = round(shares * self.nav_per_share * MICROS)
        self.shares += shares
        self.treasury_micros += flow_micros
        self.flows_micros += flow_micros

    def on_day(self, day: int, now_ns: int) -> list[Command]:
        """Accrue fee and yield, then take the day's creations and redemptions."""
        elapsed = 0 if self._fee_day is None else day - self._fee_day
        self._fee_day = day
        params, nav = self.fund_params, self.nav_micros
        if elapsed and nav > 0:
            fee_micros = round(nav * params.fee_a_year * elapsed / DAYS_A_YEAR)
            earned = round(self.treasury_micros * params.yield_a_year * elapsed / DAYS_A_YEAR)
            self.treasury_micros += earned - fee_micros
            self.fund_fees_micros += fee_micros
            self._flows(elapsed)
        self._close_nav_per_share = self.nav_per_share
        return []

    def _flows(self, elapsed: int) -> None:
        params, before = self.fund_params, self._close_nav_per_share
        gained = self.nav_per_share / before - 1 if before else 0.0
        drawn = float(self.rng.normal(0.0, params.flow_a_day * math.sqrt(elapsed)))
        part = float(np.clip(params.chasing * gained + drawn, -0.2, 0.2))
        self.create(part * self.shares)

    def own_figures(self) -> dict[str, float]:
        """Return NAV, shares, fees and flows."""
        return {
            "NAV $": self.nav_micros / MICROS,
            "NAV a share $": self.nav_per_share,
            "shares": self.shares,
            "fund fees $": self.fund_fees_micros / MICROS,
            "creations less redemptions $": self.flows_micros / MICROS,
        }

    def on_start(self, view: MarketView, now_ns: int) -> list[Command]:
        """Begin; the first day's flows come at its end."""
        commands = super().on_start(view, now_ns)
        self._fee_day = day_of(now_ns)
        return commands
