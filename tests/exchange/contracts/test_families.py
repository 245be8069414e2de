"""What is wrong between families is told with field, reason and advice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from exchange.contracts.families import faults
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec

FAMILIES = {spec.family: spec for spec in shipped()}
REPLACE = msgspec.structs.replace


def found(*specs: ContractSpec) -> list[tuple[str, str, str]]:
    return [(spec.family, fault[0], fault[1]) for spec, fault in faults(specs)]


def with_spread(family: str, **changes: Any) -> ContractSpec:
    spec = FAMILIES[family]
    assert spec.spread is not None
    return REPLACE(spec, spread=REPLACE(spec.spread, **changes))


def test_shipped_families_fit_one_another() -> None:
    assert found(*FAMILIES.values()) == []


def test_a_family_stands_once() -> None:
    gpu1 = FAMILIES["GPU1"]
    assert found(gpu1, gpu1) == [("GPU1", "family", "is specified twice")]


def test_a_leg_must_be_listed_and_dated() -> None:
    spread = FAMILIES["GPU1-FS"]
    assert found(spread) == [("GPU1-FS", "spread.legs", "there is no family GPU1")]
    (advice,) = [fault[2] for _, fault in faults([with_spread("GPU1-FS", legs=("GPU",)), *BOTH])]
    assert advice.startswith("did you mean GPU")
    perpetual = with_spread("GPU1-FS", legs=("H100",))
    ((_, field, reason),) = found(perpetual, FAMILIES["H100"])
    assert field == "spread.legs"
    assert "perpetual" in reason


BOTH = (FAMILIES["GPU1"], FAMILIES["GPU2"])


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        (with_spread("GPU1-GPU2", listed=7), "spread.listed", "more than the 6"),
        (with_spread("GPU1-FS", listed=6), "spread.listed", "more than the 5"),
        (REPLACE(FAMILIES["GPU1-GPU2"], index="b200_usd"), "index", "is not h100_usd"),
        (REPLACE(FAMILIES["GPU1-GPU2"], underlying="B200"), "underlying", "is not H100"),
        (
            REPLACE(
                FAMILIES["GPU1-FS"],
                contract=REPLACE(FAMILIES["GPU1-FS"].contract, tick=Decimal("0.02")),
            ),
            "contract.tick",
            "does not divide",
        ),
    ],
)
def test_a_spread_fits_its_legs(wrong: ContractSpec, field: str, reason: str) -> None:
    ((family, named, told),) = found(*BOTH, wrong)
    assert (family, named) == (wrong.family, field)
    assert reason in told


def test_legs_keep_one_cycle() -> None:
    mixed = with_spread("GPU1-GPU2", legs=("GPU1", "H100Q"))
    told = {field: reason for _, field, reason in found(FAMILIES["GPU1"], FAMILIES["H100Q"], mixed)}
    # Its tick of 0.005 does not divide H100Q's either.
    assert set(told) == {"spread.legs", "contract.tick"}
    assert "quarterly" in told["spread.legs"]


@pytest.mark.parametrize(
    ("family", "reason"),
    [
        ("GPU1-GPU2", "the tick is 0.005, that of GPU1 0.01"),
        ("BKL-FS", "the legs have different hours (BKL: month)"),
        ("GPU1-HPR", "the legs have different hours (GPU1: 730 and HPR: month)"),
    ],
)
def test_implied_orders_need_the_same_tick_and_hours(family: str, reason: str) -> None:
    spec = with_spread(family, implied=True)
    told = found(spec, *(FAMILIES[leg] for leg in spec.legs))
    assert (family, "spread.implied", reason) in told


def test_a_calendar_spread_of_equal_hours_may_imply() -> None:
    assert found(with_spread("GPU1-FS", implied=True), FAMILIES["GPU1"]) == []
