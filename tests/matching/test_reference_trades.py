"""What follows from trades: last price, counts of protections, and their trip."""

from __future__ import annotations

from matching.layout import (
    FROZEN_FOR_GOOD,
    EventKind,
    Instruction,
    Reason,
    Side,
    State,
    TriggerSource,
    TriggerWhen,
)

from .reference_desk import Ask, Desk, kinds, order_id, reasons, row

BUY, SELL = Side.BUY, Side.SELL
A, B, C, D, E, F = (order_id(number + 1, number) for number in range(6))
PROTECTED = Instruction.PROTECTED


def maker(desk: Desk, side: int, price: int, lots: int, owner: int = 1, book: int = 0) -> None:
    events = desk.books.submit(book, side, price, lots, owner=owner, instructions=PROTECTED)
    assert kinds(events) == [EventKind.ACCEPTED]


def two_books_of_a_family() -> Desk:
    desk = Desk()
    desk.books.add_book(family=7, weight=-3)
    desk.books.add_book(family=7, weight=2)
    return desk


def test_lots_and_weighted_delta_count_over_the_books_of_a_family() -> None:
    desk = two_books_of_a_family()
    desk.books.set_protection(1, 7, 100, 0, 0, 0)
    maker(desk, BUY, 10, 5, book=1)
    maker(desk, SELL, 20, 5, book=2)
    desk.books.submit(1, SELL, 10, 4)
    desk.books.submit(2, BUY, 20, 3)
    assert desk.books.protection(1, 7) == (7, 4 * -3 - 3 * 2, 0)
    desk.books.submit(1, BUY, 30, 9, owner=1)
    desk.books.submit(1, SELL, 30, 9)
    assert desk.books.protection(1, 7) == (7, -18, 0), "orders that are not PROTECTED do not count"


def test_a_breach_cancels_all_protected_orders_of_the_family() -> None:
    desk = two_books_of_a_family()
    desk.books.set_protection(1, 7, 100, 50, 5, 0)
    maker(desk, BUY, 9, 1, book=2)
    maker(desk, SELL, 20, 1, book=1)
    maker(desk, BUY, 10, 4, book=1)
    maker(desk, BUY, 11, 6, book=1)
    desk.books.submit(1, BUY, 8, 1, owner=1)
    assert desk.books.submit(1, SELL, 11, 5) == [
        row(EventKind.ACCEPTED, F, SELL, 11, 5, 5),
        row(EventKind.EXECUTED, F, D, 11, 5, 0, 1),
        row(EventKind.PROTECTION_TRIPPED, 0, 1, 0, 0, 0, 7),
        row(EventKind.CANCELLED, D, Reason.PROTECTION, 11, 1),
        row(EventKind.CANCELLED, C, Reason.PROTECTION, 10, 4),
        row(EventKind.CANCELLED, B, Reason.PROTECTION, 20, 1),
        row(EventKind.CANCELLED, A, Reason.PROTECTION, 9, 1),
    ]
    assert desk.books.protection(1, 7) == (0, 0, 50)
    refused = desk.books.submit(1, BUY, 8, 1, owner=1, instructions=PROTECTED)
    assert reasons(refused) == [(0, Reason.FROZEN)]
    desk.books.advance(49)
    refused = desk.books.submit(2, BUY, 8, 1, owner=1, instructions=PROTECTED)
    assert reasons(refused) == [(0, Reason.FROZEN)]
    desk.books.advance(50)
    maker(desk, BUY, 8, 1, book=2)
    assert desk.books.protection(1, 7) == (0, 0, 0)


def test_a_frozen_time_of_nothing_lasts_until_it_is_set_anew() -> None:
    desk = Desk()
    desk.books.set_protection(1, 0, 100, 0, 0, 2)
    maker(desk, BUY, 10, 2)
    desk.books.submit(0, SELL, 10, 2)
    assert desk.books.protection(1, 0) == (0, 0, FROZEN_FOR_GOOD)
    desk.books.advance(1 << 60)
    refused = desk.books.submit(0, BUY, 8, 1, owner=1, instructions=PROTECTED)
    assert reasons(refused) == [(0, Reason.FROZEN)]
    desk.books.set_protection(1, 0, 100, 0, 0, 2)
    maker(desk, BUY, 8, 1)


def test_protections_trip_in_the_order_in_which_they_were_first_set() -> None:
    desk = Desk()
    for owner in (2, 1):
        desk.books.set_protection(owner, 0, 100, 10, 1, 0)
    desk.books.set_protection(2, 0, 100, 10, 1, 0)
    maker(desk, SELL, 10, 1, owner=1)
    maker(desk, SELL, 10, 1, owner=2)
    events = desk.books.submit(0, BUY, 10, 2)
    assert [event[3] for event in events if event[0] == EventKind.PROTECTION_TRIPPED] == [2, 1]


def test_without_a_protection_a_protected_order_is_refused() -> None:
    desk = Desk()
    unprotected = [row(EventKind.REJECTED, 0, Reason.UNPROTECTED, 10, 1)]
    assert desk.books.submit(0, BUY, 10, 1, owner=1, instructions=PROTECTED) == unprotected
    desk.books.set_protection(1, 0, 100, 0, 0, 0)
    maker(desk, BUY, 10, 1)
    desk.books.set_protection(1, 0, 0, 0, 0, 0)
    assert desk.books.submit(0, BUY, 10, 1, owner=1, instructions=PROTECTED) == unprotected
    assert desk.books.protection(1, 0) is None


def test_triggers_of_the_last_price_come_before_a_trip_of_protections() -> None:
    desk = Desk()
    desk.books.set_protection(1, 0, 100, 10, 1, 0)
    stop = Ask(BUY, 1, 1, source=TriggerSource.LAST, when=TriggerWhen.RISES, trigger_ticks=10)
    desk.enter(stop, owner=3)
    maker(desk, SELL, 10, 2)
    assert desk.books.submit(0, BUY, 10, 1)[2:] == [
        row(EventKind.PROTECTION_TRIPPED, 0, 1, 0, 0, 0, 0),
        row(EventKind.CANCELLED, B, Reason.PROTECTION, 10, 1),
        row(EventKind.ACTIVATED, A, 10, 1, 1, 1),
    ]


def test_an_auctions_trades_count_for_both_sides() -> None:
    desk = Desk()
    desk.books.set_protection(1, 0, 100, 10, 4, 0)
    desk.books.set_state(0, State.PRE_OPEN)
    maker(desk, BUY, 10, 3)
    maker(desk, SELL, 10, 2)
    assert desk.books.set_state(0, State.OPEN) == [
        row(EventKind.UNCROSSED, A, B, 10, 2, 1, 0),
        row(EventKind.STATE_CHANGED, 0, State.OPEN, 10, 0, 0, 0),
        row(EventKind.PROTECTION_TRIPPED, 0, 1, 0, 0, 0, 0),
        row(EventKind.CANCELLED, A, Reason.PROTECTION, 10, 1),
    ]
