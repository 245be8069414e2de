"""States of a book: what stays, what steps aside, what a pause does."""

from __future__ import annotations

import pytest

from matching.layout import (
    LEVEL_QUEUED,
    EventKind,
    Instruction,
    Link,
    Reason,
    Side,
    State,
    TriggerSource,
)

from .reference_desk import WAITS, Ask, Desk, kinds, order_id, reasons, row

BUY, SELL = Side.BUY, Side.SELL
A, B, C, D, E, F = (order_id(number + 1, number) for number in range(6))


def changed(state: State, price: int = 0) -> tuple[int, ...]:
    return row(EventKind.STATE_CHANGED, 0, state, price, 0, 0, 0)


@pytest.mark.parametrize("state", [State.HALTED, State.CLOSED])
def test_a_closed_book_takes_cancels_alone(state: State) -> None:
    desk = Desk()
    desk.books.submit(0, BUY, 10, 5)
    assert desk.books.set_state(0, state) == [changed(state)]
    assert desk.books.state(0) == state
    assert reasons(desk.books.submit(0, BUY, 9, 5)) == [(0, Reason.NOT_OPEN)]
    assert reasons(desk.books.amend(A, 9, 5)) == [(A, Reason.NOT_OPEN)]
    assert reasons(desk.quote([(BUY, 9, 5)])) == [(0, Reason.NOT_OPEN)]
    assert desk.quote([]) == []
    assert reasons(desk.books.cancel(A)) == [(A, Reason.REQUESTED)]


def test_an_expired_book_is_empty_for_ever() -> None:
    desk = Desk()
    desk.books.set_price(0, TriggerSource.MARK, 10)
    desk.enter(Ask(BUY, 1, 1, source=TriggerSource.MARK, trigger_ticks=20))
    for side, price in [(SELL, 21), (SELL, 20), (BUY, 9), (BUY, 10)]:
        desk.books.submit(0, side, price, 5)
    assert desk.books.set_state(0, State.EXPIRED) == [
        row(EventKind.CANCELLED, E, Reason.BOOK_EXPIRED, 10, 5),
        row(EventKind.CANCELLED, D, Reason.BOOK_EXPIRED, 9, 5),
        row(EventKind.CANCELLED, C, Reason.BOOK_EXPIRED, 20, 5),
        row(EventKind.CANCELLED, B, Reason.BOOK_EXPIRED, 21, 5),
        row(EventKind.CANCELLED, A, Reason.BOOK_EXPIRED, 1, 1, 0, WAITS),
        changed(State.EXPIRED),
    ]
    assert desk.books.set_state(0, State.OPEN) == [
        row(EventKind.REJECTED, 0, Reason.NOT_OPEN, 0, 0)
    ]
    assert desk.books.live == 0


def test_what_an_auction_cannot_take_steps_aside_until_the_book_opens() -> None:
    desk = Desk()
    desk.books.set_holding(1, 0, 5)
    reduce = Instruction.REDUCE_ONLY
    desk.books.submit(0, SELL, 20, 5, owner=1, instructions=reduce)
    desk.enter(Ask(BUY, 10, 2, link=Link.OCO), [Ask(SELL, 19, 3)], owner=2)
    desk.books.submit(0, BUY, 8, 1)
    assert desk.books.set_state(0, State.PRE_OPEN) == [
        row(EventKind.PARKED, B, 0, 10, 2, 2),
        row(EventKind.PARKED, C, 0, 19, 3, 3),
        row(EventKind.PARKED, A, 0, 20, 5, 5),
        changed(State.PRE_OPEN),
    ]
    assert desk.books.waiting(0) == [
        (B, 2, BUY, 10, 2, LEVEL_QUEUED, 0),
        (C, 2, SELL, 19, 3, LEVEL_QUEUED, 0),
        (A, 1, SELL, 20, 5, LEVEL_QUEUED, 0),
    ]
    desk.books.set_holding(1, 0, 2)
    assert desk.books.set_state(0, State.OPEN) == [
        changed(State.OPEN),
        row(EventKind.ACTIVATED, B, 0, 10, 2, 2),
        row(EventKind.ACTIVATED, C, 0, 19, 3, 3),
        row(EventKind.ACTIVATED, A, 0, 20, 5, 5),
        row(EventKind.REDUCED, A, Reason.POSITION_REDUCED, 20, 3, 2),
    ]
    assert desk.ids(SELL) == [C, A]


def test_a_state_set_again_forgets_the_reopening() -> None:
    desk = Desk()
    trip_by_sweep(desk)
    assert desk.books.set_state(0, State.PRE_OPEN) == [changed(State.PRE_OPEN)]
    assert EventKind.STATE_CHANGED not in kinds(desk.books.advance(1000))
    assert desk.books.state(0) == State.PRE_OPEN
    assert desk.books.set_state(0, State.OPEN)[-1] == changed(State.OPEN, 103)
    assert desk.books.set_state(0, State.OPEN) == [changed(State.OPEN)]


def trip_by_sweep(desk: Desk, max_extensions: int = 0) -> None:
    """Last 100, range 98 to 102; an ask at 103 is met by a buy of its price: the book trips."""
    desk.books.submit(0, SELL, 100, 1)
    desk.books.submit(0, BUY, 100, 1)
    desk.books.set_breaker(0, 20_000, 80, 10, max_extensions)
    desk.books.submit(0, SELL, 103, 2)
    assert desk.books.submit(0, BUY, 103, 1)[1:] == [changed(State.PRE_OPEN)]


def test_a_tripped_book_opens_by_uncross_after_its_pause() -> None:
    desk = Desk()
    trip_by_sweep(desk)
    assert desk.books.depth(0, BUY) == [(103, 1, 1)]
    assert kinds(desk.books.advance(9)) == [EventKind.INDICATED]
    assert desk.books.advance(10) == [
        row(EventKind.UNCROSSED, order_id(4, 0), order_id(3, 1), 103, 1, 0, 1),
        changed(State.OPEN, 103),
    ]
    assert desk.books.range_ticks(0) == (101, 105)


def test_a_price_out_of_range_prolongs_the_auction_so_often() -> None:
    desk = Desk()
    trip_by_sweep(desk, max_extensions=2)
    assert desk.books.advance(10)[0] == changed(State.PRE_OPEN, 103)
    assert desk.books.advance(19) == []
    assert desk.books.advance(25) == [changed(State.PRE_OPEN, 103)]
    assert desk.books.advance(34) == []
    assert kinds(desk.books.advance(35)) == [EventKind.UNCROSSED, EventKind.STATE_CHANGED]
    assert desk.books.state(0) == State.OPEN


def test_a_hand_that_opens_is_interrupted_too() -> None:
    desk = Desk()
    trip_by_sweep(desk, max_extensions=1)
    assert desk.books.set_state(0, State.OPEN) == [changed(State.PRE_OPEN, 103)]
    assert desk.books.set_state(0, State.OPEN)[-1] == changed(State.OPEN, 103)


@pytest.mark.parametrize(
    ("book", "state", "reason"),
    [(1, 1, Reason.UNKNOWN_BOOK), (-1, 1, Reason.UNKNOWN_BOOK), (0, 5, Reason.INVALID_TERMS)],
)
def test_a_state_or_book_that_is_not_there_is_refused(book: int, state: int, reason: int) -> None:
    desk = Desk()
    assert desk.books.set_state(book, state) == [row(EventKind.REJECTED, 0, reason, 0, 0)]
    assert desk.books.state(0) == State.OPEN
