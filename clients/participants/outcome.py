"""What became of one participant, day by day: its real business, its futures, and both together.

The counterfactual is always kept beside: the same real cash flows without the futures column. A
hedge is judged by the variance it takes away (L. Ederington, "The hedging performance of the new
futures markets", Journal of Finance 34 (1979) 157-170) and by the tail it takes away (R. T.
Rockafellar and S. Uryasev, "Conditional value-at-risk for general loss distributions", Journal of
Banking & Finance 26 (2002) 1443-1471).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata.messages import MICROS

DAYS_A_YEAR = 365
DEFAULT_MARGIN_RATE = 0.10
"""What a year of locked cash costs; a default, not a published value."""
LEVEL = 0.95
PERIODS_DAYS = (10, 30)
"""Longer than a day too, since an index and the rentals it is made of do not move on the same day."""
FEWEST_PERIODS = 3


class OutcomeDay(msgspec.Struct, frozen=True, kw_only=True):
    """One day of a participant, in micro-dollars; what it receives is positive."""

    day: int
    """Days since 1970-01-01."""
    spot_micros: int
    """Cash flow of the real business: rentals, costs, debt."""
    futures_micros: int
    """P&L of the futures at marks and settlements, before fees."""
    margin_micros: int
    """Cash locked as margin at the end of the day."""
    fees_micros: int
    """Fees paid, positive."""
    matched_micros: int = 0
    """P&L that the futures position would have had if it had moved with the rental market's price;
    0 for whoever has no business there, whose futures P&L then is all basis."""
    value_micros: int = 0
    """Change in the value of the exposure that lies ahead; no cash."""
    slippage_micros: int = 0
    """What the day's trades cost against the mark, positive."""
    unhedged_spot_micros: int | None = None
    """Cash flow of the real business without the futures where that differs, else None."""


class Outcome:
    """Collects the days of one participant and tells what the exchange did for it.

    cash_micros: cash at the start, the business's and the margin account's together.
    margin_rate_a_year: what locked cash costs.
    """

    def __init__(
        self,
        participant: str,
        kind: str,
        cash_micros: int = 0,
        *,
        margin_rate_a_year: float = DEFAULT_MARGIN_RATE,
    ) -> None:
        self.participant = participant
        self.kind = kind
        self.cash_micros = cash_micros
        self.margin_rate_a_year = margin_rate_a_year
        self.days: list[OutcomeDay] = []
        self.failure: str | None = None
        """Why and when it failed for another reason than cash, None while it has not."""
        self.failure_unhedged: str | None = None
        """The same for its life without the exchange, where a kind keeps that beside."""

    def record(
        self,
        day: int,
        spot_micros: int,
        futures_micros: int,
        margin_micros: int,
        fees_micros: int,
        *,
        matched_micros: int = 0,
        value_micros: int = 0,
        slippage_micros: int = 0,
        unhedged_spot_micros: int | None = None,
    ) -> None:
        """Add a day; the fields are those of OutcomeDay.

        Raises ValueError where the day is not later than the one before.
        """
        if self.days and day <= self.days[-1].day:
            raise ValueError(f"day: {day} does not come after {self.days[-1].day}")
        self.days.append(
            OutcomeDay(
                day=day,
                spot_micros=spot_micros,
                futures_micros=futures_micros,
                margin_micros=margin_micros,
                fees_micros=fees_micros,
                matched_micros=matched_micros,
                value_micros=value_micros,
                slippage_micros=slippage_micros,
                unhedged_spot_micros=unhedged_spot_micros,
            )
        )

    def fail(self, day: int, reason: str, *, hedged: bool = True) -> None:
        """Note that the participant failed, or would have without the exchange; the first stays."""
        if hedged and self.failure is None:
            self.failure = f"day {day}: {reason}"
        elif not hedged and self.failure_unhedged is None:
            self.failure_unhedged = f"day {day}: {reason}"

    def flows(self, *, hedged: bool, period_days: int = 1) -> npt.NDArray[np.float64]:
        """Return the cash flow of each whole period in micro-dollars, with or without the futures.

        Periods of ``period_days`` follow each other from the first day; an unfinished one is left
        out. Margin is not in the flows: it comes back.
        """
        each = [_hedged(day) if hedged else _unhedged(day) for day in self.days]
        return self._periods(each, period_days)

    def _periods(self, each: Sequence[int], period_days: int) -> npt.NDArray[np.float64]:
        """Return the sums of daily amounts over whole periods."""
        if period_days < 1:
            raise ValueError(f"period_days: {period_days} is not at least 1")
        if not each:
            return np.zeros(0)
        first = self.days[0].day
        whole = (self.days[-1].day - first + 1) // period_days
        sums = [0] * whole
        for day, flow in zip(self.days, each, strict=True):
            if (period := (day.day - first) // period_days) < whole:
                sums[period] += flow
        return np.array(sums, dtype=np.float64)

    def hedge_effectiveness(self, period_days: int = 1) -> float:
        """Return 1 − Var(hedged)/Var(unhedged) of the periods' cash flows.

        1 is a perfect hedge, 0 none, negative one that adds risk; nan where the unhedged flows do
        not vary. Cash and value are two things: a futures strip pays today for what is
        rented next year, so a good hedge of value can be a bad one of cash.
        """
        return effectiveness(
            self.flows(hedged=False, period_days=period_days),
            self.flows(hedged=True, period_days=period_days),
        )

    def value_effectiveness(self, period_days: int = 1) -> float:
        """Return 1 − Var(hedged)/Var(unhedged) of the changes in the value of the exposure."""
        unhedged = self._periods([day.value_micros for day in self.days], period_days)
        futures = [day.futures_micros - day.fees_micros for day in self.days]
        return effectiveness(unhedged, unhedged + self._periods(futures, period_days))

    def cvar(self, level: float = LEVEL, *, hedged: bool = True, period_days: int = 1) -> float:
        """Return the mean loss of the worst 1 − level of the periods, in micro-dollars."""
        return cvar(-self.flows(hedged=hedged, period_days=period_days), level)

    def hedging_cost(self) -> int:
        """Return fees, slippage and the financing of the margin, in micro-dollars.

        Gains and losses of the futures are not in it: they are what the hedge is for.
        """
        paid_micros = sum(day.fees_micros + day.slippage_micros for day in self.days)
        margin_days = sum(day.margin_micros for day in self.days)
        return paid_micros + round(margin_days * self.margin_rate_a_year / DAYS_A_YEAR)

    def basis_pnl(self) -> int:
        """Return the part of the futures P&L that the rental market's price does not explain."""
        return sum(day.futures_micros - day.matched_micros for day in self.days)

    def margin_drain(self) -> int:
        """Return the most cash that the futures ever took: margin locked plus what was paid away."""
        most_micros = paid_micros = 0
        for day in self.days:
            paid_micros -= day.futures_micros - day.fees_micros
            most_micros = max(most_micros, day.margin_micros + paid_micros)
        return most_micros

    def lowest_cash(self, *, hedged: bool = True) -> int:
        """Return the least free cash at any day's end, the start included, in micro-dollars."""
        cash_micros = lowest_micros = self.cash_micros
        for day in self.days:
            cash_micros += _hedged(day) if hedged else _unhedged(day)
            lowest_micros = min(lowest_micros, cash_micros - (day.margin_micros if hedged else 0))
        return lowest_micros

    @property
    def survived(self) -> bool:
        """Whether it never failed and its free cash never ran out."""
        return self.failure is None and self.lowest_cash() >= 0

    @property
    def survived_unhedged(self) -> bool:
        """Whether it would not have failed, nor run out of cash, without the exchange."""
        return self.failure_unhedged is None and self.lowest_cash(hedged=False) >= 0

    def figures(self) -> dict[str, float]:
        """Return what became of it, in dollars; what cannot be measured yet is left out."""
        only_hedged = {
            "days": float(len(self.days)),
            "hedge effectiveness of cash": self.hedge_effectiveness(),
            "hedge effectiveness of value": self.value_effectiveness(),
            "futures P&L $": _dollars(sum(day.futures_micros for day in self.days)),
            "cost of hedging $": _dollars(self.hedging_cost()),
            "basis P&L $": _dollars(self.basis_pnl()),
            "margin drain $": _dollars(self.margin_drain()),
        }
        for days in PERIODS_DAYS:
            if len(self.flows(hedged=True, period_days=days)) >= FEWEST_PERIODS:
                said = f"hedge effectiveness of {days} days'"
                only_hedged[f"{said} cash"] = self.hedge_effectiveness(days)
                only_hedged[f"{said} value"] = self.value_effectiveness(days)
        return _measured(self._comparable(hedged=True) | only_hedged)

    def counterfactual(self) -> dict[str, float]:
        """Return the figures without the exchange, under the same names as in ``figures``."""
        return _measured(self._comparable(hedged=False))

    def _comparable(self, *, hedged: bool) -> dict[str, float]:
        flows = self.flows(hedged=hedged)
        survived = self.survived if hedged else self.survived_unhedged
        return {
            "cash flow $": float(flows.sum()) / MICROS,
            "deviation of a day $": _deviation(flows) / MICROS,
            f"CVaR {LEVEL:.0%} of a day $": self.cvar(hedged=hedged) / MICROS,
            "lowest free cash $": _dollars(self.lowest_cash(hedged=hedged)),
            "survived": float(survived),
        }


def effectiveness(unhedged: npt.NDArray[np.float64], hedged: npt.NDArray[np.float64]) -> float:
    """Return 1 − Var(hedged)/Var(unhedged); nan for fewer than two values or no variance."""
    if len(unhedged) < 2 or (variance := float(np.var(unhedged))) == 0:
        return math.nan
    return 1 - float(np.var(hedged)) / variance


def cvar(losses: Sequence[float] | npt.NDArray[np.float64], level: float) -> float:
    """Return the mean of the worst 1 − level of the losses; nan where there are none.

    Where (1 − level)·n is no whole number the loss at the edge counts with what is left of it.
    Raises ValueError unless 0 <= level < 1.
    """
    if not 0 <= level < 1:
        raise ValueError(f"level: {level} is not in [0, 1)")
    worst = np.sort(np.asarray(losses, dtype=np.float64))[::-1]
    if not len(worst):
        return math.nan
    wanted = (1 - level) * len(worst)
    weights = np.clip(wanted - np.arange(len(worst)), 0, 1)
    return float(weights @ worst / wanted)


def _hedged(day: OutcomeDay) -> int:
    return day.spot_micros + day.futures_micros - day.fees_micros


def _unhedged(day: OutcomeDay) -> int:
    return day.spot_micros if day.unhedged_spot_micros is None else day.unhedged_spot_micros


def _deviation(flows: npt.NDArray[np.float64]) -> float:
    return float(np.std(flows, ddof=1)) if len(flows) > 1 else math.nan


def _dollars(amount_micros: int) -> float:
    return amount_micros / MICROS


def _measured(figures: dict[str, float]) -> dict[str, float]:
    return {name: figure for name, figure in figures.items() if math.isfinite(figure)}
