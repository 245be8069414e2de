"""A market-data node: follows the log, applies it to its own core, publishes.

Run as ``python -m exchange.following.marketdata DATA_DIR --host HOST --port PORT``; it prints one line of
JSON, ``{"port": …}``, when it serves, and stops on SIGTERM or when its parent closes its standard input.
With ``--told-clock`` it waits for a line of standard input before it opens the log: the clock of the market,
ClockTerms as JSON, which only `public/get_time` shows; each line behind tells the clock anew. `cfx follow`
starts one by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import uvloop

from exchange.core.warm import warm_up
from exchange.following import health
from exchange.following.follower import Follower
from exchange.following.health import Health
from exchange.following.stopping import stopping
from exchange.log import opening
from exchange.log.port import LogReader
from exchange.market_clock import ClockTerms, MarketClock
from exchange.replica import PublicReplica, recover
from exchange.steady_clock import wall_clock
from marketdata.publisher import Publisher
from marketdata.server import MarketDataServer


class MarketDataNode:
    """A public replica that follows a log, and the publisher of what it learns; fault: see Health."""

    def __init__(self, log: LogReader, fault: Callable[[], str] = str) -> None:
        self._fault = fault
        self.replica = recover(PublicReplica(), log)
        self.publisher = Publisher(self.replica.market)
        self.follower = Follower(log, self.replica.core.seq, self.replica.apply)

    def health(self) -> Health:
        """Return how far it is behind the log."""
        follower = self.follower
        found = Health.of("marketdata", follower.seq, follower.commands, follower.lag())
        return msgspec.structs.replace(found, fault=self._fault())

    def server(self, host: str, port: int, clock_ns: Callable[[], int]) -> MarketDataServer:
        """Return the service of this node, to be started."""
        return MarketDataServer(
            self.publisher,
            host,
            port,
            clock_ns=clock_ns,
            answer_http=lambda path: health.answer(path, self.health),
        )

    def log_time_ns(self) -> int:
        """Return the time of the newest command, the only clock that all nodes have."""
        return self.replica.core.ts_ns


async def serve(directory: Path, host: str, port: int, clock: MarketClock) -> None:
    """Serve market data for a parent until told to stop."""
    stopped = stopping()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _hear_parent, clock, stopped)
    await follow(directory, host, port, stopped, _tell_port, lambda node: clock.now_ns)


def _tell_port(port: int) -> None:
    # A parent that is gone already is told by the end of standard input.
    with contextlib.suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), msgspec.json.encode({"port": port}) + b"\n")


async def follow(
    directory: Path,
    host: str,
    port: int,
    stopped: asyncio.Event,
    on_port: Callable[[int], None],
    clock_of: Callable[[MarketDataNode], Callable[[], int]] = lambda node: node.log_time_ns,
    fault: Callable[[], str] = str,
) -> None:
    """Serve market data until ``stopped``; on_port: told where, once it listens.

    Raises OSError when the address is taken, and what the log raises.
    """
    log = opening.readable(directory)
    try:
        warm_up()
        node = MarketDataNode(log, fault)
        server = node.server(host, port, clock_of(node))
        await server.start()
        try:
            on_port(server.port)
            following = asyncio.create_task(node.follower.run())
            waiting = asyncio.create_task(stopped.wait())
            done, _ = await asyncio.wait({following, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if following in done:
                following.result()
            following.cancel()
            waiting.cancel()
            await asyncio.gather(following, waiting, return_exceptions=True)
        finally:
            await server.close()
    finally:
        with contextlib.suppress(OSError):
            log.close()


def _hear_parent(clock: MarketClock, stopped: asyncio.Event) -> None:
    """Follow the market's clock as it is told; stop when standard input ends.

    It ends when the exchange that started this process is gone.
    """
    told = os.read(sys.stdin.fileno(), 4096)
    if told:
        clock.follow(msgspec.json.decode(told.splitlines()[-1], type=ClockTerms))
    else:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stopped.set()


def _told_clock() -> MarketClock | None:
    """Return the clock that the parent tells, waiting for it; None where it is gone."""
    # Unbuffered, so that a further line is still there for the loop.
    with io.FileIO(sys.stdin.fileno(), closefd=False) as told:
        line = told.readline()
    if not line:
        return None
    terms = msgspec.json.decode(line, type=ClockTerms)
    wall_clock.offset_ns = terms.wall_offset_ns
    return MarketClock.of(terms)


def main() -> None:
    """Run the market-data service from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--told-clock", action="store_true")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    clock = _told_clock() if arguments.told_clock else MarketClock()
    if clock is not None:
        uvloop.run(serve(arguments.directory, arguments.host, arguments.port, clock))


if __name__ == "__main__":
    main()
