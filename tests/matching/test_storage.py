"""The arrays grow without losing anything, and come back from their bytes."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import layout as at
from matching.book import OrderBooks
from matching.layout import Side, TriggerSource
from tests.matching.reference_desk import Ask
from tests.matching.stories import OWNERS, Teller
from tests.matching.telling import opened, perform, view
from tests.matching.verbs import Verbs


@settings(max_examples=25)
@given(st.integers(0, 1 << 32), st.integers(0, 80))
def test_a_snapshot_is_all_that_is_seen_and_all_that_follows(seed: int, cut: int) -> None:
    teller = Teller(seed)
    books: OrderBooks = opened(
        OrderBooks(orders=1, max_orders=teller.max_orders, owners=OWNERS), teller
    )
    for _ in range(cut):
        teller.learn(perform(books, teller.step()))
    raw = books.snapshot()
    restored = OrderBooks.restore(raw)
    assert restored.snapshot() == raw
    assert restored.digest() == books.digest()
    assert view(restored, teller.books) == view(books, teller.books)
    for _ in range(30):
        step = teller.step()
        events = perform(books, step)
        assert perform(restored, step) == events
        assert restored.digest() == books.digest()
        teller.learn(events)


def test_the_pool_grows_with_the_details_of_its_orders() -> None:
    books = OrderBooks(orders=1)
    verbs = Verbs(books)
    verbs.add_book()
    verbs.set_price(0, TriggerSource.MARK, 5)
    for number in range(300):
        stop = Ask(Side.BUY, number, 1, source=2, trigger_ticks=1000 - number)
        verbs.ask(stop if number % 2 else Ask(Side.BUY, number, 1))
    assert [order[6] for order in books.waiting(0)] == [1000 - n for n in range(1, 300, 2)]
    assert books.live == 300


def test_owners_come_in_any_order_with_books() -> None:
    books = OrderBooks(owners=1)
    books.add_book()
    books.set_holding(0, 0, 5)
    books.add_owners(3)
    books.add_book()
    books.set_holding(2, 1, 7)
    books.add_owners(2)
    held = [[books.holding(owner, book) for book in range(2)] for owner in range(3)]
    assert held == [[5, 0], [0, 0], [0, 7]]
    assert books.owners[:, at.OWNER_GROUP].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    "change",
    [
        lambda books: books.submit(0, Side.BUY, 11, 1),
        lambda books: books.advance(1),
        lambda books: books.set_price(0, TriggerSource.MARK, 9),
        lambda books: books.set_group(0, 1),
        lambda books: books.set_holding(0, 0, 1),
        lambda books: books.set_protection(0, 0, 1, 0, 0, 0),
        lambda books: books.set_day_end(0, 9),
        lambda books: books.add_book(),
        lambda books: books.cancel(books.orders(0, Side.BUY)[0][0]),
    ],
)
def test_a_digest_changes_with_all_that_decides_the_future(change: object) -> None:
    books = OrderBooks(owners=2)
    books.add_book()
    for price_ticks in (10, 12):
        books.submit(0, Side.BUY, price_ticks, 1)
    before = books.digest()
    assert callable(change)
    change(books)
    assert books.digest() != before


def test_a_digest_does_not_know_what_nobody_reads() -> None:
    one, other = OrderBooks(orders=4), OrderBooks(orders=999)
    for books, first_price in ((one, 10), (other, 77)):
        books.add_book()
        order_id = books.submit(0, Side.BUY, first_price, first_price)[0, at.EVENT_ORDER_ID]
        books.cancel(int(order_id))
        books.submit(0, Side.BUY, 10, 1)
    assert one.digest() == other.digest()


@pytest.mark.parametrize("raw", [b"", b"\x80", b"not a snapshot"])
def test_a_snapshot_of_something_else_is_refused(raw: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        OrderBooks.restore(raw)


@pytest.mark.parametrize("levels", [0, -4096, 1, 4095, 4097, 262_145, 262_144 + 4096])
def test_a_ladder_of_another_size_is_refused(levels: int) -> None:
    books = OrderBooks()
    with pytest.raises(ValueError, match="levels"):
        books.add_book(levels)
    assert len(books) == 0


@pytest.mark.parametrize(("orders", "max_orders"), [(0, 10), (5, 4), (1, at.MAX_ORDERS + 1)])
def test_a_pool_of_impossible_size_is_refused(orders: int, max_orders: int) -> None:
    with pytest.raises(ValueError, match="orders"):
        OrderBooks(orders=orders, max_orders=max_orders)


def test_events_keep_what_was_written_when_they_grow() -> None:
    books = OrderBooks()
    books.events[:3] = 7
    rows = len(books.events)
    books.grow_events(rows, 3)
    assert len(books.events) == rows
    books.grow_events(rows + 1, 3)
    assert len(books.events) >= 2 * rows
    assert np.array_equal(books.events[:4, 0], [7, 7, 7, 0])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 4095))))
def test_a_new_book_and_a_snapshot_keep_every_level(orders: list[tuple[int, int, int]]) -> None:
    books = OrderBooks()
    for levels in (4096, 8192, 4096):
        books.add_book(levels)
    for book, side, price in orders:
        # Bids below asks, so that all of them rest.
        books.submit(book, side, price // 2 + 2048 * side, 1)
    held = np.flatnonzero(books.levels[:, at.LEVEL_ORDERS])
    rows = books.levels[held].copy()
    books.add_book()
    restored = OrderBooks.restore(books.snapshot())
    for each in (books, restored):
        assert np.array_equal(np.flatnonzero(each.levels[:, at.LEVEL_ORDERS]), held)
        assert np.array_equal(each.levels[held], rows)
