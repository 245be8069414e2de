"""Own fills: bounds, paging in both directions, by order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exchange.gateway.methods.desk import ALICE, BOB, NEAR, PERPETUAL, Desk, refusal


@pytest.fixture
def traded(desk: Desk) -> Desk:
    """Bob buys from alice six times in NEAR (trade ids 1 to 6) and once in PERPETUAL (7)."""
    for number in range(6):
        desk.sell(ALICE, 1, 2.8, label=f"s{number}")
        desk.buy(BOB, 1, 2.8, label=f"b{number}")
    desk.sell(ALICE, 2, 2.8, instrument_name=PERPETUAL)
    desk.buy(BOB, 2, 2.8, instrument_name=PERPETUAL)
    return desk


def page(desk: Desk, account: int, method: str, **params: Any) -> tuple[list[str], bool]:
    answer = desk.call(account, f"private/get_user_trades_by_{method}", **params)
    return [trade["trade_id"] for trade in answer["trades"]], answer["has_more"]


def test_by_instrument(traded: Desk) -> None:
    near = {"instrument_name": NEAR}
    assert page(traded, BOB, "instrument", **near) == (["6", "5", "4", "3", "2", "1"], False)
    assert page(traded, BOB, "instrument", **near, count=2) == (["6", "5"], True)
    assert page(traded, BOB, "instrument", **near, count=2, sorting="asc") == (["1", "2"], True)
    assert page(traded, BOB, "instrument", **near, start_seq=3, end_seq=5) == (
        ["3", "4", "5"],
        False,
    )
    assert page(traded, BOB, "instrument", **near, end_seq=2) == (["2", "1"], False)


def test_both_sides_are_told_under_one_trade_id(traded: Desk) -> None:
    asked = {"instrument_name": NEAR, "count": 1}
    method = "private/get_user_trades_by_instrument"
    (maker,) = traded.call(ALICE, method, **asked)["trades"]
    (taker,) = traded.call(BOB, method, **asked)["trades"]
    assert maker["trade_id"] == taker["trade_id"] == "6"
    assert (maker["liquidity"], maker["direction"], maker["fee"]) == ("M", "sell", 3.65)
    assert (taker["liquidity"], taker["direction"], taker["fee"]) == ("T", "buy", 5.5)
    assert (maker["label"], taker["label"]) == ("s5", "b5")
    assert maker["trade_seq"] == taker["trade_seq"] == 6
    public = traded.call(BOB, "public/get_last_trades_by_instrument", **asked)["trades"][0]
    shared = public.keys() & taker.keys() - {"index_price"}
    assert {"trade_id", "trade_seq", "price", "amount", "tick_direction"} <= shared
    assert {name: taker[name] for name in shared} == {name: public[name] for name in shared}


def test_by_time(traded: Desk) -> None:
    fills = traded.views.trades.fills(BOB)
    times = [fill.ts_ns // 1_000_000 for fill in fills]
    asked = {"instrument_name": NEAR, "start_timestamp": times[2], "end_timestamp": times[4]}
    assert page(traded, BOB, "instrument_and_time", **asked) == (["3", "4", "5"], False)
    told = refusal(
        traded,
        BOB,
        "private/get_user_trades_by_instrument_and_time",
        instrument_name=NEAR,
        start_timestamp=2,
        end_timestamp=1,
    )
    assert told == (-32602, "end_timestamp", "is before start_timestamp")


def test_by_currency(traded: Desk) -> None:
    assert page(traded, BOB, "currency", currency="H100") == (["7"], False)
    assert page(traded, BOB, "currency", currency="any", count=2) == (["7", "6"], True)
    assert page(traded, BOB, "currency", currency="any", start_id="6") == (["6", "7"], False)
    assert page(traded, BOB, "currency", currency="any", end_id="2") == (["2", "1"], False)
    assert page(traded, BOB, "currency", currency="GPU1", kind="option") == ([], False)
    asked = {"currency": "any", "start_timestamp": 0, "count": 3, "include_old": True}
    assert page(traded, BOB, "currency_and_time", **asked) == (["1", "2", "3"], True)


def test_by_order(traded: Desk) -> None:
    big = traded.sell(ALICE, 3, 2.8)
    for _ in range(3):
        traded.buy(BOB, 1, 2.8)
    method = "private/get_user_trades_by_order"
    trades = traded.call(ALICE, method, order_id=big["order_id"])
    assert [trade["trade_id"] for trade in trades] == ["8", "9", "10"]
    assert [trade["state"] for trade in trades] == ["open", "open", "filled"]
    newest = traded.call(ALICE, method, order_id=big["order_id"], sorting="desc")
    assert newest == trades[::-1]
    assert refusal(traded, BOB, method, order_id=big["order_id"])[0] == 10004
