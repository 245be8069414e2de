"""Orders whose turn has come enter in the order in which they were queued, within the bound of one command."""

from __future__ import annotations

from matching.layout import (
    CASCADE_ORDERS,
    EventKind,
    Instruction,
    Reason,
    Side,
    State,
    TriggerSource,
    TriggerWhen,
)
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import Verbs

BUY, SELL = Side
MARK = TriggerSource.MARK
RISES = TriggerWhen.RISES


def stop(side: int, price_ticks: int, qty_lots: int = 1, **more: int) -> Ask:
    return Ask(side, price_ticks, qty_lots, source=MARK, when=RISES, trigger_ticks=50, **more)


def test_a_stop_enters_as_if_it_came_in_now(books: Verbs) -> None:
    books.set_price(0, MARK, 40)
    ask = books.enter(SELL, 60, 2)
    waiting = books.ask(stop(BUY, 60, 3))[0][2]
    assert books.set_price(0, MARK, 50) == [
        row(EventKind.ACTIVATED, waiting, 50, 60, 3, 3),
        row(EventKind.EXECUTED, waiting, ask, 60, 2, 1, 0),
    ]
    assert books.orders(0, BUY) == [(waiting, 0, 60, 1, 2, 0)]
    assert books.waiting(0) == []


def test_a_check_that_fails_by_then_cancels(books: Verbs) -> None:
    books.set_price(0, MARK, 40)
    post_only = books.ask(stop(BUY, 60, instructions=Instruction.POST_ONLY))[0][2]
    banned = books.ask(stop(BUY, 90))[0][2]
    books.enter(SELL, 60, 2)
    books.set_band(0, 10, 80)
    rows = books.set_price(0, MARK, 55)
    assert rows == [
        row(EventKind.ACTIVATED, post_only, 50, 60, 1, 1),
        row(EventKind.CANCELLED, post_only, Reason.POST_ONLY_WOULD_TRADE, 60, 1),
        row(EventKind.ACTIVATED, banned, 50, 90, 1, 1),
        row(EventKind.CANCELLED, banned, Reason.PRICE_ABOVE_BAND, 90, 1),
    ]


def test_reduce_only_is_cut_to_what_the_holding_allows_by_then(books: Verbs) -> None:
    books.set_price(0, MARK, 40)
    waiting = books.ask(stop(SELL, 60, 9, instructions=Instruction.REDUCE_ONLY), owner=3)[0][2]
    books.set_holding(3, 0, 4)
    assert books.set_price(0, MARK, 50) == [
        row(EventKind.ACTIVATED, waiting, 50, 60, 9, 9),
        row(EventKind.REDUCED, waiting, Reason.POSITION_REDUCED, 60, 5, 4),
    ]
    assert books.orders(0, SELL) == [(waiting, 3, 60, 4, 0, 0)]


def test_one_command_activates_so_many_and_the_next_goes_on(books: Verbs) -> None:
    books.set_price(0, MARK, 40)
    ids = [books.ask(stop(BUY, 30))[0][2] for _ in range(CASCADE_ORDERS + 6)]
    rows = books.set_price(0, MARK, 50)
    assert [one[2] for one in rows] == ids[:CASCADE_ORDERS]
    assert [order[0] for order in books.waiting(0)] == ids[CASCADE_ORDERS:]
    assert [one[2] for one in books.advance(1)] == ids[CASCADE_ORDERS:]


def test_a_longer_cascade_pauses_a_book_that_has_a_pause(books: Verbs) -> None:
    books.set_breaker(0, 0, 80, 10, 0)
    books.set_price(0, MARK, 40)
    for _ in range(CASCADE_ORDERS + 1):
        books.ask(stop(BUY, 30))
    rows = books.set_price(0, MARK, 50)
    assert rows[CASCADE_ORDERS:] == [row(EventKind.STATE_CHANGED, 0, State.PRE_OPEN, 0, 0)]
    assert len(books.waiting(0)) == 1
    rows = books.advance(10)
    assert [one[0] for one in rows] == [EventKind.STATE_CHANGED, EventKind.ACTIVATED]
    assert books.state(0) == State.OPEN
