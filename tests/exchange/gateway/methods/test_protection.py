"""Market-maker protection from the gateway: set, tripped, told, reset, taken away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exchange.gateway.methods.desk import ALICE, BOB, CAROL, FAR, NEAR, Desk, refusal
from tests.exchange.gateway.methods.test_quote_levels import quote, side
from tests.exchange.gateway.methods.test_quoting import quotes, standing

INDEX = "h100_broad"
NS_PER_MS = 1_000_000


def protect(desk: Desk, account: int = BOB, **changes: Any) -> dict[str, Any]:
    """Five contracts within a minute, frozen for half of one."""
    params = {"index_name": INDEX, "interval": 60, "frozen_time": 30, "quantity_limit": 5}
    answer: dict[str, Any] = desk.call(account, "private/set_mmp_config", **params | changes)
    return answer


def trip(desk: Desk) -> None:
    """Quote both months and let bob's bid in the near one be hit for the whole limit."""
    both = [quote(name, bid=side(2.7, 5), ask=side(2.9, 5)) for name in (NEAR, FAR)]
    assert quotes(desk, BOB, *both, mmp_group="default")["errors"] == []
    desk.sell(ALICE, 5, 2.7)


def test_a_config_is_returned_and_kept(desk: Desk) -> None:
    expected = {
        "index_name": INDEX,
        "mmp_group": "default",
        "interval": 60,
        "frozen_time": 30,
        "quantity_limit": 5,
    }
    assert protect(desk) == expected
    assert desk.call(BOB, "private/get_mmp_config") == [expected]
    assert desk.call(BOB, "private/get_mmp_config", index_name=INDEX) == [expected]
    assert desk.call(BOB, "private/get_mmp_config", index_name="h100_trades") == []
    assert desk.call(ALICE, "private/get_mmp_config") == []
    both = protect(desk, index_name="h100_trades", quantity_limit=7, delta_limit=3)
    assert (both["quantity_limit"], both["delta_limit"]) == (7, 3)
    assert desk.call(BOB, "private/get_mmp_config") == [expected, both]
    protect(desk, interval=0)
    assert desk.call(BOB, "private/get_mmp_config") == [both]


def test_protection_trips_over_all_quotes_on_the_index_and_is_told(desk: Desk) -> None:
    protect(desk)
    plain = desk.buy(BOB, 1, 2.6)
    trip(desk)
    assert standing(desk, BOB) == {(NEAR, "buy", 2.6): 1}
    history = desk.call(
        BOB, "private/get_order_history_by_currency", currency="any", include_unfilled=True
    )
    ended = [o for o in history if o["order_state"] == "cancelled"]
    assert len(ended) == 3
    assert {(o["cancel_reason"], o["mmp"], o["quote"]) for o in ended} == {
        ("mmp_trigger", True, True)
    }
    (status,) = desk.call(BOB, "private/get_mmp_status")
    until_ns = desk.ts_ns + 30 * 10**9
    assert status == {
        "index_name": INDEX,
        "mmp_group": "default",
        "frozen_until": -(-until_ns // NS_PER_MS),
    }
    assert desk.call(ALICE, "private/get_mmp_status") == []
    answer = quotes(desk, BOB, quote(bid=side(2.7, 1), ask=side(2.9, 1)), mmp_group="default")
    assert [e["error"]["code"] for e in answer["errors"]] == [11030, 11030]
    assert "has tripped" in answer["errors"][0]["error"]["data"]["reason"]
    order = {"instrument_name": NEAR, "amount": 1, "price": 2.7}
    told = refusal(desk, BOB, "private/buy", mmp=True, **order)
    assert told == (11030, "mmp", "market-maker protection has tripped")
    desk.call(BOB, "private/buy", **order)
    desk.ts_ns = until_ns - 2 * 1_000_003
    assert len(desk.call(BOB, "private/get_mmp_status")) == 1
    desk.ts_ns = until_ns
    assert desk.call(BOB, "private/get_mmp_status") == []
    assert desk.call(BOB, "private/buy", mmp=True, **order)["order"]["mmp"] is True
    assert plain["mmp"] is False


def test_a_freeze_without_end_ends_by_reset(desk: Desk) -> None:
    protect(desk, frozen_time=0)
    trip(desk)
    desk.ts_ns += 10**15
    (status,) = desk.call(BOB, "private/get_mmp_status", index_name=INDEX)
    assert status["frozen_until"] == 0
    assert desk.call(BOB, "private/reset_mmp", index_name=INDEX) == "ok"
    assert desk.call(BOB, "private/get_mmp_status") == []
    trip(desk)
    assert len(desk.call(BOB, "private/get_mmp_status")) == 1


def test_delta_counts_gpu_hours_bought_less_sold(desk: Desk) -> None:
    protect(desk, quantity_limit=None, delta_limit=3 * 730)
    quotes(desk, BOB, quote(bid=side(2.7, 12), ask=side(2.9, 12)), mmp_group="default")
    for _ in range(4):
        desk.sell(ALICE, 2, 2.7)
        desk.buy(ALICE, 2, 2.9)
    assert len(standing(desk, BOB)) == 2
    desk.sell(ALICE, 1, 2.7)
    assert len(standing(desk, BOB)) == 2
    protect(desk, quantity_limit=None, delta_limit=730)
    quotes(desk, BOB, quote(bid=side(2.7, 2), ask=side(2.9, 9)), mmp_group="default")
    desk.sell(ALICE, 1, 2.7)
    assert standing(desk, BOB) == {}


def test_a_fill_of_a_protected_order_says_so(desk: Desk) -> None:
    protect(desk)
    desk.buy(BOB, 1, 2.7, mmp=True)
    desk.buy(BOB, 1, 2.7)
    desk.sell(CAROL, 2, 2.7)
    fills = desk.call(BOB, "private/get_user_trades_by_instrument", instrument_name=NEAR)
    assert sorted(fill["mmp"] for fill in fills["trades"]) == [False, True]


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"index_name": "btc_usd"}, "index_name"),
        ({"mmp_group": "mine"}, "mmp_group"),
        ({"quantity_limit": None}, "quantity_limit"),
        ({"quantity_limit": 1.5}, "quantity_limit"),
        ({"delta_limit": 0}, "delta_limit"),
        ({"delta_limit": 1.5}, "delta_limit"),
        ({"delta_limit": "Infinity"}, "delta_limit"),
        ({"delta_limit": 2**40 + 1}, "delta_limit"),
    ],
)
def test_a_wrong_config_changes_nothing(desk: Desk, changes: dict[str, Any], param: str) -> None:
    protect(desk)
    params = {"index_name": INDEX, "interval": 6, "frozen_time": 3, "quantity_limit": 4}
    told = refusal(desk, BOB, "private/set_mmp_config", **params | changes)
    assert told[:2] == (-32602, param)
    assert desk.call(BOB, "private/get_mmp_config")[0]["interval"] == 60


def test_without_protection_nothing_is_protected(desk: Desk) -> None:
    answer = quotes(desk, BOB, quote(bid=side(2.7, 1)), mmp_group="default")
    assert [e["error"]["data"]["param"] for e in answer["errors"]] == ["mmp"]
    told = refusal(desk, BOB, "private/reset_mmp", index_name=INDEX)
    assert told == (11030, "mmp", "market-maker protection is not set")
    assert refusal(desk, BOB, "private/reset_mmp", index_name="x")[1] == "index_name"
    assert refusal(desk, BOB, "private/get_mmp_status", index_name="x")[1] == "index_name"
    order = {"instrument_name": NEAR, "amount": 1, "type": "market"}
    told = refusal(desk, BOB, "private/buy", mmp=True, **order)
    assert told == (-32602, "mmp", "goes only with a limit order")
