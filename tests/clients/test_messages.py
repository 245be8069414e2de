"""The few figures that messages derive."""

from __future__ import annotations

import pytest

from clients.messages import BookUpdate, LinkedDepth, OrderState, Side
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


def test_combined_levels_are_those_of_both_lists_and_no_deeper_than_they_were_asked() -> None:
    found = LinkedDepth(
        instrument="X",
        ts_ns=0,
        bids=[(270, 1), (269, 1)],
        asks=[(272, 4)],
        implied_bids=[(271, 5), (269, 2)],
        implied_asks=[(272, 1), (275, 1)],
        depth=2,
    )
    assert found.combined_bids == [(271, 5), (270, 1)]
    assert found.combined_asks == [(272, 5), (275, 1)]
