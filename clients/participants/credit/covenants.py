"""The covenant ladder: what a lender may do as loan-to-value rises and debt service cover falls.

LTV = net debt / market value of the collateral. DSCR = cash available for debt service / debt
service due, over one period. The rungs are those of project finance (E. R. Yescombe, "Principles of
Project Finance", 2nd ed. 2014, ch. 14: lock-up, cash sweep, default), with the margin call of a
collateral loan between them; the levels are parameters.
"""

from __future__ import annotations

import math
from enum import IntEnum

import msgspec

from clients.participants.params import Positive


class Rung(IntEnum):
    """What the lender holds back or asks for; each rung includes those below."""

    CLEAR = 0
    LOCK_UP = 1
    """Nothing is paid out to the owners."""
    SWEEP = 2
    """All that is left after debt service prepays the loan."""
    MARGIN_CALL = 3
    """The owners must pay the loan down to the cured LTV."""
    FORCED_SALE = 4
    """The lender sells the collateral."""


class CovenantTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Levels of the ladder; all defaults are this simulator's choice.

    A rung is reached at its LTV or above, or at its DSCR or below. cured_ltv: to where a margin call or
    a sale brings the loan. cure_periods: periods in a row below a rung before it is left.
    """

    lock_up_ltv: Positive = 0.70
    sweep_ltv: Positive = 0.75
    call_ltv: Positive = 0.80
    sale_ltv: Positive = 0.90
    cured_ltv: Positive = 0.70
    lock_up_dscr: Positive = 1.30
    sweep_dscr: Positive = 1.15
    call_dscr: Positive = 1.00
    cure_periods: int = 2

    def __post_init__(self) -> None:
        """Refuse a ladder whose rungs are out of order."""
        levels = (self.lock_up_ltv, self.sweep_ltv, self.call_ltv, self.sale_ltv)
        if sorted(levels) != list(levels):
            raise ValueError("the LTV levels must rise: lock_up, sweep, call, sale")
        covers = (self.call_dscr, self.sweep_dscr, self.lock_up_dscr)
        if sorted(covers) != list(covers):
            raise ValueError("the DSCR levels must rise: call, sweep, lock_up")
        if self.cured_ltv >= self.call_ltv:
            raise ValueError(f"cured_ltv: {self.cured_ltv} is not below call_ltv {self.call_ltv}")

    def rung(self, ltv: float, dscr: float) -> Rung:
        """Return the rung that the two figures alone reach."""
        if ltv >= self.sale_ltv:
            return Rung.FORCED_SALE
        if ltv >= self.call_ltv or dscr <= self.call_dscr:
            return Rung.MARGIN_CALL
        if ltv >= self.sweep_ltv or dscr <= self.sweep_dscr:
            return Rung.SWEEP
        if ltv >= self.lock_up_ltv or dscr <= self.lock_up_dscr:
            return Rung.LOCK_UP
        return Rung.CLEAR


class Ladder:
    """Where a loan stands: up at once, down only after ``cure_periods`` better periods in a row."""

    def __init__(self, terms: CovenantTerms) -> None:
        self.terms = terms
        self.rung = Rung.CLEAR
        self._better_periods = 0

    def step(self, ltv: float, dscr: float) -> Rung:
        """Take one period's figures and return the rung that now holds."""
        reached = self.terms.rung(ltv, dscr)
        if reached >= self.rung:
            self.rung, self._better_periods = reached, 0
            return self.rung
        self._better_periods += 1
        if self._better_periods >= self.terms.cure_periods:
            self.rung, self._better_periods = reached, 0
        return self.rung


def ltv(debt_micros: int, cash_micros: int, value_micros: int) -> float:
    """Return loan-to-value: debt less the cash that secures it, over value; 0 without net debt."""
    net_micros = debt_micros - cash_micros
    if net_micros <= 0:
        return 0.0
    return net_micros / value_micros if value_micros > 0 else math.inf


def dscr(available_micros: int, service_micros: int) -> float:
    """Return the debt service cover; infinite where nothing is due."""
    return available_micros / service_micros if service_micros > 0 else math.inf
