"""Linked orders through a real core: brackets, pairs, and every way to link wrongly."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from exchange.gateway.rpc import Sequenced
from matching.layout import CONDITION_COLUMNS, Link
from tests.exchange.gateway.methods.desk import ALICE, BOB, NEAR, Desk, refusal

TAKE = {"direction": "sell", "type": "limit", "price": 2.9, "label": "take", "reduce_only": True}
STOP = {
    "direction": "sell",
    "type": "stop_market",
    "trigger": "mark_price",
    "trigger_price": 2.7,
    "label": "stop",
    "reduce_only": True,
}
TRAILING = {
    "direction": "sell",
    "type": "trailing_stop",
    "trigger": "mark_price",
    "trigger_offset": 0.1,
    "reduce_only": True,
}
BRACKET = {
    "linked_order_type": "one_triggers_one_cancels_other",
    "otoco_config": [TAKE, STOP],
}


def buy(desk: Desk, amount: int = 5, price: float = 2.8, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = desk.call(
        ALICE, "private/buy", instrument_name=NEAR, amount=amount, price=price, **params
    )
    return answer


def states(desk: Desk, *ids: str) -> list[str]:
    return [
        desk.call(ALICE, "private/get_order_state", order_id=order_id)["order_state"]
        for order_id in ids
    ]


def test_the_commands_stand_one_behind_the_other(desk: Desk) -> None:
    params = {"instrument_name": NEAR, "amount": 5, "price": 2.8, **BRACKET}
    asked = desk.ask(ALICE, "private/buy", params)
    assert isinstance(asked, Sequenced)
    first, *linked = asked.commands
    assert first.kind == CommandKind.SUBMIT
    assert first.conditions is not None
    assert (first.conditions.link, first.conditions.linked) == (Link.OTOCO, 2)
    assert [(c.kind, c.account, c.text) for c in linked] == [
        (CommandKind.LINKED, ALICE, "take"),
        (CommandKind.LINKED, ALICE, "stop"),
    ]
    sizes = [c.conditions.qty_lots for c in linked if c.conditions is not None]
    assert sizes == [5, 5]
    assert len(linked[0].packed()) == 8 * (10 + CONDITION_COLUMNS)


def test_a_bracket_waits_for_its_entry_and_one_leg_ends_the_other(desk: Desk) -> None:
    answer = buy(desk, **BRACKET)
    order = answer["order"]
    take, stop = order["oto_order_ids"]
    assert order["is_primary_otoco"] is True
    assert (order["trigger_fill_condition"], order["order_state"]) == ("first_hit", "open")
    assert states(desk, take, stop) == ["untriggered", "untriggered"]
    labels = [o["label"] for o in desk.call(ALICE, "private/get_open_orders")]
    assert labels == ["", "take", "stop"]
    desk.sell(BOB, 5, 2.8)
    assert states(desk, order["order_id"], take, stop) == ["filled", "open", "untriggered"]
    desk.buy(BOB, 5, 2.9)
    assert states(desk, take, stop) == ["filled", "cancelled"]
    ended = desk.call(ALICE, "private/get_order_state", order_id=stop)
    assert ended["cancel_reason"] == "linked_order_closed"


def test_an_entry_that_fills_at_once_has_its_legs_in_the_book_with_the_answer(desk: Desk) -> None:
    desk.sell(BOB, 5, 2.8)
    answer = buy(desk, **BRACKET)
    assert answer["order"]["order_state"] == "filled"
    assert sum(t["amount"] for t in answer["trades"]) == 5
    take, stop = answer["order"]["oto_order_ids"]
    assert states(desk, take, stop) == ["open", "untriggered"]
    ((order_id, owner, ticks, *_),) = desk.core.books.orders(0, 1)
    assert (f"GPU1-{order_id}", owner, ticks) == (take, ALICE, 290)


def test_legs_end_with_an_entry_that_never_filled(desk: Desk) -> None:
    order = buy(desk, **BRACKET)["order"]
    desk.call(ALICE, "private/cancel", order_id=order["order_id"])
    assert states(desk, *order["oto_order_ids"]) == ["cancelled", "cancelled"]
    assert desk.core.books.live == 0
    buy(desk, linked_order_type="one_triggers_other", otoco_config=[{**TAKE, "label": "again"}])
    # One was asked for, and its linked one went with it: both are counted.
    assert desk.call(ALICE, "private/cancel_all") == 2


def test_a_complete_fill_is_waited_for_where_asked(desk: Desk) -> None:
    linked = {"linked_order_type": "one_triggers_other", "otoco_config": [TAKE]}
    order = buy(desk, trigger_fill_condition="complete_fill", **linked)["order"]
    assert order["trigger_fill_condition"] == "complete_fill"
    (take,) = order["oto_order_ids"]
    desk.sell(BOB, 4, 2.8)
    assert states(desk, take) == ["untriggered"]
    desk.sell(BOB, 1, 2.8)
    assert states(desk, take) == ["open"]


def test_one_of_a_pair_cancels_the_other(desk: Desk) -> None:
    pair = {
        "linked_order_type": "one_cancels_other",
        "otoco_config": [{"direction": "sell", "price": 2.9, "amount": 2}],
    }
    order = buy(desk, price=2.7, **pair)["order"]
    assert order["oco_ref"] == order["order_id"]
    other = desk.call(ALICE, "private/get_open_orders")[1]
    assert (other["amount"], other["order_state"]) == (2, "open")
    desk.buy(BOB, 1, 2.9)
    assert states(desk, order["order_id"], other["order_id"]) == ["cancelled", "open"]


LINK_FIELDS = (
    *("trigger_fill_condition", "oto_order_ids", "is_primary_otoco", "is_secondary_oto"),
    *("primary_order_id", "oco_ref"),
)


def links(order: dict[str, Any]) -> dict[str, Any]:
    return {name: order[name] for name in LINK_FIELDS if name in order}


@pytest.mark.parametrize("link", ["one_triggers_other", "one_triggers_one_cancels_other"])
def test_every_order_of_a_bracket_says_how_it_is_linked(desk: Desk, link: str) -> None:
    entry = buy(desk, linked_order_type=link, otoco_config=BRACKET["otoco_config"])["order"]
    first, *others = desk.call(ALICE, "private/get_open_orders")
    ids = [order["order_id"] for order in others]
    bracket = link == "one_triggers_one_cancels_other"
    said: dict[str, Any] = {"trigger_fill_condition": "first_hit", "oto_order_ids": ids}
    assert (
        links(entry) == links(first) == {**said, **({"is_primary_otoco": True} if bracket else {})}
    )
    for order in others:
        of_ring = {"oco_ref": entry["order_id"]} if bracket else {}
        assert links(order) == {
            "trigger_fill_condition": "first_hit",
            "is_secondary_oto": True,
            "primary_order_id": entry["order_id"],
            **of_ring,
        }
    raw = desk.views.orders
    restored = type(raw)()
    restored.restore(raw.snapshot())
    assert [order.linked_ids for order in restored.live(ALICE)] == [
        order.linked_ids for order in raw.live(ALICE)
    ]


def test_both_of_a_pair_have_one_reference(desk: Desk) -> None:
    pair = [{"direction": "sell", "price": 2.9}]
    buy(desk, linked_order_type="one_cancels_other", otoco_config=pair)
    one, other = desk.call(ALICE, "private/get_open_orders")
    said = {"trigger_fill_condition": "first_hit", "oco_ref": one["order_id"]}
    assert links(one) == links(other) == said
    alone = desk.buy(ALICE, 1, 2.7)
    assert links(alone) == {}


def test_labels_of_linked_orders_are_used_once_too(desk: Desk) -> None:
    def told(**params: Any) -> tuple[int, str, str]:
        asked = {"instrument_name": NEAR, "amount": 5, "price": 2.8, **BRACKET, **params}
        return refusal(desk, ALICE, "private/buy", **asked)

    assert told(label="take")[:2] == (11030, "label")
    assert told(otoco_config=[TAKE, {**STOP, "label": "take"}])[:2] == (11030, "label")
    buy(desk, **BRACKET)
    assert told(label="other")[:2] == (11030, "otoco_config[0].label")


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"linked_order_type": None}, -32602, "otoco_config"),
        ({"linked_order_type": "bracket"}, -32602, "linked_order_type"),
        ({"otoco_config": None}, -32602, "otoco_config"),
        ({"otoco_config": [TAKE]}, -32602, "otoco_config"),
        ({"trigger_fill_condition": "incremental"}, -32602, "trigger_fill_condition"),
        (
            {
                "linked_order_type": None,
                "otoco_config": None,
                "trigger_fill_condition": "first_hit",
            },
            -32602,
            "trigger_fill_condition",
        ),
        ({"otoco_config": [TAKE, {**STOP, "trigger": None}]}, -32602, "otoco_config[1].trigger"),
        ({"otoco_config": [{**TAKE, "price": 2.905}, STOP]}, -32602, "otoco_config[0].price"),
        ({"otoco_config": [{**TAKE, "amount": 0}, STOP]}, 10002, "otoco_config[0].amount"),
        (
            {"otoco_config": [{**TAKE, "direction": "up"}, STOP]},
            -32602,
            "otoco_config[0].direction",
        ),
        ({"otoco_config": [{**TAKE, "price": 99}, STOP]}, -32602, "otoco_config[0].price"),
        (
            {"otoco_config": [TAKE, {**STOP, "trigger_price": 99}]},
            -32602,
            "otoco_config[1].trigger_price",
        ),
        (
            {"otoco_config": [TAKE, {**TRAILING, "trigger_offset": 99}]},
            -32602,
            "otoco_config[1].trigger_offset",
        ),
        (
            {"otoco_config": [{**STOP, "collar": 99}, {**TAKE, "price": 99}]},
            -32602,
            "otoco_config[0].collar",
        ),
        ({"price": 3.5, "otoco_config": [TAKE, STOP]}, 10007, "price"),
    ],
)
def test_a_wrong_link_enters_nothing(
    desk: Desk, params: dict[str, Any], code: int, param: str
) -> None:
    good = {"instrument_name": NEAR, "amount": 5, "price": 2.8, **BRACKET}
    given = {name: value for name, value in {**good, **params}.items() if value is not None}
    told = refusal(desk, ALICE, "private/buy", **given)
    assert told[:2] == (code, param)


def test_brackets_side_by_side_keep_their_promise(desk: Desk) -> None:
    """Never are both legs of a bracket filled, and no leg outlives an entry that ended unfilled."""
    legs: list[tuple[str, str, str]] = []
    for number, price in enumerate((2.78, 2.79, 2.8, 2.77, 2.81, 2.8)):
        config = [{**TAKE, "label": f"t{number}"}, {**STOP, "label": f"s{number}"}]
        order = buy(desk, 1, price, **{**BRACKET, "otoco_config": config})["order"]
        legs.append((order["order_id"], *order["oto_order_ids"]))
    desk.sell(BOB, 3, 2.79)
    desk.call(ALICE, "private/cancel", order_id=legs[3][0])
    desk.buy(BOB, 2, 2.9)
    desk.apply([Command(CommandKind.MARK, instrument=0, price_ticks=270)])
    seen = [states(desk, *three) for three in legs]
    assert ["cancelled", "cancelled", "cancelled"] in seen
    assert any(entry == "filled" for entry, *_ in seen)
    for entry, take, stop in seen:
        assert (take, stop) != ("filled", "filled")
        if entry == "cancelled":
            assert (take, stop) == ("cancelled", "cancelled")
        if entry == "filled":
            assert "untriggered" not in (take, stop) or take == "open"
