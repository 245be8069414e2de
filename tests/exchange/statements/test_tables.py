"""Money on a statement."""

from __future__ import annotations

from exchange.statements.tables import money


def test_money_keeps_every_digit() -> None:
    assert [money(m) for m in (0, 1, -1, -1_234_567_890_123)] == [
        "0.000000",
        "0.000001",
        "-0.000001",
        "-1,234,567.890123",
    ]
