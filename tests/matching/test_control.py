"""What whoever runs the venue does to a book."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Instruction, Reason, Side, State, TimeInForce, TriggerSource
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import OWNERS, Verbs

BUY, SELL = Side
LOCKED, STATE = EventKind.LIMIT_LOCKED, EventKind.STATE_CHANGED


@pytest.mark.parametrize(
    ("book", "state", "reason"),
    [
        (1, State.OPEN, Reason.UNKNOWN_BOOK),
        (-1, State.OPEN, Reason.UNKNOWN_BOOK),
        (0, 5, Reason.INVALID_TERMS),
        (0, -1, Reason.INVALID_TERMS),
    ],
)
def test_a_state_that_is_none_is_refused(books: Verbs, book: int, state: int, reason: int) -> None:
    assert books.set_state(book, state) == [row(EventKind.REJECTED, 0, reason, 0, 0)]
    assert books.state(0) == State.OPEN


def test_the_state_it_has_is_told_again(books: Verbs) -> None:
    for state in (State.OPEN, State.HALTED, State.HALTED, State.CLOSED, State.PRE_OPEN):
        assert books.set_state(0, state) == [row(STATE, 0, state, 0, 0)]
        assert books.state(0) == state


def test_calls_that_make_no_sense_raise_and_change_nothing(books: Verbs) -> None:
    calls = [
        ("set_price", (0, TriggerSource.LAST, 9), ValueError),
        ("set_price", (1, TriggerSource.MARK, 9), IndexError),
        ("set_band", (0, 9, 8), ValueError),
        ("set_band", (-1, 8, 9), IndexError),
        ("set_breaker", (0, -(1 << 18) - 1, 80, 10, 0), ValueError),
        ("set_breaker", (0, 10**6 + 1, 80, 10, 0), ValueError),
        ("set_breaker", (0, 1, 7, 10, 0), ValueError),
        ("set_breaker", (0, 1, 80, 0, 0), ValueError),
        ("set_breaker", (0, -1, 80, 0, 0), ValueError),
        ("set_breaker", (0, 1, 80, 10, 1001), ValueError),
        ("set_breaker", (3, 1, 80, 10, 0), IndexError),
        ("set_reference", (0, 1 << 62), ValueError),
        ("set_reference", (1, 9), IndexError),
        ("set_group", (OWNERS, 1), ValueError),
        ("set_holding", (OWNERS, 0, 1), ValueError),
        ("set_holding", (0, 1, 1), IndexError),
        ("set_day_end", (1, 5), IndexError),
    ]
    before = books.range_ticks(0), books.book_prices(0), books.state(0)
    for verb, arguments, error in calls:
        with pytest.raises(error):
            getattr(books, verb)(*arguments)
    assert (books.range_ticks(0), books.book_prices(0), books.state(0)) == before


def test_a_new_band_cancels_what_it_leaves_outside(books: Verbs) -> None:
    bids = [books.enter(BUY, price, 1) for price in (100, 105, 103)]
    asks = [books.enter(SELL, price, 1) for price in (106, 110)]
    assert books.set_band(0, 107, 200) == [
        row(EventKind.CANCELLED, asks[0], Reason.OUTSIDE_BAND, 106, 1)
    ]
    assert books.set_band(0, 0, 102) == [
        row(EventKind.CANCELLED, bids[1], Reason.OUTSIDE_BAND, 105, 1),
        row(EventKind.CANCELLED, bids[2], Reason.OUTSIDE_BAND, 103, 1),
    ]
    assert books.ids(SELL) == [asks[1]]


def test_a_lock_at_an_end_of_the_band_is_told_when_it_changes(books: Verbs) -> None:
    books.set_band(0, 90, 110)
    bid = books.enter(BUY, 110, 1)
    assert books.advance(1) == [row(LOCKED, 0, 1, 0, 0)]
    assert books.advance(2) == []
    books.cancel(bid)
    books.enter(SELL, 90, 1)
    assert books.advance(3) == [row(LOCKED, 0, 2, 0, 0)]
    books.set_state(0, State.HALTED)
    assert books.advance(4) == [row(LOCKED, 0, 0, 0, 0)]


def test_time_ends_orders_first_and_then_goes_from_book_to_book(books: Verbs) -> None:
    other = books.add_book()
    books.set_band(0, 0, 50)
    books.enter(BUY, 50, 1)
    books.set_state(other, State.PRE_OPEN)
    for side in Side:
        books.submit(other, side, 20, 2)
    ending = books.ask(Ask(BUY, 5, 1, tif=TimeInForce.GTD, expiry_ns=7), book=other)[0][2]
    assert books.advance(7) == [
        row(EventKind.CANCELLED, ending, Reason.ORDER_EXPIRED, 5, 1),
        row(LOCKED, 0, 1, 0, 0),
        row(EventKind.INDICATED, 0, other, 20, 2),
    ]
    assert books.advance(3) == []
    assert books.now_ns == 7


def test_a_corrected_holding_shrinks_what_reduces_it(books: Verbs) -> None:
    books.set_holding(1, 0, 9)
    ids = [
        books.submit(0, SELL, 50, 4, owner=1, instructions=Instruction.REDUCE_ONLY)[0][2]
        for _ in range(2)
    ]
    assert books.set_holding(1, 0, 1) == [
        row(EventKind.REDUCED, order, Reason.POSITION_REDUCED, 50, 3, 1, 1) for order in ids[::-1]
    ]
    assert books.holding(1, 0) == 1
