"""Fixtures of the client tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest

from clients import messages as m
from clients.connection import Timing
from clients.sdk import Exchange
from tests.clients.server import CLIENT_ID, CLIENT_SECRET, FakeExchange

T = TypeVar("T")
QUICK = Timing(
    connect_s=30, request_s=30, heartbeat_s=30, backoff_first_s=0.01, backoff_most_s=0.05
)


def run(work: Callable[[], Awaitable[T]], limit_s: float = 120) -> T:
    """Run a coroutine to its end, in bounded time, and find tasks that outlive it."""

    async def bounded() -> T:
        async with asyncio.timeout(limit_s):
            result = await work()
        # One turn lets transports and cancelled tasks finish.
        await asyncio.sleep(0.05)
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, f"tasks outlive the client: {left}"
        return result

    return asyncio.run(bounded())


@asynccontextmanager
async def trading(**options: Any) -> AsyncIterator[tuple[FakeExchange, Exchange]]:
    """A server and a client with a key."""
    async with FakeExchange() as server:
        client = Exchange.connect(
            server.url,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            timing=options.pop("timing", QUICK),
            **options,
        )
        async with client:
            yield server, client


async def until(condition: Callable[[], object], limit_s: float = 60) -> None:
    """Wait until a condition holds; the limit only bounds a failure."""
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.005)


def drain(exchange: Exchange) -> list[m.Message]:
    """Take all messages that wait."""
    taken = []
    while (message := exchange.mailbox.take()) is not None:
        taken.append(message)
    return taken


@pytest.fixture
def quick() -> Timing:
    """Pauses short enough for tests."""
    return QUICK
