"""What accounts may do and have, changed after their opening: limits, restrictions, the kill switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core import layout as at
from exchange.core.hierarchy import NO_PARENT
from exchange.core.layout import EventKind, Permission, Reason, State
from exchange.core.replies import Row, event, rejected
from matching.layout import MAX_ORDERS

if TYPE_CHECKING:
    from exchange.core.core import Core


def set_account_limits(core: Core, row: Row, _text: str) -> list[Row]:
    """Limit an account's live orders to QTY_LOTS; those that it has beyond that stay."""
    account, max_orders = row[at.COMMAND_ACCOUNT], row[at.COMMAND_QTY_LOTS]
    if account not in range(len(core.account_names)):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    if not 1 <= max_orders <= MAX_ORDERS:
        return rejected(row, Reason.INVALID_QTY)
    core.accounts[account, at.ACCOUNT_MAX_ORDERS] = max_orders
    return []


def set_position_limit(core: Core, row: Row, _text: str) -> list[Row]:
    """Limit every account's position in an instrument to QTY_LOTS, at most what it was listed with.

    Who holds more may keep it, but not add to it.
    """
    instrument, lots = row[at.COMMAND_INSTRUMENT], row[at.COMMAND_QTY_LOTS]
    if not 0 <= instrument < len(core.specs):
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    if core.instruments[instrument, at.INSTRUMENT_STATE] == State.EXPIRED:
        return rejected(row, Reason.INSTRUMENT_NOT_OPEN)
    if not 1 <= lots <= core.specs[instrument].max_position_lots:
        return rejected(row, Reason.INVALID_QTY)
    core.instruments[instrument, at.INSTRUMENT_MAX_POSITION_LOTS] = lots
    return [event(row, EventKind.POSITION_LIMIT_SET, instrument=instrument, qty_lots=lots)]


def stop_trading(core: Core, row: Row, _text: str) -> list[Row]:
    """Stop an account's trading (QTY_LOTS 1), all accounts' if -1, and cancel its orders; 0 lets it go on.

    Stopped for all, it is for those that are opened later, too, until -1 lets all go on.
    """
    account, begins = row[at.COMMAND_ACCOUNT], row[at.COMMAND_QTY_LOTS]
    if not -1 <= account < len(core.account_names):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    if begins not in (0, 1):
        return rejected(row, Reason.INVALID_QTY)
    if account == -1:
        core.venue[at.VENUE_STOPPED] = begins
    rows: list[Row] = []
    chosen = range(len(core.account_names)) if account == -1 else [account]
    for number in chosen:
        permitted = int(core.accounts[number, at.ACCOUNT_OPEN])
        if bool(permitted & Permission.STOPPED) == bool(begins):
            continue
        core.accounts[number, at.ACCOUNT_OPEN] = permitted ^ Permission.STOPPED
        kind = EventKind.TRADING_STOPPED if begins else EventKind.TRADING_RESUMED
        rows.append(event(row, kind, account=number))
        if begins and core.accounts[number, at.ACCOUNT_ORDERS]:
            rows += core.cancel_all(row, number)
    return rows


def stop_as_others(core: Core, row: Row, account: int) -> list[Row]:
    """Let a new account begin stopped where the venue is, or the account that it belongs to."""
    parent = core.parents[account]
    above = int(core.accounts[parent, at.ACCOUNT_OPEN]) if parent != NO_PARENT else 0
    if not core.venue.item(at.VENUE_STOPPED) and not above & Permission.STOPPED:
        return []
    core.accounts[account, at.ACCOUNT_OPEN] |= int(Permission.STOPPED)
    return [event(row, EventKind.TRADING_STOPPED, account=account)]


def restrict(core: Core, row: Row, _text: str) -> list[Row]:
    """Let an account only close its position in an instrument (QTY_LOTS 1), or trade it freely again (0)."""
    account, instrument = row[at.COMMAND_ACCOUNT], row[at.COMMAND_INSTRUMENT]
    begins = row[at.COMMAND_QTY_LOTS]
    if not 0 <= account < len(core.account_names):
        return rejected(row, Reason.UNKNOWN_ACCOUNT)
    if not 0 <= instrument < len(core.specs):
        return rejected(row, Reason.UNKNOWN_INSTRUMENT)
    if begins not in (0, 1):
        return rejected(row, Reason.INVALID_QTY)
    core.positions[account, instrument, at.POSITION_RESTRICTED] = begins
    permitted = int(core.accounts[account, at.ACCOUNT_OPEN]) & ~Permission.RESTRICTED
    if core.positions[account, :, at.POSITION_RESTRICTED].any():
        permitted |= Permission.RESTRICTED
    core.accounts[account, at.ACCOUNT_OPEN] = permitted
    return [
        event(
            row,
            EventKind.RESTRICTION_SET,
            instrument=instrument,
            account=account,
            qty_lots=begins,
        )
    ]
