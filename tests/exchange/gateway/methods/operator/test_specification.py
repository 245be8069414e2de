"""Every rule of the core about a specification has its field and reason here."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.core.core import Core
from exchange.core.instrument import InstrumentSpec
from exchange.gateway.errors import RpcError
from exchange.gateway.methods.operator.specification import Specification, sound_spec
from tests.exchange.views.market_flow import spec

GOOD = msgspec.to_builtins(spec("GPU1-29JAN27"))


def given(**changes: Any) -> Specification:
    return msgspec.convert({**GOOD, **changes}, Specification)


def test_it_has_the_fields_and_defaults_of_the_cores() -> None:
    ours, cores = (
        {field.name: field.default for field in msgspec.structs.fields(kind)}
        for kind in (Specification, InstrumentSpec)
    )
    assert ours == cores


def test_a_sound_one_becomes_the_cores() -> None:
    assert sound_spec(Core(), given()) == spec("GPU1-29JAN27")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a\nb"),
        ("expiry_ns", 0),
        ("levels", 4_097),
        ("reference_ticks", 0),
        ("reference_ticks", 4_096),
        ("maintenance_margin_ppm", 200_001),
        ("max_order_lots", 15_001),
        ("maker_fee_micros", 1 << 59),
        ("taker_fee_micros", 1 << 59),
        ("settlement_fee_micros", 1 << 59),
        ("max_position_lots", 1 << 31),
        ("breaker_window_ns", 3),
        ("base_ticks", -1),
        ("band_ticks", 4_097),
        ("strike_micros", 1),
        ("payoff", "binary"),
        ("legs", [{"instrument": "A", "ratio": 1}]),
    ],
)
def test_what_is_wrong_is_named(field: str, value: Any) -> None:
    changes = {field: value}
    if field == "max_position_lots":
        changes["tick_micros"] = 1 << 30
    with pytest.raises(RpcError) as raised:
        sound_spec(Core(), given(**changes))
    assert raised.value.code == -32602
    assert raised.value.data["param"] == f"spec.{field}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("family", "x" * 65),
        ("tick_micros", 0),
        ("tick_micros", 1 << 64),
        ("contract_hours", 0),
        ("created_ns", -1),
        ("expiry_ns", 1 << 63),
        ("base_ticks", -(1 << 19)),
        ("levels", 1 << 19),
        ("initial_margin_ppm", 1_000_001),
        ("band_ppm", -1),
        ("payoff", "quadratic"),
        ("max_order_lots", 0),
        ("perpetual", 1),
        ("surprise", 1),
    ],
)
def test_what_is_out_of_bounds_is_named(field: str, value: Any) -> None:
    with pytest.raises(msgspec.ValidationError, match=field):
        given(**{field: value})
