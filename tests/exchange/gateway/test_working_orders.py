"""What a connection remembers of its orders."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from exchange.core.commands import Command
from exchange.core.layout import (
    EVENT_ACCOUNT,
    EVENT_COLUMNS,
    EVENT_INSTRUMENT,
    EVENT_KIND,
    EVENT_ORDER_ID,
    CommandKind,
    EventKind,
)
from exchange.gateway.working_orders import FIRST_SWEEP, WorkingOrders


def accepted(order_id: int, account: int = 3, instrument: int = 7) -> list[int]:
    row = [0] * EVENT_COLUMNS
    row[EVENT_KIND] = EventKind.ACCEPTED
    row[EVENT_ORDER_ID] = order_id
    row[EVENT_ACCOUNT] = account
    row[EVENT_INSTRUMENT] = instrument
    return row


class Books:
    """Order ids that are live."""

    def __init__(self) -> None:
        self.live: set[int] = set()

    def is_live(self, account: int, order_id: int) -> bool:
        return order_id in self.live


def working(books: Books) -> WorkingOrders:
    venue: Any = SimpleNamespace(views=SimpleNamespace(orders=books))
    return WorkingOrders(cast(Any, venue))


def test_live_orders_are_cancelled_where_they_are_and_once() -> None:
    books = Books()
    books.live = {1, 3}
    orders = working(books)
    for order_id in (1, 2, 3):
        orders.add(accepted(order_id, account=order_id, instrument=10 + order_id))
    assert orders.cancels() == [
        Command(CommandKind.CANCEL, 1, 11, 1),
        Command(CommandKind.CANCEL, 3, 13, 3),
    ]
    assert orders.cancels() == []


def test_dead_orders_do_not_pile_up() -> None:
    books = Books()
    orders = working(books)
    for order_id in range(1, 20 * FIRST_SWEEP):
        books.live = {1, order_id}
        orders.add(accepted(order_id))
        assert len(orders) <= FIRST_SWEEP
    assert [command.order_id for command in orders.cancels()] == [1, 20 * FIRST_SWEEP - 1]


def test_live_orders_are_never_lost_however_many() -> None:
    books = Books()
    orders = working(books)
    books.live = set(range(1, 4 * FIRST_SWEEP))
    for order_id in sorted(books.live):
        orders.add(accepted(order_id))
    assert {command.order_id for command in orders.cancels()} == books.live
