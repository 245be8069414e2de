"""The oracle refuses what it cannot hold; what it answers is tested beside the books it judges."""

from __future__ import annotations

import pytest

from matching.layout import MAX_ORDERS, Side
from matching.reference import OrderView, ReferenceBooks


@pytest.mark.parametrize("levels", [0, -4096, 1, 4097, 262_144 + 4096])
def test_a_ladder_of_another_size_is_refused(levels: int) -> None:
    with pytest.raises(ValueError, match="levels"):
        ReferenceBooks().add_book(levels)


@pytest.mark.parametrize(("orders", "max_orders"), [(0, 10), (5, 4), (1, MAX_ORDERS + 1)])
def test_a_pool_of_impossible_size_is_refused(orders: int, max_orders: int) -> None:
    with pytest.raises(ValueError, match="orders"):
        ReferenceBooks(orders=orders, max_orders=max_orders)


def test_a_row_of_another_length_is_refused() -> None:
    books = ReferenceBooks()
    books.add_book()
    with pytest.raises(ValueError, match="columns"):
        books.apply([[1, 0, 0]])


def test_an_order_is_shown_as_it_stands() -> None:
    books = ReferenceBooks()
    books.add_book()
    order_id = books.submit(0, Side.SELL, 10, 5, owner=3)[0][2]
    books.submit(0, Side.BUY, 10, 2)
    assert books.order(order_id) == OrderView(order_id, 0, Side.SELL, 10, 3, 2, 3, 1)
    assert books.order(order_id + 1) is None
