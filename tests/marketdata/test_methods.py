"""Calls answered without a socket: what changes, and what does not when refused."""

from __future__ import annotations

from typing import Any, cast

import pytest
from websockets.asyncio.server import ServerConnection

from marketdata.methods import PublicMethods
from marketdata.publisher import Publisher, Subscriber
from marketdata.rpc import Request, RpcError
from marketdata.session import Session, TokenBucket
from tests.marketdata.examples import GPU1, T0_NS, listed_market


class Caller:
    """One session with the methods it calls; no method touches the connection."""

    def __init__(self) -> None:
        self.publisher = Publisher(listed_market())
        self.methods = PublicMethods(self.publisher, lambda: T0_NS, 10.0)
        subscriber = Subscriber(self.publisher, limit=2)
        connection = cast(ServerConnection, object())
        self.session = Session(connection, subscriber, TokenBucket(1, 1, 0))

    def call(self, method: str, **params: Any) -> Any:
        return self.methods.call(self.session, Request(method, 1, params))

    def refuse(self, method: str, **params: Any) -> RpcError:
        with pytest.raises(RpcError) as caught:
            self.call(method, **params)
        return caught.value


def test_time_is_the_clocks() -> None:
    assert Caller().call("public/get_time") == T0_NS // 10**6


def test_subscriptions_change_the_session_only_when_all_names_are_good() -> None:
    caller = Caller()
    good = f"quote.{GPU1.name}"
    error = caller.refuse("public/subscribe", channels=[good, "quote.NOTHING"])
    assert (error.code, error.param) == (-32602, "channels")
    assert "NOTHING is not listed" in error.reason
    assert caller.session.subscriber.channels == []
    assert caller.call("public/subscribe", channels=[good]) == [good]
    error = caller.refuse("public/subscribe", channels=["index.h100_usd", f"book.{GPU1.name}.raw"])
    assert "more than 2 channels" in error.reason
    assert caller.session.subscriber.channels == [good]
    assert caller.call("public/unsubscribe", channels=["nothing", good]) == [good]


def test_heartbeat_begins_and_ends() -> None:
    caller = Caller()
    assert caller.refuse("public/set_heartbeat", interval=9).param == "interval"
    assert caller.session.heartbeat is None
    assert caller.call("public/set_heartbeat", interval=10) == "ok"
    assert caller.session.heartbeat is not None
    assert caller.call("public/disable_heartbeat") == "ok"
    assert caller.session.heartbeat is None


@pytest.mark.parametrize(
    ("method", "params", "code", "param"),
    [
        ("public/auth", {}, -32601, "method"),
        ("public/ticker", {}, -32602, "instrument_name"),
        ("public/ticker", {"instrument_name": "NOTHING"}, -32602, "instrument_name"),
        ("public/ticker", {"instrument_name": "x" * 200}, -32602, "instrument_name"),
        ("public/get_order_book", {"instrument_name": GPU1.name, "depth": 0}, -32602, "depth"),
        ("public/get_order_book", {"instrument_name": GPU1.name, "depth": 2**64}, -32602, "depth"),
        ("public/get_instruments", {"currency": "BTC"}, -32602, "currency"),
        ("public/get_instruments", {"expired": "yes"}, -32602, "expired"),
        ("public/set_heartbeat", {"interval": float("nan")}, -32602, "interval"),
        ("public/subscribe", {"channels": ["x"] * 1001}, -32602, "channels"),
    ],
)
def test_refusals_name_the_parameter(
    method: str, params: dict[str, Any], code: int, param: str
) -> None:
    error = Caller().refuse(method, **params)
    assert (error.code, error.param) == (code, param)
    assert error.reason
