"""Listening, refusing to listen, and stopping with connections open."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket

import pytest

from exchange.gateway.server import GatewayServer, settle_heap
from tests.exchange.gateway.live import NAME, WAIT_S, Live, Runner


def test_a_port_of_its_choice_is_told(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        assert 1_024 <= live.server.port < 65_536
        with socket.create_connection(("127.0.0.1", live.server.port), timeout=WAIT_S):
            pass

    live_venue(scenario)


def test_a_port_that_is_taken_is_an_error_and_not_an_exit(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        another = GatewayServer(live.server.app, port=live.server.port)
        with pytest.raises(OSError, match="in use"):
            await another.start()
        async with live.client() as client:
            assert await client.call("public/test")

    live_venue(scenario)


def test_stopping_closes_connections_and_cancels_what_was_asked(live_venue: Runner) -> None:
    async def scenario(live: Live) -> None:
        async with live.client("alice") as alice, live.client() as idle:
            await alice.call("private/enable_cancel_on_disconnect", scope="connection")
            await alice.call("private/buy", instrument_name=NAME, amount=1, price=2.4)
            assert live.venue.core.books.live == 1
            async with asyncio.timeout(WAIT_S):
                await live.server.stop()
            assert await idle.closed() == 1001
            assert await alice.closed() == 1001
        async with asyncio.timeout(WAIT_S):
            while live.venue.core.books.live:
                await asyncio.sleep(0.01)
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", live.server.port), timeout=WAIT_S)

    live_venue(scenario)


def test_nothing_secret_is_logged(live_venue: Runner, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="exchange")
    caplog.set_level(logging.DEBUG, logger="uvicorn")
    secrets: list[str] = []

    async def scenario(live: Live) -> None:
        key = live.credentials["alice"]
        async with live.client() as client, live.http() as http:
            tokens = await client.authenticate(key)
            query = {"grant_type": "client_credentials", **key._asdict()}
            granted = (await http.get("/api/v2/public/auth", params=query)).json()["result"]
            await http.get("/nothing", params={"client_secret": key.client_secret})
            await client.refused("public/auth", **(query | {"client_id": "nobody"}))
            for source in (tokens, granted):
                secrets.extend((source["access_token"], source["refresh_token"]))
            secrets.append(key.client_secret)
            live.keys.revoke(key.client_id, revoked_ns=1)
            live.gateway.end_key(key.client_id)
            assert await client.closed() == 1008

    live_venue(scenario)
    assert len(secrets) == 5
    assert [secret for secret in secrets if secret in caplog.text] == []


def test_settling_lets_the_collector_pass_over_what_is_there() -> None:
    before = gc.get_threshold()
    try:
        settle_heap()
        assert gc.get_freeze_count() > 1_000
        assert gc.get_threshold()[0] > before[0] or before[0] >= 50_000
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
