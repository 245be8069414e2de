"""An iceberg shows a part of itself, and the next part from the back of its level."""

from __future__ import annotations

from matching.layout import EventKind, Reason, Side
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import Verbs

BUY, SELL = Side


def test_the_next_part_is_shown_at_the_back(books: Verbs) -> None:
    iceberg = books.ask(Ask(SELL, 10, 7, display_lots=3), owner=1)[0][2]
    plain = books.enter(SELL, 10, 2, owner=2)
    assert books.depth(0, SELL) == [(10, 5, 2)]
    rows = books.submit(0, BUY, 10, 6)
    taker = rows[0][2]
    assert rows[1:] == [
        row(EventKind.EXECUTED, taker, iceberg, 10, 3, 3, 4),
        row(EventKind.REFILLED, iceberg, 0, 10, 3, 4),
        row(EventKind.EXECUTED, taker, plain, 10, 2, 1, 0),
        row(EventKind.EXECUTED, taker, iceberg, 10, 1, 0, 3),
    ]
    assert books.orders(0, SELL) == [(iceberg, 1, 10, 2, 4, 1)]


def test_the_last_part_may_be_smaller_and_nothing_follows_it(books: Verbs) -> None:
    iceberg = books.ask(Ask(SELL, 10, 7, display_lots=3))[0][2]
    rows = books.submit(0, BUY, 10, 9)
    assert [(one[0], one[5]) for one in rows[1:]] == [
        (EventKind.EXECUTED, 3),
        (EventKind.REFILLED, 3),
        (EventKind.EXECUTED, 3),
        (EventKind.REFILLED, 1),
        (EventKind.EXECUTED, 1),
    ]
    assert books.order(iceberg) is None
    assert books.depth(0, SELL) == []


def test_a_cancel_takes_the_reserve_too(books: Verbs) -> None:
    iceberg = books.ask(Ask(SELL, 10, 70, display_lots=3))[0][2]
    books.submit(0, BUY, 10, 1)
    assert books.cancel(iceberg) == [row(EventKind.CANCELLED, iceberg, Reason.REQUESTED, 10, 69)]


def test_an_aggressor_trades_whole_and_shows_a_part_of_what_rests(books: Verbs) -> None:
    books.enter(SELL, 10, 4)
    rows = books.ask(Ask(BUY, 10, 10, display_lots=2))
    assert rows[1][5:7] == (4, 6)
    assert books.orders(0, BUY) == [(rows[0][2], 0, 10, 2, 4, 4)]
