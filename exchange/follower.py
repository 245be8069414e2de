"""The market-data service as a process: follows the log, applies it to its own core, publishes.

Run as ``python -m exchange.follower DATA_DIR --host HOST --port PORT``; it prints one line of JSON,
``{"port": …}``, when it serves, and stops on SIGTERM or when its parent closes its standard input. The
other options tell the clock of the market: real time without them, held without a wall anchor until
standard input tells one.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

import msgspec
import uvloop

from exchange.core.warm import warm_up
from exchange.log import opening
from exchange.log.port import LogReader
from exchange.market_clock import REAL_TIME_PPM, MarketClock
from exchange.replica import PublicReplica, recover
from marketdata.publisher import Publisher
from marketdata.server import MarketDataServer

logger = logging.getLogger(__name__)

POLL_S = 0.002
BATCHES_A_TURN = 64


class Follower:
    """Applies what the log gains to a public replica, and wakes the publisher's subscribers."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self.replica = recover(PublicReplica(), log)
        self.publisher = Publisher(self.replica.market)

    def catch_up(self) -> int:
        """Apply what is new, at most BATCHES_A_TURN batches; return how many there were."""
        applied = 0
        for batch in self._log.read(self.replica.core.seq, limit=BATCHES_A_TURN):
            self.replica.apply(batch)
            applied += 1
        return applied

    async def run(self) -> None:
        """Follow until cancelled."""
        seen = -1
        while True:
            version = self._log.version()
            if version != seen:
                seen = version
                while self.catch_up() == BATCHES_A_TURN:
                    await asyncio.sleep(0)
            await asyncio.sleep(POLL_S)


async def serve(directory: Path, host: str, port: int, clock: MarketClock) -> None:
    """Serve market data until told to stop."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    loop.add_reader(sys.stdin.fileno(), _hear_parent, clock, stopped)
    log = opening.readable(directory)
    warm_up()
    follower = Follower(log)
    server = MarketDataServer(follower.publisher, host, port, clock_ns=clock.now_ns)
    await server.start()
    following = asyncio.create_task(follower.run())
    sys.stdout.write(msgspec.json.encode({"port": server.port}).decode() + "\n")
    sys.stdout.flush()
    done, _ = await asyncio.wait(
        {following, asyncio.create_task(stopped.wait())}, return_when=asyncio.FIRST_COMPLETED
    )
    await server.close()
    if following in done:
        following.result()
    following.cancel()
    log.close()


def _hear_parent(clock: MarketClock, stopped: asyncio.Event) -> None:
    """Release the market's clock at the wall time that is told; stop when standard input ends.

    It ends when the exchange that started this process is gone.
    """
    told = os.read(sys.stdin.fileno(), 1024)
    if told:
        clock.release(int(told))
    else:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stopped.set()


def main() -> None:
    """Run the market-data service from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rate-ppm", type=int, default=REAL_TIME_PPM)
    parser.add_argument("--anchor-ns", type=int)
    parser.add_argument("--wall-anchor-ns", type=int)
    arguments = parser.parse_args()
    clock = MarketClock()
    if arguments.anchor_ns is not None:
        clock = MarketClock.anchored(
            arguments.rate_ppm, arguments.anchor_ns, arguments.wall_anchor_ns
        )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    uvloop.run(serve(arguments.directory, arguments.host, arguments.port, clock))


if __name__ == "__main__":
    main()
