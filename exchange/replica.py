"""Replica: the core, the views and the public market after the same commands; recovery and replay.

The live venue, `cfx replay` and `cfx verify` drive a Replica; the market-data service a PublicReplica.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from typing import TypeVar

from exchange.core import snapshot
from exchange.core.commands import Batch, Rows
from exchange.core.core import Core
from exchange.core.layout import COMMAND_KIND, COMMAND_SEQ, EVENT_KIND, CommandKind, EventKind
from exchange.feed import PublicFeed
from exchange.log.codec import CorruptLogError
from exchange.log.port import LogReader, Snapshot
from exchange.log.snapshots import SNAPSHOTS_NAME
from exchange.quiet_feed import QuietFeed
from exchange.statements.cutting import parts
from exchange.statements.statement import StatementError
from exchange.views.views import Views
from marketdata.market import Market

logger = logging.getLogger(__name__)

_ADVANCE = int(CommandKind.ADVANCE)


class PublicReplica:
    """What the public may know and the core it follows from, up to ``core.seq``."""

    def __init__(self) -> None:
        self.core = Core()
        self.market = Market()
        self.feed = PublicFeed(self.core, self.market)

    def apply(self, batch: Batch) -> list[list[int]]:
        """Apply a durable batch, up to each day's end and on from there; return its event rows."""
        first, *others = parts(batch)
        events = self.apply_part(first)
        for part in others:
            events += self.apply_part(part)
        return events

    def apply_part(self, batch: Batch) -> list[list[int]]:
        """Apply commands of which none but the last ends a day; return their event rows."""
        events: list[list[int]] = self.core.apply(batch).tolist()
        self.feed.apply(events, cut=cuts_windows(batch))
        return events

    def quiet_feed(self) -> QuietFeed:
        """Return what feeds the market, from here on, with batches that nobody is told of."""
        return QuietFeed(self.core, self.market, self.feed)

    def pass_over(self, batch: Batch, market: QuietFeed | None) -> None:
        """Apply a durable batch that nobody is told of; market: where None, the market stays behind."""
        for part in parts(batch):
            events = self.core.apply(part)
            if market is not None:
                market.apply(events, cut=cuts_windows(part))
            self._keep(part, events)

    def hush(self) -> None:
        """Prepare for batches to ``pass_over``: until ``settle`` nobody asks."""

    def settle(self) -> None:
        """Be ready to be asked again."""

    def _keep(self, batch: Batch, events: Rows) -> None:
        """Fold a part's events into what else follows from them."""

    def load(self, saved: Snapshot) -> None:
        """Become the state of a snapshot."""
        self.core = snapshot.restore(saved.core)
        self.adopt(saved.market)

    def adopt(self, market: bytes) -> None:
        """Take the market that another replica has after the same commands, as a snapshot has it."""
        self.market.restore(market)
        self.feed = PublicFeed(self.core, self.market)
        self.feed.load_depth()


class Replica(PublicReplica):
    """Everything that follows from the log: the public's view and each account's own."""

    def __init__(self) -> None:
        super().__init__()
        self.views = Views()
        self._cut = False
        self.statement_faults: list[str] = []
        """Why days have ended without statements since this replica began; empty for a sound log."""

    def enter(self, batch: Batch) -> list[list[int]]:
        """Apply orders and their like to core and views alone; ``publish`` their event rows before all else."""
        events: list[list[int]] = self.core.apply(batch).tolist()
        self.views.apply(events, texts_by_seq(batch))
        self._cut = cuts_windows(batch)
        return events

    def publish(self, events: list[list[int]]) -> None:
        """Tell the public market what was entered."""
        self.feed.apply(events, cut=self._cut)

    def apply_part(self, batch: Batch) -> list[list[int]]:
        """Apply such commands to core, market and views; return their event rows."""
        events = super().apply_part(batch)
        self._fold(batch, events)
        return events

    def hush(self) -> None:
        """Prepare for batches to ``pass_over``: until ``settle`` nobody asks."""
        self.views.orders.hush()

    def settle(self) -> None:
        """Be ready to be asked again."""
        self.views.orders.settle()

    def _keep(self, batch: Batch, events: Rows) -> None:
        self._fold(batch, events.tolist())

    def _fold(self, batch: Batch, events: list[list[int]]) -> None:
        """Fold a part's events into the views, and end the day where it ends one."""
        self.views.apply(events, texts_by_seq(batch))
        if events and events[-1][EVENT_KIND] == EventKind.DAY_ROLLED:
            try:
                self.views.journal.end_day(self.core, events[-1])
            except StatementError as error:
                # The market's state is what the log says; only the day's statements are missing.
                logger.error("day without statements: %s", error)
                self.statement_faults.append(f"at seq {self.core.seq}: {error}")

    def load(self, saved: Snapshot) -> None:
        """Become the state of a snapshot."""
        super().load(saved)
        self.views.restore(saved.views)

    def snapshot(self) -> Snapshot:
        """Return the state after ``core.seq``."""
        return Snapshot(
            self.core.seq,
            snapshot.take(self.core),
            self.views.snapshot(),
            self.market.snapshot(),
        )


def cuts_windows(batch: Batch) -> bool:
    """Tell whether the windows of market data end with a batch: where it lets time pass, with ADVANCE.

    What is published at intervals is thereby cut by the log, alike on every follower.
    """
    # Most batches have few rows: a list is looked through before NumPy has begun.
    return _ADVANCE in batch.rows[:, COMMAND_KIND].tolist()


def texts_by_seq(batch: Batch) -> dict[int, str]:
    """Return a batch's texts by the sequence number of their command."""
    if not batch.texts:
        return {}
    first_seq = int(batch.rows[0, COMMAND_SEQ])
    return {first_seq + index: text for index, text in batch.texts.items()}


AnyReplica = TypeVar("AnyReplica", bound=PublicReplica)


def recover(
    replica: AnyReplica,
    log: LogReader,
    *,
    from_start: bool = False,
    saved: Snapshot | None = None,
    until_seq: int | None = None,
    market: bool = True,
    progress: Callable[[int], None] = lambda seq: None,
) -> AnyReplica:
    """Bring a new replica to the log's end: newest intact snapshot, then the tail; return it.

    from_start: replay every command instead. saved: the newest snapshot where it has been read already.
    until_seq: a batch's end to stop at, not before the snapshot.
    market: False leaves the market behind, to be adopted; otherwise nobody may listen to it. progress:
    called with the seq reached after each batch. Raises CorruptLogError when the log is damaged.
    """
    # Nearly all that is made is kept, so looking for cycles among it finds nothing and takes a fifth longer.
    collects = gc.isenabled()
    gc.disable()
    try:
        if not from_start:
            saved = saved or next(iter(log.snapshots()), None)
            if saved is not None:
                if saved.seq > log.last_seq:
                    raise CorruptLogError(
                        f"the snapshot at seq {saved.seq} lies beyond the log, which ends at "
                        f"{log.last_seq}: go back to a copy that holds both; to go on without what is "
                        f"lost, remove {SNAPSHOTS_NAME}"
                    )
                replica.load(saved)
                progress(replica.core.seq)
        quiet = replica.quiet_feed() if market else None
        replica.hush()
        if until_seq is None or replica.core.seq < until_seq:
            for batch in log.read(replica.core.seq):
                replica.pass_over(batch, quiet)
                progress(replica.core.seq)
                if replica.core.seq == until_seq:
                    break
        if quiet is not None:
            quiet.settle()
        replica.settle()
        return replica
    finally:
        if collects:
            gc.enable()
