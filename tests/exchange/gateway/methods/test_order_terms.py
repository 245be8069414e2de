"""Every kind of order through a real core: what waits, what wakes it, what it shows, how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.core.commands import Command, Conditions
from exchange.core.layout import CommandKind
from exchange.gateway.errors import RpcError
from exchange.gateway.rpc import Sequenced
from tests.exchange.gateway.methods.desk import ALICE, BOB, CAROL, NEAR, Desk, refusal

MARK = {"trigger": "mark_price"}
LAST = {"trigger": "last_price"}


def mark(desk: Desk, price_ticks: int) -> None:
    desk.apply([Command(CommandKind.MARK, instrument=0, price_ticks=price_ticks)])


def state(desk: Desk, account: int, order: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = desk.call(
        account, "private/get_order_state", order_id=order["order_id"]
    )
    return found


def asked(desk: Desk, side: str, **params: Any) -> Command:
    """Return the command of a request that is not sent."""
    sequenced = desk.ask(ALICE, f"private/{side}", {"instrument_name": NEAR, "amount": 5, **params})
    assert isinstance(sequenced, Sequenced)
    (command,) = sequenced.commands
    return command


def test_a_plain_order_has_no_conditions(desk: Desk) -> None:
    assert asked(desk, "buy", price=2.8).conditions is None


def test_conditions_are_in_ticks_lots_and_nanoseconds(desk: Desk) -> None:
    command = asked(
        desk,
        "sell",
        type="stop_limit",
        price=2.75,
        trigger="index_price",
        trigger_price=2.7,
        display_amount=2,
        minimum_amount=1,
        time_in_force="good_til_date",
        expiration_timestamp=1_800_000_000_123,
    )
    assert (command.price_ticks, command.qty_lots) == (275, 5)
    assert command.conditions == Conditions(
        display_lots=2,
        minimum_lots=1,
        expiry_ns=1_800_000_000_123_000_000,
        trigger_ticks=270,
    )
    market = asked(desk, "buy", type="market", collar=0.07)
    assert market.price_ticks == 7
    trailing = asked(desk, "buy", type="trailing_stop", trigger_offset="0.03", **MARK)
    assert trailing.conditions == Conditions(trail_ticks=3)


@pytest.mark.parametrize(
    ("side", "kind", "trigger", "short_of", "there"),
    [
        ("buy", "stop", 2.85, 284, 285),
        ("buy", "take", 2.75, 276, 275),
        ("sell", "stop", 2.75, 276, 275),
        ("sell", "take", 2.85, 284, 285),
    ],
)
def test_a_trigger_order_waits_and_then_rests(
    desk: Desk, side: str, kind: str, trigger: float, short_of: int, there: int
) -> None:
    price = 2.7 if side == "buy" else 2.9
    answer = desk.call(
        ALICE,
        f"private/{side}",
        instrument_name=NEAR,
        amount=5,
        type=f"{kind}_limit",
        price=price,
        trigger_price=trigger,
        **MARK,
    )
    order = answer["order"]
    assert answer["trades"] == []
    assert (order["order_type"], order["order_state"]) == (f"{kind}_limit", "untriggered")
    assert (order["trigger"], order["trigger_price"]) == ("mark_price", trigger)
    assert (order["price"], order["triggered"]) == (price, False)
    assert desk.core.books.orders(0, 0) == desk.core.books.orders(0, 1) == []
    assert state(desk, ALICE, order) == order
    mark(desk, short_of)
    assert state(desk, ALICE, order)["order_state"] == "untriggered"
    mark(desk, there)
    awake = state(desk, ALICE, order)
    assert (awake["order_state"], awake["triggered"]) == ("open", True)
    ((order_id, owner, ticks, *_),) = desk.core.books.orders(0, 0 if side == "buy" else 1)
    assert (f"GPU1-{order_id}", owner, ticks) == (order["order_id"], ALICE, round(price * 100))


def test_a_stop_market_trades_when_it_wakes(desk: Desk) -> None:
    desk.sell(BOB, 3, 2.86)
    order = desk.call(
        ALICE,
        "private/buy",
        instrument_name=NEAR,
        amount=5,
        type="stop_market",
        trigger_price=2.85,
        **MARK,
    )["order"]
    assert order["price"] == "market_price"
    mark(desk, 285)
    done = state(desk, ALICE, order)
    assert (done["order_state"], done["filled_amount"]) == ("cancelled", 3)
    assert (done["average_price"], done["cancel_reason"]) == (2.86, "unfilled_remainder")
    fills = desk.call(ALICE, "private/get_user_trades_by_order", order_id=order["order_id"])
    assert [(f["order_type"], f["liquidity"]) for f in fills] == [("market", "T")]


def test_a_trailing_stop_follows_and_turns(desk: Desk) -> None:
    desk.buy(BOB, 5, 2.7)
    order = desk.call(
        ALICE,
        "private/sell",
        instrument_name=NEAR,
        amount=5,
        type="trailing_stop",
        trigger_offset=0.04,
        **MARK,
    )["order"]
    assert (order["order_type"], order["order_state"]) == ("trailing_stop", "untriggered")
    assert order["trigger_offset"] == 0.04
    for ticks in (285, 282):
        mark(desk, ticks)
        assert state(desk, ALICE, order)["order_state"] == "untriggered"
    mark(desk, 281)
    done = state(desk, ALICE, order)
    assert (done["order_state"], done["average_price"]) == ("filled", 2.7)


def test_a_trade_wakes_a_stop_on_the_last_price_within_its_own_answer(desk: Desk) -> None:
    desk.sell(BOB, 1, 2.82)
    desk.sell(BOB, 1, 2.83)
    order = desk.call(
        ALICE,
        "private/buy",
        instrument_name=NEAR,
        amount=1,
        type="stop_limit",
        price=2.83,
        trigger_price=2.82,
        **LAST,
    )["order"]
    answer = desk.call(CAROL, "private/buy", instrument_name=NEAR, amount=1, price=2.82)
    # Carol's answer tells of her own order alone, although her trade woke another one.
    assert [t["order_id"] for t in answer["trades"]] == [answer["order"]["order_id"]]
    assert answer["order"]["order_state"] == "filled"
    assert state(desk, ALICE, order)["average_price"] == 2.83


def test_an_iceberg_shows_a_part_at_a_time(desk: Desk) -> None:
    order = desk.sell(ALICE, 10, 2.82, display_amount=3)
    assert (order["display_amount"], order["max_show"], order["amount"]) == (3, 3, 10)
    told = desk.call(BOB, "public/get_order_book", instrument_name=NEAR)
    assert told["asks"] == [[2.82, 3]]
    desk.buy(BOB, 4, 2.82)
    told = desk.call(BOB, "public/get_order_book", instrument_name=NEAR)
    assert told["asks"] == [[2.82, 2]]
    left = state(desk, ALICE, order)
    assert (left["filled_amount"], left["order_state"]) == (4, "open")


def test_an_order_ends_at_its_date_before_the_next_command(desk: Desk) -> None:
    soon_ms = desk.ts_ns // 1_000_000 + 3
    order = desk.buy(
        ALICE, 5, 2.8, time_in_force="good_til_date", expiration_timestamp=soon_ms, label="x"
    )
    assert (order["time_in_force"], order["expiration_timestamp"]) == ("good_til_date", soon_ms)
    for _ in range(3):
        desk.buy(BOB, 1, 2.6)
    # The sale that comes too late finds nothing, and its answer is not about the order that ended.
    answer = desk.call(BOB, "private/sell", instrument_name=NEAR, amount=5, price=2.8)
    assert (answer["order"]["order_state"], answer["trades"]) == ("open", [])
    gone = state(desk, ALICE, order)
    assert (gone["order_state"], gone["cancel_reason"]) == ("cancelled", "order_expired")


def test_a_command_at_an_orders_end_answers_for_itself(desk: Desk) -> None:
    """Rows of orders that end come before those of the command under the same sequence number."""

    def ending(account: int) -> None:
        end_ms = desk.ts_ns // 1_000_000 + 2
        desk.buy(account, 1, 2.6, time_in_force="good_til_date", expiration_timestamp=end_ms)

    mine = desk.buy(ALICE, 5, 2.7)
    ending(CAROL)
    edited = desk.call(ALICE, "private/edit", order_id=mine["order_id"], amount=4)
    assert edited["order"]["amount"] == 4
    ending(CAROL)
    with pytest.raises(RpcError) as raised:
        desk.call(ALICE, "private/edit", order_id=mine["order_id"], price=3.5)
    assert raised.value.code == 10007
    ending(CAROL)
    desk.buy(BOB, 1, 2.5 + 0.05)
    ending(CAROL)
    assert desk.call(ALICE, "private/cancel_all") == 1
    assert state(desk, ALICE, mine)["order_state"] == "cancelled"


def test_post_only_moves_the_price_unless_it_shall_be_refused(desk: Desk) -> None:
    desk.sell(BOB, 1, 2.82)
    order = desk.buy(ALICE, 1, 2.85, post_only=True)
    assert (order["price"], order["order_state"]) == (2.81, "open")
    assert (order["post_only"], order["reject_post_only"]) == (True, False)
    strict = {"instrument_name": NEAR, "amount": 1, "price": 2.85}
    told = refusal(desk, ALICE, "private/buy", **strict, post_only=True, reject_post_only=True)
    assert told[:2] == (11054, "post_only")


def test_a_reduce_only_order_rests_and_shrinks_with_the_position(desk: Desk) -> None:
    desk.sell(BOB, 5, 2.8)
    desk.buy(ALICE, 5, 2.8)
    order = desk.sell(ALICE, 5, 2.85, reduce_only=True)
    assert (order["reduce_only"], order["order_state"]) == (True, "open")
    desk.buy(BOB, 3, 2.79)
    desk.sell(ALICE, 3, 2.79)
    shrunk = state(desk, ALICE, order)
    assert shrunk["order_state"] == "open"
    assert [row[3] for row in desk.core.books.orders(0, 1)] == [2]
    desk.buy(BOB, 2, 2.79)
    desk.sell(ALICE, 2, 2.79)
    gone = state(desk, ALICE, order)
    assert (gone["order_state"], gone["cancel_reason"]) == ("cancelled", "position_reduced")


def test_a_market_limit_order_rests_at_the_best_price(desk: Desk) -> None:
    asking = {"instrument_name": NEAR, "amount": 5, "type": "market_limit"}
    assert refusal(desk, ALICE, "private/buy", **asking)[:2] == (11030, "type")
    desk.sell(BOB, 2, 2.81)
    desk.sell(BOB, 2, 2.82)
    answer = desk.call(ALICE, "private/buy", **asking)
    assert [t["price"] for t in answer["trades"]] == [2.81]
    order = answer["order"]
    assert (order["order_type"], order["order_state"]) == ("market_limit", "open")
    assert (order["price"], order["filled_amount"]) == (2.81, 2)


def test_a_collar_bounds_a_market_order(desk: Desk) -> None:
    for price in (2.81, 2.83, 2.84):
        desk.sell(BOB, 1, price)
    answer = desk.call(
        ALICE, "private/buy", instrument_name=NEAR, amount=3, type="market", collar=0.02
    )
    assert [t["price"] for t in answer["trades"]] == [2.81, 2.83]
    assert answer["order"]["cancel_reason"] == "unfilled_remainder"
    far = {"instrument_name": NEAR, "amount": 3, "type": "market", "collar": 99}
    assert refusal(desk, ALICE, "private/buy", **far)[:2] == (-32602, "collar")


def test_a_minimum_amount_is_there_or_nothing_happens(desk: Desk) -> None:
    desk.sell(BOB, 3, 2.8)
    asking = {"instrument_name": NEAR, "amount": 9, "price": 2.8}
    told = refusal(desk, ALICE, "private/buy", **asking, minimum_amount=4)
    assert told[:2] == (11030, "minimum_amount")
    order = desk.call(ALICE, "private/buy", **asking, minimum_amount=3)["order"]
    assert (order["filled_amount"], order["order_state"]) == (3, "open")


@pytest.mark.parametrize(
    ("prevention", "new", "resting", "self_traded"),
    [
        (None, "filled", "filled", 1),
        ("cancel_aggressor", "cancelled", "open", 0),
        ("cancel_resting", "open", "cancelled", 0),
        ("cancel_both", "cancelled", "cancelled", 0),
        ("decrement", "cancelled", "cancelled", 0),
    ],
)
def test_self_trades_are_prevented_as_asked(
    desk: Desk, prevention: str | None, new: str, resting: str, self_traded: int
) -> None:
    first = desk.sell(ALICE, 2, 2.8)
    params = {} if prevention is None else {"self_trade_prevention": prevention}
    answer = desk.call(ALICE, "private/buy", instrument_name=NEAR, amount=2, price=2.8, **params)
    assert (answer["order"]["order_state"], len(answer["trades"])) == (new, self_traded)
    assert answer["order"].get("self_trade_prevention") == prevention
    behind = state(desk, ALICE, first)
    assert behind["order_state"] == resting
    for order in (answer["order"], behind):
        if order["order_state"] == "cancelled":
            assert order["cancel_reason"] == "self_trade"


def test_an_order_that_may_not_enter_when_it_wakes_says_why(desk: Desk) -> None:
    order = desk.call(
        ALICE,
        "private/buy",
        instrument_name=NEAR,
        amount=5,
        type="stop_limit",
        price=2.9,
        post_only=True,
        reject_post_only=True,
        trigger_price=2.85,
        **MARK,
    )["order"]
    desk.sell(BOB, 1, 2.9)
    mark(desk, 285)
    gone = state(desk, ALICE, order)
    assert (gone["order_state"], gone["cancel_reason"]) == ("cancelled", "post_only_would_trade")


STOP = {"type": "stop_limit", "trigger": "mark_price", "trigger_price": 2.9}


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"trigger": "mark_price"}, -32602, "trigger"),
        ({"trigger_price": 2.9}, -32602, "trigger_price"),
        ({"trigger_offset": 0.1}, -32602, "trigger_offset"),
        ({**STOP, "trigger": None}, -32602, "trigger"),
        ({**STOP, "trigger_price": None}, -32602, "trigger_price"),
        ({**STOP, "trigger_offset": 0.1}, -32602, "trigger_offset"),
        ({**STOP, "trigger_price": 2.905}, -32602, "trigger_price"),
        ({**STOP, "trigger_price": 99}, -32602, "trigger_price"),
        ({**STOP, "trigger_price": -1}, -32602, "trigger_price"),
        ({**STOP, "trigger_price": 2.8}, 11036, "trigger_price"),
        ({**STOP, "price": None}, -32602, "price"),
        ({**STOP, "type": "trailing_stop"}, -32602, "trigger_offset"),
        ({**MARK, "type": "trailing_stop", "trigger_offset": 0}, -32602, "trigger_offset"),
        ({**MARK, "type": "trailing_stop", "trigger_offset": -0.1}, -32602, "trigger_offset"),
        ({**MARK, "type": "trailing_stop", "trigger_offset": 999}, -32602, "trigger_offset"),
        ({**LAST, "type": "trailing_stop", "trigger_offset": 0.1}, -32602, "trigger_offset"),
        ({"display_amount": 0}, 10002, "display_amount"),
        ({"display_amount": 1.5}, -32602, "display_amount"),
        ({"display_amount": 201}, 10036, "display_amount"),
        ({"display_amount": 3}, 10036, "display_amount"),
        ({"display_amount": 4, "time_in_force": "fill_or_kill"}, 10036, "display_amount"),
        ({"minimum_amount": 201}, -32602, "minimum_amount"),
        ({"minimum_amount": 2, "post_only": True}, -32602, "minimum_amount"),
        ({"collar": 0.1}, -32602, "collar"),
        ({"type": "market", "collar": 0}, -32602, "collar"),
        ({"type": "market", "collar": -0.01}, -32602, "collar"),
        ({"type": "market", "collar": 0.001}, -32602, "collar"),
        ({"type": "market_limit", "collar": 0.1}, -32602, "collar"),
        ({"type": "market_limit", "time_in_force": "fill_or_kill"}, -32602, "time_in_force"),
        ({"type": "market", "post_only": True}, -32602, "post_only"),
        ({"type": "market_limit", "post_only": True}, -32602, "post_only"),
        ({"expiration_timestamp": 1_800_000_000_000}, -32602, "expiration_timestamp"),
        ({"time_in_force": "good_til_date"}, -32602, "expiration_timestamp"),
        (
            {"time_in_force": "good_til_date", "expiration_timestamp": 1_000},
            -32602,
            "expiration_timestamp",
        ),
        (
            {"time_in_force": "good_til_date", "expiration_timestamp": 32_503_708_800_000},
            -32602,
            "expiration_timestamp",
        ),
        ({"self_trade_prevention": "never"}, -32602, "self_trade_prevention"),
    ],
)
def test_what_does_not_go_together_says_so_and_changes_nothing(
    desk: Desk, params: dict[str, Any], code: int, param: str
) -> None:
    good = {"instrument_name": NEAR, "amount": 200, "price": 2.8}
    given = {name: value for name, value in {**good, **params}.items() if value is not None}
    told = refusal(desk, ALICE, "private/buy", **given)
    assert told[:2] == (code, param)
    assert told[2] != "None"


def test_an_edit_moves_a_waiting_orders_price_and_size(desk: Desk) -> None:
    waiting = {"instrument_name": NEAR, "amount": 5, **STOP}
    order = desk.call(ALICE, "private/buy", price=2.7, **waiting)["order"]
    edited = desk.call(ALICE, "private/edit", order_id=order["order_id"], amount=7, price=2.71)
    assert (edited["order"]["order_state"], edited["order"]["trigger_price"]) == (
        "untriggered",
        2.9,
    )
    mark(desk, 290)
    awake = state(desk, ALICE, order)
    assert (awake["order_state"], awake["amount"], awake["price"]) == ("open", 7, 2.71)
    market = {**waiting, "type": "stop_market", "trigger_price": 2.95}
    other = desk.call(ALICE, "private/buy", **market)["order"]
    bad = {"order_id": other["order_id"], "price": 2.9}
    assert refusal(desk, ALICE, "private/edit", **bad)[:2] == (-32602, "price")
    edited = desk.call(ALICE, "private/edit", order_id=other["order_id"], amount=2)
    assert (edited["order"]["amount"], edited["order"]["price"]) == (2, "market_price")


def test_open_orders_are_found_and_cancelled_by_type(desk: Desk) -> None:
    near = {"instrument_name": NEAR, "amount": 1}
    for label, params in (
        ("limit", {"price": 2.7}),
        ("stop_limit", {"price": 2.7, "type": "stop_limit", "trigger_price": 2.9, **MARK}),
        ("stop_market", {"type": "stop_market", "trigger_price": 2.95, **MARK}),
        ("take_market", {"type": "take_market", "trigger_price": 2.6, **MARK}),
        ("trailing_stop", {"type": "trailing_stop", "trigger_offset": 0.5, **MARK}),
    ):
        desk.call(ALICE, "private/buy", **near, **params, label=label)

    def labels(word: str) -> list[str]:
        params = {"instrument_name": NEAR, "type": word}
        found = desk.call(ALICE, "private/get_open_orders_by_instrument", **params)
        assert found == desk.call(ALICE, "private/get_open_orders", type=word)
        by_currency = {"currency": "GPU1", "type": word}
        assert found == desk.call(ALICE, "private/get_open_orders_by_currency", **by_currency)
        return [order["label"] for order in found]

    assert labels("all") == ["limit", "stop_limit", "stop_market", "take_market", "trailing_stop"]
    assert labels("limit") == ["limit"]
    assert labels("trigger_all") == ["stop_limit", "stop_market", "take_market", "trailing_stop"]
    assert labels("stop_all") == ["stop_limit", "stop_market"]
    assert labels("take_all") == labels("take_market") == ["take_market"]
    assert labels("trailing_all") == labels("trailing_stop") == ["trailing_stop"]
    assert labels("take_limit") == []
    mark(desk, 290)
    assert labels("limit") == ["limit", "stop_limit"]
    cancel = "private/cancel_all_by_instrument"
    assert desk.call(ALICE, cancel, instrument_name=NEAR, type="stop") == 1
    assert desk.call(ALICE, cancel, instrument_name=NEAR, type="stop") == 0
    assert desk.call(ALICE, "private/cancel_all_by_currency", currency="GPU1", type="limit") == 2
    assert labels("all") == ["take_market", "trailing_stop"]
    assert desk.call(ALICE, cancel, instrument_name=NEAR) == 2


def test_a_waiting_order_is_cancelled_like_any_other(desk: Desk) -> None:
    order = desk.call(ALICE, "private/buy", instrument_name=NEAR, amount=5, price=2.7, **STOP)[
        "order"
    ]
    with pytest.raises(RpcError):
        desk.call(BOB, "private/cancel", order_id=order["order_id"])
    gone = desk.call(ALICE, "private/cancel", order_id=order["order_id"])
    assert (gone["order_state"], gone["cancel_reason"]) == ("cancelled", "user_request")
    assert gone["triggered"] is False
    mark(desk, 290)
    assert desk.core.books.live == 0
