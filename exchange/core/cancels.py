"""Cancelling one order, or all that an account has in one instrument or in every one."""

from __future__ import annotations

from exchange.core import risk
from exchange.core.layout import (
    COMMAND_ACCOUNT,
    COMMAND_INSTRUMENT,
    COMMAND_ORDER_ID,
    COMMAND_SEQ,
    COMMAND_TS_NS,
    POSITION_ORDERS,
    Reason,
)
from exchange.core.ledger import Ledger
from exchange.core.rows import write_refusal
from exchange.core.translate import clear_rows
from matching.arrays import Arrays
from matching.cancels import cancel_all as cancel_book
from matching.cancels import withdraw
from matching.compiled import called
from matching.layout import NO_SLOT, ORDER_BOOK_SHIFT, ORDER_OWNER, ORDER_TERMS
from matching.layout import Reason as FloorReason
from matching.queue import find_slot

_NONE = int(Reason.NONE)
_UNKNOWN_INSTRUMENT = int(Reason.UNKNOWN_INSTRUMENT)
_UNKNOWN_ORDER = int(Reason.UNKNOWN_ORDER)
_REQUESTED = int(FloorReason.REQUESTED)


@called
def cancel(arrays: Arrays, ledger: Ledger, command: int, count: int) -> int:
    """Apply a CANCEL row; an order of another account is as unknown as one that does not live."""
    commands, orders = ledger.commands, arrays.orders
    account = commands[command, COMMAND_ACCOUNT]
    order_id = commands[command, COMMAND_ORDER_ID]
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    reason = risk.check_account(ledger.accounts, account)
    slot = find_slot(arrays, order_id)
    if reason == _NONE and (slot == NO_SLOT or orders[slot, ORDER_OWNER] != account):
        reason = _UNKNOWN_ORDER
    if reason != _NONE:
        return write_refusal(ledger, count, seq, ts_ns, -1, account, order_id, 0, 0, 0, reason)
    instrument = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
    rows = withdraw(arrays, 0, 0, slot, _REQUESTED)
    return clear_rows(arrays, ledger, rows, count, seq, ts_ns, instrument, 0)


@called
def cancel_all(arrays: Arrays, ledger: Ledger, command: int, count: int) -> int:
    """Apply a CANCEL_ALL row to one instrument, or to all in the order of their listing."""
    commands = ledger.commands
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    reason = risk.check_account(ledger.accounts, account)
    if reason == _NONE and (instrument < -1 or instrument >= arrays.books.shape[0]):
        reason = _UNKNOWN_INSTRUMENT
    if reason != _NONE:
        return write_refusal(ledger, count, seq, ts_ns, instrument, account, 0, 0, 0, 0, reason)
    first = max(instrument, 0)
    last = instrument if instrument >= 0 else arrays.books.shape[0] - 1
    for book in range(first, last + 1):
        owned = ledger.positions[account, book, POSITION_ORDERS]
        if owned > 0:
            rows = cancel_book(arrays, 0, 0, book, account, owned)
            count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, book, 0)
    return count
