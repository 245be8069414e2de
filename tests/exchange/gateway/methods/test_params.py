"""Bounds of the parameters that methods share."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.gateway.methods import params as p


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (p.InstrumentName, ["GPU1-30NOV26"], ["", "x" * 65, 7]),
        (p.Currency, ["any"], ["", "x" * 33]),
        (p.Kind, ["any", "future", "option"], ["futures", ""]),
        (p.OrderId, ["GPU1-1"], ["", "x" * 65]),
        (p.Label, ["", "x" * 64], ["x" * 65]),
        (p.Count, [1, 1000], [0, 1001, -1, 2**63, 2**64]),
        (p.Offset, [0, 1_000_000], [-1, 1_000_001]),
        (p.Sequence, [0, 2**62], [-1, 2**62 + 1, 2**64]),
        (p.TradeId, ["1", "9" * 20], ["", "-1", "1.0", "9" * 21, "x"]),
        (p.Timestamp, [0, 32_503_708_800_000], [-1, 32_503_708_800_001]),
        (p.Sorting, ["asc", "desc", "default"], ["up"]),
    ],
)
def test_bounds(kind: Any, good: list[object], bad: list[object]) -> None:
    for value in good:
        assert msgspec.convert(value, kind) == value
    for value in bad:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(value, kind)
