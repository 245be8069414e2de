"""Whether clients' commands changed the state: the log, applied one command at a time."""

from __future__ import annotations

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


class Observer:
    """Follows a running exchange's log with a core of its own.

    The schedule prints indices and marks meanwhile, so two digests of the live exchange cannot be
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
                for index in range(len(batch.rows)):
                    found += self._apply(batch, index)
        finally:
            log.close()
        return found

    def _apply(self, batch: Batch, index: int) -> list[str]:
        row = batch.rows[index]
        text = batch.texts.get(index, "")
        one = Batch(batch.rows[index : index + 1], {0: text} if text else {})
        if row[COMMAND_KIND] >= COLD_COMMANDS:
            self._core.apply(one)
            return []
        before = self._digest()
        self._core.apply(one)
        if self._digest() == before:
            return []
        return [f"{CommandKind(row[COMMAND_KIND]).name} of account {row[COMMAND_ACCOUNT]} {text}"]

    def _digest(self) -> str:
        # What counts commands and tells the time moves with every command, also with a rejected one.
        venue = self._core.venue
        kept = venue[[VENUE_SEQ, VENUE_TS_NS]].copy()
        venue[[VENUE_SEQ, VENUE_TS_NS]] = 0
        try:
            return snapshot.digest(self._core)
        finally:
            venue[[VENUE_SEQ, VENUE_TS_NS]] = kept
