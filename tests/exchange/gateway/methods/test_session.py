"""Greeting, authentication, heartbeats over a real socket."""

from __future__ import annotations

import time
from importlib.metadata import version

import ccxt.pro

from exchange.gateway.limits import Limits
from tests.exchange.gateway.live import Live, Runner


def test_hello_and_test_tell_the_version(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client() as client:
            told = {"version": version("compute-futures-exchange")}
            assert await client.call("public/hello", client_name="a", client_version="1") == told
            assert await client.call("public/test") == told
            error = await client.refused("public/test", expected_result="exception")
            assert error["code"] == 10001

    live_venue(scenario)


def test_ccxt_authenticates_its_socket(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        key = live.credentials["alice"]
        client = ccxt.pro.deribit({"apiKey": key.client_id, "secret": key.client_secret})
        client.urls["api"]["ws"] = live.url
        try:
            granted = await client.authenticate()
            assert granted["result"]["token_type"] == "bearer"
            (session,) = live.gateway.sessions
            assert session.identity is not None
            assert session.identity.key.account == "alice"
        finally:
            await client.close()

    live_venue(scenario)


def test_a_connection_is_nobody_until_it_authenticates(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        key = live.credentials["alice"]
        async with live.client() as client:
            assert (await client.refused("private/get_open_orders"))["code"] == 10000
            wrong = {"grant_type": "client_credentials", "client_id": key.client_id}
            for secret in ("guess", live.credentials["bob"].client_secret):
                error = await client.refused("public/auth", **wrong, client_secret=secret)
                assert error["code"] == 13004
            for params, param in (
                (wrong, "client_secret"),
                ({"grant_type": "client_signature", "client_id": "x"}, "signature"),
                ({"grant_type": "refresh_token"}, "refresh_token"),
                ({"grant_type": "password"}, "grant_type"),
                ({}, "grant_type"),
            ):
                error = await client.refused("public/auth", **params)
                assert (error["code"], error["data"]["param"]) == (-32602, param)
            assert (await client.refused("private/get_open_orders"))["code"] == 10000
            granted = await client.authenticate(key, state="s")
            assert granted["state"] == "s"
            assert granted["scope"].split()[0] == "connection"
            assert await client.call("private/get_open_orders") == []

    live_venue(scenario)


def test_a_narrowed_and_a_short_token_bind_the_connection(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        key = live.credentials["alice"]
        async with live.client() as client, live.client() as other:
            granted = await client.authenticate(key, scope="trade:read expires:3000")
            assert granted["scope"] == "connection trade:read"
            assert 2_990 <= granted["expires_in"] <= 3_000
            assert await client.call("private/get_open_orders") == []
            assert (await client.refused("private/cancel_all"))["code"] == 13021
            token = {"access_token": granted["access_token"]}
            assert (await other.refused("private/get_open_orders", **token))["code"] == 13009
            granted = await client.authenticate(key, scope="expires:1")
            assert await client.call("private/get_open_orders") == []
            deadline_s = time.monotonic() + 5
            while time.monotonic() < deadline_s:
                answer = await client.ask("private/get_open_orders")
                if "error" in answer:
                    break
            assert answer["error"]["code"] == 13009
            again = await client.call(
                "public/auth", grant_type="refresh_token", refresh_token=granted["refresh_token"]
            )
            assert again["expires_in"] > 1_000
            assert await client.call("private/get_open_orders") == []

    live_venue(scenario, Limits(general_rate=1e6, general_burst=1e6))


def test_heartbeats_come_and_silence_ends_the_connection(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client() as client, live.client() as silent:
            for one in (client, silent):
                assert await one.call("public/set_heartbeat", interval=1) == "ok"
            kinds: list[str] = []
            while "test_request" not in kinds:
                frame = await client.frame()
                assert frame["method"] == "heartbeat"
                kinds.append(frame["params"]["type"])
            await client.call("public/test")
            assert await silent.closed() == 1008
            assert await client.call("public/disable_heartbeat") == "ok"
            assert len(live.gateway.sessions) == 1

    live_venue(scenario, Limits(min_heartbeat_s=1))


def test_heartbeats_have_bounds(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client() as client:
            for interval in (9, 0, -1, 3_601, 2**63, "ten", None):
                error = await client.refused("public/set_heartbeat", interval=interval)
                assert (error["code"], error["data"]["param"]) == (-32602, "interval")
            assert await client.call("public/set_heartbeat", interval=10) == "ok"

    live_venue(scenario)


def test_what_is_about_a_connection_needs_one(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        key = live.credentials["alice"]
        async with live.http() as http:
            query = {"grant_type": "client_credentials", **key._asdict()}
            granted = (await http.get("/api/v2/public/auth", params=query)).json()["result"]
            token = {"access_token": granted["access_token"]}
            for path in (
                "public/set_heartbeat?interval=10",
                "public/disable_heartbeat",
                "public/unsubscribe_all",
                "private/logout",
                "private/enable_cancel_on_disconnect",
                "private/disable_cancel_on_disconnect",
                "private/get_cancel_on_disconnect",
                "private/unsubscribe_all",
            ):
                joined = "&" if "?" in path else "?"
                secret = f"{joined}access_token={token['access_token']}"
                url = f"/api/v2/{path}{secret if path.startswith('private') else ''}"
                response = await http.get(url)
                assert response.json()["error"]["code"] == 10030, path

    live_venue(scenario)
