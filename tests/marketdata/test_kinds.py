"""Kinds of instruments, and what asking for one covers."""

from __future__ import annotations

import msgspec
import pytest

from marketdata.kinds import KINDS, in_kind
from marketdata.messages import Instrument, InstrumentLeg
from tests.marketdata.examples import GPU1

LEGS = (InstrumentLeg("GPU1-31JAN27", 1), InstrumentLeg("GPU1-26FEB27", -1))
COMBO = msgspec.structs.replace(GPU1, legs=LEGS)
BINARY = msgspec.structs.replace(GPU1, binary=True, strike_micros=2_700_000)


@pytest.mark.parametrize(
    ("listed", "kinds"),
    [
        (GPU1, {"any", "future"}),
        (COMBO, {"any", "future_combo", "combo"}),
        (BINARY, {"any", "option"}),
    ],
)
def test_an_instrument_is_of_its_own_kind_and_of_any(listed: Instrument, kinds: set[str]) -> None:
    assert {kind for kind in KINDS if in_kind(kind, listed)} == kinds
