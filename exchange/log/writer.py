"""LogWriter: batches to the log from a thread of its own, or at once where that is quicker.

Handing a batch to a thread and back costs two wake-ups and a wait for the interpreter's lock, more than
a commit on a solid-state disk takes. So the writer times its commits: while they are quick, the event
loop commits small batches itself. Large ones go through the thread, and the next batch gathers
meanwhile. Reasons and figures: docs/decisions/0009-where-commits-run.md.

When a commit fails, the writer is blocked: it tries in its thread until the log takes a trial write again,
which also decides the fate of the failed batch where the failure left it open:
docs/decisions/0030-blocked-log.md.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from typing import NamedTuple

from exchange.core.commands import Batch
from exchange.log.codec import CorruptLogError
from exchange.log.database import is_incomplete
from exchange.log.port import (
    Heard,
    LogBlockedError,
    NotWrittenError,
    Snapshot,
    Written,
)
from exchange.log.store import CommandLog
from exchange.log.terms import Durability

logger = logging.getLogger(__name__)

QUICK_S = 0.0004
SMALL_BATCH = 64
"""Commands of a batch up to which this is so: beside larger ones it is better that the next gather."""
WEIGHT = 0.1
"""Of the latest commit in the moving mean."""
RETRY_S = 1.0
"""Between two trials of a log that is blocked."""


class _Trial(NamedTuple):
    """A trial write, and the batch whose fate it decides, if that is open."""

    batch: Batch | None
    written: Written | None


_Task = tuple[Batch, Written] | Snapshot | _Trial


class LogWriter:
    """The one writer of a log; ``start`` it on the event loop that it answers to.

    quick_s: mean time of a commit below which the event loop makes it itself; 0 for never. retry_s: between
    two trials of a log that is blocked.
    """

    def __init__(self, log: CommandLog, quick_s: float = QUICK_S, retry_s: float = RETRY_S) -> None:
        self._log = log
        self._quick_s = quick_s
        self._retry_s = retry_s
        self._open: _Trial | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._heard: Heard = lambda news: None
        self._in_thread = 0
        # As if the last commits had been just too slow: the first ones run in the thread.
        self._mean_s = quick_s

    @property
    def durability(self) -> Durability:
        """What the log says that it makes of a batch."""
        return self._log.durability

    def start(self, heard: Heard) -> None:
        """Start the thread."""
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Finish what was handed over and end the thread."""
        if self._retry is not None:
            self._retry.cancel()
        if self._thread.is_alive():
            self._tasks.put(None)
            await asyncio.to_thread(self._thread.join)
            # What the thread told at last is told on the loop before this returns.
            await asyncio.sleep(0)
        left, self._open = self._open, None
        if left is not None and left.written is not None:
            left.written(LogBlockedError("the next start tells whether the log has this command"))

    def overlaps(self, commands: int) -> bool:
        """Say whether a batch of this many commands would be committed beside the event loop."""
        return commands > SMALL_BATCH or self._in_thread > 0 or self._mean_s >= self._quick_s

    def append(self, batch: Batch, written: Written) -> None:
        """Make a batch durable, then call ``written`` on the event loop with None or the failure.

        It may be called before this returns. Batches are written in the order of the calls.
        """
        if self.overlaps(len(batch.rows)):
            self._in_thread += 1
            self._tasks.put((batch, written))
        else:
            self._appended(batch, written, self._timed_append(batch))

    def save(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, from the thread; a failure is logged."""
        self._in_thread += 1
        self._tasks.put(snapshot)

    def _timed_append(self, batch: Batch) -> Exception | None:
        began_s = time.perf_counter()
        try:
            self._log.append(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, the batch is not written
            return error
        self._mean_s += WEIGHT * (time.perf_counter() - began_s - self._mean_s)
        return None

    def _run(self) -> None:
        loop = self._loop
        if loop is None:
            return
        while (task := self._tasks.get()) is not None:
            try:
                if isinstance(task, Snapshot):
                    loop.call_soon_threadsafe(self._saved, self._save(task))
                elif isinstance(task, _Trial):
                    loop.call_soon_threadsafe(self._tried, self._try(task))
                else:
                    batch, written = task
                    failure = self._timed_append(batch)
                    loop.call_soon_threadsafe(self._left_thread, batch, written, failure)
            except RuntimeError:
                # The loop has closed: nobody waits for an answer any more.
                return

    def _save(self, snapshot: Snapshot) -> Exception | None:
        try:
            self._log.save_snapshot(snapshot)
        except Exception as error:  # noqa: BLE001 - the log itself goes on without a snapshot
            return error
        return None

    def _left_thread(self, batch: Batch, written: Written, failure: Exception | None) -> None:
        self._in_thread -= 1
        self._appended(batch, written, failure)

    def _appended(self, batch: Batch, written: Written, failure: Exception | None) -> None:
        """Tell of a batch on the loop; after a failure tell that the log is blocked, and try it."""
        if failure is None:
            written(None)
            return
        if isinstance(failure, (ValueError, CorruptLogError)):
            written(failure)
            return
        self._mean_s = self._quick_s
        reason = f"the log cannot be written: {failure}"
        self._heard(LogBlockedError(reason))
        if is_incomplete(failure):
            written(NotWrittenError(reason))
            self._open = _Trial(None, None)
        else:
            self._open = _Trial(batch, written)
        self._tasks.put(self._open)

    def _try(self, trial: _Trial) -> bool | Exception:
        """Return whether the trial's batch is in the log, or why that cannot be told yet."""
        try:
            return self._log.settle(trial.batch)
        except Exception as error:  # noqa: BLE001 - it is tried again, whatever it is
            return error

    def _tried(self, found: bool | Exception) -> None:
        trial = self._open
        if trial is None or self._loop is None:
            return
        if isinstance(found, Exception):
            if isinstance(found, CorruptLogError):
                self._open = None
                (trial.written or self._heard)(found)
            else:
                self._retry = self._loop.call_later(self._retry_s, self._tasks.put, trial)
            return
        self._open = None
        if trial.written is not None:
            trial.written(
                None
                if found
                else NotWrittenError("the log could not be written, and has nothing of it")
            )
        self._heard(None)

    def _saved(self, failure: Exception | None) -> None:
        self._in_thread -= 1
        if failure is not None:
            logger.error("no snapshot was saved: %s", failure)
