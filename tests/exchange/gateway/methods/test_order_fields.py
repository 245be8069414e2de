"""Orders and fills as ccxt reads them."""

from __future__ import annotations

import ccxt
import pytest

from exchange.gateway.methods.order_words import ORDER_STATE_NAMES, TIME_IN_FORCE_NAMES
from exchange.views.orders import OrderState
from matching.layout import TimeInForce
from tests.exchange.gateway.methods.desk import ALICE, BOB, NEAR, Desk


def test_an_iceberg_says_what_it_shows_now(desk: Desk) -> None:
    def shown() -> tuple[int, int]:
        (order,) = desk.call(ALICE, "private/get_open_orders")
        return order["display_amount"], order["refresh_amount"]

    desk.sell(ALICE, 10, 2.8, display_amount=4)
    for taken, left in ((1, 3), (3, 4), (5, 1)):
        assert desk.buy(BOB, taken, 2.8)["order_state"] == "filled"
        assert shown() == (left, 4)
        assert desk.core.books.depth(0, 1) == [(280, left, 1)]


def test_ccxt_reads_a_trigger(desk: Desk) -> None:
    exchange = ccxt.deribit()
    stop = {"type": "stop_limit", "trigger": "mark_price", "trigger_price": 2.9}
    assert exchange.parse_order(desk.buy(ALICE, 1, 2.95, **stop))["triggerPrice"] == 2.9


def test_every_state_and_time_in_force_has_its_word() -> None:
    assert set(ORDER_STATE_NAMES) == set(OrderState)
    assert set(TIME_IN_FORCE_NAMES) == set(TimeInForce)


def test_ccxt_reads_orders_and_fills(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = ccxt.deribit()
    rows = desk.call(ALICE, "public/get_instruments")
    monkeypatch.setattr(exchange, "publicGetGetInstruments", lambda params: {"result": rows})
    exchange.set_markets(exchange.fetch_markets())
    resting = exchange.parse_order(desk.sell(ALICE, 3, 2.81, label="l"))
    assert (resting["status"], resting["side"], resting["type"]) == ("open", "sell", "limit")
    assert (resting["price"], resting["amount"], resting["remaining"]) == (2.81, 3, 3)
    assert resting["timeInForce"] == "GTC"
    answer = desk.call(BOB, "private/buy", instrument_name=NEAR, amount=5, type="market")
    order = exchange.parse_order({**answer["order"], "trades": answer["trades"]})
    assert (order["status"], order["filled"], order["average"]) == ("canceled", 3, 2.81)
    assert float(order["fee"]["cost"]) == 16.5
    (trade,) = exchange.parse_trades(answer["trades"])
    assert (trade["takerOrMaker"], trade["price"], trade["amount"]) == ("taker", 2.81, 3)
    assert (float(trade["fee"]["cost"]), trade["fee"]["currency"]) == (16.5, "USD")
    assert trade["order"] == order["id"]
