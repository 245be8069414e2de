"""From the matching floor's event rows of one command to cleared positions and the core's event rows.

The order that a command is about (the *acting* one) is accounted for by whoever called the floor, from
where it stands in the end; here everybody else's orders are.
"""

from __future__ import annotations

from exchange.core.clearing import book_fill, count_orders, count_trade
from exchange.core.implied import agree_on_holdings, clear_cycle
from exchange.core.layout import (
    EVENT_FEE_MICROS,
    EVENT_INSTRUMENT,
    EVENT_RESTING_ACCOUNT,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_RESTING_ORDER_ID,
    EVENT_TAG,
    INSTRUMENT_CHANGE_SEQ,
    INSTRUMENT_LEGS,
    INSTRUMENT_MAKER_FEE_MICROS,
    INSTRUMENT_STATE,
    INSTRUMENT_TAKER_FEE_MICROS,
    EventKind,
)
from exchange.core.ledger import Ledger
from exchange.core.legs import book_legs, charge
from exchange.core.reasons import REASONS
from exchange.core.rows import write_event
from exchange.core.working import stood_at, take_working
from matching import layout as floor
from matching.arrays import Arrays
from matching.compiled import called
from matching.layout import (
    DETAIL_DISPLAY_LOTS,
    DETAIL_EXPIRY_NS,
    DETAIL_TRAIL_TICKS,
    DETAIL_TRIGGER_TICKS,
    INSTRUCTION_SHIFT,
    MARK_DETAIL,
    MARK_LINKED,
    ORDER_BOOK_SHIFT,
    ORDER_OWNER,
    ORDER_TERMS,
    SLOT_MASK,
    SOURCE_MASK,
    SOURCE_SHIFT,
    TIF_MASK,
    TIF_SHIFT,
)

_ACCEPTED = int(EventKind.ACCEPTED)
_EXECUTED = int(EventKind.EXECUTED)
_CANCELLED = int(EventKind.CANCELLED)
_REDUCED = int(EventKind.REDUCED)
_PARKED = int(EventKind.PARKED)
_UNCROSSED = int(EventKind.UNCROSSED)
_CONDITIONED = int(EventKind.CONDITIONED)
_INDICATED = int(EventKind.INDICATED)
_STATE_CHANGED = int(EventKind.STATE_CHANGED)
_PROTECTION_TRIPPED = int(EventKind.PROTECTION_TRIPPED)
_IMPLIED = int(floor.EventKind.IMPLIED)
_IMPLIED_LEG = int(floor.EventKind.IMPLIED_LEG)
_FLOOR_STATE_CHANGED = int(floor.EventKind.STATE_CHANGED)


@called
def clear_trade(
    arrays: Arrays,
    ledger: Ledger,
    row: int,
    count: int,
    seq: int,
    ts_ns: int,
    book: int,
    acting_id: int,
) -> int:
    """Novate one execution: both accounts' positions and cash, fees, the tape's counters.

    A slot that was given back keeps its owner, terms and level until a later order takes it.
    """
    matched, orders = arrays.events, arrays.orders
    instruments, events = ledger.instruments, ledger.events
    kind = matched[row, floor.EVENT_KIND]
    order_id = matched[row, floor.EVENT_ORDER_ID]
    resting_id = matched[row, floor.EVENT_OTHER]
    price_ticks = matched[row, floor.EVENT_PRICE_TICKS]
    qty_lots = matched[row, floor.EVENT_QTY_LOTS]
    leaves_lots = matched[row, floor.EVENT_LEAVES_LOTS]
    resting_leaves_lots = matched[row, floor.EVENT_RESTING_LEAVES_LOTS]
    slot = order_id & SLOT_MASK
    resting = resting_id & SLOT_MASK
    account = orders[slot, ORDER_OWNER]
    resting_account = orders[resting, ORDER_OWNER]
    side = orders[slot, ORDER_TERMS] & 1
    resting_fee_micros = qty_lots * instruments[book, INSTRUMENT_MAKER_FEE_MICROS]
    fee_micros = resting_fee_micros
    if kind == _EXECUTED:
        fee_micros = qty_lots * instruments[book, INSTRUMENT_TAKER_FEE_MICROS]
    trade_id = count_trade(ledger, book, price_ticks, qty_lots)
    combined = instruments[book, INSTRUMENT_LEGS] != 0
    if combined:
        charge(ledger, account, book, fee_micros)
        charge(ledger, resting_account, book, resting_fee_micros)
    else:
        resting_side = 1 - side
        book_fill(ledger, account, book, side, price_ticks, qty_lots, fee_micros)
        book_fill(
            ledger, resting_account, book, resting_side, price_ticks, qty_lots, resting_fee_micros
        )
    count = write_event(
        ledger,
        count,
        kind,
        seq,
        ts_ns,
        book,
        account,
        order_id,
        side,
        price_ticks,
        qty_lots,
        leaves_lots,
        trade_id,
    )
    events[count - 1, EVENT_FEE_MICROS] = fee_micros
    events[count - 1, EVENT_RESTING_ACCOUNT] = resting_account
    events[count - 1, EVENT_RESTING_ORDER_ID] = resting_id
    events[count - 1, EVENT_RESTING_LEAVES_LOTS] = resting_leaves_lots
    events[count - 1, EVENT_RESTING_FEE_MICROS] = resting_fee_micros
    if combined:
        count = book_legs(
            arrays,
            ledger,
            count,
            seq,
            ts_ns,
            book,
            side,
            price_ticks,
            qty_lots,
            account,
            order_id,
            resting_account,
            resting_id,
        )
    if order_id != acting_id:
        stood_ticks = stood_at(arrays, book, slot)
        take_working(arrays, ledger, book, slot, stood_ticks, qty_lots, int(leaves_lots == 0))
    stood_ticks = price_ticks
    if kind == _UNCROSSED:
        stood_ticks = stood_at(arrays, book, resting)
    ended = int(resting_leaves_lots == 0)
    take_working(arrays, ledger, book, resting, stood_ticks, qty_lots, ended)
    return count


@called
def write_conditioned(
    arrays: Arrays, ledger: Ledger, count: int, seq: int, ts_ns: int, slot: int, order_id: int
) -> int:
    """Write the CONDITIONED row of an order with a detail row: its trigger, display size and end."""
    details, terms = arrays.details, arrays.orders[slot, ORDER_TERMS]
    return write_event(
        ledger,
        count,
        _CONDITIONED,
        seq,
        ts_ns,
        terms >> ORDER_BOOK_SHIFT,
        arrays.orders[slot, ORDER_OWNER],
        order_id,
        terms & 1,
        details[slot, DETAIL_TRIGGER_TICKS],
        details[slot, DETAIL_DISPLAY_LOTS],
        details[slot, DETAIL_TRAIL_TICKS],
        details[slot, DETAIL_EXPIRY_NS],
    )


@called
def write_conditions(
    arrays: Arrays, ledger: Ledger, count: int, seq: int, ts_ns: int, slot: int, order_id: int
) -> int:
    """Write the CONDITIONED row of an accepted order that waits for a trigger, hides, ends or is linked."""
    details, terms = arrays.details, arrays.orders[slot, ORDER_TERMS]
    said = terms & (MARK_LINKED | SOURCE_MASK << SOURCE_SHIFT)
    said |= details[slot, DETAIL_DISPLAY_LOTS] | details[slot, DETAIL_EXPIRY_NS]
    if said == 0:
        return count
    return write_conditioned(arrays, ledger, count, seq, ts_ns, slot, order_id)


@called
def clear_order_row(
    arrays: Arrays,
    ledger: Ledger,
    row: int,
    count: int,
    seq: int,
    ts_ns: int,
    acting_id: int,
) -> int:
    """Clear and translate a row about one order that is no execution."""
    matched, orders, events = arrays.events, arrays.orders, ledger.events
    kind = matched[row, floor.EVENT_KIND]
    order_id = matched[row, floor.EVENT_ORDER_ID]
    other = matched[row, floor.EVENT_OTHER]
    price_ticks = matched[row, floor.EVENT_PRICE_TICKS]
    qty_lots = matched[row, floor.EVENT_QTY_LOTS]
    flag = matched[row, floor.EVENT_RESTING_LEAVES_LOTS]
    slot = order_id & SLOT_MASK
    terms = orders[slot, ORDER_TERMS]
    account = orders[slot, ORDER_OWNER]
    book = terms >> ORDER_BOOK_SHIFT
    tag = other
    if kind in (_CANCELLED, _REDUCED):
        tag = REASONS[other]
    if order_id != acting_id:
        if kind == _ACCEPTED:
            count_orders(ledger.accounts, ledger.positions, account, book, 1)
        elif kind == _CANCELLED:
            worked_lots = qty_lots * (1 - flag)
            take_working(arrays, ledger, book, slot, price_ticks, worked_lots, 1)
        elif kind in (_REDUCED, _PARKED):
            take_working(arrays, ledger, book, slot, price_ticks, qty_lots, 0)
    count = write_event(
        ledger,
        count,
        kind,
        seq,
        ts_ns,
        book,
        account,
        order_id,
        terms & 1,
        price_ticks,
        qty_lots,
        matched[row, floor.EVENT_LEAVES_LOTS],
        tag,
    )
    if kind == _ACCEPTED:
        events[count - 1, EVENT_TAG] = 0
        events[count - 1, EVENT_RESTING_LEAVES_LOTS] = other >> TIF_SHIFT & TIF_MASK
        events[count - 1, EVENT_RESTING_FEE_MICROS] = other >> INSTRUCTION_SHIFT
        events[count - 1, EVENT_RESTING_ORDER_ID] = flag
        if terms & MARK_DETAIL != 0:
            count = write_conditions(arrays, ledger, count, seq, ts_ns, slot, order_id)
    elif kind == _CANCELLED:
        events[count - 1, EVENT_RESTING_ORDER_ID] = flag
    else:
        events[count - 1, EVENT_RESTING_LEAVES_LOTS] = flag
    return count


@called
def clear_book_row(
    arrays: Arrays, ledger: Ledger, row: int, count: int, seq: int, ts_ns: int, book: int
) -> int:
    """Translate a row about a whole book or an owner, or a refused entry of a mass quote."""
    matched = arrays.events
    kind = matched[row, floor.EVENT_KIND]
    tag = matched[row, floor.EVENT_OTHER]
    account = -1
    if kind == _FLOOR_STATE_CHANGED:
        kind = _STATE_CHANGED
        ledger.instruments[book, INSTRUMENT_STATE] = tag
    elif kind == _PROTECTION_TRIPPED:
        account = tag
        tag = matched[row, floor.EVENT_RESTING_LEAVES_LOTS]
    return write_event(
        ledger,
        count,
        kind,
        seq,
        ts_ns,
        book,
        account,
        0,
        0,
        matched[row, floor.EVENT_PRICE_TICKS],
        matched[row, floor.EVENT_QTY_LOTS],
        matched[row, floor.EVENT_LEAVES_LOTS],
        tag,
    )


@called
def clear_rows(
    arrays: Arrays,
    ledger: Ledger,
    rows: int,
    count: int,
    seq: int,
    ts_ns: int,
    book: int,
    acting_id: int,
) -> int:
    """Clear and translate the first ``rows`` rows that the floor wrote; return the number of events."""
    matched = arrays.events
    cycles = 0
    for row in range(rows):
        kind = matched[row, floor.EVENT_KIND]
        if kind == _IMPLIED:
            cycles += 1
            count = clear_cycle(arrays, ledger, row, count, seq, ts_ns, acting_id)
        elif kind == _IMPLIED_LEG:
            # It was cleared with the combo's.
            continue
        elif kind in (_EXECUTED, _UNCROSSED):
            count = clear_trade(arrays, ledger, row, count, seq, ts_ns, book, acting_id)
        elif kind < _UNCROSSED:
            count = clear_order_row(arrays, ledger, row, count, seq, ts_ns, acting_id)
        else:
            count = clear_book_row(arrays, ledger, row, count, seq, ts_ns, book)
        instrument = ledger.events[count - 1, EVENT_INSTRUMENT]
        ledger.instruments[instrument, INSTRUMENT_CHANGE_SEQ] = seq
    if cycles > 0:
        agree_on_holdings(arrays, ledger, rows)
    return count
