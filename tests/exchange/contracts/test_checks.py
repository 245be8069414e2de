"""Contradictions between terms; test_spec shows each with its line in the file."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange.contracts.checks import MAX_NOTIONAL_MICROS, faults
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec

REPLACE = msgspec.structs.replace


@pytest.mark.parametrize("spec", shipped(), ids=lambda spec: spec.family)
def test_shipped_families_have_no_fault(spec: ContractSpec) -> None:
    assert list(faults(spec)) == []


def test_positions_and_their_notional_fit_the_core_s_integers() -> None:
    gpu1 = shipped()[0]
    hours, price = int(gpu1.contract.hours), gpu1.contract.max_price
    most = int(MAX_NOTIONAL_MICROS / (hours * price * 1_000_000))
    fits = REPLACE(gpu1, limits=REPLACE(gpu1.limits, single_month_lots=most))
    assert list(faults(fits)) == []
    over = REPLACE(gpu1, limits=REPLACE(gpu1.limits, single_month_lots=most + 1))
    assert [field for field, _, _ in faults(over)] == ["limits.single_month_lots"]
    assert 64 * MAX_NOTIONAL_MICROS <= 1 << 63


def test_the_price_domain_ends_where_the_ladder_does() -> None:
    gpu1 = shipped()[0]
    top = REPLACE(gpu1.contract, max_price=Decimal("2621.44"))
    assert list(faults(REPLACE(gpu1, contract=top))) == []
    above = REPLACE(gpu1.contract, max_price=Decimal("2621.45"))
    assert [field for field, _, _ in faults(REPLACE(gpu1, contract=above))] == [
        "contract.max_price"
    ]
