"""What can be seen from outside."""

from __future__ import annotations

import pytest

from matching.layout import (
    LEVEL_DORMANT,
    LEVEL_QUEUED,
    Instruction,
    Link,
    Side,
    State,
    pack_terms,
)
from matching.reference_views import OrderView

from .reference_desk import Ask, Desk, order_id

BUY, SELL = Side.BUY, Side.SELL
A, B, C, D = (order_id(number + 1, number) for number in range(4))


def test_an_order_is_shown_as_it_stands() -> None:
    desk = Desk()
    desk.enter(Ask(SELL, 10, 9, display_lots=2), owner=3)
    desk.books.submit(0, BUY, 10, 3)
    assert desk.books.order(A) == OrderView(A, 0, SELL, 10, 6, 3, 3, pack_terms(SELL), 0)
    assert desk.books.order(B) is None
    assert desk.books.orders(0, SELL) == [(A, 3, 10, 1, 3, 5)]
    assert desk.books.level(0, SELL, 10) == (1, 1)
    assert desk.books.depth(0, SELL) == [(10, 1, 1)]


def test_waiting_orders_are_live_but_not_in_the_depth() -> None:
    desk = Desk()
    desk.books.set_state(0, State.PRE_OPEN)
    desk.enter(Ask(BUY, 10, 1, link=Link.OTO), [Ask(SELL, 20, 2)], owner=1)
    desk.enter(Ask(BUY, 9, 3, link=Link.OCO), [Ask(SELL, 21, 4)], owner=2)
    assert desk.books.live == 4
    assert desk.books.waiting(0) == [
        (B, 1, SELL, 20, 2, LEVEL_DORMANT, 0),
        (C, 2, BUY, 9, 3, LEVEL_QUEUED, 0),
        (D, 2, SELL, 21, 4, LEVEL_QUEUED, 0),
    ]
    view = desk.books.order(B)
    assert view is not None
    assert view.level_code == LEVEL_DORMANT
    assert desk.books.depth(0, BUY) == [(10, 1, 1)]
    assert desk.books.depth(0, SELL) == []


def test_depth_can_be_cut_off() -> None:
    desk = Desk()
    for price in (10, 12, 11):
        desk.books.submit(0, BUY, price, price)
    assert desk.books.depth(0, BUY, 2) == [(12, 12, 1), (11, 11, 1)]
    assert (desk.books.best_bid(0), desk.books.best_ask(0)) == (12, None)


def test_a_protection_is_seen_while_it_has_an_interval() -> None:
    desk = Desk()
    assert desk.books.protection(1, 0) is None
    desk.books.set_protection(1, 0, 10, 5, 3, 0)
    assert desk.books.protection(1, 0) == (0, 0, 0)
    desk.books.submit(0, BUY, 10, 4, owner=1, instructions=Instruction.PROTECTED)
    desk.books.submit(0, SELL, 10, 2)
    assert desk.books.protection(1, 0) == (2, 2, 0)
    desk.books.submit(0, SELL, 10, 1)
    assert desk.books.protection(1, 0) == (0, 0, 5)
    desk.books.advance(5)
    assert desk.books.protection(1, 0) == (0, 0, 0)


def test_what_is_not_there_is_an_error() -> None:
    desk = Desk(owners=1)
    with pytest.raises(ValueError, match="owner"):
        desk.books.holding(1, 0)
    for book in (-1, 1):
        with pytest.raises(IndexError, match="book"):
            desk.books.best_bid(book)
        with pytest.raises(IndexError, match="book"):
            desk.books.indicative(book)
