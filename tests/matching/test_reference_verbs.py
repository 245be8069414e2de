"""The verbs: what they answer, and what is refused."""

from __future__ import annotations

from matching.layout import CommandKind, EventKind, Reason, Side, TriggerSource, TriggerWhen

from .reference_desk import Ask, Desk, kinds, order_id, row

BUY, SELL = Side.BUY, Side.SELL
A, B = (order_id(number + 1, number) for number in range(2))


def two_bids() -> Desk:
    desk = Desk()
    desk.books.submit(0, BUY, 10, 5)
    desk.books.submit(0, BUY, 10, 5)
    return desk


def test_unknown_orders_books_and_commands_are_refused() -> None:
    desk = two_bids()
    assert desk.books.cancel(7) == [row(EventKind.REJECTED, 7, Reason.UNKNOWN_ORDER, 0, 0)]
    assert desk.books.amend(7, 3, 4) == [row(EventKind.REJECTED, 7, Reason.UNKNOWN_ORDER, 3, 4)]
    assert desk.books.cancel_all(1, 0) == [row(EventKind.REJECTED, 0, Reason.UNKNOWN_BOOK, 0, 0)]
    assert desk.books.submit(1, BUY, 3, 4) == [
        row(EventKind.REJECTED, 0, Reason.UNKNOWN_BOOK, 3, 4)
    ]
    unknown = (9, 0, 5, 0, 0, 3, 4, 0)
    assert desk.books.apply([unknown]) == [row(EventKind.REJECTED, 0, Reason.UNKNOWN_COMMAND, 0, 0)]


def test_cancel_all_takes_bids_asks_and_then_what_waits() -> None:
    desk = Desk()
    falls = Ask(SELL, 3, 1, source=TriggerSource.MARK, when=TriggerWhen.FALLS, trigger_ticks=2)
    desk.enter(falls, owner=1)
    for side, price, owner in [(SELL, 20, 1), (SELL, 19, 1), (BUY, 9, 1), (BUY, 10, 2)]:
        desk.books.submit(0, side, price, 1, owner=owner)
    desk.books.submit(0, BUY, 10, 1, owner=1)
    events = desk.books.cancel_all(0, 1)
    assert kinds(events) == [EventKind.CANCELLED] * 5
    assert [(event[3], event[4]) for event in events] == [
        (Reason.REQUESTED, price) for price in (10, 9, 19, 20, 3)
    ]
    assert desk.books.live == 1


def test_a_cancel_tells_all_that_was_open() -> None:
    desk = Desk()
    desk.enter(Ask(BUY, 10, 9, display_lots=2))
    desk.books.submit(0, SELL, 10, 1)
    assert desk.books.cancel(A) == [row(EventKind.CANCELLED, A, Reason.REQUESTED, 10, 8)]


def test_the_rows_of_a_batch_name_their_command() -> None:
    desk = two_bids()
    batch = [(CommandKind.CANCEL, 0, one, 0, 0, 0, 0, 0) for one in (A, A, B)]
    assert [(event[1], event[0]) for event in desk.books.apply(batch)] == [
        (0, EventKind.CANCELLED),
        (1, EventKind.REJECTED),
        (2, EventKind.CANCELLED),
    ]
