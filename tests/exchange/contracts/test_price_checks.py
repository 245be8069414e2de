"""Faults of prices: ticks that do not divide, bands that mean nothing, domains that do not fit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from exchange.contracts.price_checks import faults, is_whole, may_be_zero
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec

FAMILIES = {spec.family: spec for spec in shipped()}


def changed(family: str, table: str, **values: Any) -> ContractSpec:
    spec = FAMILIES[family]
    exact = {
        name: Decimal(value) if isinstance(value, str) else value for name, value in values.items()
    }
    return msgspec.structs.replace(
        spec, **{table: msgspec.structs.replace(getattr(spec, table), **exact)}
    )


@pytest.mark.parametrize("spec", FAMILIES.values(), ids=FAMILIES)
def test_shipped_prices_are_sound(spec: ContractSpec) -> None:
    assert list(faults(spec)) == []


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        (changed("GPU1", "contract", tick="1"), "contract.tick", "prices are $ per GPU-hour"),
        (changed("GPU1", "contract", tick="0.03"), "contract.max_price", "not a multiple"),
        (changed("GPU1", "contract", min_price="-1"), "contract.min_price", "only a spread"),
        (changed("GPU1-FS", "contract", min_price=None), "contract.min_price", "is missing"),
        (changed("GPU1-FS", "contract", min_price="-0.005"), "contract.min_price", "multiple"),
        (changed("GPU1-FS", "contract", min_price="-9000"), "contract.max_price", "outside 2"),
        (changed("H100MEAN", "contract", max_price="2"), "contract.max_price", "pays one dollar"),
        (changed("GPU1", "limits", band=None), "limits.band", "is missing"),
        (changed("GPU1", "limits", band_usd="0.20"), "limits.band_usd", "stands beside"),
        (changed("GPU1-FS", "limits", band="0.1", band_usd=None), "limits.band", "may be zero"),
        (changed("GPU1-FS", "limits", band_usd=None), "limits.band_usd", "is missing"),
        (changed("GPU1-FS", "limits", band_usd="0.125"), "limits.band_usd", "not a multiple"),
        (changed("GPU1-FS", "limits", band_usd="-0.1"), "limits.band_usd", "not a multiple"),
        (changed("GPU1-FS", "limits", band_usd="50"), "limits.band_usd", "wider than all"),
        (changed("GPU1", "breaker", move=None), "breaker.move", "needs one of"),
        (changed("GPU1", "breaker", move_usd="0.1"), "breaker.move", "needs one of"),
        (changed("GPU1-FS", "breaker", move="0.05", move_usd=None), "breaker.move", "be zero"),
        (changed("GPU1-FS", "breaker", move_usd="0.001"), "breaker.move_usd", "not a multiple"),
        (changed("H100MEAN", "strikes", step="0"), "strikes.step", "above 0"),
        (changed("H100MEAN", "strikes", step="0.00000001"), "strikes.step", "whole number"),
    ],
)
def test_each_fault_is_told_once(wrong: ContractSpec, field: str, reason: str) -> None:
    ((named, told, advice),) = faults(wrong)
    assert named == field
    assert reason in told
    assert advice


def test_a_spread_and_a_binary_may_be_worth_nothing() -> None:
    zero = {family for family, spec in FAMILIES.items() if may_be_zero(spec)}
    assert zero == {family for family in FAMILIES if "-" in family} | {"H100MEAN"}
    assert is_whole(Decimal("3.000"))
    assert not is_whole(Decimal("3.001"))
