"""The account's channels: names, what each batch says, and the state on subscribing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.core.commands import Command
from exchange.core.layout import EVENT_KIND, CommandKind, EventKind, State
from exchange.gateway.methods.private_channels import (
    EVERYONE,
    PrivateChannel,
    by_account,
    parse,
    render,
    snapshot,
)
from exchange.gateway.rpc import Sequenced
from marketdata.channels import UnknownChannel
from tests.exchange.gateway.methods.desk import ALICE, BOB, CAROL, FAR, NEAR, PERPETUAL, Desk


def channel(desk: Desk, name: str) -> PrivateChannel:
    venue: Any = desk
    return parse(name, venue)


def told(desk: Desk, name: str, account: int) -> list[Any]:
    """Return what a channel says to an account of the latest batch, routed as the gateway does."""
    venue: Any = desk
    routed = by_account(desk.rows)
    rows = [*routed.get(account, []), *routed.get(EVERYONE, [])]
    messages = msgspec.to_builtins(render(channel(desk, name), account, rows, venue))
    unsplit = render(channel(desk, name), account, desk.rows, venue)
    assert messages == msgspec.to_builtins(unsplit)
    return messages


def state(desk: Desk, name: str, account: int) -> list[Any]:
    venue: Any = desk
    return msgspec.to_builtins(snapshot(channel(desk, name), account, venue))


@pytest.mark.parametrize(
    ("name", "topic", "raw", "instrument", "family", "kind"),
    [
        ("user.orders.any.any.raw", "orders", True, None, None, "any"),
        ("user.orders.any.raw", "orders", True, None, None, "any"),
        ("user.orders.future.GPU1.100ms", "orders", False, None, "GPU1", "future"),
        ("user.orders.option.any.raw", "orders", True, None, None, "option"),
        (f"user.trades.{NEAR}.agg2", "trades", False, 0, None, "any"),
        (f"user.changes.{PERPETUAL}.raw", "changes", True, 2, None, "any"),
        ("user.changes.any.USD.raw", "changes", True, None, None, "any"),
        ("user.portfolio.any", "portfolio", False, None, None, "any"),
        ("user.portfolio.usd", "portfolio", False, None, None, "any"),
    ],
)
def test_names(
    desk: Desk,
    name: str,
    topic: str,
    raw: bool,
    instrument: int | None,
    family: str | None,
    kind: str,
) -> None:
    expected = PrivateChannel(name, topic, raw, instrument, family, kind)
    assert channel(desk, name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        "user",
        "user.orders",
        "user.orders.raw",
        "user.orders.any.any.1s",
        "user.orders.any.any.any.raw",
        "user.orders.GPU1-1JAN99.raw",
        "user.orders.any.BTC.raw",
        "user.orders.share.any.raw",
        "user.portfolio.BTC",
        "user.portfolio.any.raw",
        "user.mmp_trigger.any",
        "orders.any.any.raw",
    ],
)
def test_names_that_are_no_channel(desk: Desk, name: str) -> None:
    with pytest.raises(UnknownChannel):
        channel(desk, name)


def test_a_trade_is_told_to_both_sides_and_to_nobody_else(desk: Desk) -> None:
    resting = desk.sell(ALICE, 5, 2.8, label="maker")
    assert told(desk, "user.orders.any.any.raw", BOB) == []
    assert told(desk, "user.orders.any.any.raw", ALICE) == [resting]
    answer = desk.call(BOB, "private/buy", instrument_name=NEAR, amount=2, price=2.8)
    assert told(desk, "user.orders.any.any.raw", BOB) == [answer["order"]]
    assert told(desk, "user.trades.any.any.raw", BOB) == [answer["trades"]]
    (theirs,) = told(desk, "user.orders.any.any.raw", ALICE)
    assert (theirs["order_id"], theirs["filled_amount"]) == (resting["order_id"], 2)
    ((fill,),) = told(desk, f"user.trades.{NEAR}.raw", ALICE)
    assert (fill["trade_id"], fill["liquidity"], fill["order_id"]) == (
        answer["trades"][0]["trade_id"],
        "M",
        resting["order_id"],
    )
    for name in ("user.orders.any.any.raw", "user.trades.any.any.raw", "user.portfolio.any"):
        assert told(desk, name, CAROL) == []


def test_protection_that_trips_is_told_to_its_account_on_its_index(desk: Desk) -> None:
    config = {"index_name": "h100_broad", "interval": 60, "frozen_time": 0, "quantity_limit": 2}
    desk.call(ALICE, "private/set_mmp_config", **config)
    desk.buy(ALICE, 1, 2.7, mmp=True)
    desk.buy(ALICE, 5, 2.69, mmp=True)
    own = channel(desk, "user.mmp_trigger.h100_broad")
    assert (own.topic, own.index) == ("mmp_trigger", "h100_broad")
    desk.sell(BOB, 1, 2.7)
    assert told(desk, own.name, ALICE) == []
    assert state(desk, own.name, ALICE) == []
    desk.sell(BOB, 1, 2.69)
    expected = {"index_name": "h100_broad", "mmp_group": "default", "frozen_until": 0}
    assert told(desk, own.name, ALICE) == [expected]
    assert state(desk, own.name, ALICE) == [expected]
    assert told(desk, own.name, BOB) == []
    assert told(desk, "user.mmp_trigger.h100_trades", ALICE) == []
    concerned = by_account(desk.rows)
    assert EventKind.PROTECTION_TRIPPED in {row[EVENT_KIND] for row in concerned[ALICE]}
    (order,) = told(desk, "user.orders.any.any.raw", ALICE)
    assert order["cancel_reason"] == "mmp_trigger"


def test_filters(desk: Desk) -> None:
    desk.buy(ALICE, 1, 2.7, instrument_name=FAR)
    assert told(desk, f"user.orders.{NEAR}.raw", ALICE) == []
    assert told(desk, "user.orders.any.H100.raw", ALICE) == []
    assert told(desk, "user.orders.option.any.raw", ALICE) == []
    (one,) = told(desk, "user.orders.future.GPU1.raw", ALICE)
    assert one["instrument_name"] == FAR
    assert told(desk, f"user.orders.{FAR}.100ms", ALICE) == [[one]]


def test_one_batch_is_one_list_where_aggregation_is_asked_for(desk: Desk) -> None:
    commands = []
    for price in (2.70, 2.71, 2.72):
        asked = desk.ask(
            ALICE, "private/buy", {"instrument_name": NEAR, "amount": 1, "price": price}
        )
        assert isinstance(asked, Sequenced)
        commands += asked.commands
    desk.apply(commands)
    raw = told(desk, "user.orders.any.any.raw", ALICE)
    assert [order["price"] for order in raw] == [2.70, 2.71, 2.72]
    assert told(desk, "user.orders.any.any.100ms", ALICE) == [raw]


def test_changes_join_orders_trades_and_the_position_of_an_instrument(desk: Desk) -> None:
    desk.sell(ALICE, 5, 2.8)
    answer = desk.call(BOB, "private/buy", instrument_name=NEAR, amount=2, price=2.8)
    (change,) = told(desk, "user.changes.any.any.raw", BOB)
    assert change["instrument_name"] == NEAR
    assert change["orders"] == [answer["order"]]
    assert change["trades"] == answer["trades"]
    assert change["positions"] == [desk.call(BOB, "private/get_position", instrument_name=NEAR)]


def test_every_order_is_told_of_even_when_more_close_than_are_kept(desk: Desk) -> None:
    desk.views.orders._closed_limit = 2
    for price in (2.70, 2.71, 2.72, 2.73):
        desk.buy(ALICE, 1, price)
    desk.call(ALICE, "private/cancel_all")
    gone = told(desk, "user.orders.any.any.raw", ALICE)
    assert sorted(order["price"] for order in gone) == [2.70, 2.71, 2.72, 2.73]
    assert {order["order_state"] for order in gone} == {"cancelled"}


def test_the_portfolio_is_told_when_money_or_margin_moves(desk: Desk) -> None:
    name = "user.portfolio.any"
    desk.sell(ALICE, 5, 2.8)
    desk.buy(BOB, 5, 2.8)
    for account in (ALICE, BOB):
        summary = desk.call(account, "private/get_account_summary", currency="USD")
        assert told(desk, name, account) == [summary]
    desk.apply([Command(CommandKind.TRANSFER, CAROL, amount_micros=5_000_000)])
    assert told(desk, name, CAROL)[0]["equity"] == 50_000_005
    assert told(desk, name, BOB) == []
    desk.apply([Command(CommandKind.MARK, instrument=0, price_ticks=281)])
    assert told(desk, name, BOB)[0]["session_upl"] == 5 * 7.3
    assert told(desk, name, CAROL) == []
    desk.apply([Command(CommandKind.MARK, instrument=1, price_ticks=285)])
    assert told(desk, name, BOB) == []


def test_the_state_on_subscribing(desk: Desk) -> None:
    summary = desk.call(ALICE, "private/get_account_summary", currency="USD")
    assert state(desk, "user.portfolio.USD", ALICE) == [summary]
    for name in (
        "user.orders.any.any.raw",
        "user.orders.any.any.100ms",
        "user.changes.any.any.raw",
    ):
        assert state(desk, name, ALICE) == []
    desk.sell(BOB, 1, 2.8, instrument_name=FAR)
    desk.buy(ALICE, 1, 2.8, instrument_name=FAR)
    orders = [desk.buy(ALICE, 1, 2.7), desk.buy(ALICE, 1, 2.71)]
    assert state(desk, "user.orders.any.any.raw", ALICE) == orders
    assert state(desk, "user.orders.any.any.agg2", ALICE) == [orders]
    assert state(desk, f"user.orders.{FAR}.raw", ALICE) == []
    assert state(desk, "user.trades.any.any.raw", ALICE) == []
    near, far = state(desk, "user.changes.any.any.raw", ALICE)
    assert (near["instrument_name"], near["orders"], near["trades"]) == (NEAR, orders, [])
    assert (far["instrument_name"], far["orders"]) == (FAR, [])
    assert far["positions"][0]["size"] == 1
    assert state(desk, "user.changes.any.H100.raw", ALICE) == []


def test_an_order_that_waits_is_told_when_it_comes_and_when_it_wakes(desk: Desk) -> None:
    raw = "user.orders.any.any.raw"
    stop = {"type": "stop_limit", "trigger": "mark_price", "trigger_price": 2.85, "price": 2.7}
    order = desk.call(ALICE, "private/buy", instrument_name=NEAR, amount=2, **stop)["order"]
    assert told(desk, raw, ALICE) == [order]
    assert order["order_state"] == "untriggered"
    desk.apply([Command(CommandKind.MARK, instrument=0, price_ticks=285)])
    (awake,) = told(desk, raw, ALICE)
    assert awake == {
        **order,
        "order_state": "open",
        "triggered": True,
        "last_update_timestamp": desk.ts_ns // 1_000_000,
    }
    (change,) = told(desk, f"user.changes.{NEAR}.raw", ALICE)
    assert change["orders"] == [awake]
    assert told(desk, raw, BOB) == []


def test_an_order_that_the_venue_makes_smaller_is_told(desk: Desk) -> None:
    resting = desk.sell(ALICE, 5, 2.8)
    params = {"instrument_name": NEAR, "amount": 2, "price": 2.8}
    answer = desk.call(ALICE, "private/buy", **params, self_trade_prevention="decrement")
    assert answer["order"]["cancel_reason"] == "self_trade"
    touched = {o["order_id"]: o for o in told(desk, "user.orders.any.any.raw", ALICE)}
    assert touched.keys() == {resting["order_id"], answer["order"]["order_id"]}
    assert touched[resting["order_id"]]["order_state"] == "open"


def test_both_sides_of_an_auction_are_told_of_their_fills_as_makers(desk: Desk) -> None:
    def become(state: State) -> None:
        desk.apply([Command(CommandKind.SET_STATE, instrument=0, qty_lots=int(state))])

    become(State.PRE_OPEN)
    orders = {BOB: desk.buy(BOB, 3, 2.81), ALICE: desk.sell(ALICE, 2, 2.79)}
    become(State.OPEN)
    for account, order in orders.items():
        ((fill,),) = told(desk, "user.trades.any.any.raw", account)
        assert (fill["order_id"], fill["amount"]) == (order["order_id"], 2)
        assert fill["liquidity"] == "M"
        (after,) = told(desk, "user.orders.any.any.raw", account)
        assert after["filled_amount"] == 2
    assert told(desk, "user.trades.any.any.raw", CAROL) == []
