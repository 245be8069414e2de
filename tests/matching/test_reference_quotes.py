"""Mass quotes: all entries or none, and then each in turn."""

from __future__ import annotations

import pytest

from matching.layout import (
    MAX_QTY_LOTS,
    CommandKind,
    EventKind,
    Instruction,
    Reason,
    Side,
    State,
    TimeInForce,
    TriggerSource,
    pack_terms,
)

from .reference_desk import Desk, kinds, order_id, reasons, row

BUY, SELL = Side.BUY, Side.SELL
A, B, C, D, E, F = (order_id(number + 1, number) for number in range(6))
QUOTE = Instruction.QUOTE
POST_ONLY, PROTECTED = Instruction.POST_ONLY, Instruction.PROTECTED


def quoted() -> Desk:
    desk = Desk()
    desk.quote([(BUY, 10, 5), (BUY, 9, 5), (SELL, 12, 5), (SELL, 13, 5)], owner=1)
    return desk


def test_entries_become_orders_that_are_quotes() -> None:
    desk = Desk()
    assert desk.quote([(SELL, 12, 5), (BUY, 10, 4)], owner=1, instructions=POST_ONLY) == [
        row(EventKind.ACCEPTED, A, pack_terms(SELL, 0, POST_ONLY | QUOTE), 12, 5, 5),
        row(EventKind.ACCEPTED, B, pack_terms(BUY, 0, POST_ONLY | QUOTE), 10, 4, 4),
    ]


def test_what_is_not_named_goes_and_what_is_named_is_amended() -> None:
    desk = quoted()
    desk.books.submit(0, BUY, 8, 1, owner=1)
    desk.books.submit(0, BUY, 10, 1, owner=2)
    assert desk.quote([(SELL, 12, 5), (BUY, 10, 6), (SELL, 14, 1)], owner=1) == [
        row(EventKind.CANCELLED, B, Reason.REQUESTED, 9, 5),
        row(EventKind.CANCELLED, D, Reason.REQUESTED, 13, 5),
        row(EventKind.AMENDED, A, 10, 10, 6, 6, 0),
        row(EventKind.ACCEPTED, order_id(7, 3), pack_terms(SELL, 0, QUOTE), 14, 1, 1),
    ]
    assert desk.ids(BUY) == [F, A, E]
    assert desk.quote([(BUY, 10, 2)], owner=1)[-1] == row(EventKind.AMENDED, A, 10, 10, 2, 2, 1)


def test_no_entries_withdraw_all() -> None:
    desk = quoted()
    assert [event[2] for event in desk.quote([], owner=2)] == []
    assert [event[2] for event in desk.quote([], owner=1)] == [A, B, C, D]
    assert desk.books.live == 0


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ((2, 20, 5), Reason.INVALID_TERMS),
        ((SELL, 20, 0), Reason.INVALID_QTY),
        ((SELL, 20, MAX_QTY_LOTS + 1), Reason.INVALID_QTY),
        ((SELL, 4096, 5), Reason.INVALID_PRICE),
        ((BUY, 11, 5), Reason.INVALID_PRICE),
        ((SELL, 11, 5), Reason.INVALID_PRICE),
        ((SELL, 10, 5), Reason.INVALID_PRICE),
        ((BUY, 16, 5), Reason.PRICE_ABOVE_BAND),
        ((SELL, 1, 5), Reason.INVALID_PRICE),
    ],
)
def test_one_bad_entry_refuses_all_of_them(entry: tuple[int, int, int], reason: Reason) -> None:
    desk = quoted()
    desk.books.set_band(0, 5, 15)
    before = desk.books.orders(0, BUY), desk.books.orders(0, SELL)
    _, price, lots = entry
    assert desk.quote([(BUY, 11, 5), entry, (7, 0, 0)][: 2 + (price == 20)], owner=1) == [
        row(EventKind.REJECTED, 0, reason, price, lots)
    ]
    assert (desk.books.orders(0, BUY), desk.books.orders(0, SELL)) == before


def test_the_sell_band_and_the_rest_of_the_reasons() -> None:
    desk = Desk(max_orders=2)
    desk.books.set_band(0, 5, 15)
    assert reasons(desk.quote([(SELL, 4, 1)])) == [(0, Reason.PRICE_BELOW_BAND)]
    nowhere = [row(EventKind.REJECTED, 0, Reason.UNPROTECTED, 0, 0)]
    assert desk.quote([(BUY, 10, 5)], instructions=PROTECTED) == nowhere
    three = [(BUY, 10, 5), (BUY, 9, 5), (BUY, 8, 5)]
    assert desk.quote(three) == [row(EventKind.REJECTED, 0, Reason.BOOK_FULL, 0, 0)]
    assert kinds(desk.quote(three[:2])) == [EventKind.ACCEPTED] * 2
    assert desk.quote(three[:1]) == [row(EventKind.REJECTED, 0, Reason.BOOK_FULL, 0, 0)]
    assert desk.quote(three[:1], book=1) == [row(EventKind.REJECTED, 0, Reason.UNKNOWN_BOOK, 0, 0)]


@pytest.mark.parametrize(
    "terms",
    [
        pack_terms(SELL),
        pack_terms(BUY, TimeInForce.IOC),
        pack_terms(BUY, 0, Instruction.REPRICE),
        pack_terms(BUY, 0, Instruction.REDUCE_ONLY),
        pack_terms(BUY, 0, QUOTE),
        pack_terms(BUY, source=TriggerSource.MARK),
    ],
)
def test_other_terms_are_refused(terms: int) -> None:
    command = (CommandKind.MASS_QUOTE, 0, 0, 0, terms, 0, 0, 0)
    assert reasons(Desk().books.apply([command])) == [(0, Reason.INVALID_TERMS)]


@pytest.mark.parametrize(("number", "first"), [(-1, 1), (65, 1), (2, 2), (1, 0), (1, -1), (1, 3)])
def test_entries_that_are_not_in_the_table_are_refused(number: int, first: int) -> None:
    command = (CommandKind.MASS_QUOTE, 0, 0, 0, 0, 0, number, first)
    table = [(0,) * 9 + (price, 1) for price in (10, 11)]
    assert Desk().books.apply([command], table) == [
        row(EventKind.REJECTED, 0, Reason.INVALID_QTY, 0, 0)
    ]


def test_an_entry_that_would_trade_is_refused_alone_or_repriced() -> None:
    desk = Desk()
    desk.books.submit(0, SELL, 12, 1)
    entries = [(BUY, 11, 1), (BUY, 12, 1), (SELL, 13, 1)]
    events = desk.quote(entries, owner=1, instructions=POST_ONLY)
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.REJECTED, EventKind.ACCEPTED]
    assert events[1] == row(EventKind.REJECTED, 0, Reason.POST_ONLY_WOULD_TRADE, 12, 1)
    other = Desk()
    other.books.submit(0, SELL, 12, 1)
    repriced = other.quote([(BUY, 15, 1)], instructions=POST_ONLY | Instruction.REPRICE)
    assert repriced[0][4] == 11


def test_a_protection_that_trips_on_the_way_freezes_the_entries_behind() -> None:
    desk = Desk()
    desk.books.set_protection(1, 0, 100, 10, 2, 0)
    desk.quote([(BUY, 8, 1), (SELL, 20, 1)], owner=1, instructions=PROTECTED)
    desk.books.submit(0, SELL, 10, 3)
    entries = [(BUY, 8, 1), (BUY, 10, 2), (BUY, 7, 1), (SELL, 20, 1)]
    events = desk.quote(entries, owner=1, instructions=PROTECTED)
    terms = pack_terms(BUY, 0, PROTECTED | QUOTE)
    assert events == [
        row(EventKind.ACCEPTED, D, terms, 10, 2, 2),
        row(EventKind.EXECUTED, D, C, 10, 2, 0, 1),
        row(EventKind.PROTECTION_TRIPPED, 0, 1, 0, 0, 0, 0),
        row(EventKind.CANCELLED, A, Reason.PROTECTION, 8, 1),
        row(EventKind.CANCELLED, B, Reason.PROTECTION, 20, 1),
        row(EventKind.REJECTED, 0, Reason.FROZEN, 7, 1),
        row(EventKind.REJECTED, 0, Reason.FROZEN, 20, 1),
    ]
    assert reasons(desk.quote([(BUY, 8, 1)], owner=1, instructions=PROTECTED)) == [
        (0, Reason.FROZEN)
    ]


def test_before_an_auction_quotes_rest_unless_they_are_post_only() -> None:
    desk = Desk()
    desk.books.submit(0, SELL, 10, 1)
    desk.books.set_state(0, State.PRE_OPEN)
    assert kinds(desk.quote([(BUY, 11, 1)], owner=1)) == [EventKind.ACCEPTED]
    assert reasons(desk.quote([(BUY, 11, 1)], owner=1, instructions=POST_ONLY)) == [
        (0, Reason.NOT_OPEN)
    ]
    assert kinds(desk.quote([], owner=1)) == [EventKind.CANCELLED]
