"""A neocloud that rents its fleet out, borrows against it, buys more, and sells the strip.

Decision rules. Hedge: ``strip``, short, every listed month: fleet × utilisation × hours of the
month, less what is leased at a fixed price to one big customer. Lenders look at the deferred months,
so these get the larger part: the weight of a month grows by ``tilt`` for each month ahead, with the
mean weight kept at 1. Liquidity: revenue comes slowly and a margin call at once, so the hedge is cut
by a fifth a day while the account's free funds are below half the reserve, and grows back
slowly. Debt: instalments once a ``period_days``; where the cover of the debt service and the
utilisation allow, ``credit.borrowing`` says how many GPUs are bought on credit.
"""

from __future__ import annotations

from collections.abc import Mapping

from clients.economy.statements import RentalDay
from clients.messages import Side
from clients.participants.acts import Act, FleetChange
from clients.participants.appraisal import Appraisal
from clients.participants.contract_months import HOURS_A_MONTH, months_ahead
from clients.participants.credit.amortisation import (
    MONTHS_A_YEAR,
    PPM,
    Loan,
    periods_of_a_year,
)
from clients.participants.credit.borrowing import NO_PURCHASE, Purchase, purchase
from clients.participants.credit.covenants import dscr, ltv
from clients.participants.credit.fleet import Economics, Fleet, economics_of
from clients.participants.fair_value import curve_micros
from clients.participants.futures_account import FuturesDay
from clients.participants.hedger import RealDay
from clients.participants.params import Days, Fraction, Lots, NonNegative, Positive
from clients.participants.rental_days import rented_out
from clients.participants.strip import StripHedger, StripParams
from marketdata.messages import MICROS, Instrument

HORIZON_MONTHS = 12
"""How far ahead the price of the production counts as open."""
CUT, GROW_BACK = 0.8, 0.05
"""By what the hedge shrinks and grows a day under and after pressure; defaults."""


class NeocloudParams(StripParams, frozen=True, kw_only=True):
    """Parameters; all defaults are this simulator's choice.

    fleet_gpus, utilisation: GPUs owned, and the part of their hours rented out, until the statements
    tell them. tilt: by how much of the mean a month's hedge grows with each month ahead.
    slope_a_year: log slope of the curve that the seller takes for fair, so that a falling curve is
    not a cost. anchor_part, anchor_usd, anchor_days: part of the fleet on a fixed-price lease to one
    customer, its price per GPU-hour and its days. gpu_usd, cost_usd, life_years: price of a GPU (0:
    what a new one is worth by its forward rents), its running cost an hour and its useful life.
    debt_part, rate, loan_years: loan at the start as a part of the fleet's price, its rate and term,
    also of later loans. max_ltv, buy_dscr, buy_utilisation, growth: how far and when it borrows to
    buy, and by what part the fleet may grow in a period. appraisal_days: half-life of the forwards by
    which the fleet is valued.
    """

    hedge_ratio: NonNegative = 0.6
    fleet_gpus: NonNegative = 100.0
    utilisation: Fraction = 0.75
    tilt: NonNegative = 0.1
    slope_a_year: float = -0.19
    anchor_part: Fraction = 0.4
    anchor_usd: NonNegative = 2.2
    anchor_days: Days = 730
    gpu_usd: NonNegative = 0.0
    cost_usd: NonNegative = 0.6
    life_years: Positive = 5.0
    debt_part: Fraction = 0.6
    rate: NonNegative = 0.11
    loan_years: Positive = 4.0
    max_ltv: Fraction = 0.7
    buy_dscr: NonNegative = 1.4
    buy_utilisation: Fraction = 0.8
    growth: Fraction = 0.1
    appraisal_days: NonNegative = 10.0
    period_days: Lots = 30


class Neocloud(StripHedger):
    """Sells what it will produce."""

    kind = "neocloud"
    side = Side.SELL

    def __init__(self, name: str, seed: int, params: NeocloudParams) -> None:
        super().__init__(name, seed, params)
        self.params = params
        self._appraisal = Appraisal(
            self.economics.life_months, -params.slope_a_year, params.appraisal_days
        )
        self.fleet = Fleet()
        self.loans: list[Loan] = []
        self.bought = NO_PURCHASE
        """All purchases so far."""
        self.paid_micros = 0
        """Debt service so far."""
        self._acts: list[Act] = []
        self._weights: dict[str, float] = {}
        self._scale = 1.0
        self._first_day: int | None = None
        self._period_from = 0
        self._earned_micros = 0

    def take_acts(self) -> list[Act]:
        """Return the GPUs bought since the last call."""
        acts, self._acts = self._acts, []
        return acts

    @property
    def gpus(self) -> float:
        """GPUs owned."""
        return self.fleet.gpus if self.fleet.cohorts else self.params.fleet_gpus

    @property
    def utilisation(self) -> float:
        """Part of the fleet that is rented out: as lately seen, else as stated."""
        return self.utilisation_else(self.params.utilisation)

    @property
    def debt_micros(self) -> int:
        """What is owed."""
        return sum(loan.balance_micros for loan in self.loans)

    @property
    def economics(self) -> Economics:
        """The terms by which the lender values the fleet."""
        return economics_of(self.params, self.params.rate)

    def exposure_hours(self, instrument: Instrument, now_ns: int) -> float:
        """Return the month's production whose price is open, times the month's weight."""
        if instrument.perpetual:
            return 0.0
        open_part = 1 - self._leased_part(months_ahead(instrument, now_ns))
        produced = self.gpus * self.utilisation * HOURS_A_MONTH * open_part
        return produced * self._weight(instrument, now_ns) * self._scale

    def hours_ahead(self) -> float:
        """Return the production of the coming year whose price is open."""
        open_parts = sum(1 - self._leased_part(month) for month in range(HORIZON_MONTHS))
        return self.gpus * self.utilisation * HOURS_A_MONTH * open_parts

    def reference_micros(self, index_micros: int, listed: Instrument, now_ns: int) -> float:
        """Return the index along the curve that the seller takes for fair."""
        return curve_micros(index_micros, self.params.slope_a_year, listed, now_ns)

    def imagined(self, day: RentalDay, days: int) -> RentalDay:
        """Rent the stated part of the fleet out at the index, and pay its running cost."""
        return rented_out(day, days, self.gpus, self.params)

    def real_day(self, day: RentalDay, futures: FuturesDay) -> RealDay:
        """Return rents with the fixed-price lease in place, less costs, debt service and purchases."""
        self._appraise()
        if self._first_day is None and self._gpu_micros(day.day):
            self._begin(day)
        underlying = self.params.underlying
        leased = self._leased_part(0) * self.params.anchor_usd * MICROS
        fixed = sum(
            line.gpu_hours * (leased - self._leased_part(0) * line.price_micros)
            for line in day.lines
            if line.sold and line.underlying == underlying
        )
        earned = day.cash_micros + round(fixed)
        self._earned_micros += earned
        begun = self._first_day is not None
        if begun and day.day - self._period_from >= self.params.period_days:
            earned += self._end_period(day)
        return RealDay(earned)

    def decide(self, day: RentalDay, futures: FuturesDay, now_ns: int) -> None:
        """Weigh the months anew, and cut the hedge where margin runs short."""
        super().decide(day, futures, now_ns)
        self._weights = {}
        account = self.view.account
        if account is None:
            return
        reserve = self.params.reserve * account.equity_micros
        if account.available_funds_micros < reserve / 2:
            self._scale *= CUT
        elif account.available_funds_micros > reserve * 2:
            self._scale = min(1.0, self._scale + GROW_BACK)

    def own_figures(self) -> dict[str, float]:
        """Return those of the strip, and fleet and debt."""
        figures = super().own_figures()
        if self._first_day is not None:
            figures |= {
                "GPUs": float(self.gpus),
                "GPUs bought": float(self.bought.gpus),
                "debt $": self.debt_micros / MICROS,
                "debt service paid $": self.paid_micros / MICROS,
                "LTV": self._ltv(self.outcome.days[-1].day) if self.outcome.days else 0.0,
            }
        return figures

    def _begin(self, day: RentalDay) -> None:
        self._first_day = self._period_from = day.day
        params = self.params
        gpus = day.fleet.get(params.underlying, 0) or round(params.fleet_gpus)
        cost_micros = gpus * self._gpu_micros(day.day)
        self.fleet.buy(gpus, cost_micros, day.day)
        self._borrow(round(cost_micros * params.debt_part))

    def _gpu_micros(self, day: int) -> int:
        """Return the price of a new GPU."""
        stated = round(self.params.gpu_usd * MICROS)
        return stated or self._new_value_micros(day)

    def _new_value_micros(self, day: int) -> int:
        """Return what a new GPU is worth as collateral."""
        new = Fleet()
        new.buy(1, 0, day)
        return new.value_micros(self._appraisal.forwards, day, self.economics)

    def _borrow(self, amount_micros: int) -> None:
        if amount_micros > 0:
            year = periods_of_a_year(self.params.period_days)
            periods = max(1, round(self.params.loan_years * year))
            self.loans.append(Loan(amount_micros, round(self.params.rate * PPM), periods, year))

    def _end_period(self, day: RentalDay) -> int:
        """Pay the instalments, perhaps buy, and return what cash that moved."""
        service = sum(loan.pay() for loan in self.loans)
        self.loans = [loan for loan in self.loans if loan.balance_micros]
        self.paid_micros += service
        cover = dscr(self._earned_micros, service)
        self._earned_micros, self._period_from = 0, day.day
        made = self._purchase(day.day, service, cover)
        if made.gpus:
            self.fleet.buy(made.gpus, made.borrowed_micros + made.cash_micros, day.day)
            self._borrow(made.borrowed_micros)
            before = self.bought
            self.bought = Purchase(
                before.gpus + made.gpus,
                before.borrowed_micros + made.borrowed_micros,
                before.cash_micros + made.cash_micros,
            )
            self._acts.append(
                FleetChange(
                    day=day.day + 1,
                    participant=self.name,
                    underlying=self.params.underlying,
                    gpus=made.gpus,
                )
            )
        return -service - made.cash_micros

    def _purchase(self, day: int, service_micros: int, cover: float) -> Purchase:
        params = self.params
        if cover < params.buy_dscr or self.utilisation < params.buy_utilisation:
            return NO_PURCHASE
        return purchase(
            most_gpus=int(self.fleet.gpus * params.growth),
            price_micros=self._gpu_micros(day),
            new_value_micros=self._new_value_micros(day),
            fleet_value_micros=self.fleet.value_micros(
                self._appraisal.forwards, day, self.economics
            ),
            debt_micros=self.debt_micros,
            cash_micros=self._cash_micros() - service_micros,
            max_ltv=params.max_ltv,
        )

    def _cash_micros(self) -> int:
        """Free cash of the business, what the futures took and locked included."""
        days = self.outcome.days
        moved = sum(day.spot_micros + day.futures_micros - day.fees_micros for day in days)
        locked = days[-1].margin_micros if days else 0
        return self.outcome.cash_micros + moved - locked

    def _appraise(self) -> None:
        """Take the day's curve into the valuation."""
        spot = self.spot.get(self.params.underlying)
        spot_micros = 0.0 if spot is None else float(spot.executed_micros)
        strip = self.instruments(self.view)
        self._appraisal.update(self.view, strip, self.now_ns, spot_micros, self.elapsed_days)

    def _ltv(self, day: int) -> float:
        value = self.fleet.value_micros(self._appraisal.forwards, day, self.economics)
        return ltv(self.debt_micros, 0, value)

    def _leased_part(self, month: int) -> float:
        """Return the part of the fleet that is leased at a fixed price so many months ahead."""
        gone = 0
        if self._first_day is not None and self.outcome.days:
            gone = self.outcome.days[-1].day - self._first_day
        left_months = (self.params.anchor_days - gone) / (365 / MONTHS_A_YEAR)
        return self.params.anchor_part if month < left_months else 0.0

    def _weight(self, instrument: Instrument, now_ns: int) -> float:
        if not self._weights:
            self._weights = self._all_weights(self.view.instruments, now_ns)
        return self._weights.get(instrument.name, 0.0)

    def _all_weights(self, listed: Mapping[str, Instrument], now_ns: int) -> dict[str, float]:
        raw = {
            name: 1 + self.params.tilt * months_ahead(listed[name], now_ns)
            for name in self.instruments(self.view)
            if name in listed and not listed[name].perpetual
        }
        mean = sum(raw.values()) / len(raw) if raw else 1.0
        return {name: weight / mean for name, weight in raw.items()}
