"""A lender to an owner of GPUs that hedges the collateral of its loan.

Its real business: it lends against a fleet at a coupon, funds itself at a lower rate, and gets the
loan back in level instalments, once a ``period_days``. A borrower whose loan stands at
``default_ltv`` or above hands over the keys: the lender sells the fleet at a discount and bears what
is missing.

Decision rule: the lender is short a put on the collateral (``credit.shortfall``, Merton 1974), so it
shorts N(−d1) of the collateral's GPU-hours, month by month, in the listed contracts, with ``stack`` of
the months beyond in the last of them: nothing while the loan is well covered, all of it under water.
"""

from __future__ import annotations

import math

from clients.economy.statements import RentalDay
from clients.participants.appraisal import Appraisal, HedgedPart
from clients.participants.contract_months import months_ahead
from clients.participants.credit.amortisation import (
    PPM,
    Loan,
    interest_micros,
    periods_of_a_year,
)
from clients.participants.credit.covenants import ltv
from clients.participants.credit.fleet import Cohort, Economics, Fleet, economics_of
from clients.participants.credit.shortfall import expected_shortfall, shortfall_delta
from clients.participants.futures_account import FuturesDay
from clients.participants.hedger import Hedger, HedgerParams, RealDay
from clients.participants.params import Fraction, Lots, NonNegative, Positive
from marketdata.messages import MICROS, Instrument


class LenderParams(HedgerParams, frozen=True, kw_only=True):
    """Parameters; all defaults are this simulator's choice.

    fleet_gpus, gpu_usd, cost_usd, life_years, utilisation: the collateral, as in neocloud. loan_part,
    rate, funding_rate, loan_years: the loan as a part of the fleet's price, its coupon, what the lender
    pays itself, and its term. volatility: of the collateral's value a year. default_ltv,
    sale_discount: when the borrower gives up, and what the sale costs. decay: log fall a year of rents
    beyond the listed months. appraisal_days: half-life of the forwards by which the collateral is
    valued. hedge_ratio: part of N(−d1) that is hedged. band: by how much that must be off before the
    hedge is moved.
    """

    fleet_gpus: Lots = 400
    gpu_usd: NonNegative = 0.0
    cost_usd: NonNegative = 0.6
    life_years: Positive = 5.0
    utilisation: Fraction = 0.75
    loan_part: Fraction = 0.7
    rate: NonNegative = 0.11
    funding_rate: NonNegative = 0.055
    loan_years: Positive = 3.0
    period_days: Lots = 30
    volatility: Positive = 0.3
    default_ltv: Positive = 1.2
    sale_discount: Fraction = 0.15
    decay: float = 0.19
    appraisal_days: NonNegative = 10.0
    hedge_ratio: NonNegative = 1.0
    band: NonNegative = 0.05
    stack: Fraction = 0.25


class Lender(Hedger):
    """Lends, and shorts what the collateral may lose."""

    kind = "lender"

    def __init__(self, name: str, seed: int, params: LenderParams) -> None:
        super().__init__(name, seed, params)
        self.params = params
        self._appraisal = Appraisal(self.economics.life_months, params.decay, params.appraisal_days)
        self.fleet = Fleet()
        self.loan = Loan(0, 0, 1)
        self.lost_micros = 0
        """What a default left unpaid."""
        self.payments = 0
        self._begun = False
        self._period_from = 0
        self._delta = 0.0
        self._hedged = HedgedPart(params.band)
        self._hours: list[float] = []

    @property
    def economics(self) -> Economics:
        """The terms by which the collateral is valued."""
        return economics_of(self.params, self.params.rate)

    @property
    def years_left(self) -> float:
        """Half of the term that is left: about the mean life of what is still owed."""
        periods = max(0, _periods(self.params) - self.payments)
        return periods / periods_of_a_year(self.params.period_days) / 2

    def value_micros(self, day: int) -> int:
        """Return the market value of the collateral."""
        return self.fleet.value_micros(self._appraisal.forwards, day, self.economics)

    def target_lots(self, listed: Instrument, now_ns: int) -> int:
        """Return the short of N(−d1) of the month's hours."""
        month = months_ahead(listed, now_ns)
        if listed.perpetual or month >= len(self._hours):
            return 0
        hours = self._hours[month]
        names = self.instruments(self.view)
        if names and listed.name == names[-1]:
            hours += self.params.stack * sum(self._hours[month + 1 :])
        part = self._hedged.part
        return -math.floor(part * hours / listed.contract_hours)

    def hours_ahead(self) -> float:
        """Return by how many micro-dollars the loan's worth moves with all forwards together."""
        return self._delta * sum(self._hours)

    def real_day(self, day: RentalDay, futures: FuturesDay) -> RealDay:
        """Take the coupon less the funding at the end of a period, or what a default leaves."""
        self._appraise()
        if not self._begun:
            self._begin(day.day)
        due = day.day - self._period_from >= self.params.period_days
        if not due or not self.loan.balance_micros:
            return RealDay(0)
        self._period_from = day.day
        owed, value = self.loan.balance_micros, self.value_micros(day.day)
        year = periods_of_a_year(self.params.period_days)
        cost_micros = interest_micros(owed, round(self.params.funding_rate * PPM), year)
        if ltv(owed, 0, value) >= self.params.default_ltv:
            return RealDay(-cost_micros - self._foreclose(owed, value))
        self.payments += 1
        paid = self.loan.pay()
        # The principal that comes back pays the funding back.
        return RealDay(paid - (owed - self.loan.balance_micros) - cost_micros)

    def decide(self, day: RentalDay, futures: FuturesDay, now_ns: int) -> None:
        """Value the collateral and what of its price the lender bears."""
        forwards = self._appraisal.forwards
        self._hours = self.fleet.delta_hours(forwards, day.day, self.economics)
        value = self.fleet.value_micros(forwards, day.day, self.economics)
        terms = (self.params.volatility, self.years_left, self.params.rate)
        self._delta = shortfall_delta(value, self.loan.balance_micros, *terms)
        self._hedged.want(self._delta * self.params.hedge_ratio)

    def own_figures(self) -> dict[str, float]:
        """Return loan, collateral, and the loss that is expected and the one that came."""
        if not self.outcome.days:
            return {}
        day, owed = self.outcome.days[-1].day, self.loan.balance_micros
        value = self.value_micros(day)
        terms = (self.params.volatility, self.years_left, self.params.rate)
        return {
            "owed to it $": owed / MICROS,
            "collateral $": value / MICROS,
            "LTV": min(ltv(owed, 0, value), 99.0),
            "payments received": float(self.payments),
            "hedged part": self._hedged.part,
            "expected shortfall $": expected_shortfall(value, owed, *terms) / MICROS,
            "loss $": self.lost_micros / MICROS,
        }

    def _begin(self, day: int) -> None:
        """Lend against a new fleet, once it is known what one is worth."""
        new = Fleet([Cohort(1, 0, day)])
        stated = round(self.params.gpu_usd * MICROS)
        gpu_micros = stated or new.value_micros(self._appraisal.forwards, day, self.economics)
        if gpu_micros:
            self._begun, self._period_from = True, day
            cost_micros = self.params.fleet_gpus * gpu_micros
            self.fleet.buy(self.params.fleet_gpus, cost_micros, day)
            self.loan = _loan(self.params, cost_micros)

    def _foreclose(self, owed_micros: int, value_micros: int) -> int:
        """Sell the collateral and return what of the loan is lost."""
        recovered = min(owed_micros, round(value_micros * (1 - self.params.sale_discount)))
        self.lost_micros += owed_micros - recovered
        self.loan = Loan(0, 0, 1)
        self.fleet = Fleet()
        return owed_micros - recovered

    def _appraise(self) -> None:
        """Take the day's curve into the valuation."""
        spot = self.spot.get(self.params.underlying)
        spot_micros = 0.0 if spot is None else float(spot.executed_micros)
        strip = self.instruments(self.view)
        self._appraisal.update(self.view, strip, self.now_ns, spot_micros, self.elapsed_days)


def _periods(params: LenderParams) -> int:
    return max(1, round(params.loan_years * periods_of_a_year(params.period_days)))


def _loan(params: LenderParams, cost_micros: int) -> Loan:
    lent = round(cost_micros * params.loan_part)
    year = periods_of_a_year(params.period_days)
    return Loan(lent, round(params.rate * PPM), _periods(params), year)
