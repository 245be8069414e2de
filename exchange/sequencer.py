"""Sequencer: the one writer. What waits is stamped, made durable as one batch, then applied.

While a batch is on its way to the disk, the next one gathers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from exchange.config import DEFAULT_MAX_WAITING
from exchange.core import layout as at
from exchange.core.commands import Batch, Command, stamped
from exchange.core.layout import COLD_COMMANDS
from exchange.log.port import FencedError, LogBlockedError, NotWrittenError, Writer
from exchange.replica import Replica, texts_by_seq

logger = logging.getLogger(__name__)

_EVENT_SEQ = at.EVENT_SEQ

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


class SequencerBlocked(SequencerStopped):
    """The log takes nothing for now: the command was not taken, and has no effect ever; try again later."""


Done = Callable[[Outcome | SequencerStopped], None]
Applied = Callable[[Events, dict[int, str]], None]


class Sequencer:
    """Orders commands into the log and applies them to a replica.

    now_ns: a batch's time, which never goes back. on_applied: called once a batch, after the commands' own
    callbacks and when views and market are updated. max_waiting: commands that may wait for the log.
    """

    def __init__(
        self,
        replica: Replica,
        writer: Writer,
        *,
        now_ns: Callable[[], int],
        on_applied: Applied,
        max_waiting: int = DEFAULT_MAX_WAITING,
    ) -> None:
        self.replica = replica
        self._writer = writer
        self._max_waiting = max_waiting
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
        self._ended: str | None = None
        self.blocked: str | None = None
        """Why the log takes nothing for now."""
        self.failure: str | None = None
        """Why no commands are taken, for good or for now."""
        self.fenced = False
        """Whether another exchange has taken the log over."""
        self.blocks = 0
        self.commands = 0
        self.batches = 0

    def start(self) -> None:
        """Start on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._writer.start(self._heard)

    async def stop(self) -> None:
        """Take no more commands; return when all that were taken are applied and a snapshot is kept."""
        sound = self._ended is None
        if sound:
            self.refuse("the exchange is stopping")
        await self._idle.wait()
        if self._loop is not None and sound and not self._failed and self.blocked is None:
            self.save_snapshot()
        await self._writer.stop()

    def submit(self, command: Command, done: Done) -> None:
        """Sequence a command; ``done`` gets its outcome on the event loop once durable and applied.

        Raises SequencerFull or SequencerStopped at once, with nothing taken, and ValueError for a command
        that no log can hold (see Command.fault). A log that is blocked afterwards gives ``done`` a
        SequencerBlocked, once it is certain that the command was not taken. Where that can no longer be
        known ``done`` gets a SequencerStopped: the command may or may not be in the log, and takes effect,
        if at all, when the exchange starts again.
        """
        if self.failure is not None or self._loop is None:
            raise self._refusal()
        if len(self._waiting) >= self._max_waiting:
            raise SequencerFull(f"{len(self._waiting)} commands wait for the log")
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
            raise self._refusal()
        if len(self._waiting) + len(commands) > self._max_waiting:
            raise SequencerFull(f"{len(self._waiting)} commands wait for the log")
        self._waiting += [
            (command.packed(), command.text, done, command.kind, place > 0)
            for place, command in enumerate(commands)
        ]
        self._schedule()

    def _refusal(self) -> SequencerStopped:
        if self._ended is None and self.blocked is not None:
            return SequencerBlocked(self.blocked)
        return SequencerStopped(self.failure or "the exchange is starting")

    @property
    def waiting(self) -> int:
        """How many commands wait for the log."""
        return len(self._waiting)

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
        if isinstance(failure, NotWrittenError):
            self._next_seq -= len(batch.rows)
            self._answer(callbacks, SequencerBlocked(str(failure)))
            self._go_on()
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
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting:
            self._schedule()
        elif not self._busy:
            self._idle.set()

    def _heard(self, news: Exception | None) -> None:
        """Stop or go on as the log does; what waits is answered, for the log may be blocked for hours."""
        if news is None:
            logger.warning("the log takes commands again")
            self.blocked = None
        elif isinstance(news, LogBlockedError):
            if self.blocked is None:
                logger.error("%s; no commands are taken meanwhile", news)
                self.blocks += 1
            self.blocked = str(news)
            waiting, self._waiting = self._waiting, []
            self._answer([each[2] for each in waiting], SequencerBlocked(self.blocked))
            # A batch on its way is told by the writer; a stop must not wait for it.
            self._idle.set()
        else:
            self.fenced = isinstance(news, FencedError)
            self._fail(str(news), [])
        self.failure = self._ended or self.blocked

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
        if self._ended is None:
            self._ended = self.failure = reason

    def _fail(self, reason: str, callbacks: list[Done]) -> None:
        """Stop taking commands and tell everyone who waits."""
        logger.error("%s; no more commands are taken", reason)
        self._failed = True
        self._ended = self.failure = reason
        callbacks.extend(waiting[2] for waiting in self._waiting)
        self._waiting.clear()
        self._answer(callbacks, SequencerStopped(reason))
        self._idle.set()

    def _answer(self, callbacks: list[Done], refusal: SequencerStopped) -> None:
        for done in callbacks:
            try:
                done(refusal)
            except Exception:
                logger.exception("the receiver of an outcome failed")
