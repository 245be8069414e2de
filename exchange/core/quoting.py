"""Mass quotes: an account's quotes in an instrument replaced in one step, each against its margin."""

from __future__ import annotations

from exchange.core import risk
from exchange.core.activation import run_queue
from exchange.core.amending import carry_out, check_amend
from exchange.core.entry import clear_entry
from exchange.core.layout import (
    COMMAND_ACCOUNT,
    COMMAND_INSTRUCTIONS,
    COMMAND_INSTRUMENT,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_SEQ,
    COMMAND_TS_NS,
    EventKind,
    Reason,
)
from exchange.core.ledger import Ledger
from exchange.core.margin import loss_ticks
from exchange.core.reasons import REASONS
from exchange.core.rows import write_refusal
from exchange.core.translate import clear_rows
from matching.arrays import Arrays
from matching.compiled import called
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_QUEUED,
    CONDITION_PRICE_TICKS,
    CONDITION_QTY_LOTS,
    CONDITION_TERMS,
    EVENT_KIND,
    EVENT_OTHER,
    INSTRUCTION_SHIFT,
    NO_SLOT,
    ORDER_ID,
)
from matching.queue import ladder_start
from matching.quotes import quote_at, quote_entry, reject_quotes, withdraw_unnamed
from matching.removal import open_lots

_REJECTED = int(EventKind.REJECTED)
_NONE = int(Reason.NONE)
_UNKNOWN_INSTRUMENT = int(Reason.UNKNOWN_INSTRUMENT)
_INVALID_QTY = int(Reason.INVALID_QTY)


@called
def check_entry(
    arrays: Arrays, ledger: Ledger, account: int, instrument: int, row: int, ts_ns: int
) -> int:
    """Return the first reason for which an account may not enter a new quote."""
    conditions = arrays.conditions
    side = conditions[row, CONDITION_TERMS]
    price_ticks = conditions[row, CONDITION_PRICE_TICKS]
    qty_lots = conditions[row, CONDITION_QTY_LOTS]
    reason = risk.check_limits(
        ledger, account, instrument, side, price_ticks, qty_lots, qty_lots, 1, ts_ns, False
    )
    if reason == _NONE:
        reason = risk.check_margin(
            ledger,
            account,
            instrument,
            side,
            qty_lots,
            qty_lots * loss_ticks(ledger.instruments, instrument, side, price_ticks),
        )
    return reason


@called
def enter_quote(
    arrays: Arrays, ledger: Ledger, command: int, entry: int, count: int, row: int, terms: int
) -> int:
    """Amend the quote at an entry's side and price, or enter a new one; refused, only it is refused.

    entry, row: the LINKED row, and that of its conditions.
    """
    conditions, commands = arrays.conditions, ledger.commands
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    seq = commands[entry, COMMAND_SEQ]
    ts_ns = commands[entry, COMMAND_TS_NS]
    side = conditions[row, CONDITION_TERMS]
    price_ticks = conditions[row, CONDITION_PRICE_TICKS]
    qty_lots = conditions[row, CONDITION_QTY_LOTS]
    level = (
        ladder_start(arrays, instrument, side)
        + price_ticks
        - arrays.books[instrument, BOOK_BASE_TICKS]
    )
    order_id = 0
    slot = quote_at(arrays, level, account)
    if slot != NO_SLOT:
        if qty_lots == open_lots(arrays, slot):
            return count
        order_id = arrays.orders[slot, ORDER_ID]
        reason = check_amend(arrays, ledger, slot, price_ticks, qty_lots, ts_ns)
        if reason == _NONE:
            return carry_out(arrays, ledger, count, seq, ts_ns, slot, price_ticks, qty_lots, 0)
    else:
        reason = check_entry(arrays, ledger, account, instrument, row, ts_ns)
    if reason == _NONE:
        rows = quote_entry(arrays, 0, 0, instrument, account, terms, row)
        if arrays.events[0, EVENT_KIND] != _REJECTED:
            return clear_entry(arrays, ledger, rows, count, seq, ts_ns, account, instrument)
        reason = REASONS[arrays.events[0, EVENT_OTHER]]
    return write_refusal(
        ledger,
        count,
        seq,
        ts_ns,
        instrument,
        account,
        order_id,
        side,
        price_ticks,
        qty_lots,
        reason,
    )


@called
def mass_quote(
    arrays: Arrays, ledger: Ledger, command: int, first: int, linked: int, count: int
) -> int:
    """Apply a MASS_QUOTE row and the QTY_LOTS rows LINKED to it, its entries.

    first: the condition row of the first entry.
    """
    commands = ledger.commands
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    entries = commands[command, COMMAND_QTY_LOTS]
    terms = commands[command, COMMAND_INSTRUCTIONS] << INSTRUCTION_SHIFT
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    reason = risk.check_account(ledger.accounts, account)
    if reason == _NONE and (instrument < 0 or instrument >= arrays.books.shape[0]):
        reason = _UNKNOWN_INSTRUMENT
    if reason == _NONE and entries != linked:
        reason = _INVALID_QTY
    if reason == _NONE:
        rows = reject_quotes(arrays, 0, 0, instrument, account, terms, entries, first)
        if rows > 0:
            reason = REASONS[arrays.events[0, EVENT_OTHER]]
    if reason != _NONE:
        price_ticks = commands[command, COMMAND_PRICE_TICKS]
        return write_refusal(
            ledger,
            count,
            seq,
            ts_ns,
            instrument,
            account,
            0,
            0,
            price_ticks,
            entries,
            reason,
        )
    rows = withdraw_unnamed(arrays, 0, 0, instrument, account, entries, first)
    count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, instrument, 0)
    for place in range(entries):
        entry = command + 1 + place
        count = enter_quote(arrays, ledger, command, entry, count, first + place, terms)
    if arrays.books[instrument, BOOK_QUEUED] > 0:
        count = run_queue(arrays, ledger, count, seq, ts_ns, instrument)
    return count
