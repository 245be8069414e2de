"""Orders whose trigger or parent let them enter: the account must be able to afford them by then."""

from __future__ import annotations

from exchange.core import risk
from exchange.core.clearing import count_orders
from exchange.core.entry import add_resting, worst_ticks
from exchange.core.layout import EVENT_TAG, Reason
from exchange.core.ledger import Ledger
from exchange.core.margin import loss_ticks, refresh
from exchange.core.translate import clear_rows
from matching.activation import activate, is_due_now
from matching.arrays import Arrays
from matching.cancels import withdraw
from matching.compiled import called
from matching.layout import (
    BOOK_PAUSE_NS,
    BOOK_QUEUE_HEAD,
    BOOK_QUEUED,
    BOOK_STATE,
    CASCADE_ORDERS,
    DETAIL_PRICE_TICKS,
    ORDER_BOOK_SHIFT,
    ORDER_ID,
    ORDER_LEAVES_LOTS,
    ORDER_OWNER,
    ORDER_TERMS,
    State,
)
from matching.layout import Reason as FloorReason
from matching.owners import allowed_lots
from matching.removal import REDUCE_ONLY_BIT
from matching.sessions import pause

_NONE = int(Reason.NONE)
_REFUSED = int(FloorReason.REFUSED)
_OPEN = int(State.OPEN)


@called
def check_activation(arrays: Arrays, ledger: Ledger, slot: int, ts_ns: int) -> int:
    """Return the first reason for which an account may not let a waiting order enter."""
    orders = arrays.orders
    terms = orders[slot, ORDER_TERMS]
    account = orders[slot, ORDER_OWNER]
    instrument = terms >> ORDER_BOOK_SHIFT
    side = terms & 1
    qty_lots = orders[slot, ORDER_LEAVES_LOTS]
    if terms & REDUCE_ONLY_BIT != 0:
        qty_lots = min(qty_lots, allowed_lots(arrays, account, instrument, side))
    price_ticks = worst_ticks(arrays, instrument, terms, arrays.details[slot, DETAIL_PRICE_TICKS])
    reason = risk.check_limits(
        ledger, account, instrument, side, price_ticks, qty_lots, qty_lots, 0, ts_ns, False
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
def activate_next(
    arrays: Arrays, ledger: Ledger, count: int, seq: int, ts_ns: int, instrument: int
) -> int:
    """Let the order that is first in an open instrument's queue enter, or end where it may not."""
    orders = arrays.orders
    slot = arrays.books[instrument, BOOK_QUEUE_HEAD]
    order_id = orders[slot, ORDER_ID]
    account = orders[slot, ORDER_OWNER]
    if is_due_now(arrays, instrument, slot):
        reason = check_activation(arrays, ledger, slot, ts_ns)
        if reason != _NONE:
            rows = withdraw(arrays, 0, 0, slot, _REFUSED)
            first = count
            count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, instrument, 0)
            ledger.events[first, EVENT_TAG] = reason
            return count
    rows = activate(arrays, 0, 0, instrument, slot)
    count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, instrument, order_id)
    if orders[slot, ORDER_ID] == order_id:
        add_resting(arrays, ledger, account, instrument, slot)
    else:
        count_orders(ledger.accounts, ledger.positions, account, instrument, -1)
    refresh(ledger, account, instrument)
    return count


@called
def run_queue(
    arrays: Arrays, ledger: Ledger, count: int, seq: int, ts_ns: int, instrument: int
) -> int:
    """Activate what is queued in an open instrument, up to the bound of one command."""
    books = arrays.books
    activated = 0
    while (
        books[instrument, BOOK_QUEUED] > 0
        and books[instrument, BOOK_STATE] == _OPEN
        and activated < CASCADE_ORDERS
    ):
        activated += 1
        count = activate_next(arrays, ledger, count, seq, ts_ns, instrument)
    if (
        books[instrument, BOOK_QUEUED] > 0
        and books[instrument, BOOK_STATE] == _OPEN
        and books[instrument, BOOK_PAUSE_NS] > 0
    ):
        rows = pause(arrays, 0, 0, instrument)
        count = clear_rows(arrays, ledger, rows, count, seq, ts_ns, instrument, 0)
    return count
