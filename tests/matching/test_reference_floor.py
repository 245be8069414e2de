"""Ids and slots, groups, and rows of the oracle's floor."""

from __future__ import annotations

from matching.layout import EventKind, Reason
from matching.reference_book import ReferenceBook
from matching.reference_floor import Floor
from matching.reference_orders import ReferenceOrder

from .reference_desk import order_id


def test_the_slot_freed_last_is_given_out_first() -> None:
    floor = Floor(10)
    floor.books.append(ReferenceBook(0, 0, 4096, 0, 1))
    orders = [ReferenceOrder(0, 0, 0, 10, 1) for _ in range(5)]
    for order in orders[:3]:
        floor.admit(order)
    assert [order.order_id for order in orders[:3]] == [order_id(n + 1, n) for n in range(3)]
    floor.retire(orders[0])
    floor.retire(orders[2])
    assert [floor.lives(order) for order in orders[:3]] == [False, True, False]
    floor.admit(orders[3])
    floor.admit(orders[4])
    assert [order.order_id for order in orders[3:]] == [order_id(4, 2), order_id(5, 0)]


def test_everybody_is_alone_in_a_group_at_first() -> None:
    floor = Floor(10)
    floor.groups = [0, 7]
    assert [floor.group(owner) for owner in (0, 1, 2, -1)] == [0, 7, 2, -1]
    assert [floor.has_owner(owner) for owner in (-1, 0, 1, 2)] == [False, True, True, False]


def test_a_row_has_the_command_it_belongs_to() -> None:
    floor = Floor(10)
    floor.command = 3
    floor.emit(EventKind.CANCELLED, 9, Reason.REQUESTED, 10, 5)
    assert floor.events == [(3, 3, 9, 40, 10, 5, 0, 0)]
