"""A crowd trades in one loop."""

from __future__ import annotations

import asyncio

import pytest

from clients.credentials import Credentials
from clients.crowd import Crowd
from clients.population import population
from tests.clients.conftest import run, until
from tests.clients.server import CLIENT_ID, CLIENT_SECRET, FakeExchange


def test_members_without_a_key_are_named() -> None:
    with pytest.raises(ValueError, match="no key for market-maker-1"):
        Crowd(population(1, 1), {}, "ws://127.0.0.1:9/")


def test_a_crowd_trades_and_leaves_nothing_behind() -> None:
    async def work() -> None:
        async with FakeExchange() as server:
            members = population(1, 6)
            key = Credentials(CLIENT_ID, CLIENT_SECRET)
            crowd = Crowd(members, {member.name: key for member in members}, server.url, seed=1)
            stop = asyncio.Event()
            running = asyncio.create_task(crowd.run(stop))
            await until(lambda: len(server.lines) == 6)
            await until(lambda: sum(runner.tally.messages for runner in crowd.traders) > 0)
            stop.set()
            await running
            await until(lambda: not server.lines)
            assert all(order["order_state"] != "open" for order in server.orders.values())

    run(work)
