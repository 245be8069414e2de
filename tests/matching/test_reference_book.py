"""One book of the oracle, by hand."""

from __future__ import annotations

import pytest

from matching.layout import Side
from matching.reference_book import ReferenceBook, ReferenceOrder, reaches


def order(order_id: int, side: int, price_ticks: int, leaves_lots: int) -> ReferenceOrder:
    return ReferenceOrder(order_id, 0, side, 0, price_ticks, leaves_lots)


def test_priority_is_price_then_arrival_on_either_side() -> None:
    book = ReferenceBook(0, 4096)
    for side in Side:
        for order_id, price_ticks in [(1, 10), (2, 12), (3, 10), (4, 11)]:
            book.rest(order(order_id, side, price_ticks, 1))
    assert [one.order_id for one in book.in_priority(Side.BUY)] == [2, 4, 1, 3]
    assert [one.order_id for one in book.in_priority(Side.SELL)] == [1, 3, 4, 2]
    assert book.front(Side.SELL).order_id == 1
    assert (book.best(Side.BUY), book.best(Side.SELL)) == (12, 10)


def test_a_level_without_orders_is_gone() -> None:
    book = ReferenceBook(0, 4096)
    resting = order(1, Side.BUY, 10, 5)
    book.rest(resting)
    assert book.crosses(Side.SELL, 10)
    assert not book.crosses(Side.SELL, 11)
    book.remove(resting)
    assert list(book.prices(Side.BUY)) == []
    assert not book.crosses(Side.SELL, None)
    with pytest.raises(StopIteration):
        book.front(Side.BUY)


def test_lots_within_a_limit_are_summed() -> None:
    book = ReferenceBook(0, 4096)
    for number, price_ticks in enumerate((10, 10, 11, 13)):
        book.rest(order(number, Side.SELL, price_ticks, 1 << number))
    limits = [9, 10, 12, 13, None]
    assert [book.fillable_lots(Side.BUY, limit) for limit in limits] == [0, 3, 7, 15, 15]


def test_the_domain_ends_before_base_plus_levels() -> None:
    book = ReferenceBook(-10, 4096)
    assert [book.in_domain(price) for price in (-11, -10, 4085, 4086)] == [False, True, True, False]
    assert reaches(Side.BUY, 5, 5)
    assert reaches(Side.SELL, 5, 5)
    assert not reaches(Side.BUY, 5, 6)
    assert not reaches(Side.SELL, 5, 4)
