"""`cfx follow --role recorder`: the recorder as a process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import uvloop

from exchange.following.health import HealthServer
from exchange.following.recorder import Recorder, record
from exchange.following.source import filling
from exchange.following.stopping import stopping
from exchange.log import opening

Say = Callable[[str], None]


class Limits(NamedTuple):
    """When a file of the tape is closed, and whether DBN is written beside it."""

    rows: int
    seconds: float
    with_dbn: bool


def run(
    directory: Path,
    where: str | None,
    folder: Path,
    limits: Limits,
    host: str,
    port: int | None,
    say: Say,
) -> None:
    """Record a directory's log until stopped, telling ``say``.

    where: address of a log on JetStream that fills the directory, None for none. port: of /metrics and its
    like, None for none.
    """
    uvloop.run(_recorder(directory, where, folder, limits, host, port, say))


async def _recorder(
    directory: Path,
    where: str | None,
    folder: Path,
    limits: Limits,
    host: str,
    port: int | None,
    say: Say,
) -> None:
    stopped = stopping()
    async with filling(directory, where, stopped, say) as source:
        log = opening.readable(directory)
        say(f"going on with {folder}")
        recorder = Recorder(
            log,
            folder,
            rows_a_file=limits.rows,
            seconds_a_file=limits.seconds,
            with_dbn=limits.with_dbn,
        )
        say(f"its files hold commands 1 to {recorder.files.position.seq}, the log {log.last_seq}")
        health = None
        if port is not None:
            health = HealthServer(
                lambda: msgspec.structs.replace(recorder.health(), fault=source.fault), host, port
            )
            await health.start()
            say(f"how it is: http://{host}:{health.port}/readyz and /metrics")
        try:
            await record(recorder, stopped)
        finally:
            if health is not None:
                await health.close()
            log.close()
        say(f"stopped; its files hold commands 1 to {recorder.files.position.seq}")
