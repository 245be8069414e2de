"""A bot runs for its time, tells what it did, and stops on a signal."""

from __future__ import annotations

import asyncio
import io
import os
import signal

import pytest
from rich.console import Console

from clients.bot import run_bot
from clients.credentials import Credentials
from clients.errors import AuthenticationError
from tests.clients.conftest import run, until
from tests.clients.server import CLIENT_ID, CLIENT_SECRET, GPU1, FakeExchange

KEY = Credentials(CLIENT_ID, CLIENT_SECRET)


def quiet() -> Console:
    return Console(file=io.StringIO())


def test_a_noise_bot_trades_and_cancels_at_the_end() -> None:
    async def work() -> None:
        async with FakeExchange() as server:
            server.books[GPU1] = {"bids": {2.79: 50}, "asks": {2.81: 50}}
            params = {"interval_s": "0.02", "instruments": GPU1}
            tally, report = await run_bot(
                "noise", server.url, KEY, params=params, seed=1, duration_s=1.0, console=quiet()
            )
            assert tally.orders > 5
            assert tally.acks >= tally.orders
            assert tally.fills == len(server.fills)
            assert report.kind == "noise"
            assert all(order["order_state"] != "open" for order in server.orders.values())

    run(work)


def test_a_signal_stops_it_cleanly() -> None:
    async def work() -> None:
        async with FakeExchange() as server:
            server.books[GPU1] = {"bids": {2.79: 50}, "asks": {2.81: 50}}
            params = {"interval_s": "0.02", "instruments": GPU1}
            task = asyncio.create_task(
                run_bot("noise", server.url, KEY, params=params, console=quiet())
            )
            await until(lambda: server.orders)
            os.kill(os.getpid(), signal.SIGTERM)
            tally, _ = await task
            assert tally.orders
            assert all(order["order_state"] != "open" for order in server.orders.values())

    run(work)


def test_bad_input_is_refused_before_connecting() -> None:
    async def work() -> None:
        async with FakeExchange() as server:
            with pytest.raises(ValueError, match="no such kind"):
                await run_bot("bank", server.url, KEY)
            with pytest.raises(ValueError, match="no such parameter"):
                await run_bot("noise", server.url, KEY, params={"x": "1"})
            assert server.connections == 0
            with pytest.raises(AuthenticationError):
                await run_bot("noise", server.url, Credentials("a", "b"), console=quiet())

    run(work)
