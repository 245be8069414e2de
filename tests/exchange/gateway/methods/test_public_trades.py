"""Public trades by instrument, currency, sequence and time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exchange.gateway.methods.desk import ALICE, BOB, NEAR, PERPETUAL, Desk, refusal


@pytest.fixture
def traded(desk: Desk) -> Desk:
    """Four trades in NEAR (ids 1 to 4) and one in PERPETUAL (5)."""
    for name in (NEAR, NEAR, NEAR, NEAR, PERPETUAL):
        desk.sell(ALICE, 1, 2.8, instrument_name=name)
        desk.buy(BOB, 1, 2.8, instrument_name=name)
    return desk


def page(desk: Desk, method: str, **params: Any) -> tuple[list[str], bool]:
    answer = desk.call(ALICE, f"public/get_last_trades_by_{method}", **params)
    return [trade["trade_id"] for trade in answer["trades"]], answer["has_more"]


def test_by_instrument(traded: Desk) -> None:
    near = {"instrument_name": NEAR}
    assert page(traded, "instrument", **near) == (["4", "3", "2", "1"], False)
    assert page(traded, "instrument", **near, count=1, include_old=True) == (["4"], True)
    assert page(traded, "instrument", **near, start_seq=2, count=2) == (["2", "3"], True)
    times = [fill.ts_ns // 1_000_000 for fill in traded.views.trades.fills(BOB)]
    bounds = {"start_timestamp": times[1], "end_timestamp": times[2]}
    assert page(traded, "instrument_and_time", **near, **bounds) == (["2", "3"], False)
    assert refusal(
        traded,
        ALICE,
        "public/get_last_trades_by_instrument_and_time",
        instrument_name=NEAR,
        start_timestamp=9,
        end_timestamp=8,
    ) == (-32602, "end_timestamp", "is before start_timestamp")


def test_by_currency(traded: Desk) -> None:
    assert page(traded, "currency", currency="any", count=3) == (["5", "4", "3"], True)
    assert page(traded, "currency", currency="H100") == (["5"], False)
    assert page(traded, "currency", currency="USD", start_id="4") == (["4", "5"], False)
    assert page(traded, "currency", currency="GPU1", kind="spot") == ([], False)
    asked = {"currency": "GPU1", "start_timestamp": 0, "sorting": "desc"}
    assert page(traded, "currency_and_time", **asked) == (["4", "3", "2", "1"], False)
    method = "public/get_last_trades_by_currency"
    assert refusal(traded, ALICE, method, currency="BTC")[:2] == (-32602, "currency")
