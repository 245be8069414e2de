"""A node that follows a log on JetStream, and how late each batch is in its copy.

Run as ``python -m benchmarks.cluster_follower ADDRESS FOLDER COMMANDS``: it prints a line when it follows,
and after so many commands one with the microseconds from when a batch's last command was due.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import msgspec
import uvloop

from exchange.core.commands import Batch
from exchange.core.layout import COMMAND_TS_NS
from exchange.log.jetstream import address
from exchange.log.jetstream.opening import FollowingNode


async def _follow(where: str, folder: Path, commands: int) -> None:
    node = await FollowingNode.open(folder, address.parse(where), create=True)
    lags_us: list[float] = []
    done = asyncio.Event()

    def taken(batch: Batch) -> None:
        lags_us.append((time.monotonic_ns() - int(batch.rows[-1, COMMAND_TS_NS])) / 1e3)
        if node.seq >= commands:
            done.set()

    await node.catch_up()
    following = asyncio.create_task(node.run(taken))
    sys.stdout.write("following\n")
    sys.stdout.flush()
    await done.wait()
    sys.stdout.write(msgspec.json.encode(lags_us).decode() + "\n")
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await node.close()


if __name__ == "__main__":
    uvloop.run(_follow(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
