"""Level-payment loans in whole micro-dollars.

The payment of a loan of P over n periods at i a period is P·i/(1 − (1 + i)^−n); it is computed in
fractions and rounded once. Interest is rounded each period, and the last instalment pays what is
left, so the principal of a schedule adds up exactly.
"""

from __future__ import annotations

from collections import deque
from fractions import Fraction

import msgspec

PPM = 1_000_000
MONTHS_A_YEAR = 12
DAYS_A_YEAR = 365


def periods_of_a_year(period_days: int) -> int:
    """Return how many periods of so many days make a year, at least 1."""
    return max(1, round(DAYS_A_YEAR / period_days))


class Instalment(msgspec.Struct, frozen=True):
    """One payment of a loan; ``balance_micros`` is what is owed after it."""

    number: int
    interest_micros: int
    principal_micros: int
    balance_micros: int

    @property
    def payment_micros(self) -> int:
        """Interest and principal."""
        return self.interest_micros + self.principal_micros


def interest_micros(balance_micros: int, rate_ppm: int, periods_a_year: int = MONTHS_A_YEAR) -> int:
    """Return a period's interest at a yearly rate in parts per million, to the nearest micro."""
    return round(Fraction(balance_micros * rate_ppm, PPM * periods_a_year))


def level_payment_micros(
    principal_micros: int, rate_ppm: int, periods: int, periods_a_year: int = MONTHS_A_YEAR
) -> int:
    """Return the payment that pays a loan off in equal parts.

    Raises ValueError unless there is at least one period and neither amount is negative.
    """
    if periods < 1:
        raise ValueError(f"periods: {periods} is not at least 1")
    if principal_micros < 0 or rate_ppm < 0:
        raise ValueError("principal_micros and rate_ppm: neither may be negative")
    rate = Fraction(rate_ppm, PPM * periods_a_year)
    if rate == 0:
        return round(Fraction(principal_micros, periods))
    return round(principal_micros * rate / (1 - (1 + rate) ** -periods))


def level_schedule(
    principal_micros: int, rate_ppm: int, periods: int, periods_a_year: int = MONTHS_A_YEAR
) -> list[Instalment]:
    """Return the instalments of a loan, first to last; errors as in level_payment_micros."""
    payment = level_payment_micros(principal_micros, rate_ppm, periods, periods_a_year)
    schedule: list[Instalment] = []
    balance = principal_micros
    for number in range(1, periods + 1):
        interest = interest_micros(balance, rate_ppm, periods_a_year)
        principal = balance if number == periods else min(balance, payment - interest)
        balance -= principal
        schedule.append(Instalment(number, interest, principal, balance))
    return schedule


class Loan:
    """A level-payment loan that is being paid off."""

    def __init__(
        self,
        principal_micros: int,
        rate_ppm: int,
        periods: int,
        periods_a_year: int = MONTHS_A_YEAR,
    ) -> None:
        """Draw the loan; errors as in level_payment_micros."""
        self.balance_micros = principal_micros
        self._due = deque(level_schedule(principal_micros, rate_ppm, periods, periods_a_year))

    @property
    def due_micros(self) -> int:
        """The next payment, 0 once the loan is paid off."""
        return self._due[0].payment_micros if self._due else 0

    def pay(self) -> int:
        """Pay the next instalment and return it."""
        if not self._due:
            return 0
        instalment = self._due.popleft()
        self.balance_micros = instalment.balance_micros
        return instalment.payment_micros
