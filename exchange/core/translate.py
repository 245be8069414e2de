"""From the matching floor's event rows of one command to cleared positions and the core's event rows."""

from __future__ import annotations

from typing import Any

from exchange.core.clearing import add_working, book_fill, count_orders
from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_FEE_MICROS,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_ORDER_ID,
    EVENT_PRICE_TICKS,
    EVENT_QTY_LOTS,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_RESTING_ORDER_ID,
    EVENT_SEQ,
    EVENT_SIDE,
    EVENT_TAG,
    EVENT_TS_NS,
    INSTRUMENT_CHANGE_SEQ,
    INSTRUMENT_LAST_TICKS,
    INSTRUMENT_MAKER_FEE_MICROS,
    INSTRUMENT_TAKER_FEE_MICROS,
    INSTRUMENT_TRADES,
    INSTRUMENT_VOLUME_LOTS,
    VENUE_TRADES,
    EventKind,
    Reason,
)
from exchange.core.margin import refresh
from matching import layout as book_layout
from matching.compiled import called, inlined
from matching.layout import ORDER_OWNER, ORDER_TERMS, SLOT_MASK

Array = Any

_ACCEPTED = int(EventKind.ACCEPTED)
_EXECUTED = int(EventKind.EXECUTED)
_REJECTED = int(EventKind.REJECTED)
_BOOK_KIND = book_layout.EVENT_KIND
_BOOK_ORDER_ID = book_layout.EVENT_ORDER_ID
_BOOK_OTHER = book_layout.EVENT_OTHER
_BOOK_PRICE_TICKS = book_layout.EVENT_PRICE_TICKS
_BOOK_QTY_LOTS = book_layout.EVENT_QTY_LOTS
_BOOK_LEAVES_LOTS = book_layout.EVENT_LEAVES_LOTS
_BOOK_RESTING_LEAVES_LOTS = book_layout.EVENT_RESTING_LEAVES_LOTS
_BOOK_CANCELLED = int(book_layout.EventKind.CANCELLED)
_BOOK_AMENDED = int(book_layout.EventKind.AMENDED)
_BOOK_POST_ONLY_WOULD_TRADE = int(book_layout.Reason.POST_ONLY_WOULD_TRADE)
_BOOK_FOK_NOT_FILLABLE = int(book_layout.Reason.FOK_NOT_FILLABLE)
_BOOK_BOOK_FULL = int(book_layout.Reason.BOOK_FULL)
_BOOK_REQUESTED = int(book_layout.Reason.REQUESTED)
_POST_ONLY_WOULD_TRADE = int(Reason.POST_ONLY_WOULD_TRADE)
_FOK_NOT_FILLABLE = int(Reason.FOK_NOT_FILLABLE)
_BOOK_FULL = int(Reason.BOOK_FULL)
_INVALID_PRICE = int(Reason.INVALID_PRICE)
_REQUESTED = int(Reason.REQUESTED)
_UNFILLED_REMAINDER = int(Reason.UNFILLED_REMAINDER)


@inlined
def write_event(
    events: Array,
    count: int,
    kind: int,
    seq: int,
    ts_ns: int,
    instrument: int,
    account: int,
    order_id: int,
    side: int,
    price_ticks: int,
    qty_lots: int,
    leaves_lots: int,
    tag: int,
) -> int:
    """Write one event row without its fee and resting columns, and return the number of rows."""
    events[count, EVENT_KIND] = kind
    events[count, EVENT_SEQ] = seq
    events[count, EVENT_TS_NS] = ts_ns
    events[count, EVENT_INSTRUMENT] = instrument
    events[count, EVENT_ACCOUNT] = account
    events[count, EVENT_ORDER_ID] = order_id
    events[count, EVENT_SIDE] = side
    events[count, EVENT_PRICE_TICKS] = price_ticks
    events[count, EVENT_QTY_LOTS] = qty_lots
    events[count, EVENT_LEAVES_LOTS] = leaves_lots
    events[count, EVENT_TAG] = tag
    events[count, EVENT_FEE_MICROS] = 0
    events[count, EVENT_RESTING_ACCOUNT] = -1
    events[count, EVENT_RESTING_ORDER_ID] = 0
    events[count, EVENT_RESTING_LEAVES_LOTS] = 0
    events[count, EVENT_RESTING_FEE_MICROS] = 0
    return count + 1


@inlined
def reason_of(book_reason: int) -> int:
    """Return the core's reason for one that only the book can give."""
    reason = _INVALID_PRICE
    if book_reason == _BOOK_POST_ONLY_WOULD_TRADE:
        reason = _POST_ONLY_WOULD_TRADE
    elif book_reason == _BOOK_FOK_NOT_FILLABLE:
        reason = _FOK_NOT_FILLABLE
    elif book_reason == _BOOK_BOOK_FULL:
        reason = _BOOK_FULL
    return reason


@called
def clear_execution(
    orders: Array,
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
    matched: Array,
    row: int,
    events: Array,
    count: int,
    seq: int,
    ts_ns: int,
    instrument: int,
    account: int,
    side: int,
) -> int:
    """Novate one execution: both accounts' positions and cash, fees, the tape's counters."""
    price_ticks = matched[row, _BOOK_PRICE_TICKS]
    qty_lots = matched[row, _BOOK_QTY_LOTS]
    resting_leaves_lots = matched[row, _BOOK_RESTING_LEAVES_LOTS]
    resting_id = matched[row, _BOOK_OTHER]
    # The slot of an order that just filled keeps its owner until it is taken again, by a later command.
    resting_account = orders[resting_id & SLOT_MASK, ORDER_OWNER]
    fee_micros = qty_lots * instruments[instrument, INSTRUMENT_TAKER_FEE_MICROS]
    resting_fee_micros = qty_lots * instruments[instrument, INSTRUMENT_MAKER_FEE_MICROS]
    venue[VENUE_TRADES] += 1
    instruments[instrument, INSTRUMENT_LAST_TICKS] = price_ticks
    instruments[instrument, INSTRUMENT_TRADES] += 1
    instruments[instrument, INSTRUMENT_VOLUME_LOTS] += qty_lots
    book_fill(
        instruments,
        accounts,
        positions,
        venue,
        account,
        instrument,
        side,
        price_ticks,
        qty_lots,
        fee_micros,
    )
    add_working(
        instruments, positions, resting_account, instrument, 1 - side, price_ticks, -qty_lots
    )
    if resting_leaves_lots == 0:
        count_orders(accounts, positions, resting_account, instrument, -1)
    book_fill(
        instruments,
        accounts,
        positions,
        venue,
        resting_account,
        instrument,
        1 - side,
        price_ticks,
        qty_lots,
        resting_fee_micros,
    )
    refresh(instruments, accounts, positions, resting_account, instrument)
    write_event(
        events,
        count,
        _EXECUTED,
        seq,
        ts_ns,
        instrument,
        account,
        matched[row, _BOOK_ORDER_ID],
        side,
        price_ticks,
        qty_lots,
        matched[row, _BOOK_LEAVES_LOTS],
        venue[VENUE_TRADES],
    )
    events[count, EVENT_FEE_MICROS] = fee_micros
    events[count, EVENT_RESTING_ACCOUNT] = resting_account
    events[count, EVENT_RESTING_ORDER_ID] = resting_id
    events[count, EVENT_RESTING_LEAVES_LOTS] = resting_leaves_lots
    events[count, EVENT_RESTING_FEE_MICROS] = resting_fee_micros
    return count + 1


@inlined
def clear_matched(
    orders: Array,
    instruments: Array,
    accounts: Array,
    positions: Array,
    venue: Array,
    matched: Array,
    rows: int,
    events: Array,
    count: int,
    seq: int,
    ts_ns: int,
    instrument: int,
    account: int,
    side: int,
    tif: int,
    instructions: int,
) -> int:
    """Clear and translate all rows that the book wrote for one command; return the number of events."""
    for row in range(rows):
        kind = matched[row, _BOOK_KIND]
        if kind == _EXECUTED:
            count = clear_execution(
                orders,
                instruments,
                accounts,
                positions,
                venue,
                matched,
                row,
                events,
                count,
                seq,
                ts_ns,
                instrument,
                account,
                side,
            )
        else:
            tag = 0
            if kind == _BOOK_CANCELLED:
                # A freed slot keeps its terms as it keeps its owner.
                slot = matched[row, _BOOK_ORDER_ID] & SLOT_MASK
                side = orders[slot, ORDER_TERMS] & 1
                tag = _UNFILLED_REMAINDER
                if matched[row, _BOOK_OTHER] == _BOOK_REQUESTED:
                    tag = _REQUESTED
            elif kind == _BOOK_AMENDED:
                tag = matched[row, _BOOK_OTHER]
            elif kind == _REJECTED:
                tag = reason_of(matched[row, _BOOK_OTHER])
            write_event(
                events,
                count,
                kind,
                seq,
                ts_ns,
                instrument,
                account,
                matched[row, _BOOK_ORDER_ID],
                side,
                matched[row, _BOOK_PRICE_TICKS],
                matched[row, _BOOK_QTY_LOTS],
                matched[row, _BOOK_LEAVES_LOTS],
                tag,
            )
            events[count, EVENT_RESTING_LEAVES_LOTS] = matched[row, _BOOK_RESTING_LEAVES_LOTS]
            if kind == _ACCEPTED:
                events[count, EVENT_RESTING_LEAVES_LOTS] = tif
                events[count, EVENT_RESTING_FEE_MICROS] = instructions
            count += 1
        if kind != _REJECTED:
            instruments[instrument, INSTRUMENT_CHANGE_SEQ] = seq
    return count
