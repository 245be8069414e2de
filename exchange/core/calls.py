"""Margin calls: accounts that fell below maintenance margin, told of in the command that let them fall."""

from __future__ import annotations

from exchange.core.layout import (
    ACCOUNT_CASH_MICROS,
    ACCOUNT_DEADLINE_NS,
    ACCOUNT_MAINTENANCE_MICROS,
    ACCOUNT_STATUS,
    ACCOUNT_TOLD_STATUS,
    EVENT_RESTING_FEE_MICROS,
    VENUE_CALL_NS,
    VENUE_FIRST_CALLED,
    VENUE_LAST_CALLED,
    VENUE_NEW_CALLS,
    AccountStatus,
    EventKind,
)
from exchange.core.ledger import Ledger
from exchange.core.rows import write_event
from matching.compiled import called

_SOUND = int(AccountStatus.SOUND)
_MARGIN_CALLED = int(EventKind.MARGIN_CALLED)
_CALL_MET = int(EventKind.CALL_MET)


@called
def write_calls(ledger: Ledger, count: int, seq: int, ts_ns: int) -> int:
    """Write a row for each account whose status changed in this command, in order of their numbers."""
    accounts, venue = ledger.accounts, ledger.venue
    for account in range(venue[VENUE_FIRST_CALLED], venue[VENUE_LAST_CALLED] + 1):
        status = accounts[account, ACCOUNT_STATUS]
        if status == accounts[account, ACCOUNT_TOLD_STATUS]:
            continue
        kind = _CALL_MET
        deadline_ns = 0
        if status != _SOUND:
            kind = _MARGIN_CALLED
            deadline_ns = ts_ns + venue[VENUE_CALL_NS]
        accounts[account, ACCOUNT_TOLD_STATUS] = status
        accounts[account, ACCOUNT_DEADLINE_NS] = deadline_ns
        count = write_event(
            ledger, count, kind, seq, ts_ns, -1, account, 0, 0, 0, 0, 0, deadline_ns
        )
        short_micros = accounts[account, ACCOUNT_MAINTENANCE_MICROS]
        short_micros -= accounts[account, ACCOUNT_CASH_MICROS]
        ledger.events[count - 1, EVENT_RESTING_FEE_MICROS] = max(0, short_micros)
    venue[VENUE_NEW_CALLS] = 0
    return count
