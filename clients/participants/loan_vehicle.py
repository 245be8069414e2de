"""A GPU loan vehicle: a company that owns a fleet, leases it to one offtaker and owes for it.

The fleet is paid with a senior and a junior tranche, at coupons by the offtaker's credit, paid off
in level instalments within the first lease. The lease is take-or-pay at a fixed price; the offtaker
can fail, the likelier the further spot is below the lease price (``wrong_way``), and after that, or
when the lease ends, the fleet earns what the rental market pays. The collateral is worth its forward
rental value, whatever the straight-line book says. ``credit.loan`` serves the loan each period.

Decision rule: short the deferred months as LTV rises. The part of the collateral's price sensitivity
that is hedged grows in a line from 0 at ``hedge_from`` to ``hedge_ratio`` at ``hedge_full``; the
listed months from ``near_months`` on carry their own hours, and the last of them ``stack`` of those
beyond. Without the exchange the same loan runs beside, with its own covenants: that is the
counterfactual.
"""

from __future__ import annotations

import math

from clients.economy.statements import RentalDay
from clients.participants.acts import Act, FleetChange
from clients.participants.appraisal import Appraisal, HedgedPart
from clients.participants.contract_months import months_ahead
from clients.participants.credit.amortisation import periods_of_a_year
from clients.participants.credit.covenants import CovenantTerms, Rung, ltv
from clients.participants.credit.fleet import Cohort, Economics, Fleet, economics_of
from clients.participants.credit.grades import CREDIT, Grade, survival
from clients.participants.credit.loan import LoanTerms, SecuredLoan, Served
from clients.participants.credit.rating import expected_loss, letter
from clients.participants.futures_account import FuturesDay
from clients.participants.hedger import Hedger, HedgerParams, RealDay
from clients.participants.params import Days, Fraction, Lots, NonNegative, Positive
from clients.participants.rental_days import market_micros
from marketdata.messages import MICROS, Instrument

HOURS_A_DAY = 24
DAYS_A_YEAR = 365
DAYS_A_MONTH = DAYS_A_YEAR / 12


class LoanVehicleParams(HedgerParams, frozen=True, kw_only=True):
    """Parameters; all defaults are this simulator's choice.

    fleet_gpus, gpu_usd, cost_usd: GPUs, the price of one (0: what it is worth by its forward rents) and
    its running cost an hour. life_years, book_years: useful life for the market value, and of the
    straight-line book value. utilisation: of the fleet on the market. offtaker, lease_usd, lease_days:
    credit of who leases, price per GPU-hour and length of the lease. wrong_way: how much faster the
    offtaker fails for each 100 % that the lease is above spot. senior_part, junior_part: tranches as
    parts of the fleet's price. period_days: between two payments. covenants: as in credit.covenants, a
    table. sale_discount: of a forced sale. decay: log fall a year of rents beyond the listed months.
    appraisal_days: half-life of the forwards by which the fleet is valued. hedge_from, hedge_full,
    hedge_ratio: LTV at which hedging begins and is full, and what full is. band: by how much the hedged
    part must be off before it is moved.
    """

    fleet_gpus: Lots = 256
    gpu_usd: NonNegative = 0.0
    cost_usd: NonNegative = 0.6
    life_years: Positive = 5.0
    book_years: Positive = 6.0
    utilisation: Fraction = 0.75
    offtaker: Grade = Grade.BB
    lease_usd: NonNegative = 2.6
    lease_days: Lots = 1_095
    wrong_way: NonNegative = 5.0
    senior_part: Fraction = 0.5
    junior_part: Fraction = 0.1
    period_days: Lots = 30
    covenants: CovenantTerms = CovenantTerms()
    sale_discount: Fraction = 0.15
    decay: float = 0.19
    appraisal_days: NonNegative = 10.0
    hedge_from: NonNegative = 0.5
    hedge_full: NonNegative = 0.8
    hedge_ratio: NonNegative = 0.8
    band: NonNegative = 0.05
    near_months: Days = 2
    stack: Fraction = 0.25


class LoanVehicle(Hedger):
    """Owns, leases, owes, and hedges what its lender looks at."""

    kind = "loan-vehicle"

    def __init__(self, name: str, seed: int, params: LoanVehicleParams) -> None:
        super().__init__(name, seed, params)
        self.params = params
        self._appraisal = Appraisal(self.economics.life_months, params.decay, params.appraisal_days)
        self.fleet = Fleet()
        self.loan = SecuredLoan(_terms(params, 0))
        self.unhedged = SecuredLoan(_terms(params, 0))
        """The loan as it would stand without the exchange; it shares the lease's fate."""
        self.served: list[Served] = []
        self.offtaker_failed_day: int | None = None
        self._unhedged_fleet = Fleet()
        self._acts: list[Act] = []
        self._begun = False
        self._first_day = 0
        self._period_from = 0
        self._revenues = [0, 0]
        self._costs = [0, 0]
        self._futures_micros = 0
        self._moved = [0, 0]
        self._hours: list[float] = []
        self._hedged = HedgedPart(params.band)

    def take_acts(self) -> list[Act]:
        """Return what the lender sold since the last call."""
        acts, self._acts = self._acts, []
        return acts

    @property
    def economics(self) -> Economics:
        """The terms by which the lender values the fleet."""
        return economics_of(self.params, CREDIT[self.params.offtaker].senior_rate_ppm / MICROS)

    def leased(self, day: int) -> bool:
        """Whether the lease runs on a day."""
        return self.offtaker_failed_day is None and day - self._first_day < self.params.lease_days

    def value_micros(self, day: int) -> int:
        """Return the market value of the fleet: its forward rental value."""
        return self.fleet.value_micros(self._appraisal.forwards, day, self.economics)

    def loan_to_value(self, day: int) -> float:
        """Return LTV at market, the hedge's gains counted as cash that secures the loan."""
        gains = max(0, self._futures_micros)
        return ltv(self.loan.debt_micros, self.loan.cash_micros + gains, self.value_micros(day))

    def rating(self, day: int) -> Grade | None:
        """Return the letter of the senior tranche by expected loss; None once the lease has ended."""
        left = self.loan.terms.periods - self.loan.period
        if not self.leased(day) or left < 1:
            return None
        forwards, days = self._appraisal.forwards, self.params.period_days
        kept = 1 - self.params.sale_discount
        recoveries = [
            kept
            * self.fleet.value_micros(
                forwards[round(period * days / DAYS_A_MONTH) :], day + period * days, self.economics
            )
            for period in range(left)
        ]
        senior = self.loan.senior_micros
        schedule = [senior, *self.loan.senior_balances[self.loan.period : -1]]
        balances = [float(min(each, senior)) for each in schedule]
        credit, year = CREDIT[self.params.offtaker], self.loan.terms.periods_a_year
        rate = credit.senior_rate_ppm / MICROS
        loss = expected_loss(balances, recoveries, credit.default_ppm, rate, year)
        return letter(loss, left / year)

    def target_lots(self, listed: Instrument, now_ns: int) -> int:
        """Return the short that the LTV asks for in a contract."""
        if not self._hours or listed.perpetual:
            return 0
        month = months_ahead(listed, now_ns)
        if month < self.params.near_months or month >= len(self._hours):
            return 0
        hours = self._hours[month]
        names = self.instruments(self.view)
        if names and listed.name == names[-1]:
            hours += self.params.stack * sum(self._hours[month + 1 :])
        return -math.floor(self._hedged.part * hours / listed.contract_hours)

    def hours_ahead(self) -> float:
        """Return by how many micro-dollars the collateral moves with all forwards together."""
        return sum(self._hours)

    def real_day(self, day: RentalDay, futures: FuturesDay) -> RealDay:
        """Earn, perhaps lose the offtaker, and serve the loan at the end of a period."""
        self._appraise()
        if not self._begun:
            self._begin(day)
        if not self._begun:
            return RealDay(0, 0)
        self._futures_micros += futures.pnl_micros - futures.fees_micros
        self._meet_offtaker(day)
        for at, fleet in enumerate((self.fleet, self._unhedged_fleet)):
            revenue, costs = self._earned(day, fleet)
            self._revenues[at] += revenue
            self._costs[at] += costs
        if day.day - self._period_from < self.params.period_days:
            return RealDay(0, 0)
        self._period_from = day.day
        cash_micros = self._serve(day.day, hedged=True)
        unhedged_micros = self._serve(day.day, hedged=False)
        return RealDay(cash_micros, unhedged_micros)

    def decide(self, day: RentalDay, futures: FuturesDay, now_ns: int) -> None:
        """Look at the LTV, and hedge by it."""
        self._hours = self.fleet.delta_hours(self._appraisal.forwards, day.day, self.economics)
        params = self.params
        span = max(1e-9, params.hedge_full - params.hedge_from)
        owes = self.loan.debt_micros > 0 and self.fleet.gpus > 0
        risen = (self.loan_to_value(day.day) - params.hedge_from) / span if owes else 0.0
        self._hedged.want(params.hedge_ratio * min(1.0, max(0.0, risen)))

    def own_figures(self) -> dict[str, float]:
        """Return the loan's figures: balances, LTV, cover, rung, values."""
        if not self.outcome.days or not self._begun:
            return {}
        day = self.outcome.days[-1].day
        figures = {
            "GPUs": float(self.fleet.gpus),
            "senior $": self.loan.senior_micros / MICROS,
            "junior $": self.loan.junior_micros / MICROS,
            "market value $": self.value_micros(day) / MICROS,
            "book value $": self.fleet.book_micros(day, self.params.book_years) / MICROS,
            "LTV": self.loan_to_value(day),
            "hedged part": self._hedged.part,
            "payments made": float(len(self.served)),
            "debt service paid $": sum(s.paid.service_micros for s in self.served) / MICROS,
        }
        if self.served:
            figures |= {
                "DSCR": self.served[-1].dscr,
                "rung": float(self.served[-1].rung),
                "highest rung": float(max(s.rung for s in self.served)),
                "fleet sold part": 1 - self.fleet.gpus / self.params.fleet_gpus,
            }
        grade = self.rating(day)
        if grade is not None:
            figures["senior rating, 1 is AA"] = float(list(Grade).index(grade) + 1)
        return {name: each for name, each in figures.items() if math.isfinite(each)}

    def _begin(self, day: RentalDay) -> None:
        new = Fleet([Cohort(1, 0, day.day)])
        stated = round(self.params.gpu_usd * MICROS)
        gpu_micros = stated or new.value_micros(self._appraisal.forwards, day.day, self.economics)
        if not gpu_micros:
            return
        self._begun = True
        self._first_day = self._period_from = day.day
        cost_micros = self.params.fleet_gpus * gpu_micros
        self.loan = SecuredLoan(_terms(self.params, cost_micros))
        self.unhedged = SecuredLoan(_terms(self.params, cost_micros))
        for fleet in (self.fleet, self._unhedged_fleet):
            fleet.buy(self.params.fleet_gpus, cost_micros, day.day)

    def _meet_offtaker(self, day: RentalDay) -> None:
        """Draw whether the offtaker fails today; one draw a day, whatever the price."""
        draw = float(self.rng.random())
        spot = market_micros(day, self.params.underlying)
        if not self.leased(day.day) or not spot:
            return
        above = max(0.0, self.params.lease_usd * MICROS / spot - 1)
        hazard = 1 - survival(CREDIT[self.params.offtaker].default_ppm, 1 / DAYS_A_YEAR)
        if draw < hazard * (1 + self.params.wrong_way * above):
            self.offtaker_failed_day = day.day

    def _earned(self, day: RentalDay, fleet: Fleet) -> tuple[int, int]:
        """Return revenue and running cost of a day."""
        hours = fleet.gpus * HOURS_A_DAY * self._days_since(day)
        costs = round(hours * self.params.cost_usd * MICROS)
        if self.leased(day.day):
            return round(hours * self.params.lease_usd * MICROS), costs
        spot = market_micros(day, self.params.underlying) or 0
        utilisation = day.utilisation.get(self.params.underlying, self.params.utilisation)
        return round(hours * utilisation * spot), costs

    def _days_since(self, day: RentalDay) -> int:
        return day.day - self.outcome.days[-1].day if self.outcome.days else 1

    def _serve(self, day: int, *, hedged: bool) -> int:
        """Serve one of the two loans and return what its owners got, less what they paid in."""
        at = 0 if hedged else 1
        loan, fleet = (self.loan, self.fleet) if hedged else (self.unhedged, self._unhedged_fleet)
        value = fleet.value_micros(self._appraisal.forwards, day, self.economics)
        owners = round(self.params.cash_usd * MICROS) + self._moved[at]
        pledged = 0
        if hedged:
            owners += self._futures_micros - self._margin_micros()
            pledged = max(0, self._futures_micros)
        served = loan.serve(self._revenues[at], self._costs[at], value, owners, pledged)
        self._revenues[at] = self._costs[at] = 0
        self._moved[at] += served.owners_micros
        if served.sold_part:
            sold = fleet.sell(math.ceil(fleet.gpus * served.sold_part))
            if hedged and sold:
                self._acts.append(
                    FleetChange(
                        day=day + 1,
                        participant=self.name,
                        underlying=self.params.underlying,
                        gpus=-sold,
                    )
                )
        if served.defaulted:
            self.outcome.fail(day, "the loan defaulted", hedged=hedged)
        elif served.rung is Rung.FORCED_SALE and served.sold_part == 1:
            self.outcome.fail(day, "the fleet was sold", hedged=hedged)
        if hedged:
            self.served.append(served)
        return served.owners_micros

    def _appraise(self) -> None:
        """Take the day's curve into the valuation."""
        spot = self.spot.get(self.params.underlying)
        spot_micros = 0.0 if spot is None else float(spot.executed_micros)
        strip = self.instruments(self.view)
        self._appraisal.update(self.view, strip, self.now_ns, spot_micros, self.elapsed_days)


def _terms(params: LoanVehicleParams, cost_micros: int) -> LoanTerms:
    credit = CREDIT[params.offtaker]
    return LoanTerms(
        senior_micros=round(cost_micros * params.senior_part),
        junior_micros=round(cost_micros * params.junior_part),
        senior_rate_ppm=credit.senior_rate_ppm,
        junior_rate_ppm=credit.junior_rate_ppm,
        # Paid off within the first lease.
        periods=max(1, params.lease_days // params.period_days),
        periods_a_year=periods_of_a_year(params.period_days),
        sale_discount=params.sale_discount,
        covenants=params.covenants,
    )
