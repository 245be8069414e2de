"""Cancelling one order, or all that an account has in one instrument or in every one."""

from __future__ import annotations

from typing import Any

from exchange.core import risk
from exchange.core.clearing import add_working, count_orders
from exchange.core.layout import (
    COMMAND_ACCOUNT,
    COMMAND_INSTRUMENT,
    COMMAND_ORDER_ID,
    COMMAND_SEQ,
    COMMAND_TS_NS,
    POSITION_BUY_LOSS_TICKLOTS,
    POSITION_BUY_LOTS,
    POSITION_ORDERS,
    POSITION_SELL_LOSS_TICKLOTS,
    POSITION_SELL_LOTS,
    EventKind,
    Reason,
)
from exchange.core.margin import refresh
from exchange.core.translate import clear_matched, write_event
from matching.cancels import cancel_all as cancel_book
from matching.cancels import find_slot, withdraw
from matching.compiled import called
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_LEVEL_START,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_OWNER,
    ORDER_TERMS,
)

Array = Any

_REJECTED = int(EventKind.REJECTED)
_NONE = int(Reason.NONE)
_UNKNOWN_INSTRUMENT = int(Reason.UNKNOWN_INSTRUMENT)
_UNKNOWN_ORDER = int(Reason.UNKNOWN_ORDER)


@called
def cancel(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    matched: Array,
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
    commands: Array,
    command: int,
    events: Array,
    count: int,
) -> int:
    """Apply a CANCEL row; an order of another account is as unknown as one that does not live."""
    account = commands[command, COMMAND_ACCOUNT]
    order_id = commands[command, COMMAND_ORDER_ID]
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    reason = risk.check_account(accounts, account)
    slot = find_slot(orders, pool, order_id)
    if reason == _NONE and (slot == NO_SLOT or orders[slot, ORDER_OWNER] != account):
        reason = _UNKNOWN_ORDER
    if reason != _NONE:
        return write_event(
            events, count, _REJECTED, seq, ts_ns, -1, account, order_id, 0, 0, 0, 0, reason
        )
    instrument = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
    side = orders[slot, ORDER_TERMS] & 1
    leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
    price_ticks = (
        orders[slot, ORDER_LEVEL]
        - books[instrument, BOOK_LEVEL_START]
        + books[instrument, BOOK_BASE_TICKS]
    )
    rows = withdraw(books, levels, bitmap, orders, pool, matched, 0, 0, slot)
    add_working(instruments, positions, account, instrument, side, price_ticks, -leaves_lots)
    count_orders(accounts, positions, account, instrument, -1)
    refresh(instruments, accounts, positions, account, instrument)
    return clear_matched(
        orders,
        instruments,
        accounts,
        positions,
        venue,
        matched,
        rows,
        events,
        count,
        seq,
        ts_ns,
        instrument,
        account,
        side,
        0,
        0,
    )


@called
def cancel_all(
    books: Array,
    levels: Array,
    bitmap: Array,
    orders: Array,
    pool: Array,
    matched: Array,
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
    commands: Array,
    command: int,
    events: Array,
    count: int,
) -> int:
    """Apply a CANCEL_ALL row to one instrument, or to all in the order of their listing."""
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    reason = risk.check_account(accounts, account)
    if reason == _NONE and (instrument < -1 or instrument >= books.shape[0]):
        reason = _UNKNOWN_INSTRUMENT
    if reason != _NONE:
        return write_event(
            events, count, _REJECTED, seq, ts_ns, instrument, account, 0, 0, 0, 0, 0, reason
        )
    first = max(instrument, 0)
    last = instrument if instrument >= 0 else books.shape[0] - 1
    for book in range(first, last + 1):
        owned = positions[account, book, POSITION_ORDERS]
        if owned > 0:
            rows = cancel_book(
                books, levels, bitmap, orders, pool, matched, 0, 0, book, account, owned
            )
            count = clear_matched(
                orders,
                instruments,
                accounts,
                positions,
                venue,
                matched,
                rows,
                events,
                count,
                seq,
                ts_ns,
                book,
                account,
                0,
                0,
                0,
            )
            positions[account, book, POSITION_BUY_LOTS] = 0
            positions[account, book, POSITION_BUY_LOSS_TICKLOTS] = 0
            positions[account, book, POSITION_SELL_LOTS] = 0
            positions[account, book, POSITION_SELL_LOSS_TICKLOTS] = 0
            count_orders(accounts, positions, account, book, -owned)
            refresh(instruments, accounts, positions, account, book)
    return count
