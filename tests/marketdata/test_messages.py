"""Prices are exact decimals; ticks are whole or refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata.messages import (
    LIFECYCLE_NAMES,
    STATE_NAMES,
    Instrument,
    OffTick,
    State,
    instrument_fields,
    trade_fields,
)
from tests.marketdata.examples import GPU1, PERPETUAL, T0_NS, trade


def with_tick(tick_micros: int) -> Instrument:
    return msgspec.structs.replace(GPU1, tick_micros=tick_micros)


tick_sizes = st.sampled_from([1, 5, 25, 500, 1_000, 5_000, 10_000, 1_000_000])


@given(st.integers(-(10**8), 10**8), tick_sizes)
def test_price_is_the_shortest_exact_decimal_and_comes_back(ticks: int, tick_micros: int) -> None:
    instrument = with_tick(tick_micros)
    price = instrument.price(ticks)
    exact = Decimal(ticks) * Decimal(tick_micros).scaleb(-6)
    assert Decimal(repr(price)) == exact
    assert Decimal(msgspec.json.encode(price).decode()) == exact
    for spelling in (price, exact, str(exact), f"{exact:.6f}"):
        assert instrument.ticks(spelling) == ticks


@given(st.decimals(-(10**6), 10**6, places=7), tick_sizes)
def test_a_price_is_on_tick_exactly_when_decimal_division_leaves_nothing(
    price: Decimal, tick_micros: int
) -> None:
    instrument = with_tick(tick_micros)
    tick = Decimal(tick_micros).scaleb(-6)
    if price % tick == 0:
        assert instrument.ticks(price) * tick == price
    else:
        with pytest.raises(OffTick):
            instrument.ticks(price)


@pytest.mark.parametrize(
    "price",
    [
        float("nan"),
        float("inf"),
        "-Infinity",
        "NaN",
        "sNaN",
        "",
        "two",
        "1e999999999",
        "1e12",
        1e300,
        2**64,
        True,
        "0.010000000000000000000000000000000000000000001",
        "9" * 65,
        0.005,
        1e-30,
        Decimal("1e-999999"),
    ],
)
def test_bad_prices_are_off_tick(price: float | str) -> None:
    with pytest.raises(OffTick):
        GPU1.ticks(price)


def test_a_tick_of_gpu1_is_worth_7_30_dollars_a_lot() -> None:
    assert GPU1.notional(1) == 7.30


def test_zero_in_any_spelling_is_tick_zero() -> None:
    assert [GPU1.ticks(zero) for zero in (0, 0.0, -0.0, "0e999999999")] == [0, 0, 0, 0]


def test_trade_has_the_fields_that_ccxt_reads() -> None:
    fields = trade_fields(GPU1, trade(5, 263, 4, side=1), 2)
    assert fields == {
        "trade_seq": 5,
        "trade_id": "105",
        "timestamp": T0_NS // 10**6,
        "tick_direction": 2,
        "price": 2.63,
        "mark_price": 2.5,
        "instrument_name": "GPU1-31JAN27",
        "index_price": 2.51,
        "direction": "sell",
        "contracts": 4,
        "amount": 4,
    }


def test_instrument_fields_of_a_future_and_a_perpetual() -> None:
    future = instrument_fields(GPU1, State.OPEN, 250)
    assert future["expiration_timestamp"] == GPU1.expiry_ns // 10**6
    assert (future["settlement_period"], future["tick_size"]) == ("month", 0.01)
    assert future["taker_commission"] == round(5.5 / (2.5 * 730), 8)
    assert future["max_leverage"] == 5
    perpetual = instrument_fields(PERPETUAL, State.EXPIRED, 0)
    assert perpetual["expiration_timestamp"] == 32_503_708_800_000
    assert (perpetual["settlement_period"], perpetual["is_active"]) == ("perpetual", False)
    assert perpetual["taker_commission"] == 0
    json.dumps([future, perpetual], allow_nan=False)


def test_every_state_has_both_names() -> None:
    assert set(STATE_NAMES) == set(LIFECYCLE_NAMES) == set(State)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, {"matching": "price_time"}),
        (
            {"matching": "pro_rata", "minimum_allocation_lots": 2},
            {"matching": "pro_rata", "minimum_allocation": 2},
        ),
        (
            {"matching": "fifo_top", "top_order_lots": 5, "top_order_ppm": 400_000},
            {"matching": "fifo_top", "top_order_amount": 5, "top_order_share": 0.4},
        ),
        (
            {"matching": "batch_auction", "batch_interval_ns": 250_000_000},
            {"matching": "batch_auction", "batch_interval": 250},
        ),
    ],
)
def test_an_instrument_tells_its_algorithm_and_the_numbers_that_this_uses(
    changes: dict[str, Any], told: dict[str, Any]
) -> None:
    names = {"matching", "minimum_allocation", "top_order_amount", "top_order_share"}
    fields = instrument_fields(msgspec.structs.replace(GPU1, **changes), State.OPEN, 250)
    found = {name: fields[name] for name in names | {"batch_interval"} if name in fields}
    assert found == told
