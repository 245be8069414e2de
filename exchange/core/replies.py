"""Event rows of cold commands, as plain integers."""

from __future__ import annotations

from exchange.core import layout as at
from exchange.core.layout import EventKind, Reason

MAX_TIME_NS = 1 << 62

Row = list[int]


def event(
    row: Row,
    kind: EventKind,
    *,
    instrument: int = -1,
    account: int = -1,
    price_ticks: int = 0,
    qty_lots: int = 0,
    tag: int = 0,
    micros: int = 0,
) -> Row:
    """Return an event row of a cold command; ``micros`` goes to the RESTING_FEE_MICROS column."""
    out = [0] * at.EVENT_COLUMNS
    out[at.EVENT_KIND] = kind
    out[at.EVENT_SEQ] = row[at.COMMAND_SEQ]
    out[at.EVENT_TS_NS] = row[at.COMMAND_TS_NS]
    out[at.EVENT_INSTRUMENT] = instrument
    out[at.EVENT_ACCOUNT] = account
    out[at.EVENT_PRICE_TICKS] = price_ticks
    out[at.EVENT_QTY_LOTS] = qty_lots
    out[at.EVENT_TAG] = tag
    out[at.EVENT_RESTING_ACCOUNT] = -1
    out[at.EVENT_RESTING_FEE_MICROS] = micros
    return out


def rejected(row: Row, reason: Reason) -> list[Row]:
    """Return the one event row of a refused command."""
    return [
        event(
            row,
            EventKind.REJECTED,
            instrument=row[at.COMMAND_INSTRUMENT],
            account=row[at.COMMAND_ACCOUNT],
            tag=reason,
        )
    ]
