"""Entering and amending an order: its checks, its match, and what stays working of it."""

from __future__ import annotations

from typing import Any

from exchange.core import risk
from exchange.core.clearing import add_working, count_orders
from exchange.core.layout import (
    COMMAND_ACCOUNT,
    COMMAND_INSTRUCTIONS,
    COMMAND_INSTRUMENT,
    COMMAND_ORDER_ID,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_SEQ,
    COMMAND_SIDE,
    COMMAND_TIF,
    COMMAND_TS_NS,
    INSTRUMENT_BAND_HIGH_TICKS,
    INSTRUMENT_BAND_LOW_TICKS,
    EventKind,
    Instruction,
    Reason,
)
from exchange.core.margin import loss_ticks, refresh
from exchange.core.translate import clear_matched, write_event
from matching import entry as book
from matching.cancels import find_slot
from matching.compiled import called
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_LEVEL_START,
    BOOK_LEVELS,
    INSTRUCTION_SHIFT,
    MAX_QTY_LOTS,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_FILLED_LOTS,
    ORDER_LEAVES_LOTS,
    ORDER_LEVEL,
    ORDER_OWNER,
    ORDER_TERMS,
    TIF_SHIFT,
)
from matching.layout import EVENT_LEAVES_LOTS as BOOK_LEAVES_LOTS
from matching.layout import Instruction as BookInstruction

Array = Any

_REJECTED = int(EventKind.REJECTED)
_NONE = int(Reason.NONE)
_DUPLICATE_LABEL = int(Reason.DUPLICATE_LABEL)
_UNKNOWN_ORDER = int(Reason.UNKNOWN_ORDER)
_INVALID_QTY = int(Reason.INVALID_QTY)
_INVALID_PRICE = int(Reason.INVALID_PRICE)
_MARKET = int(Instruction.MARKET)
_REDUCE_ONLY = int(Instruction.REDUCE_ONLY)
_POST_ONLY = int(Instruction.POST_ONLY)
_WHOLE_SIZE = int(Instruction.WHOLE_SIZE)
_BOOK_POST_ONLY = int(BookInstruction.POST_ONLY)
_GTC = 0
_IOC = 1
_FOK = 2


@called
def submit(
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
    """Apply a SUBMIT row. ORDER_ID other than 0 says that its label is in use (see core.Core)."""
    account = commands[command, COMMAND_ACCOUNT]
    instrument = commands[command, COMMAND_INSTRUMENT]
    side = commands[command, COMMAND_SIDE]
    tif = commands[command, COMMAND_TIF]
    instructions = commands[command, COMMAND_INSTRUCTIONS]
    price_ticks = commands[command, COMMAND_PRICE_TICKS]
    qty_lots = commands[command, COMMAND_QTY_LOTS]
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    reason = risk.check_account(accounts, account)
    if reason == _NONE:
        reason = risk.check_form(books, instrument, side, tif, instructions, price_ticks, qty_lots)
    if reason == _NONE:
        if instructions & _MARKET != 0:
            # A market order is an IOC at the edge of the band: it never trades beyond it.
            if side == 0:
                price_ticks = instruments[instrument, INSTRUMENT_BAND_HIGH_TICKS]
            else:
                price_ticks = instruments[instrument, INSTRUMENT_BAND_LOW_TICKS]
            if tif != _FOK:
                tif = _IOC
        reason = risk.check_limits(
            instruments,
            accounts,
            positions,
            account,
            instrument,
            side,
            price_ticks,
            qty_lots,
            qty_lots,
            # An order that cannot rest takes no place among the live ones.
            1 if tif == _GTC else 0,
            ts_ns,
        )
        if commands[command, COMMAND_ORDER_ID] != 0 and (
            reason == _NONE or reason > _DUPLICATE_LABEL
        ):
            reason = _DUPLICATE_LABEL
    if reason == _NONE and instructions & _REDUCE_ONLY != 0:
        reason = risk.check_reduces(positions, account, instrument, side, qty_lots)
    if reason == _NONE:
        reason = risk.check_margin(
            instruments,
            accounts,
            positions,
            account,
            instrument,
            side,
            qty_lots,
            qty_lots * loss_ticks(instruments, instrument, side, price_ticks),
        )
    if reason != _NONE:
        return write_event(
            events,
            count,
            _REJECTED,
            seq,
            ts_ns,
            instrument,
            account,
            0,
            side,
            price_ticks,
            qty_lots,
            0,
            reason,
        )
    terms = side | tif << TIF_SHIFT
    if instructions & _POST_ONLY != 0:
        terms |= _BOOK_POST_ONLY << INSTRUCTION_SHIFT
    rows = book.submit(
        books,
        levels,
        bitmap,
        orders,
        pool,
        matched,
        0,
        0,
        instrument,
        account,
        terms,
        price_ticks,
        qty_lots,
    )
    # The last row tells what is left: an execution, an acceptance that rests, or a cancelled remainder.
    leaves_lots = matched[rows - 1, BOOK_LEAVES_LOTS]
    if leaves_lots > 0:
        add_working(instruments, positions, account, instrument, side, price_ticks, leaves_lots)
        count_orders(accounts, positions, account, instrument, 1)
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
        instrument,
        account,
        side,
        tif,
        instructions,
    )
    refresh(instruments, accounts, positions, account, instrument)
    return count


@called
def amend(
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
    """Apply an AMEND row: the new open size and price pass the checks of a new order's difference."""
    account = commands[command, COMMAND_ACCOUNT]
    instructions = commands[command, COMMAND_INSTRUCTIONS]
    order_id = commands[command, COMMAND_ORDER_ID]
    price_ticks = commands[command, COMMAND_PRICE_TICKS]
    qty_lots = commands[command, COMMAND_QTY_LOTS]
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    reason = risk.check_account(accounts, account)
    slot = find_slot(orders, pool, order_id)
    instrument = -1
    side = 0
    leaves_lots = 0
    former_ticks = 0
    lost_ticklots = 0
    if reason == _NONE and (qty_lots < 1 or qty_lots > MAX_QTY_LOTS):
        reason = _INVALID_QTY
    if reason == _NONE and (slot == NO_SLOT or orders[slot, ORDER_OWNER] != account):
        reason = _UNKNOWN_ORDER
    if reason == _NONE:
        instrument = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
        side = orders[slot, ORDER_TERMS] & 1
        leaves_lots = orders[slot, ORDER_LEAVES_LOTS]
        if instructions & _WHOLE_SIZE != 0:
            qty_lots -= orders[slot, ORDER_FILLED_LOTS]
        base_ticks = books[instrument, BOOK_BASE_TICKS]
        former_ticks = orders[slot, ORDER_LEVEL] - books[instrument, BOOK_LEVEL_START] + base_ticks
        if qty_lots < 1:
            reason = _INVALID_QTY
        elif price_ticks < base_ticks or price_ticks >= base_ticks + books[instrument, BOOK_LEVELS]:
            reason = _INVALID_PRICE
        else:
            lost_ticklots = qty_lots * loss_ticks(
                instruments, instrument, side, price_ticks
            ) - leaves_lots * loss_ticks(instruments, instrument, side, former_ticks)
            reason = risk.check_limits(
                instruments,
                accounts,
                positions,
                account,
                instrument,
                side,
                price_ticks,
                qty_lots,
                qty_lots - leaves_lots,
                0,
                ts_ns,
            )
    if reason == _NONE:
        reason = risk.check_margin(
            instruments,
            accounts,
            positions,
            account,
            instrument,
            side,
            qty_lots - leaves_lots,
            lost_ticklots,
        )
    if reason != _NONE:
        return write_event(
            events,
            count,
            _REJECTED,
            seq,
            ts_ns,
            instrument,
            account,
            order_id,
            side,
            price_ticks,
            qty_lots,
            0,
            reason,
        )
    rows = book.amend(
        books, levels, bitmap, orders, pool, matched, 0, 0, order_id, price_ticks, qty_lots
    )
    if matched[0, 0] != _REJECTED:
        left_lots = matched[rows - 1, BOOK_LEAVES_LOTS]
        add_working(instruments, positions, account, instrument, side, former_ticks, -leaves_lots)
        add_working(instruments, positions, account, instrument, side, price_ticks, left_lots)
        if left_lots == 0:
            count_orders(accounts, positions, account, instrument, -1)
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
        instrument,
        account,
        side,
        0,
        0,
    )
    refresh(instruments, accounts, positions, account, instrument)
    return count
