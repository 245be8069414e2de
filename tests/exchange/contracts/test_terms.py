"""Terms turn into the integers of the exchange exactly."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from exchange.contracts.spec import shipped
from exchange.contracts.terms import Contract, Fees, Limits, Margin


@given(st.integers(0, 10**12))
def test_fees_are_exact_to_the_micro_dollar(micros: int) -> None:
    fee = Decimal(micros).scaleb(-6)
    fees = Fees(maker=fee, taker=fee, settlement=fee)
    assert (fees.maker_micros, fees.taker_micros, fees.settlement_micros) == (micros,) * 3


@given(st.integers(1, 10**6))
def test_rates_are_exact_to_the_millionth(ppm: int) -> None:
    rate = Decimal(ppm).scaleb(-6)
    margin = Margin(initial=rate, maintenance=rate)
    assert (margin.initial_ppm, margin.maintenance_ppm) == (ppm, ppm)
    assert Limits(band=rate, max_order_lots=1, single_month_lots=1).band_ppm == ppm


def test_a_tick_of_one_lot_is_worth_what_the_rule_book_says() -> None:
    gpu1 = shipped("GPU1")[0]
    assert isinstance(gpu1.contract, Contract)
    assert gpu1.tick_micros * int(gpu1.contract.hours) == 7_300_000
