"""A manipulator who holds futures on a mean and pays for rentals that move it.

A scenario, off in the demo. Decision rule: build a position up to the limit in one contract before its
month; in the month report executed rentals on one's own provider at ``pushed`` times the price, so many
GPU-hours a day, in the direction that the position wants. What it is up against: position limits, the
winsorising of the index, its weights, a withheld print. The rentals cost money, which is in the
outcome: a part of what lies between the reported price and the index, on every hour.

Whoever runs the economy asks ``rentals_to_report(day)`` each day and reports what it gets as executed
deals (``observation_of``).
"""

from __future__ import annotations

import msgspec

from clients.messages import Side
from clients.participants.daily import DailyTrader
from clients.participants.months import of_family
from clients.participants.params import Fraction, NonNegative, Params, Positive
from clients.participants.sizes import lots_of
from clients.participants.taking import take
from clients.trader import NS_PER_S, Command
from clients.view import MarketView
from exchange.indices.observations import Observation
from marketdata.days import day_of
from marketdata.messages import MICROS, Instrument


class ReportedRental(msgspec.Struct, frozen=True, kw_only=True):
    """One executed rental that is to be reported on a day; price per GPU-hour in micro-dollars."""

    day: int
    provider: str
    underlying: str
    gpu_hours: float
    price_micros: int


def observation_of(rental: ReportedRental, ts_ns: int) -> Observation:
    """Return a rental as an index provider hears of it at a time: on demand, executed, on a marketplace."""
    return Observation(
        ts_ns,
        rental.price_micros,
        rental.underlying,
        provider=rental.provider,
        cloud_type="marketplace",
        rental="on_demand",
        executed=True,
        gpu_hours=rental.gpu_hours,
    )


class ManipulatorParams(Params, frozen=True, kw_only=True):
    """Parameters.

    family: whose front month is held. side: buy or sell. max_lots: the position, the limit of the
    account at most. clip_hours: most in one order. provider: where rentals are reported. gpu_hours: a day.
    pushed: price of a reported rental over the index. cost_part: the part of the distance from the
    index that is really lost: little where it rents from itself, all where others get it.
    own_month_only: report only while the contract's fixings run.
    """

    family: str = "HPR"
    side: Side = Side.BUY
    max_lots: Positive = 500.0
    clip_hours: Positive = 7_300.0
    provider: str = "self-dealer"
    gpu_hours: NonNegative = 20_000.0
    pushed: Positive = 1.5
    cost_part: Fraction = 0.1
    own_month_only: bool = True


class Manipulator(DailyTrader):
    """Holds a position and prints the rentals that it needs."""

    kind = "manipulator"

    def __init__(self, name: str, seed: int, params: ManipulatorParams) -> None:
        super().__init__(name, seed)
        self.params = params
        self.interval_ns = int(params.interval_s * NS_PER_S)
        self.reported_hours = 0.0
        self.spent_micros = 0
        self._spent_on: dict[int, int] = {}
        self._contract: str | None = None
        self._now_ns = 0

    def instruments(self, view: MarketView) -> list[str]:
        """Return the contract that is held, the nearest of the family until one is chosen."""
        if self._contract is None or self._contract not in view.instruments:
            months = of_family(view.instruments.values(), self.params.family)
            self._contract = months[0].name if months else None
        return [self._contract] if self._contract else []

    def decide(self, now_ns: int) -> list[Command]:
        """Build the position."""
        self._now_ns = now_ns
        listed = self._listed()
        if listed is None or not self.has_margin(0.1):
            return []
        wanted = self.params.side.sign * int(self.params.max_lots)
        missing = wanted - self.view.position_lots(listed.name)
        return take(self, listed, missing, lots_of(self.params.clip_hours, listed))

    def _listed(self) -> Instrument | None:
        names = self.instruments(self.view)
        return self.view.instruments.get(names[0]) if names else None

    def rentals_to_report(self, day: int) -> tuple[ReportedRental, ...]:
        """Return the rentals that are to be entered as executed on a day (days since 1970).

        Empty without a position, without an index, or before the contract's month.
        """
        listed = self._listed()
        if listed is None or self.view.position_lots(listed.name) == 0:
            return ()
        index_micros = self.view.index_micros(listed.name)
        month_began = listed.expiry_ns // (86_400 * NS_PER_S) - 31
        if not index_micros or (self.params.own_month_only and day < month_began):
            return ()
        up = self.view.position_lots(listed.name) > 0
        factor = self.params.pushed if up else 1 / self.params.pushed
        price_micros = round(index_micros * factor)
        hours = self.params.gpu_hours
        spent = round(abs(price_micros - index_micros) * hours * self.params.cost_part)
        if day not in self._spent_on:
            self._spent_on[day] = spent
            self.spent_micros += spent
            self.reported_hours += hours
        return (
            ReportedRental(
                day=day,
                provider=self.params.provider,
                underlying=listed.underlying,
                gpu_hours=hours,
                price_micros=price_micros,
            ),
        )

    def daily_flow_micros(self, day: int) -> int:
        """Return what the day's reported rentals cost."""
        return -self._spent_on.get(day, 0)

    def own_figures(self) -> dict[str, float]:
        """Return what was reported, what it cost and what was gained with it."""
        return {
            "reported GPU-hours": self.reported_hours,
            "paid for rentals $": self.spent_micros / MICROS,
            "gained after rentals $": (self.pnl_micros - self.spent_micros) / MICROS,
            "last day": float(day_of(self._now_ns)),
        }
