"""The calls beside the batch: their bounds and what they do at once."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Instruction, Reason, Side, State, TriggerSource

from .reference_desk import Desk, order_id, row

BUY, SELL = Side.BUY, Side.SELL
A, B, C, D, E, F = (order_id(number + 1, number) for number in range(6))
MAX = 1 << 62


def test_a_new_band_cancels_what_it_leaves_outside() -> None:
    desk = Desk()
    for side, price in [(BUY, 10), (BUY, 21), (BUY, 22), (SELL, 30), (SELL, 40), (SELL, 29)]:
        desk.books.submit(0, side, price, 1)
    assert desk.books.set_band(0, 30, 35) == [
        row(EventKind.CANCELLED, F, Reason.OUTSIDE_BAND, 29, 1)
    ]
    assert desk.books.set_band(0, 5, 20) == [
        row(EventKind.CANCELLED, C, Reason.OUTSIDE_BAND, 22, 1),
        row(EventKind.CANCELLED, B, Reason.OUTSIDE_BAND, 21, 1),
    ]
    assert (desk.ids(BUY), desk.ids(SELL)) == ([A], [D, E])


def test_a_band_spares_market_orders_and_ends_with_the_domain() -> None:
    desk = Desk()
    desk.books.set_state(0, State.PRE_OPEN)
    desk.books.submit(0, BUY, 0, 1, instructions=Instruction.MARKET)
    assert desk.books.set_band(0, -5, 10) == []
    assert desk.books.set_band(0, -9, 9999) == []
    desk.books.set_state(0, State.OPEN)
    desk.books.submit(0, BUY, 4095, 1)
    assert desk.books.advance(1) == []


@pytest.mark.parametrize(
    "values",
    [
        (-(1 << 18) - 1, 8, 1, 0),
        (-1, 8, 0, 0),
        (1_000_001, 8, 1, 0),
        (1, 7, 1, 0),
        (1, MAX + 1, 1, 0),
        (1, 8, 0, 0),
        (0, 8, -1, 0),
        (1, 8, MAX + 1, 0),
        (1, 8, 1, -1),
        (1, 8, 1, 1001),
    ],
)
def test_a_breaker_out_of_bounds_is_a_value_error(values: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="breaker"):
        Desk().books.set_breaker(0, *values)


def test_a_breaker_at_its_bounds_is_taken() -> None:
    desk = Desk()
    assert desk.books.set_breaker(0, 0, 8, 0, 1000) == []
    assert desk.books.set_breaker(0, 1_000_000, MAX, MAX, 0) == []


def test_a_breaker_set_anew_begins_with_the_last_price() -> None:
    desk = Desk()
    assert desk.books.range_ticks(0) == (0, 4095)
    desk.books.set_breaker(0, 100_000, 80, 1, 0)
    for price in (100, 120):
        desk.books.submit(0, SELL, price, 1)
    assert desk.books.range_ticks(0) == (0, 4095)
    desk.books.submit(0, BUY, 120, 2)
    assert desk.books.range_ticks(0) == (108, 110)
    desk.books.set_breaker(0, 100_000, 80, 1, 0)
    assert desk.books.range_ticks(0) == (108, 132)


def test_other_values_out_of_bounds_are_value_errors() -> None:
    books = Desk(owners=2).books
    with pytest.raises(ValueError, match="band"):
        books.set_band(0, 11, 10)
    with pytest.raises(ValueError, match="MARK"):
        books.set_price(0, TriggerSource.LAST, 10)
    for owner in (-1, 2):
        with pytest.raises(ValueError, match="owner"):
            books.set_group(owner, 1)
        with pytest.raises(ValueError, match="owner"):
            books.set_holding(owner, 0, 1)
    with pytest.raises(ValueError, match="protection"):
        books.set_protection(0, 0, -1, 0, 0, 0)


def test_a_book_that_is_not_there_is_an_index_error() -> None:
    books = Desk().books
    for book in (-1, 1):
        for call in (
            lambda book=book: books.set_price(book, TriggerSource.MARK, 10),
            lambda book=book: books.set_band(book, 1, 10),
            lambda book=book: books.set_breaker(book, 0, 8, 0, 0),
            lambda book=book: books.set_day_end(book, 10),
            lambda book=book: books.set_holding(0, book, 10),
        ):
            with pytest.raises(IndexError, match="book"):
                call()


def test_marks_and_indices_are_kept_apart() -> None:
    desk = Desk()
    assert desk.books.book_prices(0) == (None, None, None)
    desk.books.set_price(0, TriggerSource.MARK, 10)
    desk.books.set_price(0, TriggerSource.INDEX, 11)
    assert desk.books.book_prices(0) == (None, 10, 11)
