"""Mass quotes, protection and the dead-man timer at a running exchange, from connections of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

from tests.live.conftest import Serve
from tests.live.peer import WAIT_S, Http, Peer
from tests.live.running import RunningExchange


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def instruments(peer: Peer) -> list[dict[str, Any]]:
    """The perpetual and a dated future in the middle of the curve, which lives long enough."""
    listed = peer.call("public/get_instruments", currency="any")
    dated = sorted(
        (one for one in listed if one["settlement_period"] == "month"),
        key=lambda one: one["expiration_timestamp"],
    )
    perpetual = next(one for one in listed if one["settlement_period"] == "perpetual")
    return [perpetual, dated[3]]


def quote(peer: Peer, instrument: dict[str, Any], levels: int, amount: int) -> list[dict[str, Any]]:
    """Levels some ticks from the mark, a tick apart."""
    name, tick = instrument["instrument_name"], instrument["tick_size"]
    mark = peer.call("public/ticker", instrument_name=name)["mark_price"]
    quotes = []
    for level in range(5, 5 + levels):
        bid, ask = (round(mark + way * level * tick, 3) for way in (-1, 1))
        sides = {"bid": {"price": bid, "amount": amount}, "ask": {"price": ask, "amount": amount}}
        quotes.append({"instrument_name": name, **sides})
    return quotes


def open_orders(peer: Peer) -> list[dict[str, Any]]:
    orders: list[dict[str, Any]] = peer.call("private/get_open_orders")
    return orders


def test_many_levels_of_two_instruments_replaced_by_one_message(
    exchange: RunningExchange,
) -> None:
    with Peer(exchange, "alice") as maker, Http(exchange, "alice") as http:
        perpetual, dated = instruments(maker)
        both = [*quote(maker, perpetual, 20, 3), *quote(maker, dated, 4, 2)]
        answer = maker.call("private/mass_quote", quotes=both, detailed=True, quote_id="1")
        assert (answer["errors"], answer["quote_id"]) == ([], "1")
        assert len(answer["orders"]) == len(open_orders(maker)) == 48
        book = maker.call(
            "public/get_order_book", instrument_name=perpetual["instrument_name"], depth=100
        )
        wanted = both[:20]
        assert book["bids"] == [[one["bid"]["price"], 3] for one in wanted]
        assert book["asks"] == [[one["ask"]["price"], 3] for one in wanted]

        query = {"quotes": msgspec.json.encode(quote(maker, dated, 1, 1)).decode()}
        response = http.get("private/mass_quote", query)
        assert response.json()["result"] == {"errors_count": 0, "errors": []}
        assert len(open_orders(maker)) == 42
        own = maker.call("private/buy", **plain(wanted[0]))["order"]
        assert maker.call("private/cancel_quotes", cancel_type="all") == 42
        assert [one["order_id"] for one in open_orders(maker)] == [own["order_id"]]
        maker.call("private/cancel_all")


def plain(quoted: dict[str, Any]) -> dict[str, Any]:
    return {"instrument_name": quoted["instrument_name"], **quoted["bid"]}


def test_quotes_end_with_the_connection_that_asked_for_it(exchange: RunningExchange) -> None:
    with Peer(exchange, "alice") as watcher:
        maker = Peer(exchange, "alice")
        maker.call("private/enable_cancel_on_disconnect", scope="connection")
        quotes = quote(maker, instruments(maker)[0], 5, 1)
        maker.call("private/mass_quote", quotes=quotes)
        assert len(open_orders(watcher)) == 10
        maker.cut()
        eventually(lambda: open_orders(watcher) == [])


def test_protection_trips_and_tells_over_the_wire(exchange: RunningExchange) -> None:
    with Peer(exchange, "alice") as maker, Peer(exchange, "bob") as taker:
        perpetual = instruments(maker)[0]
        index = perpetual["price_index"]
        config = {"index_name": index, "interval": 60, "frozen_time": 0, "quantity_limit": 4}
        assert maker.call("private/set_mmp_config", **config) == {**config, "mmp_group": "default"}
        maker.call("private/subscribe", channels=["user.orders.any.any.raw"])
        quotes = quote(maker, perpetual, 3, 2)
        maker.call("private/mass_quote", quotes=quotes, mmp_group="default")
        sold = taker.call(
            "private/sell",
            instrument_name=perpetual["instrument_name"],
            amount=4,
            price=quotes[1]["bid"]["price"],
        )
        assert sold["order"]["order_state"] == "filled"
        eventually(lambda: open_orders(maker) == [])
        (status,) = maker.call("private/get_mmp_status")
        assert (status["index_name"], status["frozen_until"]) == (index, 0)
        refused = maker.call("private/mass_quote", quotes=quotes, mmp_group="default")
        assert {error["error"]["data"]["param"] for error in refused["errors"]} == {"mmp"}
        assert maker.call("private/reset_mmp", index_name=index) == "ok"
        assert maker.call("private/mass_quote", quotes=quotes, mmp_group="default")["errors"] == []
        maker.call("private/cancel_all")


def test_an_account_that_falls_silent_loses_its_orders_and_is_told_why(
    exchange: RunningExchange,
) -> None:
    with Peer(exchange, "carol") as silent:
        quotes = quote(silent, instruments(silent)[0], 2, 1)
        silent.call("private/mass_quote", quotes=quotes)
        kept = silent.call("private/cancel_all_after", timeout_ms=60_000)
        assert kept["cancel_timestamp"] - kept["timestamp"] == 60_000
        silent.call("private/subscribe", channels=["user.orders.any.any.raw"])
        due = silent.call("private/cancel_all_after", timeout_ms=1_000)["cancel_timestamp"]
        told: list[dict[str, Any]] = []
        while len(told) < 4:
            frame = silent.frame()
            content = frame["params"]["data"]
            orders = content if isinstance(content, list) else [content]
            told += [one for one in orders if one["order_state"] == "cancelled"]
        assert {one["cancel_reason"] for one in told} == {"deadline_passed"}
        assert all(one["last_update_timestamp"] >= due for one in told)
        assert open_orders(silent) == []


def test_a_timer_that_runs_out_while_the_exchange_is_down_works_before_it_answers(
    serve: Serve,
) -> None:
    options = ("--account", "alice", "--account", "bob")
    running = serve(*options).wait_ready()
    with Peer(running, "alice") as silent, Peer(running, "bob") as other:
        perpetual = instruments(silent)[0]
        for peer in (silent, other):
            peer.call("private/mass_quote", quotes=quote(peer, perpetual, 2, 1))
        due = silent.call("private/cancel_all_after", timeout_ms=1_000)["cancel_timestamp"]
        other.call("private/cancel_all_after", timeout_ms=3_600_000)
        running.kill()
    while time.time_ns() // 1_000_000 < due:
        time.sleep(0.02)
    again = serve(*options).wait_ready()
    with Peer(again, "alice") as silent, Peer(again, "bob") as other:
        assert open_orders(silent) == []
        assert len(open_orders(other)) == 4
    assert again.stop() == 0
