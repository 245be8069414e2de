"""edit, edit_by_label: total sizes, priority, fills on the way, refusals."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.core.commands import Command
from exchange.core.layout import EVENT_KIND, EVENT_ORDER_ID, CommandKind, EventKind
from exchange.gateway.errors import RpcError
from exchange.gateway.rpc import Sequenced
from tests.exchange.gateway.methods.desk import ALICE, BOB, CAROL, FAR, NEAR, Desk, refusal


def queue(desk: Desk) -> list[tuple[int, int]]:
    """Return (owner, open lots) of the bids in their priority."""
    return [(owner, leaves) for _, owner, _, leaves, *_ in desk.core.books.orders(0, 0)]


def test_amount_is_the_whole_size_filled_contracts_included(desk: Desk) -> None:
    order = desk.buy(ALICE, 10, 2.80)
    desk.sell(BOB, 4, 2.80)
    answer = desk.call(ALICE, "private/edit", order_id=order["order_id"], amount=7)
    assert (answer["order"]["amount"], answer["order"]["filled_amount"]) == (7, 4)
    assert answer["order"]["replaced"] is True
    assert queue(desk) == [(ALICE, 3)]


def test_less_size_keeps_priority_and_more_loses_it(desk: Desk) -> None:
    first = desk.buy(ALICE, 5, 2.80)
    desk.buy(BOB, 5, 2.80)
    desk.call(ALICE, "private/edit", order_id=first["order_id"], amount=4, price=2.80)
    assert queue(desk) == [(ALICE, 4), (BOB, 5)]
    desk.call(ALICE, "private/edit", order_id=first["order_id"], amount=6)
    assert queue(desk) == [(BOB, 5), (ALICE, 6)]


def test_a_new_price_alone_keeps_the_size_and_may_trade(desk: Desk) -> None:
    order = desk.buy(ALICE, 5, 2.75, label="mine")
    desk.sell(BOB, 2, 2.80)
    answer = desk.call(
        ALICE, "private/edit_by_label", label="mine", instrument_name=NEAR, price=2.80
    )
    assert (answer["order"]["price"], answer["order"]["amount"]) == (2.8, 5)
    (trade,) = answer["trades"]
    assert (trade["order_id"], trade["amount"], trade["liquidity"]) == (order["order_id"], 2, "T")
    assert queue(desk) == [(ALICE, 3)]


STOP = {"type": "stop_limit", "trigger": "mark_price", "trigger_price": 2.9}
TRAILING = {"type": "trailing_stop", "trigger": "mark_price", "trigger_offset": 0.1}


def woken_by(desk: Desk, mark_ticks: int) -> list[int]:
    """Return the ids of the orders that a mark wakes."""
    desk.apply([Command(CommandKind.MARK, instrument=0, price_ticks=mark_ticks)])
    return [row[EVENT_ORDER_ID] for row in desk.rows if row[EVENT_KIND] == EventKind.ACTIVATED]


@pytest.mark.parametrize("param", ["trigger_price", "triggerPrice"])
def test_a_new_trigger_alone_keeps_price_and_size(desk: Desk, param: str) -> None:
    order = desk.buy(ALICE, 5, 2.95, label="mine", **STOP)
    edited = desk.call(
        ALICE, "private/edit_by_label", label="mine", instrument_name=NEAR, **{param: 2.85}
    )["order"]
    assert (edited["price"], edited["amount"], edited["trigger_price"]) == (2.95, 5, 2.85)
    assert (edited["order_state"], edited["replaced"]) == ("untriggered", True)
    assert desk.call(ALICE, "private/get_open_orders") == [edited]
    number = int(order["order_id"].rpartition("-")[2])
    assert woken_by(desk, 284) == []
    assert woken_by(desk, 285) == [number]


def test_a_new_offset_hangs_on_the_peak(desk: Desk) -> None:
    order = desk.sell(ALICE, 5, None, **TRAILING)
    number = int(order["order_id"].rpartition("-")[2])
    assert order["trigger_price"] == 2.7
    assert woken_by(desk, 284) == []
    asked = {"order_id": order["order_id"], "amount": 4}
    # As ccxt sends it: under both names.
    edited = desk.call(ALICE, "private/edit", **asked, trigger_offset=0.04, trailingAmount="0.04")[
        "order"
    ]
    assert (edited["trigger_offset"], edited["trigger_price"], edited["amount"]) == (0.04, 2.8, 4)
    assert woken_by(desk, 281) == []
    assert woken_by(desk, 280) == [number]


def test_wrong_triggers_change_nothing(desk: Desk) -> None:
    stop = desk.buy(ALICE, 5, 2.95, **STOP)["order_id"]
    trailing = desk.sell(ALICE, 5, None, **TRAILING)["order_id"]
    plain = desk.buy(ALICE, 5, 2.75)["order_id"]
    cases: list[tuple[str, dict[str, Any], int, str]] = [
        (stop, {"trigger_price": 2.8}, 11036, "trigger_price"),
        (stop, {"trigger_price": 2.855}, -32602, "trigger_price"),
        (stop, {"trigger_price": 99}, -32602, "trigger_price"),
        (stop, {"trigger_offset": 0.1}, -32602, "trigger_offset"),
        (stop, {"trigger_price": 2.85, "triggerPrice": 2.86}, -32602, "triggerPrice"),
        (stop, {"trigger_price": 2.85, "price": 99}, -32602, "price"),
        (trailing, {"trigger_price": 2.7}, -32602, "trigger_price"),
        (trailing, {"trigger_offset": 0}, -32602, "trigger_offset"),
        (trailing, {"trigger_offset": 99}, -32602, "trigger_offset"),
        (plain, {"trigger_price": 2.9}, -32602, "trigger_price"),
        (plain, {"trailingAmount": 0.1}, -32602, "trigger_offset"),
    ]
    for order_id, params, code, param in cases:
        told = refusal(desk, ALICE, "private/edit", order_id=order_id, **params)
        assert told[:2] == (code, param), params
    woken_by(desk, 290)
    told = refusal(desk, ALICE, "private/edit", order_id=stop, trigger_price=2.95)
    assert told == (
        -32602,
        "trigger_price",
        "goes only with an order that still waits for its trigger",
    )


def test_a_stop_that_wakes_before_its_edit_is_sequenced_is_told_so(desk: Desk) -> None:
    stop = desk.buy(ALICE, 5, 2.95, **STOP)["order_id"]
    edit = desk.ask(ALICE, "private/edit", {"order_id": stop, "trigger_price": 2.95})
    assert isinstance(edit, Sequenced)
    mark = Command(CommandKind.MARK, instrument=0, price_ticks=290)
    outcomes = desk.apply([mark, *edit.commands])
    with pytest.raises(RpcError) as raised:
        edit.respond(outcomes[1:])
    assert raised.value.data["reason"] == "goes only with an order that still waits for its trigger"


def test_a_price_that_the_market_moved_stays_where_it_is(desk: Desk) -> None:
    desk.sell(BOB, 1, 2.92)
    repriced = {"post_only": True, **STOP}
    stop = desk.buy(ALICE, 5, 2.95, **repriced)["order_id"]
    assert len(woken_by(desk, 290)) == 1
    (order,) = desk.call(ALICE, "private/get_open_orders")
    assert (order["price"], order["order_state"]) == (2.91, "open")
    edited = desk.call(ALICE, "private/edit", order_id=stop, amount=4)["order"]
    assert (edited["price"], queue(desk)) == (2.91, [(ALICE, 4)])


def test_an_edit_that_comes_too_late_is_not_made(desk: Desk) -> None:
    order = desk.buy(ALICE, 5, 2.75)
    now_ms = desk.ts_ns // 1_000_000
    asked = {"order_id": order["order_id"], "amount": 4}
    told = refusal(desk, ALICE, "private/edit", valid_until=now_ms, **asked)
    assert told == (13888, "valid_until", "came after it was valid")
    desk.call(ALICE, "private/edit", valid_until=now_ms + 1_000, **asked)


def test_an_edit_may_repeat_the_instructions_but_not_change_them(desk: Desk) -> None:
    order = desk.buy(ALICE, 5, 2.75, post_only=True, reject_post_only=True)
    asked = {"order_id": order["order_id"], "amount": 4}
    same = {"post_only": True, "reject_post_only": True, "reduce_only": False}
    desk.call(ALICE, "private/edit", **asked, **same)
    for param, value in (("post_only", False), ("reduce_only", True)):
        told = refusal(desk, ALICE, "private/edit", **asked, **{param: value})
        assert told == (-32602, param, "cannot be changed by an edit")


def test_refusals(desk: Desk) -> None:
    order = desk.buy(ALICE, 10, 2.80, label="mine")
    desk.sell(BOB, 4, 2.80)
    mine: dict[str, Any] = {"order_id": order["order_id"]}
    cases: list[tuple[int, dict[str, Any], int, str]] = [
        (ALICE, {**mine, "amount": 4}, -32602, "amount"),
        (ALICE, {**mine, "amount": 0}, 10002, "amount"),
        (ALICE, {**mine, "amount": 4.5}, -32602, "amount"),
        (ALICE, mine, -32602, "amount"),
        (ALICE, {**mine, "amount": 9, "price": 2.801}, -32602, "price"),
        (ALICE, {**mine, "amount": 9, "price": 3.5}, 10007, "price"),
        (ALICE, {**mine, "amount": 9000}, 10021, "amount"),
        (ALICE, {"order_id": "GPU1-17", "amount": 4}, 10004, "order_id"),
        (BOB, {**mine, "amount": 5}, 10004, "order_id"),
    ]
    for account, params, code, param in cases:
        assert refusal(desk, account, "private/edit", **params)[:2] == (code, param)
    by_label = {"label": "mine", "instrument_name": FAR, "amount": 5}
    assert refusal(desk, ALICE, "private/edit_by_label", **by_label)[:2] == (10004, "label")
    by_label = {"label": "yours", "instrument_name": NEAR, "amount": 5}
    assert refusal(desk, ALICE, "private/edit_by_label", **by_label)[:2] == (10004, "label")


def test_a_closed_order_is_already_closed(desk: Desk) -> None:
    order = desk.buy(ALICE, 1, 2.80, label="mine")
    desk.sell(BOB, 1, 2.80)
    told = refusal(desk, ALICE, "private/edit", order_id=order["order_id"], amount=3)
    assert told == (10010, "order_id", "the order is filled")
    by_label = {"label": "mine", "instrument_name": NEAR, "amount": 5}
    assert refusal(desk, ALICE, "private/edit_by_label", **by_label)[0] == 10010


def test_an_order_that_fills_before_its_edit_is_sequenced_is_already_closed(desk: Desk) -> None:
    order = desk.buy(ALICE, 1, 2.80)
    edit = desk.ask(ALICE, "private/edit", {"order_id": order["order_id"], "amount": 3})
    sale = {"instrument_name": NEAR, "amount": 1, "price": 2.80}
    sell = desk.ask(CAROL, "private/sell", sale)
    assert isinstance(edit, Sequenced)
    assert isinstance(sell, Sequenced)
    outcomes = desk.apply([*sell.commands, *edit.commands])
    with pytest.raises(RpcError) as raised:
        edit.respond(outcomes[1:])
    assert raised.value.code == 10010


@pytest.mark.parametrize(
    ("change", "whole", "left"), [({"amount": 8}, 8, 5), ({"price": 2.79}, 10, 7)]
)
def test_a_fill_on_the_way_does_not_enlarge_the_order(
    desk: Desk, change: dict[str, Any], whole: int, left: int
) -> None:
    order = desk.buy(ALICE, 10, 2.80)
    edit = desk.ask(ALICE, "private/edit", {"order_id": order["order_id"], **change})
    sale = {"instrument_name": NEAR, "amount": 3, "price": 2.80}
    sell = desk.ask(CAROL, "private/sell", sale)
    assert isinstance(edit, Sequenced)
    assert isinstance(sell, Sequenced)
    outcomes = desk.apply([*sell.commands, *edit.commands])
    answer: Any = msgspec.to_builtins(edit.respond(outcomes[1:]))
    assert (answer["order"]["amount"], answer["order"]["filled_amount"]) == (whole, 3)
    assert queue(desk) == [(ALICE, left)]


def test_an_edit_below_what_filled_on_the_way_is_refused(desk: Desk) -> None:
    order = desk.buy(ALICE, 10, 2.80)
    edit = desk.ask(ALICE, "private/edit", {"order_id": order["order_id"], "amount": 3})
    sale = {"instrument_name": NEAR, "amount": 3, "price": 2.80}
    sell = desk.ask(CAROL, "private/sell", sale)
    assert isinstance(edit, Sequenced)
    assert isinstance(sell, Sequenced)
    outcomes = desk.apply([*sell.commands, *edit.commands])
    with pytest.raises(RpcError) as raised:
        edit.respond(outcomes[1:])
    assert (raised.value.code, raised.value.data["param"]) == (-32602, "amount")
    assert queue(desk) == [(ALICE, 7)]
