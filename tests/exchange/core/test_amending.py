"""Amends: what they add is checked like a new order, what they take is free."""

from __future__ import annotations

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command, Conditions
from exchange.core.layout import AMEND_WHOLE, CommandKind, EventKind, Reason
from matching.layout import TriggerSource
from tests.exchange.core.lab import BUY, SELL, USD, Lab, spec, submit


def lab() -> Lab:
    return Lab(spec(), deposits=(10**7 * USD, 10**7 * USD))


def amend(order_id: int, price: int, qty: int, account: int = 0, whole: int = 0) -> Command:
    return Command(
        CommandKind.AMEND,
        account,
        order_id=order_id,
        instructions=whole,
        price_ticks=price,
        qty_lots=qty,
    )


def test_a_whole_size_counts_what_is_filled() -> None:
    market = lab()
    order_id = market.order(submit(0, BUY, 300, 5))
    market.do(submit(1, SELL, 300, 2))
    (row,) = market.do(amend(order_id, 300, 4, whole=AMEND_WHOLE))
    assert (row[at.EVENT_KIND], row[at.EVENT_QTY_LOTS]) == (EventKind.AMENDED, 2)
    assert market.reason(amend(order_id, 300, 2, whole=AMEND_WHOLE)) == Reason.INVALID_QTY
    assert invariants.violations(market.core) == []


def test_an_iceberg_is_margined_and_amended_with_all_that_is_open() -> None:
    market = lab()
    order_id = market.order(submit(0, BUY, 300, 9, conditions=Conditions(display_lots=2)))
    nine = market.initial(0)
    market.do(amend(order_id, 300, 3))
    assert market.initial(0) * 3 == nine
    order = market.core.books.order(order_id)
    assert order is not None
    assert order.leaves_lots == 3
    assert market.reason(amend(order_id, 300, 129)) == Reason.INVALID_DISPLAY
    assert invariants.violations(market.core) == []


def test_a_waiting_order_changes_without_margin_or_place() -> None:
    market = lab()
    wait = submit(
        0, BUY, 306, 2, conditions=Conditions(trigger_ticks=305), source=TriggerSource.MARK
    )
    order_id = market.order(wait)
    market.do(amend(order_id, 307, 20))
    assert market.initial(0) == 0
    assert [order[3:5] for order in market.core.books.waiting(0)] == [(307, 20)]
    assert invariants.violations(market.core) == []


def test_an_amend_that_trades_is_cleared() -> None:
    market = lab()
    order_id = market.order(submit(0, BUY, 290, 5))
    market.order(submit(1, SELL, 300, 2))
    events = market.do(amend(order_id, 300, 5))
    assert [row[at.EVENT_KIND] for row in events] == [EventKind.AMENDED, EventKind.EXECUTED]
    assert market.lots(0) == 2
    assert invariants.violations(market.core) == []
