"""Orders end at their time: by expiry, then by order id, over all books."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matching.book import OrderBooks
from matching.layout import EventKind, Link, Reason, Side, TimeInForce
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import Verbs

BUY, SELL = Side
GTD, DAY = TimeInForce.GTD, TimeInForce.DAY


def test_a_day_ends_for_those_who_came_in_it(books: Verbs) -> None:
    books.set_day_end(0, 50)
    today = books.ask(Ask(BUY, 10, 3, tif=DAY))[0][2]
    books.set_day_end(0, 90)
    tomorrow = books.ask(Ask(BUY, 10, 3, tif=DAY))[0][2]
    assert books.advance(49) == []
    assert books.advance(50) == [row(EventKind.CANCELLED, today, Reason.ORDER_EXPIRED, 10, 3)]
    assert books.ids(BUY) == [tomorrow]
    assert books.advance(90)[0][2] == tomorrow
    assert books.ask(Ask(BUY, 10, 3, tif=DAY))[0][3] == Reason.INVALID_EXPIRY


def test_what_ended_otherwise_does_not_end_again(books: Verbs) -> None:
    filled = books.ask(Ask(BUY, 10, 1, tif=GTD, expiry_ns=5))[0][2]
    cancelled = books.ask(Ask(BUY, 9, 1, tif=GTD, expiry_ns=5))[0][2]
    assert books.submit(0, SELL, 10, 1)[1][3] == filled
    books.cancel(cancelled)
    assert books.advance(9) == []


def test_an_end_takes_what_is_linked_with_it(books: Verbs) -> None:
    first = Ask(BUY, 10, 1, tif=GTD, expiry_ns=5, link=Link.OTO)
    rows = books.ask(first, [Ask(SELL, 20, 1, tif=GTD, expiry_ns=4)])
    parent, child = (one[2] for one in rows)
    assert books.advance(5) == [
        row(EventKind.CANCELLED, child, Reason.ORDER_EXPIRED, 20, 1, 0, 1),
        row(EventKind.CANCELLED, parent, Reason.ORDER_EXPIRED, 10, 1),
    ]


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(1, 9), st.booleans()), max_size=25),
    st.lists(st.integers(0, 10), max_size=4).map(sorted),
)
def test_the_order_is_that_of_a_sorted_list(
    entries: list[tuple[int, int, bool]], times: list[int]
) -> None:
    books = Verbs(OrderBooks(orders=1))
    books.add_book()
    books.add_book()
    alive: list[tuple[int, int]] = []
    for book, expiry_ns, leaves in entries:
        order_id = books.ask(Ask(BUY, 10, 1, tif=GTD, expiry_ns=expiry_ns), book=book)[0][2]
        if leaves:
            books.cancel(order_id)
        else:
            alive.append((expiry_ns, order_id))
    for now_ns in times:
        due = sorted(one for one in alive if one[0] <= now_ns)
        alive = [one for one in alive if one[0] > now_ns]
        assert [one[2] for one in books.advance(now_ns)] == [order_id for _, order_id in due]
