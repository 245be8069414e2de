"""The life of a secured loan: paid by schedule, up the ladder, called, sold, defaulted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.participants.credit.covenants import Rung
from clients.participants.credit.loan import LoanTerms, SecuredLoan

USD = 1_000_000


def loan(**fields: Any) -> SecuredLoan:
    stated: dict[str, Any] = {
        "senior_micros": 600 * USD,
        "junior_micros": 100 * USD,
        "senior_rate_ppm": 120_000,
        "junior_rate_ppm": 170_000,
        "periods": 12,
        "reserve_periods": 0,
    }
    return SecuredLoan(LoanTerms(**(stated | fields)))


def test_a_good_year_pays_the_loan_off() -> None:
    """Level payments of 53.31 and 9.12 a month; the owners get what 100 a month leave, less 10."""
    made = loan()
    served = [made.serve(100 * USD, 10 * USD, 2_000 * USD, 0) for _ in range(12)]
    payment = 600 * 0.01 / (1 - 1.01**-12) + 100 * (0.17 / 12) / (1 - (1 + 0.17 / 12) ** -12)
    assert made.debt_micros == 0
    assert not made.defaulted
    for each in served:
        assert each.rung is Rung.CLEAR
        assert each.dscr == pytest.approx(90 / payment, rel=1e-6)
        assert each.owners_micros / USD == pytest.approx(90 - payment, abs=1e-5)
    assert served[0].ltv == pytest.approx(700 / 2_000)


def test_the_ladder_step_by_step() -> None:
    """The value falls under a loan of 700: clear, lock-up, sweep, then a call that is met."""
    made = loan()
    clear = made.serve(100 * USD, 10 * USD, 1_400 * USD, 0)
    assert (clear.rung, clear.paid.trapped_micros) == (Rung.CLEAR, 0)
    value = round(made.debt_micros / 0.72)
    locked = made.serve(100 * USD, 10 * USD, value, 0)
    assert locked.rung is Rung.LOCK_UP
    assert locked.paid.trapped_micros == made.trapped_micros > 0
    assert locked.owners_micros == 0
    value = round((made.debt_micros - made.trapped_micros) / 0.77)
    owed, trapped = made.debt_micros, made.trapped_micros
    swept = made.serve(100 * USD, 10 * USD, value, 0)
    assert swept.rung is Rung.SWEEP
    # All cash but costs and interest has reduced the debt.
    interest = swept.paid.senior_interest_micros + swept.paid.junior_interest_micros
    assert owed - made.debt_micros == 90 * USD + trapped - interest
    assert made.trapped_micros == 0
    owed = made.debt_micros
    value = round(owed / 0.85)
    called = made.serve(100 * USD, 10 * USD, value, 10_000 * USD)
    assert called.rung is Rung.MARGIN_CALL
    assert called.injected_micros == owed - int(0.70 * value)
    assert called.owners_micros == -called.injected_micros
    assert called.sold_micros == 0


def test_a_call_that_is_not_met_sells_just_enough() -> None:
    made = loan()
    value = round(700 * USD / 0.82)
    served = made.serve(0, 0, value, 0)
    # Nothing came in at all, so the senior is not paid: everything is sold.
    assert served.defaulted
    assert served.sold_part == 1.0
    made = loan()
    served = made.serve(70 * USD, 0, value, 0)
    assert served.rung is Rung.FORCED_SALE
    part = (700 - 0.70 * value / USD) / (value / USD * (0.85 - 0.70))
    assert served.sold_part == pytest.approx(part)
    # By the sale alone, before the period's payments, the loan stands at the cured LTV.
    left = (700 * USD - served.sold_micros) / (value * (1 - served.sold_part))
    assert left == pytest.approx(0.70)
    assert not served.defaulted


def test_a_sale_into_a_fallen_market_leaves_a_loss() -> None:
    made = loan()
    served = made.serve(70 * USD, 0, 600 * USD, 0)
    assert (served.rung, served.sold_part) == (Rung.FORCED_SALE, 1.0)
    assert served.sold_micros == 510 * USD
    assert served.defaulted
    assert made.debt_micros == 700 * USD - (510 + 70) * USD + (
        served.paid.senior_interest_micros + served.paid.junior_interest_micros
    )
    # The senior lost nothing before the junior: what is left of it is the loss.
    assert made.junior_micros > 0


def test_owners_rescue_the_senior_when_revenue_is_late() -> None:
    made = loan()
    served = made.serve(0, 0, 2_000 * USD, 100 * USD)
    due = served.paid.senior_interest_micros + served.paid.senior_principal_micros
    assert served.injected_micros == due == 53_309_273
    assert not served.defaulted


def test_the_reserve_pays_before_the_owners() -> None:
    made = loan(reserve_periods=2)
    made.serve(200 * USD, 0, 2_000 * USD, 0)
    assert made.reserve_micros > 100 * USD
    served = made.serve(0, 0, 2_000 * USD, 0)
    assert served.injected_micros == 0
    assert not served.defaulted


def test_pledged_gains_of_a_hedge_lower_the_ltv() -> None:
    bare, hedged = loan(), loan()
    value = round(700 * USD / 0.82)
    assert bare.serve(70 * USD, 0, value, 0).rung is Rung.FORCED_SALE
    served = hedged.serve(70 * USD, 0, value, 0, pledged_micros=150 * USD)
    assert served.rung < Rung.MARGIN_CALL
    assert served.sold_part == 0


STORY = st.lists(
    st.tuples(
        *[st.integers(0, 200 * USD)] * 2, st.integers(0, 2_000 * USD), st.integers(0, 400 * USD)
    ),
    min_size=1,
    max_size=20,
)


@given(STORY)
def test_no_cash_is_made_or_lost_over_a_life(story: list[tuple[int, int, int, int]]) -> None:
    """In: revenue, injections, sales. Out: costs, interest, principal, owners, what is still held."""
    made = loan(reserve_periods=1)
    served = [made.serve(*period) for period in story]
    came = sum(period[0] for period in story)
    came += sum(each.injected_micros + each.sold_micros for each in served)
    costs = sum(each.paid.costs_micros for each in served)
    owners = sum(each.paid.owners_micros for each in served)
    interest = sum(
        each.paid.senior_interest_micros + each.paid.junior_interest_micros for each in served
    )
    repaid = 700 * USD - made.debt_micros
    assert came == costs + owners + interest + repaid + made.cash_micros
    assert min(made.senior_micros, made.junior_micros, made.cash_micros) >= 0
