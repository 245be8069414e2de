"""edit, edit_by_label: total sizes, priority, fills on the way, refusals."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

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
