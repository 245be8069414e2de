"""`cfx follow --role marketdata`: a market-data node as a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import uvloop

from exchange.following import marketdata
from exchange.following.source import filling
from exchange.following.stopping import stopping

Say = Callable[[str], None]


def run(
    directory: Path, log: str | None, host: str, port: int, ready_file: Path | None, say: Say
) -> None:
    """Publish a directory's market data until stopped, telling ``say``.

    log: address of a log on JetStream that fills the directory, None for none. ready_file: gets the address.
    """
    uvloop.run(_marketdata(directory, log, host, port, ready_file, say))


async def _marketdata(
    directory: Path, log: str | None, host: str, port: int, ready_file: Path | None, say: Say
) -> None:
    say("recovering the log and loading the kernels")
    stopped = stopping()

    def tell(taken: int) -> None:
        url = f"ws://{f'[{host}]' if ':' in host else host}:{taken}"
        say(f"market data {url}, how it is: http{url.removeprefix('ws')}/readyz and /metrics")
        if ready_file is not None:
            partial = ready_file.with_name(ready_file.name + ".part")
            partial.write_bytes(msgspec.json.encode({"marketdata": url}))
            partial.replace(ready_file)

    async with filling(directory, log, stopped, say) as source:
        await marketdata.follow(directory, host, port, stopped, tell, fault=lambda: source.fault)
    say("stopped")
