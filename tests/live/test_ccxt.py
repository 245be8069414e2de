"""An unmodified `ccxt.deribit` with only its address changed, against a running exchange.

Each test trades a contract month of its own, so that none sees the orders of another.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime

import ccxt
import pytest

from tests.live.ccxt_desk import TICK, Desk
from tests.live.running import RunningExchange

HOURS = 730
"""GPU-hours of one GPU1 contract."""
FEE = 5.50
"""Dollars a contract and side, the published fee of a non-member."""
DEPOSIT = 10_000_000.0


@pytest.fixture(scope="module")
def desk(exchange: RunningExchange) -> Desk:
    return Desk(exchange)


def test_markets_are_six_months_and_a_perpetual(desk: Desk) -> None:
    markets = desk["alice"].markets
    perpetual = markets["H100/USD:USD"]
    assert perpetual["id"] == "H100-PERPETUAL"
    assert perpetual["swap"]
    assert perpetual["contractSize"] == 1
    assert perpetual["precision"]["price"] == 0.001
    assert len(desk.symbols) == len(markets) - 1 == 6
    months = []
    for symbol in desk.symbols:
        market = markets[symbol]
        expiry = datetime.fromtimestamp(market["expiry"] / 1_000, UTC)
        assert market["id"] == f"GPU1-{expiry.day}{expiry:%b%y}".upper()
        assert symbol == f"GPU1/USD:USD-{expiry:%y%m%d}"
        assert market["future"]
        assert market["linear"]
        assert market["active"]
        assert (market["contractSize"], market["precision"]["price"]) == (HOURS, TICK)
        assert (market["precision"]["amount"], market["limits"]["amount"]["min"]) == (1, 1)
        assert expiry.weekday() < 5
        months.append(expiry.year * 12 + expiry.month)
    assert [b - a for a, b in itertools.pairwise(months)] == [1] * 5


def test_time_and_status(desk: Desk) -> None:
    alice = desk["alice"]
    assert abs(alice.fetch_time() - alice.milliseconds()) < 5_000
    assert alice.fetch_status()["status"] == "ok"
    assert set(alice.currencies) == {"USD", "GPU1", "H100"}


def test_life_of_a_limit_order(desk: Desk) -> None:
    alice, symbol = desk["alice"], desk.symbols[0]
    price, lower = desk.price(symbol, -3), desk.price(symbol, -5)
    placed = alice.create_order(symbol, "limit", "buy", 7, price, {"label": "life"})
    assert (placed["status"], placed["side"], placed["type"]) == ("open", "buy", "limit")
    assert (placed["price"], placed["amount"], placed["remaining"]) == (price, 7, 7)
    assert (placed["symbol"], placed["filled"], placed["trades"]) == (symbol, 0, [])
    assert placed["info"]["label"] == "life"
    assert [o["id"] for o in alice.fetch_open_orders(symbol)] == [placed["id"]]
    assert alice.fetch_order_book(symbol)["bids"] == [[price, 7]]

    edited = alice.edit_order(placed["id"], symbol, "limit", "buy", 4, lower)
    assert (edited["id"], edited["amount"], edited["price"]) == (placed["id"], 4, lower)
    assert alice.fetch_order_book(symbol)["bids"] == [[lower, 4]]
    assert alice.fetch_order(placed["id"])["remaining"] == 4

    cancelled = alice.cancel_order(placed["id"])
    assert (cancelled["id"], cancelled["status"]) == (placed["id"], "canceled")
    assert alice.fetch_open_orders(symbol) == []
    assert alice.fetch_order_book(symbol)["bids"] == []
    assert alice.fetch_order(placed["id"])["status"] == "canceled"
    closed = alice.fetch_closed_orders(symbol, params={"include_unfilled": True})
    assert [(o["id"], o["status"]) for o in closed] == [(placed["id"], "canceled")]


def test_orders_that_do_not_rest(desk: Desk) -> None:
    alice, bob, symbol = desk["alice"], desk["bob"], desk.symbols[1]
    price = desk.price(symbol)
    alice.create_order(symbol, "limit", "sell", 5, price)

    with pytest.raises(ccxt.InvalidOrder, match="post_only_reject"):
        bob.create_order(symbol, "limit", "buy", 1, price, {"postOnly": True})
    with pytest.raises(ccxt.ExchangeError, match="fill_or_kill"):
        bob.create_order(symbol, "limit", "buy", 6, price, {"timeInForce": "FOK"})
    assert alice.fetch_order_book(symbol)["asks"] == [[price, 5]]

    whole = bob.create_order(symbol, "limit", "buy", 1, price, {"timeInForce": "FOK"})
    market = bob.create_order(symbol, "market", "buy", 1)
    part = bob.create_order(symbol, "limit", "buy", 9, price, {"timeInForce": "IOC"})
    for order, filled, status in (
        (whole, 1, "closed"),
        (market, 1, "closed"),
        (part, 3, "canceled"),
    ):
        assert (order["filled"], order["status"]) == (filled, status)
        assert order["average"] == price
        assert [(t["price"], t["amount"], t["side"]) for t in order["trades"]] == [
            (price, filled, "buy")
        ]
        assert order["trades"][0]["fee"] == {"currency": "USD", "cost": FEE * filled}
    assert alice.fetch_order_book(symbol)["asks"] == []
    passive = alice.create_order(symbol, "limit", "sell", 2, price, {"postOnly": True})
    assert (passive["status"], passive["postOnly"]) == ("open", True)
    alice.cancel_order(passive["id"])


def test_trades_of_both_sides_and_of_the_public(desk: Desk) -> None:
    alice, bob, symbol = desk["alice"], desk["bob"], desk.symbols[2]
    price = desk.price(symbol)
    since = alice.fetch_time() - 1_000
    resting = alice.create_order(symbol, "limit", "buy", 4, price)
    first = bob.create_order(symbol, "limit", "sell", 3, price)
    second = bob.create_order(symbol, "limit", "sell", 1, price)

    public = alice.fetch_trades(symbol)
    assert [(t["side"], t["price"], t["amount"]) for t in public] == [
        ("sell", price, 3),
        ("sell", price, 1),
    ]
    assert alice.fetch_trades(symbol, since=since) == public
    ids = [trade["id"] for trade in public]

    mine, theirs = alice.fetch_my_trades(symbol), bob.fetch_my_trades(symbol)
    assert [t["id"] for t in mine] == [t["id"] for t in theirs] == ids
    assert {(t["side"], t["takerOrMaker"], t["order"]) for t in mine} == {
        ("buy", "maker", resting["id"])
    }
    assert [(t["side"], t["takerOrMaker"], t["order"]) for t in theirs] == [
        ("sell", "taker", first["id"]),
        ("sell", "taker", second["id"]),
    ]
    for trade in (*mine, *theirs):
        assert trade["fee"] == {"currency": "USD", "cost": FEE * trade["amount"]}
    assert [t["id"] for t in alice.fetch_order_trades(resting["id"])] == ids
    assert alice.fetch_my_trades(symbol, since=since) == mine

    [closed] = alice.fetch_closed_orders(symbol)
    assert (closed["id"], closed["status"], closed["filled"]) == (resting["id"], "closed", 4)
    assert closed["average"] == price

    ticker = alice.fetch_ticker(symbol)
    assert (ticker["last"], ticker["high"], ticker["low"]) == (price, price, price)
    assert ticker["baseVolume"] == 4
    assert ticker["quoteVolume"] == pytest.approx(4 * HOURS * price)
    minute = since // 60_000 * 60_000
    candles = alice.fetch_ohlcv(symbol, "1m", since=minute)
    assert sum(candle[5] for candle in candles) == 4
    assert candles[-1][1:5] == [price] * 4


def test_stops_and_takes_wait_until_the_last_price_is_there(desk: Desk) -> None:
    alice, bob, symbol = desk["alice"], desk["bob"], desk.symbols[2]
    price = desk.price(symbol)

    def trade(at: float) -> None:
        bob.create_order(symbol, "limit", "sell", 1, at)
        bob.create_order(symbol, "limit", "buy", 1, at, {"timeInForce": "IOC"})

    trade(price)
    above, below = round(price + 3 * TICK, 2), round(price - 3 * TICK, 2)
    low = round(price - 9 * TICK, 2)
    stop = alice.create_order(symbol, "limit", "buy", 2, low, {"stopLossPrice": above})
    take = alice.create_order(symbol, "limit", "buy", 2, low, {"takeProfitPrice": below})
    market = alice.create_order(symbol, "market", "buy", 2, None, {"stopLossPrice": above})
    trailing = alice.create_order(symbol, "market", "buy", 2, None, {"trailingAmount": 5 * TICK})
    waiting = (stop, take, market, trailing)
    assert [order["info"]["order_type"] for order in waiting] == [
        "stop_limit",
        "take_limit",
        "stop_market",
        "trailing_stop",
    ]
    for order in waiting:
        assert (order["status"], order["info"]["order_state"]) == ("open", "untriggered")
        assert order["info"]["trigger"] == "last_price"
    assert stop["type"] == "limit"
    assert market["type"] == "market"
    assert {o["id"] for o in alice.fetch_open_orders(symbol)} >= {o["id"] for o in waiting}
    assert alice.fetch_order_book(symbol)["bids"] == []

    alice.cancel_order(trailing["id"])
    bob.create_order(symbol, "limit", "sell", 2, round(above + TICK, 2))
    trade(above)
    woken = alice.fetch_order(stop["id"])
    assert (woken["info"]["order_state"], woken["info"]["triggered"]) == ("open", True)
    assert alice.fetch_order_book(symbol)["bids"] == [[low, 2]]
    bought = alice.fetch_order(market["id"])
    assert (bought["status"], bought["filled"]) == ("closed", 2)
    assert bought["average"] == round(above + TICK, 2)
    assert alice.fetch_order(take["id"])["info"]["order_state"] == "untriggered"
    trade(below)
    assert alice.fetch_order(take["id"])["info"]["order_state"] == "open"

    closing = alice.create_order(symbol, "limit", "sell", 2, above, {"reduceOnly": True})
    assert closing["info"]["reduce_only"] is True
    for order in (stop, take, closing):
        assert alice.cancel_order(order["id"])["status"] == "canceled"


def test_a_bracket_is_entered_with_its_order(desk: Desk) -> None:
    alice, symbol = desk["alice"], desk.symbols[5]
    market = alice.market(symbol)
    price = desk.price(symbol, -5)
    legs = [
        {"direction": "sell", "price": desk.price(symbol, 8), "reduce_only": True},
        {
            "direction": "sell",
            "type": "stop_market",
            "trigger": "mark_price",
            "trigger_price": desk.price(symbol, -20),
            "reduce_only": True,
        },
    ]
    linked = {
        "linked_order_type": "one_triggers_one_cancels_other",
        "otoco_config": json.dumps(legs),
    }
    entry = alice.create_order(symbol, "limit", "buy", 1, price, linked)
    ids = entry["info"]["oto_order_ids"]
    assert [alice.fetch_order(i)["info"]["order_state"] for i in ids] == ["untriggered"] * 2
    assert len(alice.fetch_open_orders(symbol)) == 3
    alice.cancel_order(entry["id"])
    assert alice.fetch_open_orders(symbol) == []
    assert market["id"] == alice.fetch_order(ids[0])["info"]["instrument_name"]


def test_tickers_show_the_best_prices(desk: Desk) -> None:
    alice, symbol = desk["alice"], desk.symbols[3]
    bid, ask = desk.price(symbol, -1), desk.price(symbol, 2)
    alice.create_order(symbol, "limit", "buy", 2, bid)
    alice.create_order(symbol, "limit", "sell", 6, ask)
    one = alice.fetch_ticker(symbol)
    assert (one["bid"], one["bidVolume"], one["ask"], one["askVolume"]) == (bid, 2, ask, 6)
    several = alice.fetch_tickers(desk.symbols)
    assert set(several) == set(desk.symbols)
    assert (several[symbol]["bid"], several[symbol]["ask"]) == (bid, ask)
    all_months = alice.fetch_tickers(None, {"code": "GPU1"})
    assert set(all_months) == set(desk.symbols)
    index = [ticker["info"]["index_price"] for ticker in (one, alice.fetch_ticker("H100/USD:USD"))]
    # The broad index stands above that of executed rentals by at most 20 log per cent.
    assert math.exp(-0.2) <= index[1] / index[0] <= 1
    assert one["markPrice"] == pytest.approx(index[0], rel=0.25)


def test_cancelling_all_touches_only_what_it_says(desk: Desk) -> None:
    carol, poor = desk["carol"], desk["poor"]
    near, far = desk.symbols[4], desk.symbols[5]
    for symbol in (near, near, far):
        carol.create_order(symbol, "limit", "buy", 1, desk.price(symbol, -2))
    perpetual = round(0.95 * desk.price("H100/USD:USD"), 3)
    kept = poor.create_order("H100/USD:USD", "limit", "buy", 1, perpetual)
    assert carol.cancel_all_orders(near)[0]["info"]["result"] == 2
    assert carol.fetch_open_orders(near) == []
    assert len(carol.fetch_open_orders(far)) == 1
    assert carol.cancel_all_orders()[0]["info"]["result"] == 1
    assert carol.fetch_open_orders(far) == []
    assert poor.fetch_order(kept["id"])["status"] == "open"
    assert poor.cancel_all_orders()[0]["info"]["result"] == 1


def test_positions_and_balance_are_in_dollars(desk: Desk) -> None:
    alice, carol, symbol = desk["alice"], desk["carol"], desk.symbols[4]
    entry = desk.price(symbol, 1)
    alice.create_order(symbol, "limit", "sell", 3, entry)
    carol.create_order(symbol, "limit", "buy", 3, entry)

    # The mark may move between two requests: take a balance that lies between two equal positions.
    for _ in range(20):
        [position] = carol.fetch_positions([symbol])
        balance = carol.fetch_balance()
        if carol.fetch_position(symbol)["info"] == position["info"]:
            break
    else:
        pytest.fail("the mark does not stay for three requests")

    mark = position["markPrice"]
    assert (position["side"], position["contracts"], position["contractSize"]) == ("long", 3, HOURS)
    assert position["entryPrice"] == entry
    profit = 3 * HOURS * (mark - entry)
    assert position["unrealizedPnl"] == pytest.approx(profit)
    margin = position["initialMargin"]
    # The nearest month moves by 20 %; this one, months away, by less.
    assert 0.10 < margin / (3 * HOURS * mark) < 0.20
    assert position["maintenanceMargin"] == pytest.approx(0.75 * margin)
    equity = DEPOSIT - 3 * FEE + profit
    assert balance["USD"]["total"] == pytest.approx(equity, abs=1e-6)
    assert balance["USD"]["free"] == pytest.approx(equity - margin, abs=1e-6)
    short = alice.fetch_position(symbol)
    assert (short["side"], short["info"]["size"]) == ("short", -3)
    assert alice.fetch_open_interest(symbol)["openInterestAmount"] == 3


BUY = {"type": "limit", "side": "buy", "amount": 1}

REFUSALS: dict[str, tuple[type[Exception], str, Callable[[Desk, str], object]]] = {
    "no funds": (
        ccxt.InsufficientFunds,
        "not_enough_funds",
        lambda desk, at: desk["poor"].create_order(at, **BUY, price=desk.price(at)),
    ),
    "no such order": (
        ccxt.OrderNotFound,
        "order_not_found",
        lambda desk, at: desk["alice"].fetch_order("GPU1-1"),
    ),
    "cancel of no order": (
        ccxt.OrderNotFound,
        "order_not_found",
        lambda desk, at: desk["alice"].cancel_order("not-an-id"),
    ),
    "price above the band": (
        ccxt.InvalidOrder,
        "price_too_high",
        lambda desk, at: desk["alice"].create_order(at, **BUY, price=2 * desk.price(at)),
    ),
    "price below the band": (
        ccxt.InvalidOrder,
        "price_too_low",
        lambda desk, at: desk["alice"].create_order(at, "limit", "sell", 1, 0.5 * desk.price(at)),
    ),
    "too large": (
        ccxt.InvalidOrder,
        "invalid_amount",
        lambda desk, at: desk["alice"].create_order(at, "limit", "buy", 2_501, desk.price(at)),
    ),
    "off tick": (
        ccxt.BadRequest,
        "not a multiple of 0.01",
        lambda desk, at: desk["alice"].private_get_buy(
            {"instrument_name": desk["alice"].market(at)["id"], "amount": 1, "price": "2.505"}
        ),
    ),
    "stop that is reached already": (
        ccxt.InvalidOrder,
        "invalid_stoppx_for_index_or_last",
        lambda desk, at: desk["alice"].create_order(
            at,
            **BUY,
            price=desk.price(at),
            params={"stopLossPrice": desk.price(at, -20), "trigger": "mark_price"},
        ),
    ),
    "reduce-only without a position": (
        ccxt.ExchangeError,
        "reduce_only",
        lambda desk, at: desk["poor"].create_order(
            at, **BUY, price=desk.price(at), params={"reduceOnly": True}
        ),
    ),
    "iceberg that shows too little": (
        ccxt.InvalidOrder,
        "invalid_max_show_amount",
        lambda desk, at: desk["alice"].create_order(
            at, "limit", "buy", 100, desk.price(at, -3), {"display_amount": 1}
        ),
    ),
    "wrong secret": (
        ccxt.AuthenticationError,
        "invalid_credentials",
        lambda desk, at: desk.connect(desk["alice"].apiKey, "wrong").fetch_balance(),
    ),
    "unknown key": (
        ccxt.AuthenticationError,
        "invalid_credentials",
        lambda desk, at: desk.connect("nobody", "wrong").fetch_balance(),
    ),
    "no such method": (
        ccxt.BadRequest,
        "Method not found",
        lambda desk, at: desk["alice"].public_get_get_announcements(),
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_are_typed(desk: Desk, case: str) -> None:
    kind, text, ask = REFUSALS[case]
    symbol = desk.symbols[5]
    before = [desk["alice"].fetch_order_book(symbol)[side] for side in ("bids", "asks")]
    with pytest.raises(kind, match=re.escape(text)) as refused:
        ask(desk, symbol)
    assert '"reason"' in str(refused.value)
    assert [desk["alice"].fetch_order_book(symbol)[side] for side in ("bids", "asks")] == before


def test_another_accounts_order_is_not_found(desk: Desk) -> None:
    alice, bob, symbol = desk["alice"], desk["bob"], desk.symbols[5]
    order = alice.create_order(symbol, "limit", "buy", 2, desk.price(symbol, -4))
    for act in (
        lambda: bob.fetch_order(order["id"]),
        lambda: bob.cancel_order(order["id"]),
        lambda: bob.edit_order(order["id"], symbol, "limit", "buy", 1, order["price"]),
        lambda: bob.fetch_order_trades(order["id"]),
    ):
        with pytest.raises(ccxt.OrderNotFound):
            act()
    assert alice.cancel_order(order["id"])["amount"] == 2
    with pytest.raises(ccxt.OrderNotFound, match="already_closed"):
        alice.cancel_order(order["id"])
