"""Decimals to ticks and lots: exact or refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.feed import public_instrument
from exchange.gateway.errors import RpcError
from exchange.gateway.methods.quantities import lots, ticks
from matching.layout import MAX_QTY_LOTS
from tests.exchange.views.market_flow import SPECS

INSTRUMENT = public_instrument(0, SPECS[0])


@given(st.integers(1, MAX_QTY_LOTS), st.integers(0, 3))
def test_whole_amounts_are_themselves(qty_lots: int, zeros: int) -> None:
    written = f"{qty_lots}.{'0' * zeros}" if zeros else str(qty_lots)
    assert lots(Decimal(written)) == lots(None, Decimal(written)) == qty_lots
    assert lots(Decimal(written), Decimal(qty_lots)) == qty_lots


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_any_decimal_is_exact_or_refused(amount: Decimal) -> None:
    if amount.is_finite() and 1 <= amount <= MAX_QTY_LOTS and amount % 1 == 0:
        assert lots(amount) == amount
    else:
        with pytest.raises(RpcError) as raised:
            lots(amount)
        assert raised.value.data["param"] == "amount"


@pytest.mark.parametrize("amount", ["1e999999", "sNaN", "-Infinity", "1e-999999", "1.000000001"])
def test_monsters_are_refused(amount: str) -> None:
    with pytest.raises(RpcError):
        lots(Decimal(amount))


@given(st.integers(0, 10**9))
def test_prices_on_the_grid_are_exact(price_ticks: int) -> None:
    assert ticks(INSTRUMENT, Decimal(price_ticks) / 100) == price_ticks


@pytest.mark.parametrize("price", ["2.805", "NaN", "Infinity", "1e30", "0.0000001"])
def test_prices_off_the_grid_name_the_field(price: Any) -> None:
    with pytest.raises(RpcError) as raised:
        ticks(INSTRUMENT, Decimal(price))
    assert (raised.value.code, raised.value.data["param"]) == (-32602, "price")
