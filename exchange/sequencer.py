"""Sequencer: the one writer. What waits is stamped, made durable as one batch, then applied.

While a batch is on its way to the disk, the next one gathers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from exchange.core import layout as at
from exchange.core.commands import Batch, Command, stamped
from exchange.core.layout import COLD_COMMANDS
from exchange.log.store import CommandLog
from exchange.log.writer import QUICK_S, LogWriter
from exchange.replica import Replica, texts_by_seq

logger = logging.getLogger(__name__)

_EVENT_SEQ = at.EVENT_SEQ

MAX_WAITING = 100_000
MAX_BATCH = 8_192
ENOUGH = 512
"""Commands for which a batch no longer waits while more arrive."""

Row = list[int]
Events = list[Row]


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What became of one command: its place in the log and all event rows it produced."""

    seq: int
    ts_ns: int
    events: Events


class SequencerFull(RuntimeError):  # noqa: N818 - says what is wrong
    """Too many commands wait for the disk: nothing was taken, try again."""


class SequencerStopped(RuntimeError):  # noqa: N818 - says what is wrong
    """The exchange takes no commands: it is stopping, or its log cannot be written."""


Done = Callable[[Outcome | SequencerStopped], None]
Applied = Callable[[Events, dict[int, str]], None]


class Sequencer:
    """Orders commands into the log and applies them to a replica.

    now_ns: a batch's time, which never goes back. on_applied: called once a batch, after the commands' own
    callbacks and when views and market are updated. quick_s: see LogWriter.
    """

    def __init__(
        self,
        replica: Replica,
        log: CommandLog,
        *,
        now_ns: Callable[[], int],
        on_applied: Applied,
        quick_s: float = QUICK_S,
    ) -> None:
        self.replica = replica
        self._writer = LogWriter(log, quick_s)
        self._now_ns = now_ns
        self._on_applied = on_applied
        # What waits, each with its kind and whether it must stand in the batch of the one before it.
        self._waiting: list[tuple[bytes, str, Done, int, bool]] = []
        self._committing: list[Done] = []
        self._next_seq = replica.core.seq + 1
        self._last_ts_ns = replica.core.ts_ns
        self._busy = False
        self._scheduled = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failed = False
        self.failure: str | None = None
        self.commands = 0
        self.batches = 0

    def start(self) -> None:
        """Start on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._writer.start()

    async def stop(self) -> None:
        """Take no more commands; return when all that were taken are applied and a snapshot is kept."""
        sound = self.failure is None
        if sound:
            self.failure = "the exchange is stopping"
        await self._idle.wait()
        if self._loop is not None and sound and not self._failed:
            self.save_snapshot()
        await self._writer.stop()

    def submit(self, command: Command, done: Done) -> None:
        """Sequence a command; ``done`` gets its outcome on the event loop once durable and applied.

        Raises SequencerFull or SequencerStopped at once, with nothing taken, and ValueError for a command
        that no log can hold (see Command.fault). A log that fails afterwards gives ``done`` a
        SequencerStopped: the command may or may not be in the log, and takes effect, if at all, when the
        exchange starts again.
        """
        if self.failure is not None or self._loop is None:
            raise SequencerStopped(self.failure or "the exchange is starting")
        if len(self._waiting) >= MAX_WAITING:
            raise SequencerFull(f"{MAX_WAITING} commands wait for the log")
        self._waiting.append((command.packed(), command.text, done, command.kind, False))
        if not self._busy and not self._scheduled:
            self._schedule()

    def submit_together(self, commands: Sequence[Command], done: Done) -> None:
        """Sequence commands one behind the other in one batch; ``done`` gets each one's outcome in order.

        Taken is all of it or nothing; raises as `submit` does, and ValueError where no batch holds so many.
        """
        if len(commands) > MAX_BATCH:
            raise ValueError(f"{len(commands)} commands do not fit a batch of {MAX_BATCH}")
        if self.failure is not None or self._loop is None:
            raise SequencerStopped(self.failure or "the exchange is starting")
        if len(self._waiting) + len(commands) > MAX_WAITING:
            raise SequencerFull(f"{len(self._waiting)} commands wait for the log")
        self._waiting += [
            (command.packed(), command.text, done, command.kind, place > 0)
            for place, command in enumerate(commands)
        ]
        self._schedule()

    def _schedule(self) -> None:
        """Commit once a turn of the loop brings nothing more, so that a burst becomes one batch."""
        if not self._busy and not self._scheduled and self._loop is not None:
            self._scheduled = True
            self._idle.clear()
            self._loop.call_soon(self._gather, 0)

    def _gather(self, before: int) -> None:
        """Let the loop read its sockets once more, unless that brought nothing; before: what waited then."""
        waiting = len(self._waiting)
        if self._loop is not None and before < waiting < ENOUGH:
            self._loop.call_soon(self._gather, waiting)
        else:
            self._commit()

    async def execute(self, command: Command) -> Outcome:
        """Sequence a command and return its outcome; raises as `submit` does."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def done(outcome: Outcome | SequencerStopped) -> None:
            if future.cancelled():
                return
            if isinstance(outcome, SequencerStopped):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

        self.submit(command, done)
        return await future

    def save_snapshot(self) -> None:
        """Keep the present state beside the log."""
        self._writer.save(self.replica.snapshot())

    def _commit(self) -> None:
        """Send what waits to the log, unless a batch is on its way already."""
        self._scheduled = False
        if self._busy or not self._waiting:
            return
        end = min(MAX_BATCH, len(self._waiting))
        while end < len(self._waiting) and self._waiting[end][-1]:
            end -= 1
        taken = self._waiting[:end]
        self._waiting = self._waiting[end:]
        self._last_ts_ns = max(self._now_ns(), self._last_ts_ns)
        packed, texts, callbacks, kinds, _ = zip(*taken, strict=True)
        batch = stamped(packed, texts, self._next_seq, self._last_ts_ns)
        self._next_seq += len(taken)
        self._committing = list(callbacks)
        self._busy = True
        hot = max(kinds) < COLD_COMMANDS
        self._writer.append(batch, partial(self._committed, batch, hot))

    def _committed(self, batch: Batch, hot: bool, failure: Exception | None) -> None:
        callbacks, self._committing = self._committing, []
        self._busy = False
        if self._failed:
            # Durable, but behind a batch that the core did not survive: the next start applies it.
            self._fail(self.failure or "", callbacks)
            return
        if failure is not None:
            self._fail(f"the log cannot be written: {failure}", callbacks)
            return
        if self._writer.overlaps(len(self._waiting)):
            self._commit()
        try:
            events = self.replica.enter(batch) if hot else self.replica.apply(batch)
        except Exception as error:
            logger.exception("the core failed on a logged batch")
            self._fail(f"the core failed: {error}", callbacks)
            return
        self.commands += len(batch.rows)
        self.batches += 1
        self._tell(batch, events, callbacks)
        if hot:
            # After those who wait for an answer, but before anyone can ask for what it shows.
            try:
                self.replica.publish(events)
            except Exception as error:
                logger.exception("the public market failed on an applied batch")
                self._fail(f"the public market failed: {error}", [])
                return
        try:
            self._on_applied(events, texts_by_seq(batch))
        except Exception:
            logger.exception("a listener failed on an applied batch")
        if self._waiting:
            self._schedule()
        elif not self._busy:
            self._idle.set()

    def _tell(self, batch: Batch, events: Events, callbacks: list[Done]) -> None:
        """Give each command of a batch its outcome."""
        first_seq, ts_ns = batch.rows[0, at.COMMAND_SEQ : at.COMMAND_TS_NS + 1].tolist()
        by_command: list[Events] = [[] for _ in callbacks]
        for row in events:
            by_command[row[_EVENT_SEQ] - first_seq].append(row)
        for seq, (done, own) in enumerate(zip(callbacks, by_command, strict=True), first_seq):
            try:
                done(Outcome(seq, ts_ns, own))
            except Exception:
                logger.exception("the receiver of an outcome failed")

    def refuse(self, reason: str) -> None:
        """Take no more commands from now on; those that were taken are finished."""
        if self.failure is None:
            self.failure = reason

    def _fail(self, reason: str, callbacks: list[Done]) -> None:
        """Stop taking commands and tell everyone who waits."""
        logger.error("%s; no more commands are taken", reason)
        self._failed = True
        self.failure = reason
        callbacks.extend(waiting[2] for waiting in self._waiting)
        self._waiting.clear()
        for done in callbacks:
            try:
                done(SequencerStopped(reason))
            except Exception:
                logger.exception("the receiver of an outcome failed")
        self._idle.set()
