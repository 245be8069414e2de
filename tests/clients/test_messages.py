"""The few figures that messages derive."""

from __future__ import annotations

import pytest

from clients.messages import BookUpdate, OrderState, Side
from tests.clients.test_view import order


def test_sides() -> None:
    assert (Side.BUY.sign, Side.SELL.sign) == (1, -1)
    assert (Side.BUY.opposite, Side.SELL.opposite) == (Side.SELL, Side.BUY)


@pytest.mark.parametrize(
    ("state", "leaves_lots"),
    [
        (OrderState.PENDING, 3),
        (OrderState.OPEN, 3),
        (OrderState.UNTRIGGERED, 3),
        (OrderState.FILLED, 0),
        (OrderState.CANCELLED, 0),
        (OrderState.REJECTED, 0),
    ],
)
def test_only_a_working_order_leaves_something(state: OrderState, leaves_lots: int) -> None:
    assert order(state=state, qty_lots=5, filled_lots=2).leaves_lots == leaves_lots


def test_a_book_update_without_predecessor_is_a_snapshot() -> None:
    assert BookUpdate("X", 1, 1, None, [], []).is_snapshot
    assert not BookUpdate("X", 1, 2, 1, [], []).is_snapshot
