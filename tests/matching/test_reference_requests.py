"""What a SUBMIT row and its condition rows ask for."""

from __future__ import annotations

from matching.layout import CommandKind, Side, TimeInForce, TriggerSource, pack_terms
from matching.reference_book import ReferenceBook
from matching.reference_requests import is_complete, linked_requests, request_of

from .reference_desk import Ask

COMMAND = (CommandKind.SUBMIT, 0, 0, 3, pack_terms(Side.SELL), 10, 5)
FIRST = Ask(0, 0, 0, display_lots=2, link=2, complete=1)
STOP = Ask(
    Side.BUY, 7, 8, TimeInForce.GTD, source=TriggerSource.MARK, trigger_ticks=6, expiry_ns=99
)


def test_without_a_row_nothing_more_is_asked() -> None:
    request = request_of((*COMMAND, 0), [FIRST.condition()])
    assert (request.owner, request.price_ticks, request.qty_lots) == (3, 10, 5)
    assert (request.link, is_complete(request)) == (0, False)
    assert linked_requests(request, [FIRST.condition()]) == []


def test_a_row_that_is_not_in_the_table_is_none() -> None:
    for named in (2, -1):
        assert request_of((*COMMAND, named), [FIRST.condition()]).condition is None


def test_linked_orders_are_the_rows_behind_the_first() -> None:
    table = [Ask(0, 9, 9).condition(), FIRST.condition(linked=1, first=True), STOP.condition()]
    request = request_of((*COMMAND, 2), table)
    assert (request.link, is_complete(request)) == (2, True)
    (linked,) = linked_requests(request, table)
    assert (linked.owner, linked.terms) == (3, STOP.terms)
    book = ReferenceBook(0, 0, 4096, 0, 1)
    first, other = request.make_order(book), linked.make_order(book)
    assert (first.display_lots, first.price_ticks, first.open_lots) == (2, 10, 5)
    assert (first.expiry_ns, first.trigger) == (None, None)
    assert (other.expiry_ns, other.price_ticks, other.open_lots) == (99, 7, 8)
    assert other.trigger is not None
    assert other.trigger.price_ticks == 6


def test_a_day_order_ends_with_the_books_day_as_it_was_at_its_entry() -> None:
    book = ReferenceBook(0, 0, 4096, 0, 1)
    book.day_end_ns = 50
    row = (*COMMAND[:4], pack_terms(Side.BUY, TimeInForce.DAY), 10, 5, 0)
    order = request_of(row, []).make_order(book)
    book.day_end_ns = 60
    assert order.expiry_ns == 50
