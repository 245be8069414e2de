"""cancel and its wider forms; other accounts are never touched."""

from __future__ import annotations

import pytest

from exchange.gateway.errors import RpcError
from exchange.gateway.rpc import Sequenced
from tests.exchange.gateway.methods.desk import ALICE, BOB, FAR, NEAR, PERPETUAL, Desk, refusal


def spread_out(desk: Desk) -> None:
    """Give alice two orders in NEAR, one in FAR and one in PERPETUAL, and bob one in NEAR."""
    for account, name, price, label in (
        (ALICE, NEAR, 2.7, "a"),
        (ALICE, NEAR, 2.71, "b"),
        (ALICE, FAR, 2.7, "c"),
        (ALICE, PERPETUAL, 2.7, "d"),
        (BOB, NEAR, 2.7, "a"),
    ):
        desk.buy(account, 1, price, instrument_name=name, label=label)


def labels(desk: Desk, account: int) -> list[str]:
    return [order["label"] for order in desk.call(account, "private/get_open_orders")]


def test_a_cancelled_order_is_returned(desk: Desk) -> None:
    order = desk.buy(ALICE, 3, 2.7)
    gone = desk.call(ALICE, "private/cancel", order_id=order["order_id"])
    assert (gone["order_id"], gone["order_state"]) == (order["order_id"], "cancelled")
    assert gone["cancel_reason"] == "user_request"
    assert gone["last_update_timestamp"] == desk.ts_ns // 1_000_000
    assert desk.core.books.live == 0
    told = refusal(desk, ALICE, "private/cancel", order_id=order["order_id"])
    assert told == (10010, "order_id", "the order is cancelled")


@pytest.mark.parametrize(
    "order_id",
    [
        "GPU1-1",
        "GPU2-16777217",
        "16777217",
        "GPU1-",
        "GPU1-1.0",
        "GPU1--1",
        "x",
        "GPU1-" + "9" * 50,
    ],
)
def test_no_such_order(desk: Desk, order_id: str) -> None:
    desk.buy(ALICE, 3, 2.7)
    code, param, reason = refusal(desk, ALICE, "private/cancel", order_id=order_id)
    assert (code, param, reason) == (10004, "order_id", "no order of this account has this id")


def test_another_accounts_order_answers_as_one_that_never_was(desk: Desk) -> None:
    order = desk.buy(ALICE, 3, 2.7)
    theirs = refusal(desk, BOB, "private/cancel", order_id=order["order_id"])
    assert theirs == refusal(desk, BOB, "private/cancel", order_id="GPU1-99")


def test_an_order_that_fills_first_is_already_closed(desk: Desk) -> None:
    order = desk.buy(ALICE, 1, 2.8)
    cancel = desk.ask(ALICE, "private/cancel", {"order_id": order["order_id"]})
    sell = desk.ask(BOB, "private/sell", {"instrument_name": NEAR, "amount": 1, "price": 2.8})
    assert isinstance(cancel, Sequenced)
    assert isinstance(sell, Sequenced)
    outcomes = desk.apply([*sell.commands, *cancel.commands])
    with pytest.raises(RpcError) as raised:
        cancel.respond(outcomes[1:])
    assert (raised.value.code, raised.value.data["reason"]) == (10010, "the order is filled")


def test_cancel_by_label(desk: Desk) -> None:
    spread_out(desk)
    assert desk.call(ALICE, "private/cancel_by_label", label="a", currency="H100") == 0
    assert desk.call(ALICE, "private/cancel_by_label", label="a", currency="GPU1") == 1
    assert desk.call(ALICE, "private/cancel_by_label", label="a") == 0
    assert desk.call(ALICE, "private/cancel_by_label", label="d", currency="any") == 1
    assert (labels(desk, ALICE), labels(desk, BOB)) == (["b", "c"], ["a"])


def test_cancel_all(desk: Desk) -> None:
    spread_out(desk)
    assert desk.call(ALICE, "private/cancel_all") == 4
    assert (labels(desk, ALICE), labels(desk, BOB)) == ([], ["a"])
    assert desk.call(ALICE, "private/cancel_all") == 0


def test_cancel_all_by_instrument(desk: Desk) -> None:
    spread_out(desk)
    asked = {"instrument_name": NEAR, "type": "limit"}
    assert desk.call(ALICE, "private/cancel_all_by_instrument", **asked) == 2
    assert (labels(desk, ALICE), labels(desk, BOB)) == (["c", "d"], ["a"])
    stops = {"instrument_name": NEAR, "type": "stop_all"}
    told = refusal(desk, ALICE, "private/cancel_all_by_instrument", **stops)
    assert told == (-32602, "type", "offered: all, limit, trigger_all, stop, take, trailing_stop")
    unknown = {"instrument_name": "GPU1-1JAN99"}
    assert refusal(desk, ALICE, "private/cancel_all_by_instrument", **unknown)[0] == 13020


def test_cancel_all_by_currency(desk: Desk) -> None:
    spread_out(desk)
    options = {"currency": "GPU1", "kind": "option"}
    assert desk.call(ALICE, "private/cancel_all_by_currency", **options) == 0
    assert desk.call(ALICE, "private/cancel_all_by_currency", currency="GPU1") == 3
    assert (labels(desk, ALICE), labels(desk, BOB)) == (["d"], ["a"])
    assert desk.call(ALICE, "private/cancel_all_by_currency", currency="USD") == 1
    told = refusal(desk, ALICE, "private/cancel_all_by_currency", currency="BTC")
    assert told == (-32602, "currency", "invalid currency; offered: GPU1, H100, USD, any")
