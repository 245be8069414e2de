"""A crowd is drawn the same each time, and trades in one loop."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from clients.credentials import Credentials
from clients.participants import REGISTRY, make_trader
from clients.population import Crowd, population
from tests.clients.conftest import run, until
from tests.clients.server import CLIENT_ID, CLIENT_SECRET, FakeExchange


def test_same_seed_and_size_give_the_same_crowd() -> None:
    assert population(3, 15) == population(3, 15)
    assert population(3, 15) != population(4, 15)


def test_a_larger_crowd_keeps_the_parameters_of_the_smaller() -> None:
    large = {member.name: member for member in population(3, 30)}
    for member in population(3, 12):
        assert large[member.name] == member


@pytest.mark.parametrize("size", [1, 2, 5, 12, 20, 40])
def test_sizes_and_kinds(size: int) -> None:
    crowd = population(1, size)
    assert len({member.name for member in crowd}) == len(crowd) == size
    counts = Counter(member.kind for member in crowd)
    if size >= len(REGISTRY):
        assert set(counts) == set(REGISTRY)
    for member in crowd:
        assert make_trader(member.kind, member.name, 1, member.params).kind == member.kind


def test_an_empty_crowd_is_refused() -> None:
    with pytest.raises(ValueError, match="size: 0"):
        population(1, 0)


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
