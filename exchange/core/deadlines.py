"""Dead-man timers: an account's orders are cancelled when its deadline passes without being set anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core import layout as at
from exchange.core.layout import EventKind, Reason
from exchange.core.replies import MAX_TIME_NS, Row, rejected

if TYPE_CHECKING:
    from exchange.core.core import Core


def set_deadline(core: Core, row: Row, _text: str) -> list[Row]:
    """Set an account's deadline, AMOUNT_MICROS in UTC nanoseconds, in place of a former one (0: none)."""
    account, deadline_ns = row[at.COMMAND_ACCOUNT], row[at.COMMAND_AMOUNT_MICROS]
    if account not in range(len(core.account_names)):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    if not 0 <= deadline_ns <= MAX_TIME_NS:
        return rejected(row, Reason.INVALID_AMOUNT)
    core.deadlines.pop(account, None)
    if deadline_ns:
        core.deadlines[account] = deadline_ns
    return []


def keep_deadlines(core: Core, row: Row, _text: str) -> list[Row]:
    """Cancel all orders of the accounts whose deadline is not after TS_NS, lowest number first.

    A deadline works once: afterwards the account has none until it sets another.
    """
    rows: list[Row] = []
    for account in overdue(core, row[at.COMMAND_TS_NS]):
        del core.deadlines[account]
        cancelled = core.cancel_all(row, account)
        for event in cancelled:
            if event[at.EVENT_KIND] == EventKind.CANCELLED and (
                event[at.EVENT_TAG] == Reason.REQUESTED
            ):
                event[at.EVENT_TAG] = Reason.DEADLINE_PASSED
        rows += cancelled
    return rows


def overdue(core: Core, ts_ns: int) -> list[int]:
    """Return the accounts whose deadline is not after a time, lowest number first."""
    return sorted(account for account, due_ns in core.deadlines.items() if due_ns <= ts_ns)
