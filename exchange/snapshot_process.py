"""The taking of snapshots as a child of the exchange: one at a time, started when enough has happened."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import sys
from pathlib import Path

import msgspec

from exchange import processors
from exchange.snapshotting import Taken

logger = logging.getLogger(__name__)


class SnapshotProcess:
    """Starts `exchange.snapshotting` on a data directory beside the event loop.

    latest: the snapshot that was taken last, None before the first.
    """

    def __init__(self, directory: Path, kept: int) -> None:
        self._directory = directory
        self._kept = kept
        self._task: asyncio.Task[None] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.latest: Taken | None = None
        self.failures = 0

    def request(self) -> bool:
        """Start to take a snapshot of where the log ends soon; False while one is being taken."""
        if self._task is not None and not self._task.done():
            return False
        self._task = asyncio.get_running_loop().create_task(self._take())
        return True

    async def stop(self) -> None:
        """End what is under way: the snapshots that are kept stay as they are."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)

    async def _take(self) -> None:
        # From a thread: to start a process takes milliseconds, in which orders would wait.
        process = self._process = await asyncio.to_thread(self._start)
        told, _ = await asyncio.to_thread(process.communicate)
        if process.returncode:
            self.failures += 1
            logger.error("no snapshot was taken: status %d, reason above", process.returncode)
            return
        self.latest = msgspec.json.decode(told, type=Taken)

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "exchange.snapshotting",
                str(self._directory),
                "--kept",
                str(self._kept),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # Ctrl-C reaches the whole terminal group; this child ends with the exchange.
            start_new_session=True,
        )
        processors.send_elsewhere(process.pid)
        return process
