"""buy, sell, close_position: answers field by field, and every way to be refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.core.layout import POSITION_LOTS
from exchange.gateway.rpc import METHODS, Sequenced
from tests.exchange.gateway.methods.desk import ALICE, BOB, CAROL, NEAR, PERPETUAL, Desk, refusal


def test_a_resting_order_has_deribits_fields(desk: Desk) -> None:
    answer = desk.call(
        ALICE,
        "private/buy",
        instrument_name=NEAR,
        amount=5,
        price=2.79,
        label="hedge-1",
        post_only=True,
        reject_post_only=True,
    )
    now_ms = desk.ts_ns // 1_000_000
    assert answer["trades"] == []
    order = answer["order"]
    family, number = order["order_id"].split("-")
    assert family == "GPU1"
    assert desk.core.books.order(int(number)) is not None
    assert order == {
        "order_id": order["order_id"],
        "order_state": "open",
        "order_type": "limit",
        "instrument_name": NEAR,
        "direction": "buy",
        "price": 2.79,
        "amount": 5,
        "contracts": 5,
        "filled_amount": 0,
        "average_price": 0,
        "commission": 0.0,
        "time_in_force": "good_til_cancelled",
        "post_only": True,
        "reduce_only": False,
        "label": "hedge-1",
        "creation_timestamp": now_ms,
        "last_update_timestamp": now_ms,
        "max_show": 5,
        "replaced": False,
        "is_liquidation": False,
        "risk_reducing": False,
        "mmp": False,
        "api": True,
        "web": False,
        "reject_post_only": True,
    }


def test_an_aggressor_gets_its_fills_with_the_answer(desk: Desk) -> None:
    maker = desk.sell(ALICE, 3, 2.80, label="ask")
    desk.sell(BOB, 4, 2.81)
    answer = desk.call(
        CAROL,
        "private/buy",
        instrument_name=NEAR,
        amount=10,
        price="2.81",
        label="take",
        time_in_force="immediate_or_cancel",
    )
    order, trades = answer["order"], answer["trades"]
    assert order["order_state"] == "cancelled"
    assert order["cancel_reason"] == "unfilled_remainder"
    assert (order["amount"], order["filled_amount"]) == (10, 7)
    assert order["average_price"] == pytest.approx((3 * 2.80 + 4 * 2.81) / 7)
    assert order["commission"] == pytest.approx(7 * 5.5)
    assert [(t["price"], t["amount"], t["fee"]) for t in trades] == [
        (2.80, 3, 16.5),
        (2.81, 4, 22.0),
    ]
    assert trades[0] == {
        "trade_id": "1",
        "trade_seq": 1,
        "order_id": order["order_id"],
        "instrument_name": NEAR,
        "timestamp": desk.ts_ns // 1_000_000,
        "direction": "buy",
        "price": 2.8,
        "amount": 3,
        "contracts": 3,
        "liquidity": "T",
        "fee": 16.5,
        "fee_currency": "USD",
        "mark_price": 2.8,
        "index_price": 0.0,
        "tick_direction": 0,
        "state": "open",
        "order_type": "limit",
        "post_only": False,
        "reduce_only": False,
        "self_trade": False,
        "label": "take",
        "matching_id": None,
        "risk_reducing": False,
        "mmp": False,
        "api": True,
    }
    theirs = desk.call(ALICE, "private/get_order_state", order_id=maker["order_id"])
    assert (theirs["order_state"], theirs["commission"]) == ("filled", 10.95)


def test_the_answer_is_of_its_own_command_although_the_batch_went_on(desk: Desk) -> None:
    params = {"instrument_name": NEAR, "amount": 2, "price": 2.80}
    sell = desk.ask(ALICE, "private/sell", params)
    buy = desk.ask(BOB, "private/buy", params)
    assert isinstance(sell, Sequenced)
    assert isinstance(buy, Sequenced)
    outcomes = desk.apply([*sell.commands, *buy.commands])
    first: Any = msgspec.to_builtins(sell.respond(outcomes[:1]))
    second: Any = msgspec.to_builtins(buy.respond(outcomes[1:]))
    assert (first["order"]["order_state"], first["trades"]) == ("open", [])
    assert (second["order"]["order_state"], len(second["trades"])) == ("filled", 1)


def test_a_market_order_needs_no_price_and_never_rests(desk: Desk) -> None:
    desk.sell(ALICE, 2, 2.82)
    order = desk.call(BOB, "private/buy", instrument_name=NEAR, amount=5, type="market")["order"]
    assert (order["order_type"], order["price"]) == ("market", "market_price")
    assert (order["order_state"], order["filled_amount"], order["average_price"]) == (
        "cancelled",
        2,
        2.82,
    )


def test_own_orders_that_meet_are_both_told_as_self_trades(desk: Desk) -> None:
    desk.sell(ALICE, 1, 2.80)
    answer = desk.call(ALICE, "private/buy", instrument_name=NEAR, amount=1, price=2.80)
    (trade,) = answer["trades"]
    assert trade["self_trade"] is True
    assert trade["liquidity"] == "T"


@pytest.mark.parametrize(
    ("params", "code", "param", "reason"),
    [
        ({"instrument_name": "GPU9-1"}, 13020, "instrument_name", "no instrument is named GPU9-1"),
        ({"amount": 0}, 10002, "amount", "must be at least 1 contract"),
        ({"amount": -1}, 10002, "amount", "must be at least 1 contract"),
        ({"amount": 1.5}, -32602, "amount", "must be a whole number of contracts"),
        ({"amount": "NaN"}, -32602, "amount", "is not a finite number"),
        ({"amount": "Infinity"}, -32602, "amount", "is not a finite number"),
        ({"amount": 2**63}, -32602, "amount", "must be at most 1099511627776 contracts"),
        ({"amount": 2**64}, -32602, "amount", "must be at most 1099511627776 contracts"),
        ({"amount": "1e999999"}, -32602, "amount", "must be at most 1099511627776 contracts"),
        ({"amount": None}, -32602, "amount", "is required"),
        ({"contracts": 2}, -32602, "contracts", "must equal amount where both are given"),
        (
            {"amount": 5001},
            10021,
            "amount",
            "is above the instrument's largest order: the limit is 5000",
        ),
        ({"price": None}, -32602, "price", "is required for a limit order"),
        ({"price": 2.805}, -32602, "price", "2.805 is not a multiple of 0.01"),
        ({"price": "NaN"}, -32602, "price", "price is not finite"),
        ({"price": "1e400"}, -32602, "price", "price is too large"),
        ({"price": -2.8}, -32602, "price", "is out of the instrument's price domain"),
        ({"price": 99}, -32602, "price", "is out of the instrument's price domain"),
        ({"price": 3.09}, 10007, "price", "is above the price band: the limit is 3.08"),
        (
            {"type": "stop"},
            -32602,
            "type",
            "offered: limit, market, market_limit, stop_limit, stop_market, take_limit, "
            "take_market, trailing_stop",
        ),
        (
            {"time_in_force": "whenever"},
            -32602,
            "time_in_force",
            "offered: good_til_cancelled, immediate_or_cancel, fill_or_kill, good_til_day, "
            "good_til_date",
        ),
        (
            {"time_in_force": "good_til_day"},
            -32602,
            "time_in_force",
            "the order would have ended already",
        ),
        ({"reject_post_only": True}, -32602, "reject_post_only", "goes only with post_only"),
        (
            {"post_only": True, "time_in_force": "fill_or_kill"},
            -32602,
            "post_only",
            "goes only with a limit order that may rest",
        ),
        (
            {"post_only": True, "reject_post_only": True, "price": 2.9},
            11054,
            "post_only",
            "the order would trade at once",
        ),
        (
            {"time_in_force": "fill_or_kill", "amount": 9, "price": 2.9},
            11030,
            "time_in_force",
            "fill_or_kill: the book does not hold the whole amount",
        ),
        (
            {"reduce_only": True},
            11030,
            "reduce_only",
            "the order would do more than close the position",
        ),
        (
            {"reduce_only": True, "type": "market"},
            11030,
            "reduce_only",
            "the order would do more than close the position",
        ),
    ],
)
def test_a_bad_buy_says_what_is_wrong_and_changes_nothing(
    desk: Desk, params: dict[str, Any], code: int, param: str, reason: str
) -> None:
    desk.sell(BOB, 1, 2.90)
    good = {"instrument_name": NEAR, "amount": 1, "price": 2.80}
    asked = {name: value for name, value in {**good, **params}.items() if value is not None}
    assert refusal(desk, ALICE, "private/buy", **asked) == (code, param, reason)


def test_selling_below_the_band_is_too_low(desk: Desk) -> None:
    asked = {"instrument_name": NEAR, "amount": 1, "price": 2.51}
    assert refusal(desk, ALICE, "private/sell", **asked)[:2] == (10005, "price")


def test_a_used_label_is_refused(desk: Desk) -> None:
    desk.buy(ALICE, 1, 2.7, label="once")
    asked = {"instrument_name": NEAR, "amount": 1, "price": 2.7, "label": "once"}
    code, param, reason = refusal(desk, ALICE, "private/buy", **asked)
    assert (code, param) == (11030, "label")
    assert reason.startswith("duplicate_label")
    assert desk.call(BOB, "private/buy", **asked)["order"]["label"] == "once"


def test_margin_is_asked_for(desk: Desk) -> None:
    # 15 orders of 5,000 lots would need 20 % of $2,044 each; three pass the position limit first.
    asked = {"instrument_name": NEAR, "amount": 5000, "price": 2.8}
    for _ in range(3):
        desk.call(ALICE, "private/buy", **asked)
    assert refusal(desk, ALICE, "private/buy", **asked)[:2] == (10018, "amount")
    other = {**asked, "instrument_name": PERPETUAL}
    for _ in range(3):
        desk.call(ALICE, "private/buy", **other)
    desk.core.accounts[BOB, 0] = 1_000_000_000
    assert refusal(desk, BOB, "private/buy", **asked)[:2] == (10009, "amount")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"instrument_name":"GPU1-30NOV26","amount":1,"price":2.8,"colour":"red"}',
        b'{"instrument_name":"GPU1-30NOV26","amount":[1],"price":2.8}',
        b'{"instrument_name":7,"amount":1,"price":2.8}',
        b'{"amount":1,"price":2.8}',
        b'{"instrument_name":"GPU1-30NOV26","amount":1,"price":2.8,"post_only":"perhaps"}',
        b'{"instrument_name":"GPU1-30NOV26","amount":NaN,"price":2.8}',
        b'{"instrument_name":"GPU1-30NOV26","amount":1,"price":2.8,"label":"' + b"x" * 65 + b'"}',
    ],
)
def test_what_does_not_fit_the_parameters_is_not_decoded(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        METHODS["private/buy"].decode(msgspec.Raw(raw))


def test_closing_a_position_trades_it_away(desk: Desk) -> None:
    desk.sell(ALICE, 3, 2.80)
    desk.buy(BOB, 3, 2.80)
    desk.sell(CAROL, 9, 2.79)
    desk.buy(CAROL, 1, 2.70)
    answer = desk.call(ALICE, "private/close_position", instrument_name=NEAR, type="market")
    assert answer["order"]["reduce_only"] is True
    assert (answer["order"]["direction"], answer["order"]["filled_amount"]) == ("buy", 3)
    assert desk.core.position(ALICE, 0)[POSITION_LOTS] == 0
    limit = {"instrument_name": NEAR, "type": "limit", "price": 2.70}
    closing = desk.call(BOB, "private/close_position", **limit)
    assert (closing["order"]["direction"], closing["order"]["order_state"]) == ("sell", "cancelled")
    assert desk.core.position(BOB, 0)[POSITION_LOTS] == 2


def test_there_must_be_a_position_to_close(desk: Desk) -> None:
    asked = {"instrument_name": NEAR, "type": "market"}
    assert refusal(desk, ALICE, "private/close_position", **asked) == (
        10010,
        "instrument_name",
        "there is no open position",
    )
    limit = {"instrument_name": NEAR, "type": "limit"}
    assert refusal(desk, ALICE, "private/close_position", **limit)[:2] == (-32602, "price")
