"""Contradictions between terms; test_spec shows each with its line in the file."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange.contracts.checks import MAX_NOTIONAL_MICROS, faults
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec, Session

REPLACE = msgspec.structs.replace


@pytest.mark.parametrize("spec", shipped(), ids=lambda spec: spec.family)
def test_shipped_families_have_no_fault(spec: ContractSpec) -> None:
    assert list(faults(spec)) == []


def test_positions_and_their_notional_fit_the_core_s_integers() -> None:
    gpu1 = shipped("GPU1")[0]
    hours, price = int(gpu1.contract.hours), gpu1.contract.max_price
    most = int(MAX_NOTIONAL_MICROS / (hours * price * 1_000_000))
    fits = REPLACE(gpu1, limits=REPLACE(gpu1.limits, single_month_lots=most))
    assert list(faults(fits)) == []
    over = REPLACE(gpu1, limits=REPLACE(gpu1.limits, single_month_lots=most + 1))
    assert [field for field, _, _ in faults(over)] == ["limits.single_month_lots"]
    assert 64 * MAX_NOTIONAL_MICROS <= 1 << 63


def test_the_price_domain_ends_where_the_ladder_does() -> None:
    gpu1 = shipped("GPU1")[0]
    top = REPLACE(gpu1.contract, max_price=Decimal("2621.44"))
    assert list(faults(REPLACE(gpu1, contract=top))) == []
    above = REPLACE(gpu1.contract, max_price=Decimal("2621.45"))
    assert [field for field, _, _ in faults(REPLACE(gpu1, contract=above))] == [
        "contract.max_price"
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"pre_open": "08:30"}, "session.open"),
        ({"close": "08:10"}, "session.open"),
        ({"time_zone": "America/Gotham"}, "session.time_zone"),
        ({"calendar": "NOWHERE"}, "session.calendar"),
    ],
)
def test_a_session_that_cannot_be_kept_is_told(change: dict[str, str], field: str) -> None:
    sound = Session(
        days="business_days",
        pre_open="08:00",
        open="08:30",
        close="15:15",
        time_zone="America/Chicago",
    )
    assert list(faults(REPLACE(shipped("GPU1")[0], session=sound))) == []
    wrong = REPLACE(shipped("GPU1")[0], session=REPLACE(sound, **change))
    assert [named for named, _, _ in faults(wrong)] == [field]


@pytest.mark.parametrize("move", ["0", "-0.01", "1.01"])
def test_a_breaker_s_move_is_a_fraction(move: str) -> None:
    spec = shipped("GPU1")[0]
    assert spec.breaker is not None
    wrong = REPLACE(spec, breaker=REPLACE(spec.breaker, move=Decimal(move)))
    assert [field for field, _, _ in faults(wrong)] == ["breaker.move"]
