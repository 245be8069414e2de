"""One cancels the other, one triggers the other, brackets."""

from __future__ import annotations

import pytest

from matching.layout import LEVEL_DORMANT, EventKind, Link, Reason, Side, TriggerSource
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import Verbs

BUY, SELL = Side
LINKED = Reason.LINKED_ORDER


def ids_of(rows: list[tuple[int, ...]]) -> list[int]:
    return [one[2] for one in rows if one[0] == EventKind.ACCEPTED]


def test_the_first_fill_cancels_the_others_behind_it_in_the_ring(books: Verbs) -> None:
    rows = books.ask(Ask(BUY, 10, 5, link=Link.OCO), [Ask(BUY, 11, 5), Ask(SELL, 20, 5)])
    first, second, third = ids_of(rows)
    assert books.submit(0, SELL, 11, 1)[1:] == [
        row(EventKind.EXECUTED, third + (1 << 24) + 1, second, 11, 1, 0, 4),
        row(EventKind.CANCELLED, third, LINKED, 20, 5),
        row(EventKind.CANCELLED, first, LINKED, 10, 5),
    ]
    assert books.ids(BUY) == [second]


@pytest.mark.parametrize("complete", [0, 1])
def test_complete_waits_for_the_whole_fill(books: Verbs, complete: int) -> None:
    rows = books.ask(Ask(BUY, 10, 5, link=Link.OTO, complete=complete), [Ask(SELL, 20, 5)])
    _, child = ids_of(rows)
    activated = row(EventKind.ACTIVATED, child, 0, 20, 5, 5)
    assert (activated in books.submit(0, SELL, 10, 4)) == (complete == 0)
    assert (activated in books.submit(0, SELL, 10, 1)) == (complete == 1)


def test_an_end_takes_the_ring_and_what_is_dormant(books: Verbs) -> None:
    rows = books.ask(Ask(BUY, 10, 5, link=Link.OTOCO), [Ask(SELL, 20, 5), Ask(SELL, 30, 5)])
    first, second, third = ids_of(rows)
    assert {order[5] for order in books.waiting(0)} == {LEVEL_DORMANT}
    assert books.cancel(first) == [
        row(EventKind.CANCELLED, first, Reason.REQUESTED, 10, 5),
        row(EventKind.CANCELLED, second, LINKED, 20, 5, 0, 1),
        row(EventKind.CANCELLED, third, LINKED, 30, 5, 0, 1),
    ]
    assert books.live == 0


def test_a_bracket_lets_one_leg_end_the_other(books: Verbs) -> None:
    stop = Ask(SELL, 5, 5, source=TriggerSource.LAST, when=1, trigger_ticks=8)
    rows = books.ask(Ask(BUY, 10, 5, link=Link.OTOCO), [Ask(SELL, 20, 5), stop])
    _, profit, loss = ids_of(rows)
    books.submit(0, SELL, 10, 5)
    assert books.ids(SELL) == [profit]
    assert [order[0] for order in books.waiting(0)] == [loss]
    rows = books.submit(0, BUY, 20, 2)
    assert rows[-1] == row(EventKind.CANCELLED, loss, LINKED, 5, 5, 0, 1)
    assert books.order(profit).leaves_lots == 3


def test_a_trigger_cancels_the_ring_when_it_is_reached(books: Verbs) -> None:
    books.set_price(0, TriggerSource.MARK, 10)
    stop = Ask(SELL, 5, 5, source=TriggerSource.MARK, when=1, trigger_ticks=8)
    first, second = ids_of(books.ask(Ask(SELL, 20, 5, link=Link.OCO), [stop]))
    assert books.set_price(0, TriggerSource.MARK, 8) == [
        row(EventKind.ACTIVATED, second, 8, 5, 5, 5),
        row(EventKind.CANCELLED, first, LINKED, 20, 5),
    ]
    assert books.ids(SELL) == [second]


def test_a_dormant_order_that_is_cancelled_alone_leaves_the_rest(books: Verbs) -> None:
    first, second, third = ids_of(
        books.ask(Ask(BUY, 10, 5, link=Link.OTO), [Ask(SELL, 20, 5), Ask(SELL, 30, 5)])
    )
    assert len(books.cancel(second)) == 1
    rows = books.submit(0, SELL, 10, 5)
    assert rows[-1] == row(EventKind.ACTIVATED, third, 0, 30, 5, 5)
    assert books.order(first) is None
