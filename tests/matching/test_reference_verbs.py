"""The verbs: what they answer, what keeps its place, what is refused."""

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
    TriggerSource,
    TriggerWhen,
)

from .reference_desk import Ask, Desk, kinds, order_id, reasons, row

BUY, SELL = Side.BUY, Side.SELL
A, B, C, D, E = (order_id(number + 1, number) for number in range(5))


def two_bids() -> Desk:
    desk = Desk()
    desk.books.submit(0, BUY, 10, 5)
    desk.books.submit(0, BUY, 10, 5)
    return desk


def test_less_at_the_same_price_keeps_its_place() -> None:
    desk = two_bids()
    assert desk.books.amend(A, 10, 4) == [row(EventKind.AMENDED, A, 10, 10, 4, 4, 1)]
    assert desk.books.amend(A, 10, 4) == [row(EventKind.AMENDED, A, 10, 10, 4, 4, 1)]
    assert desk.ids(BUY) == [A, B]


def test_more_or_another_price_loses_it() -> None:
    desk = two_bids()
    assert desk.books.amend(A, 10, 6) == [row(EventKind.AMENDED, A, 10, 10, 6, 6, 0)]
    assert desk.ids(BUY) == [B, A]
    assert desk.books.amend(A, 11, 1) == [row(EventKind.AMENDED, A, 10, 11, 1, 1, 0)]
    assert desk.ids(BUY) == [A, B]


def test_the_whole_size_counts_what_is_filled() -> None:
    desk = two_bids()
    desk.books.submit(0, SELL, 10, 2)
    assert reasons(desk.books.amend(A, 10, 2, whole=True)) == [(A, Reason.INVALID_QTY)]
    assert desk.books.amend(A, 10, 5, whole=True) == [row(EventKind.AMENDED, A, 10, 10, 3, 3, 1)]
    assert desk.books.amend(A, 10, 5) == [row(EventKind.AMENDED, A, 10, 10, 5, 5, 0)]


def test_an_amend_that_crosses_trades_and_rests_behind() -> None:
    desk = two_bids()
    desk.books.submit(0, SELL, 12, 3)
    assert desk.books.amend(A, 12, 5) == [
        row(EventKind.AMENDED, A, 10, 12, 5, 5, 0),
        row(EventKind.EXECUTED, A, C, 12, 3, 2, 0),
    ]
    assert desk.books.orders(0, BUY)[0] == (A, 0, 12, 2, 3, 0)


def test_an_iceberg_gives_up_its_reserve_first() -> None:
    desk = Desk()
    desk.enter(Ask(BUY, 10, 9, display_lots=4))
    desk.books.submit(0, SELL, 10, 1)
    assert desk.books.orders(0, BUY)[0][3:] == (3, 1, 5)
    desk.books.amend(A, 10, 5)
    assert desk.books.orders(0, BUY)[0][3:] == (3, 1, 2)
    desk.books.amend(A, 10, 2)
    assert desk.books.orders(0, BUY)[0][3:] == (2, 1, 0)
    desk.books.amend(A, 10, 9)
    assert desk.books.orders(0, BUY)[0][3:] == (4, 1, 5)
    assert reasons(desk.books.amend(A, 10, 257)) == [(A, Reason.INVALID_DISPLAY)]
    assert kinds(desk.books.amend(A, 10, 256)) == [EventKind.AMENDED]


def test_a_waiting_order_keeps_its_place_and_skips_the_markets_checks() -> None:
    desk = Desk()
    stop = Ask(BUY, 10, 5, source=TriggerSource.MARK, trigger_ticks=50)
    desk.enter(stop)
    desk.enter(stop)
    desk.books.set_band(0, 0, 20)
    assert desk.books.amend(A, 30, 9) == [row(EventKind.AMENDED, A, 10, 30, 9, 9, 1)]
    assert [waiting[0] for waiting in desk.books.waiting(0)] == [A, B]
    assert desk.books.waiting(0)[0][3:5] == (30, 9)


def test_a_market_orders_price_is_a_collar_while_it_waits_and_fixed_once_it_rests() -> None:
    desk = Desk()
    market = Instruction.MARKET
    stop = Ask(BUY, 5, 5, instructions=market, source=TriggerSource.MARK, trigger_ticks=50)
    desk.enter(stop)
    assert reasons(desk.books.amend(A, 4096, 5)) == [(A, Reason.INVALID_PRICE)]
    assert desk.books.amend(A, 0, 5) == [row(EventKind.AMENDED, A, 5, 0, 5, 5, 1)]
    desk.books.set_state(0, State.PRE_OPEN)
    desk.books.submit(0, BUY, 7, 5, instructions=market)
    desk.books.submit(0, BUY, 7, 5, instructions=market)
    assert desk.books.amend(B, -9, 4) == [row(EventKind.AMENDED, B, 4095, 4095, 4, 4, 1)]
    assert desk.books.amend(B, 9, 6) == [row(EventKind.AMENDED, B, 4095, 4095, 6, 6, 0)]
    assert desk.ids(BUY) == [C, B]


def test_before_an_auction_an_amend_does_not_trade() -> None:
    desk = two_bids()
    desk.books.submit(0, SELL, 12, 5)
    desk.books.set_state(0, State.PRE_OPEN)
    assert desk.books.amend(A, 13, 5) == [row(EventKind.AMENDED, A, 10, 13, 5, 5, 0)]
    assert (desk.books.best_bid(0), desk.books.best_ask(0)) == (13, 12)


def test_a_post_only_amend_is_refused_or_repriced() -> None:
    desk = Desk()
    desk.books.submit(0, BUY, 10, 5, instructions=Instruction.POST_ONLY)
    reprice = Instruction.POST_ONLY | Instruction.REPRICE
    desk.books.submit(0, BUY, 10, 5, instructions=reprice)
    desk.books.submit(0, SELL, 12, 5)
    assert reasons(desk.books.amend(A, 12, 5)) == [(A, Reason.POST_ONLY_WOULD_TRADE)]
    assert desk.books.amend(B, 15, 5) == [row(EventKind.AMENDED, B, 10, 11, 5, 5, 0)]
    assert desk.books.amend(B, 13, 4) == [row(EventKind.AMENDED, B, 11, 11, 4, 4, 1)]


@pytest.mark.parametrize(
    ("price", "lots", "reason"),
    [
        (10, 0, Reason.INVALID_QTY),
        (10, MAX_QTY_LOTS + 1, Reason.INVALID_QTY),
        (4096, 5, Reason.INVALID_PRICE),
        (21, 5, Reason.PRICE_ABOVE_BAND),
    ],
)
def test_a_refused_amend_changes_nothing(price: int, lots: int, reason: Reason) -> None:
    desk = two_bids()
    desk.books.set_band(0, 0, 20)
    refused = [row(EventKind.REJECTED, A, reason, price, lots)]
    assert desk.books.amend(A, price, lots) == refused
    assert desk.books.orders(0, BUY) == [(A, 0, 10, 5, 0, 0), (B, 0, 10, 5, 0, 0)]


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
