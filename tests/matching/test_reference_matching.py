"""The match, order by order: prevention, icebergs, market orders."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Instruction, Link, Prevention, Reason, Side, TimeInForce

from .reference_desk import WAITS, Ask, Desk, kinds, order_id, row

BUY, SELL = Side.BUY, Side.SELL
A, B, C, D, E = (order_id(number + 1, number) for number in range(5))
MARKET = Instruction.MARKET


def desk_with_own_ask_in_front() -> Desk:
    desk = Desk()
    desk.books.submit(0, SELL, 10, 3, owner=1)
    desk.books.submit(0, SELL, 10, 9, owner=2)
    return desk


def meet(desk: Desk, prevention: Prevention, lots: int = 5) -> list[tuple[int, ...]]:
    events = desk.books.submit(0, BUY, 10, lots, owner=1, prevention=prevention)
    assert events[0] == row(EventKind.ACCEPTED, C, prevention << 16, 10, lots, lots)
    return list(events[1:])


def test_cancel_aggressor_ends_it() -> None:
    desk = desk_with_own_ask_in_front()
    assert meet(desk, Prevention.CANCEL_AGGRESSOR) == [
        row(EventKind.CANCELLED, C, Reason.SELF_TRADE, 10, 5)
    ]
    assert desk.ids(SELL) == [A, B]


def test_cancel_resting_goes_on() -> None:
    desk = desk_with_own_ask_in_front()
    assert meet(desk, Prevention.CANCEL_RESTING) == [
        row(EventKind.CANCELLED, A, Reason.SELF_TRADE, 10, 3),
        row(EventKind.EXECUTED, C, B, 10, 5, 0, 4),
    ]


def test_cancel_both_takes_the_resting_one_first() -> None:
    desk = desk_with_own_ask_in_front()
    assert meet(desk, Prevention.CANCEL_BOTH) == [
        row(EventKind.CANCELLED, A, Reason.SELF_TRADE, 10, 3),
        row(EventKind.CANCELLED, C, Reason.SELF_TRADE, 10, 5),
    ]


def test_decrement_takes_the_smaller_size_off_both() -> None:
    desk = desk_with_own_ask_in_front()
    assert meet(desk, Prevention.DECREMENT) == [
        row(EventKind.CANCELLED, A, Reason.SELF_TRADE, 10, 3),
        row(EventKind.REDUCED, C, Reason.SELF_TRADE, 10, 3, 2),
        row(EventKind.EXECUTED, C, B, 10, 2, 0, 7),
    ]
    smaller = desk_with_own_ask_in_front()
    assert meet(smaller, Prevention.DECREMENT, 2) == [
        row(EventKind.REDUCED, A, Reason.SELF_TRADE, 10, 2, 1, 1),
        row(EventKind.CANCELLED, C, Reason.SELF_TRADE, 10, 2),
    ]
    equal = desk_with_own_ask_in_front()
    assert meet(equal, Prevention.DECREMENT, 3) == [
        row(EventKind.CANCELLED, A, Reason.SELF_TRADE, 10, 3),
        row(EventKind.CANCELLED, C, Reason.SELF_TRADE, 10, 3),
    ]


def test_a_decremented_iceberg_shows_its_next_part() -> None:
    desk = Desk()
    desk.enter(Ask(SELL, 10, 8, display_lots=3), owner=1)
    desk.books.submit(0, SELL, 10, 1, owner=2)
    events = desk.books.submit(0, BUY, 10, 4, owner=1, prevention=Prevention.DECREMENT)
    assert events[1:] == [
        row(EventKind.REDUCED, A, Reason.SELF_TRADE, 10, 3, 5),
        row(EventKind.REFILLED, A, 0, 10, 3, 5),
        row(EventKind.REDUCED, C, Reason.SELF_TRADE, 10, 3, 1),
        row(EventKind.EXECUTED, C, B, 10, 1, 0, 0),
    ]


def test_nobody_is_prevented_who_did_not_ask_or_is_of_another_group() -> None:
    assert kinds(desk_with_own_ask_in_front().books.submit(0, BUY, 10, 1, owner=1)) == [
        EventKind.ACCEPTED,
        EventKind.EXECUTED,
    ]
    desk = desk_with_own_ask_in_front()
    desk.books.set_group(2, 7)
    desk.books.set_group(3, 7)
    both = Prevention.CANCEL_BOTH
    assert kinds(desk.books.submit(0, BUY, 10, 5, owner=3, prevention=both)) == [
        EventKind.ACCEPTED,
        EventKind.EXECUTED,
        EventKind.CANCELLED,
        EventKind.CANCELLED,
    ]


def test_an_aggressor_prevented_after_a_trade_has_woken_what_hung_on_it() -> None:
    desk = Desk()
    desk.books.submit(0, SELL, 9, 1, owner=2)
    desk.books.submit(0, SELL, 10, 3, owner=1)
    asked = Ask(BUY, 10, 5, prevention=Prevention.CANCEL_AGGRESSOR, link=Link.OTO)
    assert desk.enter(asked, [Ask(SELL, 30, 1)], owner=1)[2:] == [
        row(EventKind.EXECUTED, C, A, 9, 1, 4, 0),
        row(EventKind.CANCELLED, C, Reason.SELF_TRADE, 10, 4),
        row(EventKind.ACTIVATED, D, 0, 30, 1, 1),
    ]
    untraded = Desk()
    untraded.books.submit(0, SELL, 10, 3, owner=1)
    assert untraded.enter(asked, [Ask(SELL, 30, 1)], owner=1)[2:] == [
        row(EventKind.CANCELLED, B, Reason.SELF_TRADE, 10, 5),
        row(EventKind.CANCELLED, C, Reason.LINKED_ORDER, 30, 1, 0, WAITS),
    ]


def test_an_icebergs_next_part_goes_to_the_back_of_the_level() -> None:
    desk = Desk()
    desk.enter(Ask(SELL, 10, 7, display_lots=3))
    desk.books.submit(0, SELL, 10, 2)
    assert desk.books.orders(0, SELL) == [(A, 0, 10, 3, 0, 4), (B, 0, 10, 2, 0, 0)]
    assert desk.books.level(0, SELL, 10) == (5, 2)
    assert desk.books.submit(0, BUY, 10, 9) == [
        row(EventKind.ACCEPTED, C, BUY, 10, 9, 9),
        row(EventKind.EXECUTED, C, A, 10, 3, 6, 4),
        row(EventKind.REFILLED, A, 0, 10, 3, 4),
        row(EventKind.EXECUTED, C, B, 10, 2, 4, 0),
        row(EventKind.EXECUTED, C, A, 10, 3, 1, 1),
        row(EventKind.REFILLED, A, 0, 10, 1, 1),
        row(EventKind.EXECUTED, C, A, 10, 1, 0, 0),
    ]


@pytest.mark.parametrize(("collar", "prices"), [(0, [10, 12, 15]), (2, [10, 12]), (1, [10])])
def test_a_market_order_trades_as_far_as_its_collar(collar: int, prices: list[int]) -> None:
    desk = Desk()
    for price in (10, 12, 15):
        desk.books.submit(0, SELL, price, 1)
    events = desk.books.submit(0, BUY, collar, 9, instructions=MARKET)
    assert [event[4] for event in events if event[0] == EventKind.EXECUTED] == prices
    left = 9 - len(prices)
    assert events[-1] == row(EventKind.CANCELLED, D, Reason.UNFILLED_REMAINDER, collar, left)


def test_a_market_order_trades_neither_outside_the_band_nor_with_nobody() -> None:
    desk = Desk()
    desk.books.set_band(0, 5, 12)
    for price in (10, 12, 15):
        desk.books.submit(0, SELL, price, 1)
    events = desk.books.submit(0, BUY, 0, 9, instructions=MARKET, tif=TimeInForce.IOC)
    assert [event[4] for event in events if event[0] == EventKind.EXECUTED] == [10, 12]
    nobody = desk.books.submit(0, SELL, 0, 9, instructions=MARKET)
    assert kinds(nobody) == [EventKind.ACCEPTED, EventKind.CANCELLED]
