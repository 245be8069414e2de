"""The queue: activation, its checks, and cascades that are bounded and paused."""

from __future__ import annotations

from matching.layout import (
    CASCADE_ORDERS,
    EventKind,
    Instruction,
    Link,
    Reason,
    Side,
    State,
    TimeInForce,
    TriggerSource,
    TriggerWhen,
)

from .reference_desk import Ask, Desk, kinds, order_id, row

BUY, SELL = Side.BUY, Side.SELL
MARK, LAST = TriggerSource.MARK, TriggerSource.LAST
A, B, C, D, E = (order_id(number + 1, number) for number in range(5))
MARKET = Instruction.MARKET


def stop(side: int, price: int, lots: int, trigger: int = 50) -> Ask:
    return Ask(side, price, lots, source=MARK, trigger_ticks=trigger)


def wake(desk: Desk) -> list[tuple[int, ...]]:
    return list(desk.books.set_price(0, MARK, 50))


def test_an_activated_stop_trades_like_a_new_order() -> None:
    desk = Desk()
    desk.enter(stop(BUY, 0, 5)._replace(instructions=MARKET))
    desk.books.submit(0, SELL, 60, 3)
    assert wake(desk) == [
        row(EventKind.ACTIVATED, A, 50, 0, 5, 5),
        row(EventKind.EXECUTED, A, B, 60, 3, 2, 0),
        row(EventKind.CANCELLED, A, Reason.UNFILLED_REMAINDER, 0, 2),
    ]


def test_a_stop_that_the_market_refuses_is_cancelled_with_the_reason() -> None:
    desk = Desk()
    asks = [
        stop(BUY, 90, 1),
        stop(SELL, 5, 1),
        stop(BUY, 60, 1)._replace(instructions=Instruction.POST_ONLY),
        stop(BUY, 60, 9)._replace(tif=TimeInForce.FOK),
        stop(BUY, 60, 9)._replace(minimum_lots=4),
        stop(BUY, 60, 9)._replace(instructions=Instruction.PROTECTED),
    ]
    for ask in asks:
        assert kinds(desk.enter(ask)) == [EventKind.ACCEPTED]
    desk.books.submit(0, SELL, 60, 3)
    desk.books.set_band(0, 10, 80)
    events = wake(desk)
    assert kinds(events) == [EventKind.ACTIVATED, EventKind.CANCELLED] * 6
    assert [event[3] for event in events if event[0] == EventKind.CANCELLED] == [
        Reason.PRICE_ABOVE_BAND,
        Reason.PRICE_BELOW_BAND,
        Reason.POST_ONLY_WOULD_TRADE,
        Reason.FOK_NOT_FILLABLE,
        Reason.MINIMUM_NOT_FILLABLE,
        Reason.UNPROTECTED,
    ]


def test_market_to_limit_with_nobody_on_the_other_side_is_cancelled() -> None:
    desk = Desk()
    desk.enter(stop(BUY, 0, 5)._replace(instructions=MARKET | Instruction.MARKET_TO_LIMIT))
    assert wake(desk)[1:] == [row(EventKind.CANCELLED, A, Reason.NO_OPPOSITE, 0, 5)]


def test_a_repriced_stop_says_that_it_stands_behind_the_other_side() -> None:
    desk = Desk()
    instructions = Instruction.POST_ONLY | Instruction.REPRICE
    desk.enter(stop(BUY, 70, 5)._replace(instructions=instructions))
    desk.books.submit(0, SELL, 60, 1)
    assert wake(desk) == [row(EventKind.ACTIVATED, A, 50, 59, 5, 5)]
    assert desk.books.depth(0, BUY) == [(59, 5, 1)]


def test_reduce_only_is_cut_to_the_holding_or_cancelled() -> None:
    desk = Desk()
    reduce = Instruction.REDUCE_ONLY
    desk.enter(stop(SELL, 60, 9)._replace(instructions=reduce), owner=1)
    desk.enter(stop(SELL, 61, 9)._replace(instructions=reduce), owner=2)
    desk.books.set_holding(1, 0, 4)
    assert wake(desk) == [
        row(EventKind.ACTIVATED, A, 50, 60, 9, 9),
        row(EventKind.REDUCED, A, Reason.POSITION_REDUCED, 60, 5, 4),
        row(EventKind.ACTIVATED, B, 50, 61, 9, 9),
        row(EventKind.CANCELLED, B, Reason.POSITION_REDUCED, 61, 9),
    ]


def test_a_dormant_stop_that_is_there_already_goes_on() -> None:
    desk = Desk()
    desk.books.set_price(0, MARK, 50)
    desk.enter(Ask(BUY, 10, 1, link=Link.OTO), [stop(SELL, 20, 1, 40), stop(SELL, 21, 1, 60)])
    assert desk.books.submit(0, SELL, 10, 1)[2:] == [
        row(EventKind.ACTIVATED, B, 40, 20, 1, 1),
    ]
    assert [waiting[0] for waiting in desk.books.waiting(0)] == [C]


def test_a_dormant_trailing_stop_begins_at_the_price_of_its_turn() -> None:
    desk = Desk()
    desk.books.set_price(0, MARK, 50)
    trail = Ask(SELL, 5, 1, source=MARK, when=TriggerWhen.FALLS, trailing=True, trail_ticks=3)
    desk.enter(Ask(BUY, 10, 1, link=Link.OTO), [trail])
    assert desk.books.waiting(0)[0][6] == 0
    desk.books.set_price(0, MARK, 70)
    desk.books.submit(0, SELL, 10, 1)
    assert desk.books.waiting(0)[0][6] == 67
    assert desk.books.set_price(0, MARK, 67) == [row(EventKind.ACTIVATED, B, 67, 5, 1, 1)]


def test_stops_that_wake_stops_go_on_in_turn() -> None:
    desk = Desk()
    for trigger, price in [(10, 11), (11, 12), (12, 13)]:
        desk.enter(Ask(BUY, price, 1, source=LAST, trigger_ticks=trigger))
    for price in (10, 11, 12, 13):
        desk.books.submit(0, SELL, price, 1)
    events = desk.books.submit(0, BUY, 10, 1)
    told = [event for event in events if event[0] != EventKind.ACCEPTED]
    assert kinds(told) == [EventKind.EXECUTED] + [EventKind.ACTIVATED, EventKind.EXECUTED] * 3
    assert [event[4] for event in told if event[0] == EventKind.EXECUTED] == [10, 11, 12, 13]


def many_stops(desk: Desk, number: int) -> None:
    for _ in range(number):
        desk.enter(stop(BUY, 1, 1))


def test_more_than_a_cascade_goes_on_with_the_next_command() -> None:
    desk = Desk()
    many_stops(desk, CASCADE_ORDERS + 6)
    assert kinds(wake(desk)) == [EventKind.ACTIVATED] * CASCADE_ORDERS
    assert kinds(desk.books.cancel(desk.ids(BUY)[0])) == [EventKind.CANCELLED]
    rejected = desk.books.submit(0, BUY, -1, 1)
    assert kinds(rejected) == [EventKind.REJECTED]
    assert kinds(desk.books.submit(0, BUY, 1, 1))[1:] == [EventKind.ACTIVATED] * 6
    assert desk.books.waiting(0) == []


def test_more_than_a_cascade_trips_a_book_that_has_a_pause() -> None:
    desk = Desk()
    desk.books.set_breaker(0, 0, 8, 10, 0)
    many_stops(desk, 2 * CASCADE_ORDERS + 1)
    trip = row(EventKind.STATE_CHANGED, 0, State.PRE_OPEN, 0, 0, 0, 0)
    assert wake(desk)[CASCADE_ORDERS:] == [trip]
    assert kinds(desk.books.advance(9)) == []
    events = desk.books.advance(10)
    assert kinds(events)[0] == EventKind.STATE_CHANGED
    assert kinds(events)[1:-1] == [EventKind.ACTIVATED] * CASCADE_ORDERS
    assert events[-1] == trip
    assert kinds(desk.books.advance(20)) == [EventKind.STATE_CHANGED, EventKind.ACTIVATED]


def test_exactly_a_cascade_does_not_trip() -> None:
    desk = Desk()
    desk.books.set_breaker(0, 0, 8, 10, 0)
    many_stops(desk, CASCADE_ORDERS)
    assert kinds(wake(desk)) == [EventKind.ACTIVATED] * CASCADE_ORDERS
    assert desk.books.state(0) == State.OPEN
