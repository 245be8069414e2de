"""Writing the event rows of hot commands."""

from __future__ import annotations

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
    EventKind,
)
from exchange.core.ledger import Ledger
from matching.compiled import inlined

_REJECTED = int(EventKind.REJECTED)


@inlined
def write_event(
    ledger: Ledger,
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
    events = ledger.events
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
def write_refusal(
    ledger: Ledger,
    count: int,
    seq: int,
    ts_ns: int,
    instrument: int,
    account: int,
    order_id: int,
    side: int,
    price_ticks: int,
    qty_lots: int,
    reason: int,
) -> int:
    """Write the REJECTED row of a command and return the number of rows."""
    return write_event(
        ledger,
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
