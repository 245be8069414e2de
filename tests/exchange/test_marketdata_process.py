"""The market-data child process; tests/live/test_marketdata.py kills it under a running exchange."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
import uvloop

from exchange.config import Settings
from exchange.log.store import CommandLog
from exchange.marketdata_process import MarketDataProcess, ServingError


def test_it_starts_beside_a_log_and_ends_when_told(tmp_path: Path) -> None:
    async def run() -> int:
        log = CommandLog(tmp_path, writable=True)
        process = MarketDataProcess(Settings(data_dir=tmp_path, port=0, marketdata_port=0))
        try:
            # Launched long before there is anything to serve, as a standby does, it is the one that serves.
            await process.launch()
            launched = process.pid
            assert launched is not None
            os.kill(launched, 0)
            await process.start()
            assert process.pid == launched
            _, writer = await asyncio.open_connection("127.0.0.1", process.port)
            writer.close()
        finally:
            await process.stop()
            log.close()
        return await process.ended()

    assert asyncio.run(run()) == 0


def test_one_that_dies_before_it_serves_is_a_reason_and_not_a_broken_pipe(tmp_path: Path) -> None:
    async def run() -> None:
        CommandLog(tmp_path, writable=True).close()
        process = MarketDataProcess(Settings(data_dir=tmp_path, port=0, marketdata_port=0))
        await process.launch()
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        assert await process.ended() == -signal.SIGKILL
        for _ in range(3):
            process.begin()
            await asyncio.sleep(0.01)
        with pytest.raises(ServingError, match="did not start"):
            await process.listening()

    # The loop of production: its transports raise where asyncio's stay silent.
    uvloop.run(run())


def test_a_taken_port_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    async def run() -> None:
        CommandLog(tmp_path, writable=True).close()
        taken = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        port = taken.sockets[0].getsockname()[1]
        process = MarketDataProcess(Settings(data_dir=tmp_path, port=0, marketdata_port=port))
        try:
            with pytest.raises(ServingError, match="--marketdata-port"):
                await process.start()
        finally:
            await process.stop()
            taken.close()

    asyncio.run(run())
