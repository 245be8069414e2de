"""Whether clients' commands changed the state: the log, applied one command at a time."""

from __future__ import annotations

import itertools
from pathlib import Path

from exchange.core import snapshot
from exchange.core.commands import Batch
from exchange.core.core import Core
from exchange.core.layout import (
    COLD_COMMANDS,
    COMMAND_ACCOUNT,
    COMMAND_KIND,
    VENUE_SEQ,
    VENUE_TS_NS,
    CommandKind,
)
from exchange.log.store import CommandLog
from matching.layout import POOL_NOW_NS


class Observer:
    """Follows a running exchange's log with a core of its own.

    The schedule advances, prints indices and marks meanwhile, so two digests of the live exchange cannot be
    compared; but each command of a client can be seen to change nothing.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._core = Core()
        self.changes()

    def changes(self) -> list[str]:
        """The clients' commands since the last call that left another digest than they found."""
        found = []
        log = CommandLog(self._data_dir, writable=False)
        try:
            for batch in log.read(self._core.seq):
                kinds = batch.rows[:, COMMAND_KIND].tolist()
                starts = [n for n, kind in enumerate(kinds) if kind != CommandKind.LINKED]
                for start, end in itertools.pairwise([*starts, len(kinds)]):
                    found += self._apply(batch, start, end)
        finally:
            log.close()
        return found

    def _apply(self, batch: Batch, start: int, end: int) -> list[str]:
        row = batch.rows[start]
        text = batch.texts.get(start, "")
        one = batch.part(start, end)
        if row[COMMAND_KIND] >= COLD_COMMANDS or row[COMMAND_KIND] == CommandKind.ADVANCE:
            self._core.apply(one)
            return []
        before = self._digest()
        self._core.apply(one)
        if self._digest() == before:
            return []
        return [f"{CommandKind(row[COMMAND_KIND]).name} of account {row[COMMAND_ACCOUNT]} {text}"]

    def _digest(self) -> str:
        # What counts commands and tells the time moves with every command, also with a rejected one.
        venue, pool = self._core.venue, self._core.books.pool
        kept, now_ns = venue[[VENUE_SEQ, VENUE_TS_NS]].copy(), pool[POOL_NOW_NS]
        venue[[VENUE_SEQ, VENUE_TS_NS]] = 0
        pool[POOL_NOW_NS] = 0
        try:
            return snapshot.digest(self._core)
        finally:
            venue[[VENUE_SEQ, VENUE_TS_NS]] = kept
            pool[POOL_NOW_NS] = now_ns
