"""What one command did, read from its own event rows: the views may already know later ones."""

from __future__ import annotations

from exchange.core.layout import (
    EVENT_FEE_MICROS,
    EVENT_KIND,
    EVENT_LEAVES_LOTS,
    EVENT_ORDER_ID,
    EVENT_RESTING_FEE_MICROS,
    EVENT_RESTING_LEAVES_LOTS,
    EVENT_RESTING_ORDER_ID,
    EventKind,
)
from exchange.views.orders import (
    Order,
    Row,
    accepted,
    amend,
    cancel,
    condition,
    fill,
    move,
    reduce,
    refill,
)

_ACCEPTED = int(EventKind.ACCEPTED)
_EXECUTED = int(EventKind.EXECUTED)
_UNCROSSED = int(EventKind.UNCROSSED)
_CANCELLED = int(EventKind.CANCELLED)
_AMENDED = int(EventKind.AMENDED)
_REJECTED = int(EventKind.REJECTED)
_REDUCED = int(EventKind.REDUCED)
_REFILLED = int(EventKind.REFILLED)
_ACTIVATED = int(EventKind.ACTIVATED)
_PARKED = int(EventKind.PARKED)
_CONDITIONED = int(EventKind.CONDITIONED)
_IMPLIED = int(EventKind.IMPLIED)
_IMPLIED_LEG = int(EventKind.IMPLIED_LEG)
TRADES = frozenset((_EXECUTED, _UNCROSSED))
"""Kinds of the rows that are executions, of two orders."""
IMPLIED = frozenset((_IMPLIED, _IMPLIED_LEG))
"""Kinds of the rows of implied trades, each of one order and its account, a leg's also of the combo's owner."""


def rejection(rows: list[Row]) -> Row | None:
    """Return the row that refused a command, None where it was taken.

    It need not be the first: orders whose time is over end before the command.
    """
    for row in rows:
        if row[EVENT_KIND] == _REJECTED:
            return row
    return None


def placed(rows: list[Row], label: str) -> Order:
    """Return the first order that rows accept, as it stands behind the last of them."""
    begin = next(n for n, row in enumerate(rows) if row[EVENT_KIND] == _ACCEPTED)
    order = accepted(rows[begin], label)
    aggressor_id = 0
    for row in rows[begin + 1 :]:
        if row[EVENT_KIND] == _IMPLIED:
            aggressor_id = row[EVENT_RESTING_ORDER_ID]
        _fold(order, row, passive=order.order_id != aggressor_id)
    return order


def _fold(order: Order, row: Row, *, passive: bool) -> None:
    """Fold a row in; passive: in an implied trade the order rested."""
    kind = row[EVENT_KIND]
    if row[EVENT_ORDER_ID] != order.order_id:
        if kind in TRADES and row[EVENT_RESTING_ORDER_ID] == order.order_id:
            fill(order, row, row[EVENT_RESTING_LEAVES_LOTS], row[EVENT_RESTING_FEE_MICROS])
    elif kind in TRADES:
        fill(order, row, row[EVENT_LEAVES_LOTS], row[EVENT_FEE_MICROS])
    elif kind in IMPLIED:
        fill(order, row, row[EVENT_LEAVES_LOTS], row[EVENT_FEE_MICROS], passive=passive)
    elif kind == _CANCELLED:
        cancel(order, row)
    elif kind == _CONDITIONED:
        condition(order, row)
    elif kind in (_ACTIVATED, _PARKED):
        move(order, row, waits=kind == _PARKED)
    elif kind == _REDUCED:
        reduce(order, row)
    elif kind == _REFILLED:
        refill(order, row)
    elif kind == _AMENDED:
        amend(order, row)
