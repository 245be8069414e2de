"""Amending an order: the difference to its old size and price is checked like a new order."""

from __future__ import annotations

from exchange.core import risk
from exchange.core.clearing import add_working, count_orders
from exchange.core.entry import add_resting
from exchange.core.layout import (
    AMEND_TRIGGER,
    AMEND_WHOLE,
    COMMAND_ACCOUNT,
    COMMAND_INSTRUCTIONS,
    COMMAND_ORDER_ID,
    COMMAND_PRICE_TICKS,
    COMMAND_QTY_LOTS,
    COMMAND_SEQ,
    COMMAND_TS_NS,
    EventKind,
    Reason,
)
from exchange.core.ledger import Ledger
from exchange.core.margin import loss_ticks, refresh
from exchange.core.reasons import REASONS
from exchange.core.rows import write_refusal
from exchange.core.translate import clear_rows, write_conditioned
from matching.amending import amend as amend_order
from matching.amending import amend_checked
from matching.arrays import Arrays
from matching.compiled import called
from matching.layout import (
    BOOK_BASE_TICKS,
    BOOK_LEVELS,
    EVENT_KIND,
    EVENT_OTHER,
    MAX_QTY_LOTS,
    NO_SLOT,
    ORDER_BOOK_SHIFT,
    ORDER_FILLED_LOTS,
    ORDER_ID,
    ORDER_LEVEL,
    ORDER_OWNER,
    ORDER_TERMS,
)
from matching.placing import MARKET_BIT
from matching.queue import find_slot
from matching.removal import open_lots, order_ticks

_REJECTED = int(EventKind.REJECTED)
_NONE = int(Reason.NONE)
_UNKNOWN_ORDER = int(Reason.UNKNOWN_ORDER)
_INVALID_QTY = int(Reason.INVALID_QTY)
_INVALID_PRICE = int(Reason.INVALID_PRICE)
_INVALID_TRIGGER = int(Reason.INVALID_TRIGGER)


@called
def check_amend(
    arrays: Arrays, ledger: Ledger, slot: int, price_ticks: int, qty_lots: int, ts_ns: int
) -> int:
    """Return the first reason against a live order's new price and open size."""
    orders = arrays.orders
    account = orders[slot, ORDER_OWNER]
    instrument = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
    side = orders[slot, ORDER_TERMS] & 1
    base_ticks = arrays.books[instrument, BOOK_BASE_TICKS]
    waits = orders[slot, ORDER_LEVEL] < 0
    collared = waits and orders[slot, ORDER_TERMS] & MARKET_BIT != 0
    if qty_lots < 1 or qty_lots > MAX_QTY_LOTS:
        return _INVALID_QTY
    if not collared and (
        price_ticks < base_ticks
        or price_ticks >= base_ticks + arrays.books[instrument, BOOK_LEVELS]
    ):
        return _INVALID_PRICE
    leaves_lots = open_lots(arrays, slot)
    reason = risk.check_limits(
        ledger,
        account,
        instrument,
        side,
        price_ticks,
        qty_lots,
        (qty_lots - leaves_lots) * (1 - int(waits)),
        0,
        ts_ns,
        waits,
    )
    if waits or reason != _NONE:
        return reason
    lost_ticklots = qty_lots * loss_ticks(
        ledger.instruments, instrument, side, price_ticks
    ) - leaves_lots * loss_ticks(ledger.instruments, instrument, side, order_ticks(arrays, slot))
    return risk.check_margin(
        ledger, account, instrument, side, qty_lots - leaves_lots, lost_ticklots
    )


@called
def carry_out(
    arrays: Arrays,
    ledger: Ledger,
    count: int,
    seq: int,
    ts_ns: int,
    slot: int,
    price_ticks: int,
    qty_lots: int,
    conditions: int,
) -> int:
    """Amend a live order whose checks are passed, and account for it; the book may refuse it still.

    conditions: 0, or 1 + the condition row with its new trigger or trail.
    """
    orders = arrays.orders
    order_id = orders[slot, ORDER_ID]
    account = orders[slot, ORDER_OWNER]
    instrument = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
    side = orders[slot, ORDER_TERMS] & 1
    former_lots = 0
    former_ticks = 0
    if orders[slot, ORDER_LEVEL] >= 0:
        former_lots = open_lots(arrays, slot)
        former_ticks = order_ticks(arrays, slot)
    if conditions == 0:
        rows = amend_order(arrays, 0, 0, order_id, 0, price_ticks, qty_lots)
    else:
        rows = amend_checked(arrays, 0, 0, order_id, 0, price_ticks, qty_lots, conditions)
    if arrays.events[0, EVENT_KIND] == _REJECTED:
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
            REASONS[arrays.events[0, EVENT_OTHER]],
        )
    add_working(
        ledger.instruments,
        ledger.positions,
        account,
        instrument,
        side,
        former_ticks,
        -former_lots,
    )
    count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, instrument, order_id)
    if conditions != 0:
        count = write_conditioned(arrays, ledger, count, seq, ts_ns, slot, order_id)
    if orders[slot, ORDER_ID] == order_id:
        add_resting(arrays, ledger, account, instrument, slot)
    else:
        count_orders(ledger.accounts, ledger.positions, account, instrument, -1)
    refresh(ledger, account, instrument)
    return count


@called
def amend(arrays: Arrays, ledger: Ledger, command: int, row: int, count: int) -> int:
    """Apply an AMEND row; an order of another account is as unknown as one that does not live.

    row: that of its conditions, or -1.
    """
    commands, orders = ledger.commands, arrays.orders
    account = commands[command, COMMAND_ACCOUNT]
    order_id = commands[command, COMMAND_ORDER_ID]
    price_ticks = commands[command, COMMAND_PRICE_TICKS]
    qty_lots = commands[command, COMMAND_QTY_LOTS]
    seq = commands[command, COMMAND_SEQ]
    ts_ns = commands[command, COMMAND_TS_NS]
    reason = risk.check_account(ledger.accounts, account)
    slot = find_slot(arrays, order_id)
    instrument = -1
    side = 0
    if reason == _NONE and (qty_lots < 1 or qty_lots > MAX_QTY_LOTS):
        reason = _INVALID_QTY
    if reason == _NONE and (slot == NO_SLOT or orders[slot, ORDER_OWNER] != account):
        reason = _UNKNOWN_ORDER
    if reason == _NONE:
        instrument = orders[slot, ORDER_TERMS] >> ORDER_BOOK_SHIFT
        side = orders[slot, ORDER_TERMS] & 1
        if commands[command, COMMAND_INSTRUCTIONS] & AMEND_WHOLE != 0:
            qty_lots -= orders[slot, ORDER_FILLED_LOTS]
        reason = check_amend(arrays, ledger, slot, price_ticks, qty_lots, ts_ns)
    conditions = 0
    if commands[command, COMMAND_INSTRUCTIONS] & AMEND_TRIGGER != 0:
        conditions = row + 1
        if reason == _NONE and row < 0:
            reason = _INVALID_TRIGGER
    if reason == _NONE:
        return carry_out(arrays, ledger, count, seq, ts_ns, slot, price_ticks, qty_lots, conditions)
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
