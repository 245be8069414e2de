"""The dialect over HTTP, with ccxt's own signatures and with broken requests."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from typing import Any

import ccxt
import pytest

from exchange.gateway.keys import Credentials
from exchange.gateway.limits import Limits
from tests.exchange.gateway.live import NAME, Live, Runner

BUY = f"/api/v2/private/buy?instrument_name={NAME}&amount=2&price=2.4&label=a%20b&post_only=true"


def signed(
    credentials: Credentials, target: str, verb: str = "GET", body: bytes = b"", **changes: Any
) -> dict[str, str]:
    """The header of a request, written down from the published description."""
    ts = str(changes.get("ts", int(time.time() * 1_000)))
    nonce = changes.get("nonce", str(time.perf_counter_ns()))
    text = f"{ts}\n{nonce}\n{verb}\n{target}\n".encode() + body + b"\n"
    sig = hmac.new(credentials.client_secret.encode(), text, hashlib.sha256).hexdigest()
    value = f"deri-hmac-sha256 id={credentials.client_id},ts={ts},sig={sig},nonce={nonce}"
    return {"Authorization": value}


def test_a_signed_get_with_every_value_as_text_places_an_order(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.http() as http:
            response = await http.get(BUY, headers=signed(live.credentials["alice"], BUY))
            assert response.status_code == 200
            answer = response.json()
            assert (answer["jsonrpc"], answer["id"], answer["testnet"]) == ("2.0", None, True)
            order = answer["result"]["order"]
            assert (order["amount"], order["price"], order["label"]) == (2, 2.4, "a b")
            assert order["post_only"] is True
        async with live.client("alice") as alice:
            (found,) = await alice.call("private/get_open_orders")
            assert found["order_id"] == order["order_id"]

    live_venue(scenario)


def test_a_post_names_its_method_in_the_body_or_the_path(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        key = live.credentials["alice"]
        body = b'{"jsonrpc":"2.0","id":"q","method":"private/get_open_orders","params":{}}'
        async with live.http() as http:
            for path in ("/api/v2", "/api/v2/private/get_open_orders"):
                headers = signed(key, path, "POST", body)
                response = await http.post(path, content=body, headers=headers)
                assert response.json()["result"] == []
                assert response.json()["id"] == "q"
                tampered = body.replace(b"{}", b'{"kind":"any"}')
                headers = signed(key, path, "POST", body)
                response = await http.post(path, content=tampered, headers=headers)
                assert response.json()["error"]["code"] == 13004
            path = "/api/v2/public/test"
            response = await http.post(path, content=body)
            assert response.json()["error"]["code"] == -32600
            assert "result" in (await http.post(path)).json()

    live_venue(scenario)


def test_tokens_serve_as_bearer_and_as_parameter(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        key = live.credentials["alice"]
        async with live.http() as http:
            query = {"grant_type": "client_credentials", **key._asdict()}
            granted = (await http.get("/api/v2/public/auth", params=query)).json()["result"]
            assert granted["token_type"] == "bearer"
            token = granted["access_token"]
            path = "/api/v2/private/get_open_orders"
            bearer = await http.get(path, headers={"Authorization": f"Bearer {token}"})
            assert bearer.json()["result"] == []
            assert (await http.get(path, params={"access_token": token})).status_code == 200
            refresh = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
            again = (await http.get("/api/v2/public/auth", params=refresh)).json()["result"]
            assert (await http.get(path, params={"access_token": token})).status_code == 400
            fresh = {"access_token": again["access_token"]}
            assert (await http.get(path, params=fresh)).status_code == 200

    live_venue(scenario)


@pytest.mark.parametrize(
    ("path", "code", "param"),
    [
        ("/api/v2", -32600, "method"),
        ("/api/v2/public/nothing", -32601, "method"),
        ("/api/v2/public/test?x=1", -32602, "x"),
        ("/api/v2/public/test?expected_result=a&expected_result=b", -32602, "expected_result"),
        ("/api/v2/public/test?expected_result=%zz", -32602, "expected_result"),
        ("/api/v2/public/test?expected_result=%ff", -32602, "expected_result"),
        ("/api/v2/public/subscribe?channels=[%22a%22]", 10030, None),
        ("/api/v2/private/get_open_orders", 10000, None),
        ("/api/v2/private/get_open_orders?access_token=guess", 13009, None),
    ],
)
def test_wrong_requests_are_answered_400(
    live_venue: Runner, path: str, code: int, param: str | None
) -> None:
    async def scenario(live: Live) -> None:
        before = live.state()
        async with live.http() as http:
            response = await http.get(path)
            assert response.status_code == 400
            error = response.json()["error"]
            assert error["code"] == code
            assert error["data"].get("param") == param
            assert error["data"]["reason"]
        assert live.state() == before

    live_venue(scenario)


def test_signatures_are_good_once_and_for_a_minute(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        key = live.credentials["alice"]
        before = live.state()
        async with live.http() as http:

            async def refused(headers: dict[str, str]) -> tuple[int, Any]:
                response = await http.get(BUY, headers=headers)
                assert response.status_code == 400
                error = response.json()["error"]
                return error["code"], error["data"].get("param")

            stale = signed(key, BUY, ts=int(time.time() * 1_000) - 61_000)
            assert await refused(stale) == (13004, "timestamp")
            other = signed(live.credentials["bob"], BUY.replace("amount=2", "amount=3"))
            assert await refused(other) == (13004, "sig")
            assert await refused({"Authorization": "nonsense"}) == (13004, "Authorization")
            assert live.state() == before
            headers = signed(key, BUY)
            assert (await http.get(BUY, headers=headers)).status_code == 200
            placed = live.state()
            assert await refused(headers) == (13004, "nonce")
            assert live.state() == placed

    live_venue(scenario)


def test_long_bodies_and_queries_are_refused(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.http() as http:
            for content in (b" " * 65_537, (chunk async for chunk in chunks())):
                response = await http.post("/api/v2", content=content)
                assert response.status_code == 400
                assert "longer" in response.json()["error"]["data"]["reason"]
            response = await http.get("/api/v2/public/test?expected_result=" + "x" * 60_000)
            assert response.json()["error"]["code"] == -32602
            response = await http.get("/api/v2/public/test?expected_result=" + "x" * 65_000)
            assert response.status_code == 400
            assert (await http.put("/api/v2/public/test")).json()["error"]["code"] == -32600
            assert (await http.get("/api/v2/public/test")).status_code == 200

    async def chunks() -> Any:
        for _ in range(80):
            yield b" " * 1_000

    live_venue(scenario)


def test_keys_only_do_what_their_scopes_say(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        reader = live.keys.create("alice", ("trade:read",), created_ns=1)
        async with live.http() as http:
            path = "/api/v2/private/get_open_orders"
            assert (await http.get(path, headers=signed(reader, path))).status_code == 200
            before = live.state()
            error = (await http.get(BUY, headers=signed(reader, BUY))).json()["error"]
            assert (error["code"], error["message"]) == (13021, "forbidden")
            assert live.state() == before

    live_venue(scenario)


def test_an_address_that_asks_too_much_without_a_key_waits(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.http() as http:
            codes = [(await http.get("/api/v2/public/test")).status_code for _ in range(5)]
            assert codes == [200, 200, 200, 400, 400]
            path = "/api/v2/private/get_open_orders"
            headers = signed(live.credentials["alice"], path)
            assert (await http.get(path, headers=headers)).status_code == 200

    live_venue(scenario, Limits(anonymous_rate=0.01, anonymous_burst=3))


def test_ccxt_signs_in_and_trades(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        key = live.credentials["alice"]
        client = ccxt.deribit({"apiKey": key.client_id, "secret": key.client_secret})
        client.urls["api"]["rest"] = live.http_url
        order = {"instrument_name": NAME, "amount": 1, "price": 2.4, "type": "limit"}

        def trade() -> tuple[Any, Any]:
            placed = client.privateGetBuy(order)["result"]["order"]
            with pytest.raises(ccxt.OrderNotFound):
                client.privateGetCancel({"order_id": "GPU1-999"})
            with pytest.raises(ccxt.BadRequest):
                client.privateGetBuy(order | {"price": "NaN"})
            client.secret = "guess"
            with pytest.raises(ccxt.AuthenticationError):
                client.privateGetBuy(order)
            return placed, live.venue.core.books.live

        placed, live_orders = await asyncio.to_thread(trade)
        assert (placed["order_state"], live_orders) == ("open", 1)

    live_venue(scenario)
