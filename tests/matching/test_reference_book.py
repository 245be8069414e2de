"""One book of the oracle, by hand."""

from __future__ import annotations

import pytest

from matching.layout import (
    LEVEL_DORMANT,
    LEVEL_MATCHING,
    LEVEL_PENDING,
    LEVEL_QUEUED,
    Instruction,
    Side,
    pack_terms,
)
from matching.reference_book import ReferenceBook, reaches
from matching.reference_orders import RESTING, ReferenceOrder


def empty_book(base_ticks: int = 0) -> ReferenceBook:
    return ReferenceBook(0, base_ticks, 4096, family=0, weight=1)


def order(order_id: int, side: int, price_ticks: int, open_lots: int) -> ReferenceOrder:
    return ReferenceOrder(0, side, 0, price_ticks, open_lots, order_id)


def test_priority_is_price_then_arrival_on_either_side() -> None:
    book = empty_book()
    for side in Side:
        for number, price_ticks in [(1, 10), (2, 12), (3, 10), (4, 11)]:
            book.rest(order(number + 10 * side, side, price_ticks, 1))
    assert [one.order_id for one in book.in_priority(Side.BUY)] == [2, 4, 1, 3]
    assert [one.order_id for one in book.in_priority(Side.SELL)] == [11, 13, 14, 12]
    assert [one.order_id for one in book.resting()] == [2, 4, 1, 3, 11, 13, 14, 12]
    assert book.front(Side.SELL).order_id == 11
    assert (book.best(Side.BUY), book.best(Side.SELL)) == (12, 10)


def test_a_level_without_orders_is_gone() -> None:
    book = empty_book()
    resting = order(1, Side.BUY, 10, 5)
    book.rest(resting)
    assert resting.level_code == RESTING
    assert book.crosses(Side.SELL, 10)
    assert not book.crosses(Side.SELL, 11)
    book.detach(resting)
    assert resting.level_code == LEVEL_MATCHING
    assert list(book.prices(Side.BUY)) == []
    assert not book.crosses(Side.SELL, 0)
    with pytest.raises(StopIteration):
        book.front(Side.BUY)


def test_an_order_goes_to_the_back_of_its_level_alone() -> None:
    book = empty_book()
    orders = [order(1, Side.SELL, 10, 5), order(2, Side.SELL, 10, 5), order(3, Side.SELL, 11, 5)]
    for one in orders:
        book.rest(one)
    book.to_back(orders[0])
    assert [one.order_id for one in book.in_priority(Side.SELL)] == [2, 1, 3]


def test_a_waiting_order_keeps_its_place_whatever_it_waits_for() -> None:
    book = empty_book()
    first, second, third = (order(number, Side.BUY, 10, 1) for number in (1, 2, 3))
    book.wait(first, LEVEL_DORMANT)
    book.wait(second, LEVEL_QUEUED)
    book.wait(third, LEVEL_PENDING)
    book.wait(first, LEVEL_QUEUED)
    book.wait(third, LEVEL_QUEUED)
    assert list(book.waiting) == [1, 2, 3]
    assert list(book.queue) == [2, 1, 3]
    assert not book.pending
    book.detach(first)
    assert list(book.waiting) == list(book.queue) == [2, 3]
    with pytest.raises(ValueError, match="waits"):
        book.wait(second, LEVEL_MATCHING)


def test_reduce_only_orders_are_known_in_the_order_in_which_they_came_to_rest() -> None:
    book = empty_book()
    terms = pack_terms(Side.SELL, 0, Instruction.REDUCE_ONLY)
    reducers = [ReferenceOrder(0, terms, 0, 10, 1, number) for number in (1, 2)]
    for one in [*reducers, order(3, Side.SELL, 10, 1)]:
        book.rest(one)
    book.detach(reducers[0])
    assert list(book.reducers) == [2]
    book.rest(reducers[0])
    assert list(book.reducers) == [2, 1]


def test_the_domain_ends_before_base_plus_levels() -> None:
    book = empty_book(-10)
    assert [book.in_domain(price) for price in (-11, -10, 4085, 4086)] == [False, True, True, False]
    assert [book.clamped(price) for price in (-11, 5, 4086)] == [-10, 5, 4085]
    assert book.range_ticks() == (-10, 4085)
    assert not book.banded
    assert reaches(Side.BUY, 5, 5)
    assert reaches(Side.SELL, 5, 5)
    assert not reaches(Side.BUY, 5, 6)
    assert not reaches(Side.SELL, 5, 4)
