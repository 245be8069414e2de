"""Level-payment loans against the textbook formula in floats and against their own sums."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.participants.credit.amortisation import (
    Loan,
    interest_micros,
    level_payment_micros,
    level_schedule,
    periods_of_a_year,
)

USD = 1_000_000


def test_a_payment_from_the_textbook() -> None:
    """$100,000 over 30 years at 6 % costs $599.55 a month, the standard mortgage example."""
    assert level_payment_micros(100_000 * USD, 60_000, 360) == 599_550_525


@given(st.integers(1, 10**14), st.integers(1, 300_000), st.integers(1, 120))
def test_the_payment_is_the_annuity_formula(principal: int, rate_ppm: int, periods: int) -> None:
    rate = rate_ppm / 1e6 / 12
    wanted = principal * rate / (1 - (1 + rate) ** -periods)
    assert level_payment_micros(principal, rate_ppm, periods) == pytest.approx(
        wanted, rel=1e-8, abs=1
    )


@given(st.integers(0, 10**14), st.integers(0, 300_000), st.integers(1, 120))
def test_a_schedule_pays_back_exactly_what_was_lent(
    principal: int, rate_ppm: int, periods: int
) -> None:
    schedule = level_schedule(principal, rate_ppm, periods)
    assert sum(instalment.principal_micros for instalment in schedule) == principal
    assert schedule[-1].balance_micros == 0
    balance = principal
    for instalment in schedule:
        assert instalment.interest_micros == interest_micros(balance, rate_ppm)
        balance -= instalment.principal_micros
        assert balance == instalment.balance_micros >= 0
    # Rounding of a micro a period at most piles up in the last instalment.
    level = level_payment_micros(principal, rate_ppm, periods)
    assert all(
        abs(each.payment_micros - level) <= 1 for each in schedule[:-1] if each.balance_micros
    )


def test_a_first_year_by_hand() -> None:
    """$1,200 at 12 % over 3 months: 408.03 a month; interest 12, 8.04, 4.04."""
    schedule = level_schedule(1_200 * USD, 120_000, 3)
    assert [round(each.interest_micros / USD, 2) for each in schedule] == [12.0, 8.04, 4.04]
    assert [round(each.payment_micros / USD, 2) for each in schedule] == [408.03] * 3


def test_a_loan_without_interest_is_split_evenly() -> None:
    assert [each.principal_micros for each in level_schedule(10, 0, 4)] == [2, 2, 2, 4]


def test_a_loan_is_paid_off() -> None:
    loan = Loan(1_200 * USD, 120_000, 3)
    paid = 0
    while loan.due_micros:
        due = loan.due_micros
        paid += loan.pay()
        assert due > 0
    assert loan.balance_micros == 0
    assert loan.pay() == 0
    assert paid == pytest.approx(3 * 408_026_533, abs=3)


@pytest.mark.parametrize(("principal", "rate", "periods"), [(1, 1, 0), (-1, 1, 1), (1, -1, 1)])
def test_impossible_loans_are_refused(principal: int, rate: int, periods: int) -> None:
    with pytest.raises(ValueError, match=r"periods|principal_micros"):
        level_schedule(principal, rate, periods)


def test_periods_of_a_year() -> None:
    assert [periods_of_a_year(days) for days in (7, 10, 30, 365, 1_000)] == [52, 36, 12, 1, 1]


def test_a_loan_paid_each_ten_days_costs_its_yearly_rate() -> None:
    """The first interest of 36 a year at 12 % is a third of a per cent."""
    loan = Loan(900 * USD, 120_000, 36, 36)
    first = level_schedule(900 * USD, 120_000, 36, 36)[0]
    assert first.interest_micros == 3 * USD
    assert loan.pay() == first.payment_micros
