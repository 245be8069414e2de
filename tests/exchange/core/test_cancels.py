"""Cancelling one order and many: own and foreign, alive and dead."""

from __future__ import annotations

import pytest

from exchange.core import layout as at
from exchange.core.commands import Command
from exchange.core.layout import CommandKind, EventKind, Reason
from tests.exchange.core.lab import BUY, IOC, SELL, USD, Lab, perpetual, spec, submit


def lab() -> Lab:
    return Lab(spec(), perpetual(), deposits=(10**6 * USD, 10**6 * USD))


def test_a_cancel_frees_margin_and_reports_the_order() -> None:
    market = lab()
    order_id = market.order(submit(0, SELL, 305, 7))
    (event,) = market.do(Command(CommandKind.CANCEL, 0, order_id=order_id))
    assert event[at.EVENT_KIND] == EventKind.CANCELLED
    wanted = (order_id, SELL, 305, 7, Reason.REQUESTED)
    columns = (
        at.EVENT_ORDER_ID,
        at.EVENT_SIDE,
        at.EVENT_PRICE_TICKS,
        at.EVENT_QTY_LOTS,
        at.EVENT_TAG,
    )
    assert tuple(event[column] for column in columns) == wanted
    assert market.initial(0) == 0
    assert market.core.books.live == 0


@pytest.mark.parametrize("order_id", [0, -1, 1, 2 << 24, (1 << 24) + 1, (1 << 63) - 1, -(1 << 63)])
def test_an_id_that_never_was(order_id: int) -> None:
    market = lab()
    market.order(submit(0, BUY, 290, 1))
    digest = market.timeless_digest
    assert market.reason(Command(CommandKind.CANCEL, 0, order_id=order_id)) == Reason.UNKNOWN_ORDER
    assert market.timeless_digest == digest


def test_foreign_and_dead_orders_are_unknown() -> None:
    market = lab()
    order_id = market.order(submit(0, BUY, 290, 1))
    cancel = Command(CommandKind.CANCEL, 1, order_id=order_id)
    assert market.reason(cancel) == Reason.UNKNOWN_ORDER
    assert market.reason(cancel._replace(account=0)) == Reason.NONE
    assert market.reason(cancel._replace(account=0)) == Reason.UNKNOWN_ORDER
    again = market.order(submit(0, BUY, 290, 1))
    assert again != order_id
    assert market.reason(cancel._replace(account=0)) == Reason.UNKNOWN_ORDER
    filled = market.order(submit(1, SELL, 290, 1, tif=IOC))
    assert market.reason(cancel._replace(account=0, order_id=again)) == Reason.UNKNOWN_ORDER
    assert market.reason(cancel._replace(order_id=filled)) == Reason.UNKNOWN_ORDER


def test_cancel_all_spares_others_and_other_instruments() -> None:
    market = lab()
    mine = [
        market.order(submit(0, BUY, 290, 1)),
        market.order(submit(0, BUY, 295, 2)),
        market.order(submit(0, SELL, 310, 3)),
    ]
    other = market.order(submit(0, BUY, 2_990, 4, instrument=1))
    theirs = market.order(submit(1, BUY, 295, 5))
    events = market.do(Command(CommandKind.CANCEL_ALL, 0, 0))
    # Best bid first, then the asks.
    assert [row[at.EVENT_ORDER_ID] for row in events] == [mine[1], mine[0], mine[2]]
    assert [row[at.EVENT_SIDE] for row in events] == [BUY, BUY, SELL]
    alive = [order for i in (0, 1) for row in market.core.books.orders(i, BUY) for order in row[:1]]
    assert alive == [theirs, other]
    events = market.do(Command(CommandKind.CANCEL_ALL, 0, -1))
    assert [row[at.EVENT_ORDER_ID] for row in events] == [other]
    assert market.initial(0) == 0
    assert market.do(Command(CommandKind.CANCEL_ALL, 0, -1)) == []


@pytest.mark.parametrize("instrument", [-2, 2, 1 << 40])
def test_cancel_all_of_an_unknown_instrument(instrument: int) -> None:
    market = lab()
    command = Command(CommandKind.CANCEL_ALL, 0, instrument)
    assert market.reason(command) == Reason.UNKNOWN_INSTRUMENT
