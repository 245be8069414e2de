"""Ctrl-C and SIGTERM set what a follower waits for."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from exchange.following.stopping import stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops(number: signal.Signals) -> None:
    async def wait() -> bool:
        stopped = stopping()
        assert not stopped.is_set()
        os.kill(os.getpid(), number)
        return await asyncio.wait_for(stopped.wait(), 10)

    assert asyncio.run(wait())
