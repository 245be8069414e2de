"""What an accepted order does, step by step."""

from __future__ import annotations

from matching.layout import (
    LEVEL_PENDING,
    LEVEL_QUEUED,
    EventKind,
    Instruction,
    Link,
    Reason,
    Side,
    State,
    TimeInForce,
    TriggerSource,
    TriggerWhen,
    pack_terms,
)

from .reference_desk import WAITS, Ask, Desk, kinds, order_id, reasons, row

BUY, SELL = Side.BUY, Side.SELL
A, B, C, D, E = (order_id(number + 1, number) for number in range(5))
MARKET = Instruction.MARKET
TO_LIMIT = Instruction.MARKET | Instruction.MARKET_TO_LIMIT


def test_what_is_left_rests_or_is_cancelled_as_the_terms_say() -> None:
    desk = Desk()
    desk.books.set_day_end(0, 10)
    desk.books.submit(0, SELL, 10, 1)
    assert desk.books.submit(0, BUY, 10, 3, tif=TimeInForce.IOC)[1:] == [
        row(EventKind.EXECUTED, B, A, 10, 1, 2, 0),
        row(EventKind.CANCELLED, B, Reason.UNFILLED_REMAINDER, 10, 2),
    ]
    desk.books.submit(0, BUY, 9, 1, tif=TimeInForce.DAY)
    desk.enter(Ask(BUY, 8, 1, tif=TimeInForce.GTD, expiry_ns=5))
    assert desk.books.depth(0, BUY) == [(9, 1, 1), (8, 1, 1)]


def test_market_to_limit_rests_at_the_best_price_it_found() -> None:
    desk = Desk()
    desk.books.submit(0, SELL, 12, 1)
    desk.books.submit(0, SELL, 13, 1)
    terms = pack_terms(BUY, TimeInForce.GTC, TO_LIMIT)
    assert desk.books.submit(0, BUY, 0, 3, instructions=TO_LIMIT) == [
        row(EventKind.ACCEPTED, C, terms, 12, 3, 3),
        row(EventKind.EXECUTED, C, A, 12, 1, 2, 0),
    ]
    order = desk.books.order(C)
    assert order is not None
    assert (order.price_ticks, order.terms) == (12, pack_terms(BUY))
    assert reasons(Desk().books.submit(0, BUY, 0, 3, instructions=TO_LIMIT)) == [
        (0, Reason.NO_OPPOSITE)
    ]


def test_before_an_auction_orders_rest_crossed_and_market_orders_at_the_edge() -> None:
    desk = Desk()
    desk.books.set_state(0, State.PRE_OPEN)
    desk.books.submit(0, SELL, 10, 1)
    assert kinds(desk.books.submit(0, BUY, 12, 1)) == [EventKind.ACCEPTED]
    market = pack_terms(SELL, TimeInForce.GTC, MARKET)
    assert desk.books.submit(0, SELL, 7, 1, instructions=MARKET) == [
        row(EventKind.ACCEPTED, C, market, 0, 1, 1)
    ]
    assert desk.books.depth(0, SELL) == [(0, 1, 1), (10, 1, 1)]


def test_before_an_auction_reduce_only_and_oco_orders_are_queued() -> None:
    desk = Desk()
    desk.books.set_state(0, State.PRE_OPEN)
    desk.books.set_holding(1, 0, 5)
    desk.books.submit(0, SELL, 10, 5, owner=1, instructions=Instruction.REDUCE_ONLY)
    assert len(desk.enter(Ask(BUY, 3, 1, link=Link.OCO), [Ask(BUY, 2, 1)])) == 2
    desk.enter(Ask(BUY, 4, 1, link=Link.OTO), [Ask(BUY, 1, 1)])
    assert [(one[0], one[5]) for one in desk.books.waiting(0)][:3] == [
        (A, LEVEL_QUEUED),
        (B, LEVEL_QUEUED),
        (C, LEVEL_QUEUED),
    ]
    assert desk.ids(BUY) == [D]
    assert desk.books.set_state(0, State.OPEN) == [
        row(EventKind.STATE_CHANGED, 0, State.OPEN, 0, 0, 0, 0),
        row(EventKind.ACTIVATED, A, 0, 10, 5, 5),
        row(EventKind.ACTIVATED, B, 0, 3, 1, 1),
        row(EventKind.ACTIVATED, C, 0, 2, 1, 1),
    ]


def test_an_oco_pair_of_stops_waits_for_both_triggers() -> None:
    desk = Desk()
    desk.books.set_price(0, TriggerSource.MARK, 50)
    up = Ask(BUY, 60, 1, source=TriggerSource.MARK, trigger_ticks=55, link=Link.OCO)
    down = Ask(SELL, 40, 1, source=TriggerSource.MARK, when=TriggerWhen.FALLS, trigger_ticks=45)
    assert kinds(desk.enter(up, [down])) == [EventKind.ACCEPTED, EventKind.ACCEPTED]
    assert desk.books.waiting(0) == [
        (A, 0, BUY, 60, 1, LEVEL_PENDING, 55),
        (B, 0, SELL, 40, 1, LEVEL_PENDING, 45),
    ]
    assert desk.books.set_price(0, TriggerSource.MARK, 45) == [
        row(EventKind.ACTIVATED, B, 45, 40, 1, 1),
        row(EventKind.CANCELLED, A, Reason.LINKED_ORDER, 60, 1, 0, WAITS),
    ]


def test_a_remainder_that_ends_takes_its_oco_orders_with_it() -> None:
    desk = Desk()
    ioc = Ask(BUY, 10, 3, tif=TimeInForce.IOC, link=Link.OCO)
    assert desk.enter(ioc, [Ask(SELL, 30, 1)])[2:] == [
        row(EventKind.CANCELLED, A, Reason.UNFILLED_REMAINDER, 10, 3),
        row(EventKind.CANCELLED, B, Reason.LINKED_ORDER, 30, 1, 0, WAITS),
    ]


def test_links_of_the_aggressor_come_before_its_remainder() -> None:
    desk = Desk()
    desk.books.submit(0, SELL, 10, 1)
    ioc = Ask(BUY, 10, 3, tif=TimeInForce.IOC, link=Link.OCO)
    assert desk.enter(ioc, [Ask(SELL, 30, 1)])[2:] == [
        row(EventKind.EXECUTED, B, A, 10, 1, 2, 0),
        row(EventKind.CANCELLED, C, Reason.LINKED_ORDER, 30, 1, 0, WAITS),
        row(EventKind.CANCELLED, B, Reason.UNFILLED_REMAINDER, 10, 2),
    ]


def desk_with_range() -> Desk:
    """Last price 100, range 98 to 102, asks at 101 and 103."""
    desk = Desk()
    desk.books.submit(0, SELL, 100, 1)
    desk.books.submit(0, BUY, 100, 1)
    desk.books.set_breaker(0, 20_000, 80, 10, 0)
    desk.books.submit(0, SELL, 101, 1)
    desk.books.submit(0, SELL, 103, 1)
    return desk


def test_an_order_that_the_range_stops_trips_the_breaker() -> None:
    trip = row(EventKind.STATE_CHANGED, 0, State.PRE_OPEN, 0, 0, 0, 0)
    desk = desk_with_range()
    events = desk.books.submit(0, BUY, 103, 2)
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.EXECUTED, EventKind.STATE_CHANGED]
    assert (events[1][4], events[2]) == (101, trip)
    assert desk.books.depth(0, BUY) == [(103, 1, 1)]
    gone = desk_with_range().books.submit(0, BUY, 0, 2, instructions=MARKET)
    assert kinds(gone)[1:] == [
        EventKind.EXECUTED,
        EventKind.CANCELLED,
        EventKind.STATE_CHANGED,
    ]


def test_an_order_that_its_own_limit_stops_does_not() -> None:
    desk = desk_with_range()
    events = desk.books.submit(0, BUY, 102, 2)
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.EXECUTED]
    assert desk.books.state(0) == State.OPEN
    collared = desk_with_range().books.submit(0, BUY, 1, 2, instructions=MARKET)
    assert kinds(collared)[1:] == [EventKind.EXECUTED, EventKind.CANCELLED]


def test_the_trip_comes_between_the_last_price_and_the_protections() -> None:
    desk = desk_with_range()
    desk.books.set_protection(1, 0, 100, 10, 1, 0)
    protected = Instruction.PROTECTED
    events = desk.books.submit(0, BUY, 103, 2, owner=1, instructions=protected)
    assert kinds(events)[1:] == [
        EventKind.EXECUTED,
        EventKind.STATE_CHANGED,
        EventKind.PROTECTION_TRIPPED,
        EventKind.CANCELLED,
    ]
