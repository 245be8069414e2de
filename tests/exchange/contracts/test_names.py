"""Names as the dialect has them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange.contracts import names
from exchange.contracts.calendar import ContractMonth
from exchange.contracts.spec import shipped

RULE = shipped("GPU1")[0].listing
assert RULE is not None


def test_dated_perpetual_and_spread_names() -> None:
    december, january = ContractMonth(2026, 12), ContractMonth(2027, 1)
    assert names.dated_name("GPU1", december, RULE) == "GPU1-31DEC26"
    assert names.perpetual_name("H100") == "H100-PERPETUAL"
    spread = names.calendar_spread_name("GPU1-FS", january, december, RULE)
    assert spread == "GPU1-FS-29JAN27_31DEC26"
    assert names.day_name(ContractMonth(2027, 2), RULE) == "26FEB27"


@pytest.mark.parametrize(
    ("strike", "text"),
    [("2.70", "2d7"), ("2.725", "2d725"), ("3.00", "3"), ("10", "10"), ("0.1", "0d1")],
)
def test_a_strike_s_point_is_a_d(strike: str, text: str) -> None:
    name = names.binary_name("MEAN", ContractMonth(2026, 11), RULE, Decimal(strike))
    assert name == f"MEAN-30NOV26-{text}"
