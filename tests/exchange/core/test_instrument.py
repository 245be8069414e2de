"""The listed instrument's arithmetic and its form on disk."""

from __future__ import annotations

import msgspec
import pytest

from exchange.core.instrument import InstrumentSpec
from tests.exchange.core.lab import perpetual, spec


def test_a_tick_of_a_lot_is_worth_the_contract_s_hours() -> None:
    assert spec().tick_value_micros == 7_300_000  # 0.01 $ × 730 hours
    assert perpetual().tick_value_micros == 1_000


def test_a_spec_survives_json_and_knows_its_fields() -> None:
    raw = msgspec.json.encode(spec())
    assert msgspec.json.decode(raw, type=InstrumentSpec) == spec()
    with pytest.raises(msgspec.ValidationError, match="lot_size"):
        msgspec.json.decode(raw[:-1] + b',"lot_size":1}', type=InstrumentSpec)
