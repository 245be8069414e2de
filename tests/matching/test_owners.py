"""What the book knows of its owners: holdings and groups."""

from __future__ import annotations

from matching.layout import EventKind, Instruction, Prevention, Reason, Side
from tests.matching.verbs import OWNERS, Verbs

BUY, SELL = Side
MET = {"prevention": Prevention.CANCEL_RESTING}


def test_holdings_are_bought_less_sold_by_book(books: Verbs) -> None:
    other = books.add_book()
    for book, buyer, seller, lots in ((0, 1, 2, 5), (0, 2, 3, 1), (other, 1, 3, 7)):
        books.submit(book, SELL, 10, lots, owner=seller)
        books.submit(book, BUY, 10, lots, owner=buyer)
    held = [[books.holding(owner, book) for owner in range(4)] for book in (0, other)]
    assert held == [[0, 5, -4, -1], [0, 7, 0, -7]]


def test_owners_beyond_the_table_trade_but_hold_nothing(books: Verbs) -> None:
    for owner in (OWNERS, -1, 1 << 40):
        books.submit(0, SELL, 10, 2, owner=owner)
        books.submit(0, BUY, 10, 2, owner=1)
    assert books.holding(1, 0) == 6
    reduce_only = {"instructions": Instruction.REDUCE_ONLY}
    assert books.submit(0, SELL, 10, 1, owner=OWNERS, **reduce_only)[0][3] == Reason.UNKNOWN_OWNER
    books.add_owners(OWNERS + 1)
    assert books.holding(OWNERS, 0) == 0
    books.submit(0, BUY, 10, 2, owner=OWNERS)
    books.submit(0, SELL, 10, 2, owner=1)
    assert books.holding(OWNERS, 0) == 2


def test_a_reduce_only_order_reduces_on_one_side_only(books: Verbs) -> None:
    books.set_holding(1, 0, -4)
    reduce_only = {"owner": 1, "instructions": Instruction.REDUCE_ONLY}
    for side, lots, reason in (
        (SELL, 1, Reason.REDUCE_ONLY_WOULD_INCREASE),
        (BUY, 5, Reason.REDUCE_ONLY_WOULD_INCREASE),
        (BUY, 4, BUY),
    ):
        assert books.submit(0, side, 10, lots, **reduce_only)[0][3] & 0xFF == reason


def test_everyone_is_a_group_of_their_own_until_put_into_one(books: Verbs) -> None:
    books.enter(SELL, 10, 1, owner=1)
    rows = books.submit(0, BUY, 10, 1, owner=2, **MET)
    assert rows[-1][0] == EventKind.EXECUTED
    books.set_group(2, 1)
    resting = books.enter(SELL, 10, 1, owner=1)
    rows = books.submit(0, BUY, 10, 1, owner=2, **MET)
    assert rows[-1][:4] == (EventKind.CANCELLED, 0, resting, Reason.SELF_TRADE)


def test_owners_beyond_the_table_are_groups_too(books: Verbs) -> None:
    resting = books.enter(SELL, 10, 1, owner=99)
    assert books.submit(0, BUY, 10, 1, owner=99, **MET)[-1][:3] == (EventKind.CANCELLED, 0, resting)
