"""The oracle as a whole: what it cannot hold it refuses."""

from __future__ import annotations

import pytest

from matching.layout import MAX_ORDERS, CommandKind, Link, Reason, Side
from matching.reference import ReferenceBooks

from .reference_desk import Ask, Desk, order_id

BUY = Side.BUY


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
    with pytest.raises(ValueError, match="command row"):
        books.apply([[1, 0, 0]])
    with pytest.raises(ValueError, match="condition row"):
        books.apply([], [[1, 0, 0]])


def test_a_rejected_command_is_one_row() -> None:
    desk = Desk(max_orders=1)
    desk.books.submit(0, BUY, 10, 1)
    rejected = desk.enter(Ask(BUY, 10, 1, link=Link.OTO), [Ask(BUY, 10, 1)])
    assert [event[3] for event in rejected] == [Reason.BOOK_FULL]
    assert desk.books.submit(0, BUY, 10, 1)[0][3] == Reason.BOOK_FULL


def test_a_rejected_command_changes_nothing_for_the_next() -> None:
    desk = Desk()
    commands = [
        (CommandKind.SUBMIT, 0, 0, 0, BUY, 10, 0, 0),
        (CommandKind.SUBMIT, 0, 0, 0, BUY, 10, 5, 0),
    ]
    rows = desk.books.apply(commands)
    assert [(event[1], event[2]) for event in rows] == [(0, 0), (1, order_id(1, 0))]


def test_calls_beside_the_batch_write_rows_of_command_0() -> None:
    desk = Desk()
    cancel = (CommandKind.CANCEL, 0, 9, 0, 0, 0, 0, 0)
    assert [event[1] for event in desk.books.apply([cancel] * 3)] == [0, 1, 2]
    assert [event[1] for event in desk.books.set_state(0, 2)] == [0]


def test_owners_are_added_and_never_taken_away() -> None:
    books = ReferenceBooks(owners=2)
    books.add_book()
    books.set_holding(1, 0, 5)
    books.add_owners(3)
    books.add_owners(1)
    assert [books.holding(owner, 0) for owner in range(3)] == [0, 5, 0]
