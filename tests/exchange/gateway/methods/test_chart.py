"""Candles of trades at known times."""

from __future__ import annotations

from tests.exchange.gateway.methods.desk import ALICE, BOB, NEAR, Desk, refusal

MINUTE_NS = 60_000_000_000


def test_candles_fold_the_trades_of_each_minute(desk: Desk) -> None:
    desk.ts_ns += MINUTE_NS - desk.ts_ns % MINUTE_NS
    start_ms = desk.ts_ns // 1_000_000
    for minute, price in ((0, 2.80), (0, 2.83), (0, 2.79), (2, 2.81)):
        desk.ts_ns = start_ms * 1_000_000 + minute * MINUTE_NS + desk.ts_ns % MINUTE_NS
        desk.sell(ALICE, 2, price)
        desk.buy(BOB, 2, price)
    asked = {
        "instrument_name": NEAR,
        "start_timestamp": start_ms,
        "end_timestamp": start_ms + 2 * 60_000,
        "resolution": "1",
    }
    candles = desk.call(ALICE, "public/get_tradingview_chart_data", **asked)
    assert candles["status"] == "ok"
    assert candles["ticks"] == [start_ms, start_ms + 60_000, start_ms + 120_000]
    assert candles["open"] == [2.8, 2.79, 2.81]
    assert candles["high"] == [2.83, 2.79, 2.81]
    assert candles["low"] == [2.79, 2.79, 2.81]
    assert candles["close"] == [2.79, 2.79, 2.81]
    assert candles["volume"] == [6, 0, 2]


def test_refusals(desk: Desk) -> None:
    method = "public/get_tradingview_chart_data"
    asked = {
        "instrument_name": NEAR,
        "start_timestamp": 1,
        "end_timestamp": 2,
        "resolution": "1",
    }
    assert refusal(desk, ALICE, method, **{**asked, "resolution": "7"})[1] == "resolution"
    assert refusal(desk, ALICE, method, **{**asked, "end_timestamp": 0})[1] == "end_timestamp"
    assert refusal(desk, ALICE, method, **{**asked, "instrument_name": "X"})[0] == 13020
