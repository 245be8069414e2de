"""Statements from the log alone: every command anew, every day ended where the log ended it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exchange.core.core import Core
from exchange.core.layout import (
    COMMAND_SEQ,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    VENUE_DAY,
    EventKind,
)
from exchange.explained import ExplainedError
from exchange.log.port import LogReader
from exchange.statements.cutting import parts
from exchange.statements.journal import Journal
from exchange.statements.statement import Statement
from marketdata.days import NS_PER_DAY


class UnknownAccountError(ExplainedError, ValueError):
    """The log opens no account of this name."""


def days(
    log: LogReader, *, progress: Callable[[int], None] = lambda seq: None
) -> Iterator[list[Statement]]:
    """Yield every account's statements day by day, the running day's last.

    Raises CorruptLogError when the log is damaged, StatementError where postings do not explain a
    balance.
    """
    core, journal = Core(), Journal()
    for batch in log.read():
        for part in parts(batch):
            rows: list[list[int]] = core.apply(part).tolist()
            for row in rows:
                if row[EVENT_KIND] == EventKind.INSTRUMENT_LISTED:
                    journal.list_instrument(core.specs[row[EVENT_INSTRUMENT]])
            journal.apply(rows)
            if rows and rows[-1][EVENT_KIND] == EventKind.DAY_ROLLED:
                yield journal.end_day(core, rows[-1])
        progress(int(batch.rows[-1, COMMAND_SEQ]))
    running = max(int(core.venue[VENUE_DAY]) + 1, core.ts_ns // NS_PER_DAY)
    yield journal.statement(core, running)


def of_account(
    log: LogReader, account: str, *, progress: Callable[[int], None] = lambda seq: None
) -> list[Statement]:
    """Return an account's statements, the running day's last; raises UnknownAccountError."""
    found = [
        statement
        for statements in days(log, progress=progress)
        for statement in statements
        if statement.account == account
    ]
    if not found:
        raise UnknownAccountError(f"{account}: the log opens no account of this name")
    return found
