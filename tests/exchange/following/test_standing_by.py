"""The standby's process: stands by, refuses while another exchange runs, stops on a signal.

That it serves after a kill of the exchange is tested over the wire, in tests/live/test_promote.py.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from exchange.config import Settings
from exchange.following import promotion
from exchange.following.promotion import PromotionError
from exchange.following.standing_by import StandingBy
from exchange.log.store import CommandLog
from tests.exchange import traffic


def marketdata_pids() -> list[int]:
    """Market-data services that this process has started and that run."""
    own = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
    return [
        int(pid)
        for pid in own.split()
        if b"exchange.following.marketdata" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for child processes in /proc")
def test_it_stands_by_refuses_a_second_writer_and_stops(tmp_path: Path) -> None:
    log = CommandLog(tmp_path, writable=True)
    for batch in traffic.batches(3, 60):
        log.append(batch)
    said: list[str] = []

    async def drill() -> None:
        standing = StandingBy(Settings(data_dir=tmp_path, families=("H100",)), said.append, port=0)
        running = asyncio.create_task(standing.run())
        async with asyncio.timeout(60):
            while (state := promotion.state_of(tmp_path)) is None:
                await asyncio.sleep(0.01)
            assert (state.phase, state.pid, state.seq) == ("following", os.getpid(), log.last_seq)
            with pytest.raises(PromotionError, match="a standby already"):
                await StandingBy(Settings(data_dir=tmp_path), said.append).run()
            with pytest.raises(PromotionError, match="in use by another exchange"):
                await asyncio.to_thread(promotion.promote, tmp_path, 0.1, 30)
            # What it will serve market data with is loaded already, and goes with it.
            (waiting,) = marketdata_pids()
            os.kill(os.getpid(), signal.SIGTERM)
            await running
            assert waiting not in marketdata_pids()

    asyncio.run(drill())
    assert not promotion.is_standing_by(tmp_path)
    assert any("/metrics" in line for line in said)
    assert any("not taken over" in line for line in said)
    log.close()
