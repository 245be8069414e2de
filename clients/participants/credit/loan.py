"""A loan against a fleet in two tranches, served period by period under its covenants.

Each period: the owners' cash of the period runs down the waterfall; before it LTV and DSCR put the
loan on its rung. On a margin call the owners pay the loan down to the cured LTV if they can; if they
cannot, and on the rung above, the lender sells as much of the fleet as brings the loan there, at a
discount. A senior tranche that is not paid what is due is a default: everything is sold.
"""

from __future__ import annotations

import math

import msgspec

from clients.participants.credit.amortisation import Instalment, interest_micros, level_schedule
from clients.participants.credit.covenants import CovenantTerms, Ladder, Rung, dscr, ltv
from clients.participants.credit.waterfall import CashIn, Due, Paid, distribute


class LoanTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of both tranches and of the security.

    periods: instalments of level payment, ``periods_a_year`` a year. reserve_periods: debt service
    kept in reserve. sale_discount: by how much a forced sale is below the market value.
    """

    senior_micros: int
    junior_micros: int
    senior_rate_ppm: int
    junior_rate_ppm: int
    periods: int
    periods_a_year: int = 12
    reserve_periods: int = 3
    sale_discount: float = 0.15
    covenants: CovenantTerms = CovenantTerms()


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """One period of the loan; LTV and DSCR are those that the rung was taken from."""

    rung: Rung
    ltv: float
    dscr: float
    paid: Paid
    injected_micros: int
    sold_micros: int
    sold_part: float
    """Part of the fleet that the lender sold."""
    defaulted: bool

    @property
    def owners_micros(self) -> int:
        """What the owners got, less what they paid in."""
        return self.paid.owners_micros - self.injected_micros


class SecuredLoan:
    """The state of one loan."""

    def __init__(self, terms: LoanTerms) -> None:
        self.terms = terms
        self.senior_micros = terms.senior_micros
        self.junior_micros = terms.junior_micros
        self.reserve_micros = 0
        self.trapped_micros = 0
        self.period = 0
        self.defaulted = False
        self.ladder = Ladder(terms.covenants)
        year = terms.periods_a_year
        self.senior_balances = _balances(
            level_schedule(terms.senior_micros, terms.senior_rate_ppm, terms.periods, year)
        )
        self.junior_balances = _balances(
            level_schedule(terms.junior_micros, terms.junior_rate_ppm, terms.periods, year)
        )

    @property
    def debt_micros(self) -> int:
        """What is owed in both tranches."""
        return self.senior_micros + self.junior_micros

    @property
    def cash_micros(self) -> int:
        """Cash that secures the loan: the reserve and the lock-up account."""
        return self.reserve_micros + self.trapped_micros

    def due(self, costs_micros: int) -> Due:
        """Return what the coming period asks for.

        Principal is what brings the balance down to the schedule: prepayments come off the next
        instalments, and what was missed is due again.
        """
        terms, at = self.terms, min(self.period, self.terms.periods - 1)
        year = terms.periods_a_year
        return Due(
            costs_micros=costs_micros,
            senior_interest_micros=interest_micros(self.senior_micros, terms.senior_rate_ppm, year),
            senior_principal_micros=max(0, self.senior_micros - self.senior_balances[at]),
            junior_interest_micros=interest_micros(self.junior_micros, terms.junior_rate_ppm, year),
            junior_principal_micros=max(0, self.junior_micros - self.junior_balances[at]),
            senior_balance_micros=self.senior_micros,
            junior_balance_micros=self.junior_micros,
        )

    def serve(
        self,
        revenue_micros: int,
        costs_micros: int,
        value_micros: int,
        owners_micros: int,
        pledged_micros: int = 0,
    ) -> Served:
        """Serve one period and return what happened.

        value_micros: market value of the fleet. owners_micros: what the owners could pay in, also where
        revenue does not cover what is due: they rescue the senior tranche before it defaults.
        pledged_micros: other cash that secures the loan, such as the gains of a hedge; it counts in the
        LTV and stays where it is.
        """
        due = self.due(costs_micros)
        secured_micros = self.cash_micros + pledged_micros
        loan_to_value = ltv(self.debt_micros, secured_micros, value_micros)
        cover = dscr(max(0, revenue_micros - costs_micros), due.service_micros)
        rung = self.ladder.step(loan_to_value, cover) if self.debt_micros else Rung.CLEAR
        means = max(0, owners_micros)
        rescue = min(means, self._senior_gap(revenue_micros, due))
        call = 0
        if rung is Rung.MARGIN_CALL:
            excess = self._to_cure(loan_to_value, secured_micros, value_micros)
            call = excess if rescue + excess <= means else 0
            if excess > call:
                rung = self.ladder.rung = Rung.FORCED_SALE
        defaulted = self._senior_gap(revenue_micros + rescue, due) > 0
        sold_part = 0.0
        if defaulted:
            sold_part = 1.0
        elif rung is Rung.FORCED_SALE:
            sold_part = self._part_to_sell(secured_micros, value_micros)
        sold = math.floor(value_micros * sold_part * (1 - self.terms.sale_discount))
        paid = distribute(
            CashIn(
                revenue_micros=revenue_micros,
                reserve_micros=self.reserve_micros,
                trapped_micros=self.trapped_micros,
                injected_micros=rescue + call,
                sold_micros=sold,
            ),
            due,
            rung,
            self.terms.reserve_periods * due.service_micros,
        )
        self._book(paid)
        self.defaulted = self.defaulted or defaulted or (sold_part == 1.0 and self.debt_micros > 0)
        self.period += 1
        return Served(
            rung=rung,
            ltv=loan_to_value,
            dscr=cover,
            paid=paid,
            injected_micros=rescue + call,
            sold_micros=sold,
            sold_part=sold_part,
            defaulted=self.defaulted,
        )

    def _senior_gap(self, revenue_micros: int, due: Due) -> int:
        """Return what costs and the senior's claims lack."""
        wanted = due.costs_micros + due.senior_interest_micros + due.senior_principal_micros
        return max(0, wanted - revenue_micros - self.cash_micros)

    def _to_cure(self, loan_to_value: float, secured_micros: int, value_micros: int) -> int:
        """Return what must be paid down until the LTV is cured; 0 where only the cover is short."""
        covenants = self.terms.covenants
        if loan_to_value < covenants.call_ltv:
            return 0
        net_micros = self.debt_micros - secured_micros
        return max(0, net_micros - math.floor(covenants.cured_ltv * value_micros))

    def _part_to_sell(self, secured_micros: int, value_micros: int) -> float:
        """Return the part x of the fleet whose sale cures the loan.

        (debt − x·V·(1 − discount)) / ((1 − x)·V) = cured LTV; everything where no part does.
        """
        cured, kept = self.terms.covenants.cured_ltv, 1 - self.terms.sale_discount
        net_micros = self.debt_micros - secured_micros
        if value_micros <= 0 or kept <= cured:
            return 1.0
        part = (net_micros - cured * value_micros) / (value_micros * (kept - cured))
        return min(1.0, max(0.0, part))

    def _book(self, paid: Paid) -> None:
        self.senior_micros -= paid.senior_principal_micros + paid.senior_prepaid_micros
        self.junior_micros -= paid.junior_principal_micros + paid.junior_prepaid_micros
        self.reserve_micros = paid.reserve_micros
        self.trapped_micros = paid.trapped_micros


def _balances(schedule: list[Instalment]) -> list[int]:
    return [instalment.balance_micros for instalment in schedule]
