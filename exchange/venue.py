"""Venue: one running exchange, put together; what the gateway and the schedule talk to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from exchange.config import Settings
from exchange.contracts.calendar import NS_PER_SECOND
from exchange.core.commands import Command
from exchange.core.core import RULES_VERSION, Core
from exchange.core.layout import (
    EVENT_KIND,
    EVENT_TAG,
    VENUE_TRADES,
    CommandKind,
    EventKind,
    Reason,
)
from exchange.core.warm import warm_up
from exchange.indices.reported_source import ReportedSource
from exchange.law_watch import INTERVAL_S, LawWatch
from exchange.log import opening
from exchange.log.opening import Opened
from exchange.market_clock import MarketClock, rate_ppm
from exchange.recovery import recover_all
from exchange.replica import Replica
from exchange.sequencer import (
    Applied,
    Done,
    Events,
    Outcome,
    Sequencer,
    SequencerBlocked,
    SequencerFull,
    SequencerStopped,
)
from exchange.snapshot_process import SnapshotProcess
from exchange.steady_clock import wall_clock
from exchange.views.views import Views
from marketdata.market import Market
from marketdata.messages import Instrument
from marketdata.publisher import Publisher

logger = logging.getLogger(__name__)

WINDOW_S = 0.1
SHORTEST_BATCH_S = 0.001
"""However short a batch is, time moves on in the log no more often than this."""
"""Wall seconds between two cuts of the windows of market data, at whatever rate the market runs."""


class Refused(RuntimeError):  # noqa: N818 - says what happened
    """The core refused one of the venue's own commands."""


class Venue:
    """Recovery, the sequencer, the public market and those who listen, behind one door.

    Open it with ``await Venue.open(settings)`` and close it with ``await venue.close()``.
    """

    def __init__(
        self,
        settings: Settings,
        log: Opened,
        replica: Replica,
        wall_ns: Callable[[], int] = wall_clock,
    ) -> None:
        self.settings = settings
        self.clock = MarketClock(rate_ppm(settings.days_per_minute), replica.core.ts_ns, wall_ns)
        self.core: Core = replica.core
        self.market: Market = replica.market
        self.views: Views = replica.views
        self.publisher = Publisher(self.market)
        self.ready = False
        """Whether it is open; only then windows of market data are cut."""
        self.reported: ReportedSource | None = None
        """Where observations are reported to; None where the indices are walks."""
        self._log = log
        self.durability = log.writer.durability
        """What an acknowledged command survives, as the log itself says."""
        self._replica = replica
        self._listeners: list[Applied] = []
        self._started_ns = self._last_wall_ns = wall_ns()
        self._snapshot_seq = replica.core.seq
        self.snapshots = SnapshotProcess(settings.data_dir, settings.snapshots_kept)
        self._instruments: dict[str, Instrument] = {}
        self.sequencer = Sequencer(
            replica,
            log.writer,
            now_ns=self.clock.now_ns,
            on_applied=self._on_applied,
            max_waiting=settings.max_waiting,
        )
        self.laws = LawWatch(self.core, self.sequencer)
        self.submit: Callable[[Command, Done], None] = self.sequencer.submit
        """Sequence a command; see Sequencer.submit."""
        self._keeping: asyncio.Task[None] | None = None
        self._cut_waits = False

    @classmethod
    async def open(
        cls,
        settings: Settings,
        *,
        progress: Callable[[int], None] = lambda seq: None,
        wall_ns: Callable[[], int] = wall_clock,
    ) -> Venue:
        """Recover from the data directory, compile or load the kernel, and start to sequence.

        wall_ns: the wall clock, from which the market's clock follows by the settings.
        Raises LogLockedError, CorruptLogError, RulesVersionError and sqlite3.Error as the log does.
        """
        log = await opening.primary(
            settings.data_dir,
            settings.log,
            settings.durability,
            settings.snapshots_kept,
            progress=progress,
        )
        try:
            replica = recover_all(log.reader, settings.data_dir, progress=progress)
            warm_up()
        except BaseException:
            log.reader.close()
            raise
        return cls.begin(settings, log, replica, wall_ns)

    @classmethod
    def begin(
        cls,
        settings: Settings,
        log: Opened,
        replica: Replica,
        wall_ns: Callable[[], int] = wall_clock,
    ) -> Venue:
        """Start to sequence from a replica that is at the end of a log."""
        venue = cls(settings, log, replica, wall_ns)
        venue.sequencer.start()
        venue._keeping = asyncio.create_task(venue._keep())
        return venue

    async def close(self) -> None:
        """Finish what was taken, keep a snapshot, close the log."""
        self.ready = False
        if self._keeping is not None:
            self._keeping.cancel()
        await self.snapshots.stop()
        await self.sequencer.stop()
        self._log.reader.close()

    @property
    def accounts(self) -> dict[str, int]:
        """Account numbers by name."""
        return self.core.account_numbers

    @property
    def instruments(self) -> dict[str, Instrument]:
        """Every listed instrument by name, expired ones included."""
        if len(self._instruments) != len(self.core.specs):
            self._instruments = {i.name: i for i in self.market.instruments()}
        return self._instruments

    @property
    def status(self) -> dict[str, Any]:
        """How the exchange is, for public/status and operators."""
        return {
            "ready": self.ready and self.sequencer.failure is None,
            "failure": self.sequencer.failure,
            "seq": self.core.seq,
            "commands": self.sequencer.commands,
            "batches": self.sequencer.batches,
            "trades": int(self.core.venue[VENUE_TRADES]),
            "live_orders": self.core.books.live,
            "accounts": len(self.core.account_names),
            "instruments": len(self.core.specs),
            "durability": self.durability,
            "waiting": self.sequencer.waiting,
            "max_waiting": self.settings.max_waiting,
            "log_blocks": self.sequencer.blocks,
            **self._log.about(),
            "law_samples": self.laws.samples,
            "rules_version": RULES_VERSION,
            "uptime_s": (self.wall_ns() - self._started_ns) // 1_000_000_000,
        }

    @property
    def refusal(self) -> str | None:
        """Why no commands are taken, None where they are."""
        return self.sequencer.failure

    def now_ns(self) -> int:
        """Return the market's time in UTC nanoseconds, never less than before."""
        return self.clock.now_ns()

    def wall_ns(self) -> int:
        """Return the wall clock, by which the server protects itself, never less than before."""
        now_ns = self.clock.wall_ns()
        if now_ns > self._last_wall_ns:
            self._last_wall_ns = now_ns
        return self._last_wall_ns

    async def execute(self, command: Command) -> Outcome:
        """Sequence a command and return its outcome; see Sequencer.execute."""
        return await self.sequencer.execute(command)

    async def require(self, command: Command) -> Outcome:
        """Execute one of the venue's own commands; raises Refused when the core rejects it."""
        outcome = await self.execute(command)
        _check_taken(command, outcome)
        return outcome

    async def require_together(self, commands: Sequence[Command]) -> None:
        """Execute the venue's own commands in one batch: the log holds all of them or none.

        Raises Refused for the first that the core rejects.
        """
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[None] = loop.create_future()
        outcomes: list[Outcome] = []

        def done(outcome: Outcome | SequencerStopped) -> None:
            if answered.done():
                return
            if isinstance(outcome, SequencerStopped):
                answered.set_exception(outcome)
                return
            outcomes.append(outcome)
            if len(outcomes) == len(commands):
                answered.set_result(None)

        self.sequencer.submit_together(commands, done)
        await answered
        for command, outcome in zip(commands, outcomes, strict=True):
            _check_taken(command, outcome)

    def subscribe_private(self, callback: Applied) -> None:
        """Call back once a batch with all event rows and the texts by seq, after the views."""
        self._listeners.append(callback)

    async def open_account(self, name: str, deposit_micros: int) -> int:
        """Open a funded account, or return the number of the one that has this name.

        Whom it belongs to: ``exchange.core.hierarchy``.
        """
        if name not in self.accounts:
            await self.require(
                Command(
                    CommandKind.OPEN_ACCOUNT,
                    qty_lots=self.settings.max_orders,
                    amount_micros=deposit_micros,
                    text=name,
                )
            )
        return self.accounts[name]

    def _on_applied(self, events: Events, texts: dict[int, str]) -> None:
        for listener in self._listeners:
            try:
                listener(events, texts)
            except Exception:
                logger.exception("a listener failed on an applied batch")
        due = self.core.seq - self._snapshot_seq >= self.settings.snapshot_commands
        if due and self.snapshots.request():
            self._snapshot_seq = self.core.seq

    def _cut_windows(self) -> None:
        """Let time pass in the log where a batch is due, or something waits to be published at intervals."""
        if not self.ready or self._cut_waits:
            return
        if not self.market.has_open_window and self._batch_waits_s() > 0:
            return
        # A sequencer that is full or stopped publishes nothing anyway.
        with contextlib.suppress(SequencerFull, SequencerStopped):
            self.sequencer.submit(Command(CommandKind.ADVANCE), self._on_cut)
            self._cut_waits = True

    def _batch_waits_s(self) -> float:
        """Return for how long the first batch of orders still gathers, no more than a window."""
        end_ns = self.core.books.next_batch_end_ns()
        if end_ns is None:
            return WINDOW_S
        return min(WINDOW_S, (end_ns - self.now_ns()) / NS_PER_SECOND)

    def _on_cut(self, _outcome: Outcome | SequencerStopped) -> None:
        self._cut_waits = False

    async def _keep(self) -> None:
        looked_s = time.monotonic()
        while True:
            await asyncio.sleep(max(SHORTEST_BATCH_S, self._batch_waits_s()))
            self._cut_windows()
            if time.monotonic() - looked_s >= INTERVAL_S:
                looked_s = time.monotonic()
                self.laws.look()


def _check_taken(command: Command, outcome: Outcome) -> None:
    for row in outcome.events:
        if row[EVENT_KIND] == EventKind.REJECTED:
            kind, reason = CommandKind(command.kind), Reason(row[EVENT_TAG])
            raise Refused(f"{kind.name} {command.text} was refused: {reason.name}")


__all__ = [
    "Events",
    "Outcome",
    "Refused",
    "SequencerBlocked",
    "SequencerFull",
    "SequencerStopped",
    "Venue",
]
