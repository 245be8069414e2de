"""The waterfall by hand, and its conservation of cash under random stories."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clients.participants.credit.covenants import Rung
from clients.participants.credit.waterfall import CashIn, Due, distribute

DUE = Due(
    costs_micros=10,
    senior_interest_micros=20,
    senior_principal_micros=30,
    junior_interest_micros=5,
    junior_principal_micros=10,
    senior_balance_micros=300,
    junior_balance_micros=100,
)
AMOUNTS = st.integers(0, 10**15)


def test_when_all_is_well_the_owners_get_the_rest() -> None:
    paid = distribute(CashIn(revenue_micros=120, reserve_micros=15), DUE, Rung.CLEAR, 20)
    assert (paid.reserve_micros, paid.owners_micros, paid.trapped_micros) == (20, 40, 0)
    assert paid.service_micros == DUE.service_micros == 65


def test_a_lock_up_traps_and_a_sweep_prepays_senior_first() -> None:
    cash = CashIn(revenue_micros=120)
    locked = distribute(cash, DUE, Rung.LOCK_UP, 0)
    assert (locked.trapped_micros, locked.owners_micros) == (45, 0)
    swept = distribute(CashIn(revenue_micros=450, trapped_micros=45), DUE, Rung.SWEEP, 0)
    # 495 less 75: the senior's other 270, the junior's other 90, and the owners have no debt left.
    assert (swept.senior_prepaid_micros, swept.junior_prepaid_micros) == (270, 90)
    assert (swept.trapped_micros, swept.owners_micros) == (0, 60)


def test_short_cash_stops_at_its_rank() -> None:
    paid = distribute(CashIn(revenue_micros=63), DUE, Rung.CLEAR, 20)
    assert paid.costs_micros == 10
    assert (paid.senior_interest_micros, paid.senior_principal_micros) == (20, 30)
    assert (paid.junior_interest_micros, paid.junior_principal_micros) == (3, 0)
    assert (paid.reserve_micros, paid.owners_micros) == (0, 0)


def test_what_owners_pay_in_reduces_the_loan_and_does_not_come_back() -> None:
    cash = CashIn(revenue_micros=75, injected_micros=100)
    paid = distribute(cash, DUE, Rung.MARGIN_CALL, 0)
    assert (paid.senior_prepaid_micros, paid.owners_micros) == (100, 0)


@given(
    st.builds(
        CashIn,
        revenue_micros=AMOUNTS,
        reserve_micros=AMOUNTS,
        trapped_micros=AMOUNTS,
        injected_micros=AMOUNTS,
        sold_micros=AMOUNTS,
    ),
    st.lists(AMOUNTS, min_size=5, max_size=5),
    st.tuples(AMOUNTS, AMOUNTS),
    st.sampled_from(Rung),
    AMOUNTS,
)
def test_cash_in_is_cash_out(
    cash: CashIn, claims: list[int], beyond: tuple[int, int], rung: Rung, target: int
) -> None:
    due = Due(
        costs_micros=claims[0],
        senior_interest_micros=claims[1],
        senior_principal_micros=claims[2],
        junior_interest_micros=claims[3],
        junior_principal_micros=claims[4],
        senior_balance_micros=claims[2] + beyond[0],
        junior_balance_micros=claims[4] + beyond[1],
    )
    paid = distribute(cash, due, rung, target)
    assert paid.total_micros == cash.total_micros
    assert min(getattr(paid, field) for field in paid.__struct_fields__) >= 0
    assert paid.senior_principal_micros + paid.senior_prepaid_micros <= due.senior_balance_micros
    assert paid.junior_principal_micros + paid.junior_prepaid_micros <= due.junior_balance_micros
    # Nobody is paid while someone before is not, and owners only when nothing holds cash back.
    if paid.junior_interest_micros:
        assert paid.senior_interest_micros == due.senior_interest_micros
        assert paid.senior_principal_micros == due.senior_principal_micros
    if paid.owners_micros:
        owed = due.senior_balance_micros + due.junior_balance_micros
        repaid = paid.senior_principal_micros + paid.senior_prepaid_micros
        repaid += paid.junior_principal_micros + paid.junior_prepaid_micros
        assert rung is Rung.CLEAR or repaid == owed
        assert paid.service_micros == due.service_micros
