"""Trading states: what steps aside for an auction, what an end takes with it."""

from __future__ import annotations

from matching.layout import LEVEL_QUEUED, EventKind, Instruction, Link, Reason, Side, State
from tests.matching.reference_desk import Ask, kinds, row
from tests.matching.verbs import Verbs

BUY, SELL = Side
PARKED, STATE = EventKind.PARKED, EventKind.STATE_CHANGED


def test_what_depends_on_others_steps_aside_bids_first(books: Verbs) -> None:
    books.set_holding(1, 0, 7)
    reducer = books.submit(0, SELL, 20, 7, owner=1, instructions=Instruction.REDUCE_ONLY)[0][2]
    ring = [one[2] for one in books.ask(Ask(BUY, 9, 5, link=Link.OCO), [Ask(BUY, 10, 6)])[:2]]
    plain = books.enter(BUY, 10, 1)
    assert books.set_state(0, State.PRE_OPEN) == [
        row(PARKED, ring[1], 0, 10, 6, 6),
        row(PARKED, ring[0], 0, 9, 5, 5),
        row(PARKED, reducer, 0, 20, 7, 7),
        row(STATE, 0, State.PRE_OPEN, 0, 0),
    ]
    assert books.ids(BUY) == [plain]
    assert [order[5] for order in books.waiting(0)] == [LEVEL_QUEUED] * 3
    rows = books.set_state(0, State.OPEN)
    assert [(one[0], one[2]) for one in rows] == [
        (STATE, 0),
        (EventKind.ACTIVATED, ring[1]),
        (EventKind.ACTIVATED, ring[0]),
        (EventKind.ACTIVATED, reducer),
    ]
    assert books.ids(BUY) == [plain, ring[1], ring[0]]


def test_a_parked_iceberg_keeps_all_that_is_open(books: Verbs) -> None:
    first = Ask(BUY, 9, 20, display_lots=4, link=Link.OCO)
    iceberg = books.ask(first, [Ask(BUY, 8, 1)])[0][2]
    books.submit(0, SELL, 9, 3, owner=2)
    assert books.cancel(iceberg)[0][5] == 17
    iceberg = books.ask(first, [Ask(BUY, 8, 1)])[0][2]
    assert books.set_state(0, State.PRE_OPEN)[0] == row(PARKED, iceberg, 0, 9, 20, 20)
    books.set_state(0, State.OPEN)
    assert books.orders(0, BUY)[0] == (iceberg, 0, 9, 4, 0, 16)


def test_halted_and_closed_books_only_cancel(books: Verbs) -> None:
    order_id = books.enter(BUY, 10, 5)
    for state in (State.HALTED, State.CLOSED):
        books.set_state(0, state)
        assert books.submit(0, SELL, 10, 1)[0][3] == Reason.NOT_OPEN
        assert books.amend(order_id, 10, 1)[0][3] == Reason.NOT_OPEN
    assert kinds(books.cancel(order_id)) == [EventKind.CANCELLED]


def test_an_expired_book_is_empty_for_good(books: Verbs) -> None:
    worse, best = books.enter(BUY, 9, 1), books.enter(BUY, 10, 1)
    ask = books.enter(SELL, 20, 1)
    rows = books.set_state(0, State.EXPIRED)
    assert rows == [
        row(EventKind.CANCELLED, best, Reason.BOOK_EXPIRED, 10, 1),
        row(EventKind.CANCELLED, worse, Reason.BOOK_EXPIRED, 9, 1),
        row(EventKind.CANCELLED, ask, Reason.BOOK_EXPIRED, 20, 1),
        row(STATE, 0, State.EXPIRED, 0, 0),
    ]
    for state in State:
        assert books.set_state(0, state) == [row(EventKind.REJECTED, 0, Reason.NOT_OPEN, 0, 0)]


def test_a_state_set_by_hand_forgets_the_time_of_reopening(books: Verbs) -> None:
    books.set_breaker(0, 10_000, 80, 10, 0)
    books.enter(SELL, 100, 1)
    books.submit(0, BUY, 100, 1)
    books.enter(SELL, 110, 1)
    assert books.submit(0, BUY, 110, 1)[-1] == row(STATE, 0, State.PRE_OPEN, 0, 0)
    books.set_state(0, State.PRE_OPEN)
    books.advance(50)
    assert books.state(0) == State.PRE_OPEN
