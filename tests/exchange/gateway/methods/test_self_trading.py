"""An account's own rule for meeting itself, on every way by which an order comes in."""

from __future__ import annotations

from typing import Any, cast

import pytest

from exchange.core import snapshot
from exchange.core.commands import Command
from exchange.core.core import Core
from exchange.core.hierarchy import firm_of
from exchange.core.layout import CommandKind
from exchange.gateway import plain_orders
from exchange.gateway.plain_orders import PlainOrders
from tests.exchange.gateway.methods.desk import ALICE, BOB, NEAR, Desk, refusal
from tests.exchange.gateway.methods.test_quote_levels import quote, side
from tests.exchange.gateway.methods.test_quoting import quotes, standing

BUY = {"instrument_name": NEAR, "amount": 3, "price": 2.8}
BID, ASK = (NEAR, "buy", 2.8), (NEAR, "sell", 2.8)


def configure(desk: Desk, account: int, mode: str, extended: bool = False) -> None:
    answer = desk.call(
        account,
        "private/set_self_trading_config",
        mode=mode,
        extended_to_subaccounts=extended,
    )
    assert answer == "ok"


def summary(desk: Desk, account: int) -> tuple[str, str, bool]:
    found = desk.call(account, "private/get_account_summary", currency="USD", extended=True)
    return (
        found["type"],
        found["self_trading_reject_mode"],
        found["self_trading_extended_to_subaccounts"],
    )


def by_request(desk: Desk) -> None:
    desk.call(ALICE, "private/buy", **BUY)


def by_plain_request(desk: Desk) -> None:
    message = (
        f'{{"id":1,"method":"private/buy","params":{{"instrument_name":"{NEAR}","amount":3,'
        '"price":2.8}}'
    )
    request = plain_orders.read(message)
    assert request is not None
    asked = PlainOrders(cast(Any, desk)).ask(request, ALICE)
    assert asked is not None
    asked.respond(desk.apply(asked.commands))


def by_mass_quote(desk: Desk) -> None:
    assert quotes(desk, ALICE, quote(bid=side(2.8, 3)))["errors"] == []


def by_linked_order(desk: Desk) -> None:
    """The first order fills against bob's and wakes the one that meets alice's own."""
    desk.buy(BOB, 1, 2.7)
    linked = [{"direction": "buy", "price": 2.8, "amount": 3}]
    desk.call(
        ALICE,
        "private/sell",
        instrument_name=NEAR,
        amount=1,
        price=2.7,
        linked_order_type="one_triggers_other",
        otoco_config=linked,
    )


OUTCOMES = [
    ("reject_taker", {ASK: 2}),
    ("cancel_maker", {BID: 3}),
    ("cancel_both", {}),
    ("decrement", {BID: 1}),
    ("none", {BID: 1}),
]


@pytest.mark.parametrize(("mode", "left"), OUTCOMES)
@pytest.mark.parametrize("way", [by_request, by_plain_request, by_mass_quote, by_linked_order])
def test_every_order_follows_the_account_s_mode(
    desk: Desk, way: Any, mode: str, left: dict[Any, int]
) -> None:
    configure(desk, ALICE, mode)
    desk.sell(ALICE, 2, 2.8)
    way(desk)
    book = desk.call(BOB, "public/get_order_book", instrument_name=NEAR)
    open_lots = {(NEAR, "buy", price): amount for price, amount in book["bids"]}
    open_lots |= {(NEAR, "sell", price): amount for price, amount in book["asks"]}
    assert open_lots == left
    trades = desk.call(ALICE, "private/get_user_trades_by_instrument", instrument_name=NEAR)
    own = [fill for fill in trades["trades"] if fill["self_trade"]]
    assert len(own) == (2 if mode == "none" else 0)


def test_an_order_s_own_word_goes_before_the_account_s(desk: Desk) -> None:
    configure(desk, ALICE, "cancel_both")
    desk.sell(ALICE, 2, 2.8)
    desk.call(ALICE, "private/buy", **BUY, self_trade_prevention="cancel_resting")
    assert standing(desk, ALICE) == {BID: 3}


def test_closing_a_position_does_not_meet_own_orders(desk: Desk) -> None:
    configure(desk, ALICE, "cancel_maker")
    desk.sell(BOB, 2, 2.8)
    desk.buy(ALICE, 2, 2.8)
    desk.buy(ALICE, 2, 2.79)
    desk.buy(BOB, 2, 2.78)
    answer = desk.call(ALICE, "private/close_position", instrument_name=NEAR, type="market")
    assert [trade["price"] for trade in answer["trades"]] == [2.78]
    assert standing(desk, ALICE) == {}


def test_other_accounts_are_met_as_before(desk: Desk) -> None:
    configure(desk, ALICE, "reject_taker", True)
    desk.sell(BOB, 3, 2.8)
    assert desk.call(ALICE, "private/buy", **BUY)["order"]["order_state"] == "filled"
    assert summary(desk, ALICE) == ("main", "reject_taker", False)
    assert summary(desk, BOB) == ("main", "none", False)


def opened(desk: Desk, *names: str) -> list[int]:
    desk.apply(
        [
            Command(CommandKind.OPEN_ACCOUNT, qty_lots=9, amount_micros=10**12, text=name)
            for name in names
        ]
    )
    return [desk.core.account_numbers[name] for name in names]


def test_subaccounts_are_in_a_group_when_each_says_so(desk: Desk) -> None:
    main, one, other, stranger = opened(desk, "desk", "desk.one", "desk.two", "desks")
    assert {firm_of(desk.core, n) for n in (one, main, other)} == {main}
    assert firm_of(desk.core, stranger) == stranger
    assert summary(desk, one) == ("subaccount", "none", False)
    desk.sell(one, 2, 2.8)
    configure(desk, other, "cancel_maker")
    desk.call(other, "private/buy", **{**BUY, "amount": 1})
    assert standing(desk, one) == {ASK: 1}
    configure(desk, other, "cancel_maker", True)
    configure(desk, one, "none", True)
    configure(desk, stranger, "cancel_maker", True)
    assert summary(desk, other) == ("subaccount", "cancel_maker", True)
    assert summary(desk, stranger) == ("main", "cancel_maker", False)
    desk.call(other, "private/buy", **BUY)
    assert (standing(desk, one), standing(desk, other)) == ({}, {BID: 3})
    configure(desk, other, "cancel_maker", False)
    desk.call(one, "private/sell", **BUY)
    assert standing(desk, other) == {}


def test_the_config_outlives_a_snapshot(desk: Desk) -> None:
    configure(desk, ALICE, "decrement")
    restored: Core = snapshot.restore(snapshot.take(desk.core))
    assert restored.preventions == desk.core.preventions != {}


def test_a_mode_that_is_none_changes_nothing(desk: Desk) -> None:
    told = refusal(
        desk,
        ALICE,
        "private/set_self_trading_config",
        mode="cancel_taker",
        extended_to_subaccounts=False,
    )
    assert told[:2] == (-32602, "mode")
    assert "reject_taker" in told[2]
