"""Bad messages over a real socket: each is answered, changes nothing and disturbs nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from exchange.gateway.limits import Limits
from tests.exchange.gateway.live import NAME, WAIT_S, Live, Runner


def order(**changes: Any) -> str:
    params = {"instrument_name": NAME, "amount": 1, "price": 2.5, **changes}
    body = {"jsonrpc": "2.0", "id": 9, "method": "private/buy", "params": params}
    return msgspec.json.encode(body).decode()


BAD: list[tuple[str | bytes, int, str | None]] = [
    ("", -32700, None),
    ("{", -32700, None),
    (order()[:-5], -32700, None),
    (b"\xff\xfe", -32700, None),
    (order().replace("2.5", "NaN"), -32700, None),
    (order().replace("2.5", "Infinity"), -32700, None),
    ("[]", -32600, None),
    (f"[{order()}]", -32600, None),
    ("7", -32600, None),
    (order().replace("2.0", "3.0"), -32600, "jsonrpc"),
    (order().replace("private/buy", "private/steal"), -32601, "method"),
    (order(colour="red"), -32602, "colour"),
    (order(amount="one"), -32602, "amount"),
    (order(amount=None), -32602, "amount"),
    (order(amount=[1]), -32602, "amount"),
    (order(amount=0), 10002, "amount"),
    (order(amount=-1), 10002, "amount"),
    (order(amount=1.5), -32602, "amount"),
    (order(amount=2**63), -32602, "amount"),
    (order(amount=2**64), -32602, "amount"),
    (order(price=0), -32602, "price"),
    (order(price=-1), -32602, "price"),
    (order(price=2.50001), -32602, "price"),
    (order(price=2**63), -32602, "price"),
    (order(price=2**64), -32602, "price"),
    (order(type="iceberg"), -32602, "type"),
    (order(time_in_force="whenever"), -32602, "time_in_force"),
    (order(post_only="perhaps"), -32602, "post_only"),
    (order(label="x" * 65), -32602, "label"),
    (order(instrument_name="GPU9-PERPETUAL"), 13020, "instrument_name"),
]


def test_bad_messages_change_nothing_and_the_connection_stays(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice, live.client("bob") as bob:
            await alice.buy(2.4)
            await bob.call("public/subscribe", channels=[f"book.{NAME}.raw"])
            assert (await bob.notified(f"book.{NAME}.raw"))["type"] == "snapshot"
            before = live.state()
            for message, code, param in BAD:
                answer = await alice.raw(message)
                error = answer["error"]
                assert error["code"] == code, (message, error)
                assert error["message"]
                assert error["data"]["reason"], (message, error)
                assert error["data"].get("param") == param, (message, error)
                assert answer["id"] in (
                    (9, None) if code == -32600 else (None if code == -32700 else 9,)
                )
            assert live.state() == before
            assert (await alice.call("public/test"))["version"]
            await bob.call("public/test")
            assert bob.notifications == []
            await alice.buy(2.4)
            assert (await bob.notified(f"book.{NAME}.raw"))["type"] == "change"

    live_venue(scenario)


def test_bytes_are_taken_as_text(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client() as client:
            body = b'{"jsonrpc":"2.0","id":"\xc3\xa9","method":"public/test"}'
            assert (await client.raw(body))["id"] == "é"

    live_venue(scenario)


def test_an_oversized_message_closes_its_own_connection_only(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client() as large, live.client() as other:
            fits = '{"jsonrpc":"2.0","id":1,"method":"public/test"' + " " * 60_000 + "}"
            assert "result" in await large.raw(fits)
            await large.socket.send(" " * 65_537)
            assert await large.closed() == 1009
            assert (await other.call("public/test"))["version"]

    live_venue(scenario)


def test_text_that_is_not_utf8_closes_as_the_protocol_wants(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client() as client, live.client() as other:
            await client.socket.send(b"\xff", text=True)
            assert await client.closed() == 1007
            assert (await other.call("public/test"))["version"]

    live_venue(scenario)


def test_one_connection_too_many_is_turned_away_until_one_goes(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client() as first:
            async with live.client():
                with pytest.raises(InvalidStatus) as raised:
                    await connect(live.url)
                response = raised.value.response
                assert response.status_code == 503
                assert msgspec.json.decode(response.body)["error"]["code"] == 10028
                assert await first.call("public/test")
            async with asyncio.timeout(WAIT_S):
                while len(live.gateway.sessions) > 1:
                    await asyncio.sleep(0.01)
            async with live.client() as third:
                assert await third.call("public/test")
        assert live.gateway.counts.turned_away == 1

    live_venue(scenario, Limits(max_sessions=2))


def test_another_path_is_no_socket(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        with pytest.raises(InvalidStatus) as raised:
            await connect(live.url.replace("/ws/api/v2", "/ws/other"))
        assert raised.value.response.status_code in (403, 404)

    live_venue(scenario)
