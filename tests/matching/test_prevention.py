"""Self-trade prevention, at the place in the match where the fill would have happened."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Link, Prevention, Reason, Side
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import Verbs

BUY, SELL = Side
EXECUTED, CANCELLED, REDUCED = EventKind.EXECUTED, EventKind.CANCELLED, EventKind.REDUCED
SELF = Reason.SELF_TRADE


def taken(books: Verbs, qty_lots: int, prevention: int) -> tuple[int, list[tuple[int, ...]]]:
    rows = books.submit(0, BUY, 10, qty_lots, owner=1, prevention=prevention)
    return rows[0][2], rows[1:]


@pytest.mark.parametrize(
    "prevention", [Prevention.CANCEL_AGGRESSOR, Prevention.CANCEL_RESTING, Prevention.CANCEL_BOTH]
)
def test_what_stands_before_is_traded_with_first(books: Verbs, prevention: int) -> None:
    theirs, own, behind = (books.enter(SELL, 10, 3, owner=owner) for owner in (2, 1, 3))
    taker, rows = taken(books, 8, prevention)
    expected = [row(EXECUTED, taker, theirs, 10, 3, 5, 0)]
    if prevention != Prevention.CANCEL_AGGRESSOR:
        expected += [row(CANCELLED, own, SELF, 10, 3)]
    if prevention == Prevention.CANCEL_RESTING:
        expected += [row(EXECUTED, taker, behind, 10, 3, 2, 0)]
    else:
        expected += [row(CANCELLED, taker, SELF, 10, 5)]
    assert rows == expected


@pytest.mark.parametrize(("qty_lots", "of_both"), [(2, 2), (3, 3), (5, 3)])
def test_decrement_takes_the_smaller_size_off_both(
    books: Verbs, qty_lots: int, of_both: int
) -> None:
    own = books.enter(SELL, 10, 3, owner=1)
    taker, rows = taken(books, qty_lots, Prevention.DECREMENT)
    for order_id, lots in ((own, 3), (taker, qty_lots)):
        if lots == of_both:
            expected = row(CANCELLED, order_id, SELF, 10, lots)
        else:
            shown_lots = lots - of_both if order_id == own else 0
            expected = row(REDUCED, order_id, SELF, 10, of_both, lots - of_both, shown_lots)
        assert rows.pop(0) == expected
    assert rows == []
    assert books.holding(1, 0) == 0


def test_a_decremented_iceberg_shows_its_next_part(books: Verbs) -> None:
    own = books.ask(Ask(SELL, 10, 5, display_lots=3), owner=1)[0][2]
    taker, rows = taken(books, 4, Prevention.DECREMENT)
    assert rows == [
        row(REDUCED, own, SELF, 10, 3, 2),
        row(EventKind.REFILLED, own, 0, 10, 2, 2),
        row(REDUCED, taker, SELF, 10, 3, 1),
        row(REDUCED, own, SELF, 10, 1, 1, 1),
        row(CANCELLED, taker, SELF, 10, 1),
    ]


def test_a_ring_of_the_own_orders_may_take_the_aggressor_along(books: Verbs) -> None:
    """The aggressor is in one ring with the order it meets: it ends with it."""
    first = Ask(SELL, 10, 2, link=Link.OCO)
    crossing = Ask(BUY, 10, 2, prevention=Prevention.CANCEL_RESTING)
    rows = books.ask(first, [crossing], owner=1)
    one, other = (answer[2] for answer in rows[:2])
    assert rows[2:] == [
        row(EventKind.ACTIVATED, other, 0, 10, 2, 2),
        row(CANCELLED, one, SELF, 10, 2),
        row(CANCELLED, other, Reason.LINKED_ORDER, 10, 2),
    ]
    assert books.live == 0


def test_auctions_prevent_nothing(books: Verbs) -> None:
    books.set_state(0, 0)
    for side in Side:
        books.submit(0, side, 10, 2, owner=1, prevention=Prevention.CANCEL_BOTH)
    assert books.set_state(0, 1)[0][0] == EventKind.UNCROSSED
