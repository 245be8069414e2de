"""An instrument has its family's terms, in the core's units, and the core takes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from exchange.contracts.building import instrument, price_domain
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec
from exchange.core.instrument import InstrumentSpec, Leg
from exchange.core.listing import is_sound
from matching.layout import LEVELS_STEP

FAMILIES = {spec.family: spec for spec in shipped()}


@pytest.mark.parametrize("spec", FAMILIES.values(), ids=FAMILIES)
def test_the_price_domain_covers_both_ends_in_whole_steps(spec: ContractSpec) -> None:
    base, levels = price_domain(spec)
    assert levels % LEVELS_STEP == 0
    lowest = spec.contract.min_price if spec.spread else Decimal(0)
    assert lowest is not None
    assert base * spec.contract.tick <= max(lowest, spec.contract.tick)
    assert (base + levels - 1) * spec.contract.tick >= spec.contract.max_price
    assert (base + levels - 1 - LEVELS_STEP) * spec.contract.tick < spec.contract.max_price


def built(family: str, **changes: Any) -> InstrumentSpec:
    given = {"hours": 1, "created_ns": 1, "expiry_ns": 2, "reference_micros": 0.0, "name": "X"}
    return instrument(FAMILIES[family], **{**given, **changes})


def test_a_spread_may_begin_below_zero_and_a_dated_future_may_not() -> None:
    legs = (Leg("A", 1), Leg("B", -1))
    spread = built("GPU1-GPU2", reference_micros=-3_060_000.0, legs=legs)
    assert spread.reference_ticks == -612
    assert (spread.band_ticks, spread.band_ppm) == (100, 0)
    assert spread.block_minimum_lots == 0
    assert is_sound(spread)
    dated = built("GPU1", reference_micros=-1.0)
    assert dated.reference_ticks == 1


def test_a_binary_pays_all_or_nothing_within_a_dollar() -> None:
    for reference, ticks in ((0.0, 1), (370_000.0, 37), (1_000_000.0, 99)):
        found = built("H100MEAN", reference_micros=reference, strike_micros=2_700_000)
        assert found.reference_ticks == ticks
        assert found.payoff == "binary"
        assert is_sound(found)


def test_dollars_of_bands_and_breakers_become_ticks() -> None:
    gpu1 = FAMILIES["GPU1"]
    in_dollars = msgspec.structs.replace(
        gpu1,
        limits=msgspec.structs.replace(gpu1.limits, band=None, band_usd=Decimal("0.20")),
        breaker=msgspec.structs.replace(gpu1.breaker, move=None, move_usd=Decimal("0.05")),
    )
    found = instrument(
        in_dollars, name="X", hours=730, created_ns=1, expiry_ns=2, reference_micros=2.8e6
    )
    assert (found.band_ticks, found.band_ppm) == (20, 0)
    assert (found.breaker_move_ticks, found.breaker_move_ppm) == (5, 0)
    assert is_sound(found)
