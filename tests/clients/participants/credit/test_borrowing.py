"""The loop of borrowing and buying against the loop written out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clients.participants.credit.borrowing import NO_PURCHASE, purchase


def one_by_one(
    most: int, price: int, new_value: int, fleet_value: int, debt: int, cash: int, max_ltv: float
) -> int:
    """Buy one GPU after the other, each on all that can then be borrowed and paid."""
    bought = 0
    if debt > int(max_ltv * fleet_value):
        return 0
    while bought < most:
        value = fleet_value + new_value
        borrow = min(price, max(0, int(max_ltv * value) - debt))
        if borrow + cash < price:
            return bought
        fleet_value, debt, cash = value, debt + borrow, cash - (price - borrow)
        bought += 1
    return bought


@given(
    st.integers(0, 40),
    st.integers(1_000, 50_000),
    st.integers(0, 50_000),
    st.integers(0, 1_000_000),
    st.integers(0, 1_000_000),
    st.integers(0, 500_000),
)
def test_the_closed_form_buys_as_many_as_the_loop(
    most: int, price: int, new_value: int, fleet_value: int, debt: int, cash: int
) -> None:
    made = purchase(
        most_gpus=most,
        price_micros=price,
        new_value_micros=new_value,
        fleet_value_micros=fleet_value,
        debt_micros=debt,
        cash_micros=cash,
        max_ltv=0.7,
    )
    looped = one_by_one(most, price, new_value, fleet_value, debt, cash, 0.7)
    # All at once may borrow against GPUs that one by one are not there yet; never fewer.
    assert made.gpus >= looped
    assert made.borrowed_micros + made.cash_micros == made.gpus * price
    assert 0 <= made.cash_micros <= cash
    if made.gpus:
        value = fleet_value + made.gpus * new_value
        assert debt + made.borrowed_micros <= 0.7 * value or made.borrowed_micros == 0
    if made.gpus < most and debt <= int(0.7 * fleet_value):
        more = made.gpus + 1
        room = int(0.7 * (fleet_value + more * new_value)) - debt
        assert more * price > room + cash


def test_leverage_multiplies_the_means() -> None:
    """100 of own cash buys 4 GPUs of 100 where three quarters of each can be borrowed."""
    made = purchase(
        most_gpus=100,
        price_micros=100,
        new_value_micros=100,
        fleet_value_micros=0,
        debt_micros=0,
        cash_micros=100,
        max_ltv=0.75,
    )
    assert (made.gpus, made.borrowed_micros, made.cash_micros) == (4, 300, 100)


def test_a_fleet_under_water_buys_nothing() -> None:
    made = purchase(
        most_gpus=10,
        price_micros=100,
        new_value_micros=90,
        fleet_value_micros=1_000,
        debt_micros=2_000,
        cash_micros=0,
        max_ltv=0.7,
    )
    assert made == NO_PURCHASE
