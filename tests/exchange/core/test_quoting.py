"""Mass quotes through the core: replaced at one stroke, each entry against its own margin."""

from __future__ import annotations

from exchange.core import invariants
from exchange.core import layout as at
from exchange.core.commands import Command, Conditions
from exchange.core.layout import CommandKind, EventKind, Reason
from tests.exchange.core.lab import BUY, SELL, USD, Lab, Row, perpetual, spec, submit

Entry = tuple[int, int, int]


def lab(deposit: int = 10**8 * USD) -> Lab:
    return Lab(spec(), perpetual(), deposits=(deposit, 10**8 * USD))


def quotes(*entries: Entry, account: int = 0) -> list[Command]:
    """The commands of a mass quote: entries of side, price and size."""
    first = Command(CommandKind.MASS_QUOTE, account, 0, qty_lots=len(entries))
    linked = [
        Command(
            CommandKind.LINKED,
            account,
            0,
            conditions=Conditions(terms=side, price_ticks=price, qty_lots=qty),
        )
        for side, price, qty in entries
    ]
    return [first, *linked]


def kinds(events: list[Row]) -> list[int]:
    return [row[at.EVENT_KIND] for row in events]


def book(market: Lab) -> list[tuple[int, int, int]]:
    books = market.core.books
    return [(side, o[2], o[3]) for side in (BUY, SELL) for o in books.orders(0, side)]


def test_quotes_replace_the_former_ones_and_keep_their_place_where_they_can() -> None:
    market = lab()
    market.do(*quotes((BUY, 299, 5), (SELL, 301, 5)))
    behind = market.order(submit(1, SELL, 301, 1))
    events = market.do(*quotes((BUY, 298, 5), (SELL, 301, 4)))
    assert kinds(events) == [EventKind.CANCELLED, EventKind.ACCEPTED, EventKind.AMENDED]
    assert book(market) == [(BUY, 298, 5), (SELL, 301, 4), (SELL, 301, 1)]
    market.do(*quotes((BUY, 298, 5), (SELL, 301, 6)))
    assert next(o[0] for o in market.core.books.orders(0, SELL)) == behind
    assert invariants.violations(market.core) == []
    assert kinds(market.do(*quotes())) == [EventKind.CANCELLED] * 2
    assert book(market) == [(SELL, 301, 1)]
    assert invariants.violations(market.core) == []


def test_each_entry_s_events_carry_its_own_number() -> None:
    market = lab()
    seq = market.core.seq
    events = market.do(*quotes((BUY, 299, 5), (SELL, 301, 5)))
    assert [row[at.EVENT_SEQ] for row in events] == [seq + 2, seq + 3]


def test_an_entry_that_the_account_cannot_pay_is_refused_alone() -> None:
    market = lab(deposit=5_000 * USD)
    events = market.do(*quotes((BUY, 299, 1), (BUY, 298, 50), (BUY, 297, 1)))
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.REJECTED, EventKind.ACCEPTED]
    assert events[1][at.EVENT_TAG] == Reason.INSUFFICIENT_MARGIN
    assert book(market) == [(BUY, 299, 1), (BUY, 297, 1)]
    assert invariants.violations(market.core) == []


def test_a_wrong_entry_refuses_them_all_and_changes_nothing() -> None:
    market = lab()
    market.do(*quotes((BUY, 299, 5)))
    before = market.timeless_digest
    for wrong in ((2, 301, 1), (SELL, 301, 0), (SELL, 299, 1)):
        events = market.do(*quotes((BUY, 299, 4), wrong))
        assert kinds(events) == [EventKind.REJECTED]
        assert market.timeless_digest == before


def test_a_count_that_is_not_that_of_its_entries_is_refused() -> None:
    market = lab()
    first, entry = quotes((BUY, 299, 5))
    events = market.do(first._replace(qty_lots=2), entry)
    assert next(row[at.EVENT_TAG] for row in events) == Reason.INVALID_QTY
    assert book(market) == []


def test_a_quote_that_trades_is_cleared_like_any_order() -> None:
    market = lab()
    market.order(submit(1, SELL, 300, 3))
    events = market.do(*quotes((BUY, 300, 5)))
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.EXECUTED]
    assert (market.lots(0), market.lots(1)) == (3, -3)
    assert invariants.violations(market.core) == []
