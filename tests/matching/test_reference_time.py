"""What the passing of time does, in its order."""

from __future__ import annotations

from matching.layout import EventKind, Link, Reason, Side, State, TimeInForce, TriggerSource

from .reference_desk import WAITS, Ask, Desk, kinds, order_id, row

BUY, SELL = Side.BUY, Side.SELL
GTD = TimeInForce.GTD
A, B, C, D, E = (order_id(number + 1, number) for number in range(5))


def test_orders_expire_by_time_and_then_by_id_in_all_books() -> None:
    desk = Desk()
    desk.books.add_book()
    desk.books.set_day_end(1, 20)
    desk.enter(Ask(BUY, 10, 1, tif=GTD, expiry_ns=20))
    desk.books.submit(1, BUY, 11, 2, tif=TimeInForce.DAY)
    stop = Ask(BUY, 9, 3, source=TriggerSource.MARK, trigger_ticks=50)
    desk.enter(stop._replace(tif=GTD, expiry_ns=19))
    desk.enter(Ask(BUY, 10, 4, tif=GTD, expiry_ns=21))
    assert desk.books.advance(18) == []
    assert desk.books.advance(20) == [
        row(EventKind.CANCELLED, C, Reason.ORDER_EXPIRED, 9, 3, 0, WAITS),
        row(EventKind.CANCELLED, A, Reason.ORDER_EXPIRED, 10, 1),
        row(EventKind.CANCELLED, B, Reason.ORDER_EXPIRED, 11, 2),
    ]
    assert desk.books.live == 1


def test_an_expired_order_takes_its_links_with_it_once() -> None:
    desk = Desk()
    first = Ask(BUY, 10, 1, tif=GTD, expiry_ns=5, link=Link.OCO)
    desk.enter(first, [Ask(SELL, 20, 1, tif=GTD, expiry_ns=5)])
    assert desk.books.advance(5) == [
        row(EventKind.CANCELLED, A, Reason.ORDER_EXPIRED, 10, 1),
        row(EventKind.CANCELLED, B, Reason.LINKED_ORDER, 20, 1),
    ]


def test_a_day_order_keeps_the_end_of_its_own_day() -> None:
    desk = Desk()
    desk.books.set_day_end(0, 10)
    desk.books.submit(0, BUY, 10, 1, tif=TimeInForce.DAY)
    desk.books.set_day_end(0, 30)
    assert kinds(desk.books.advance(10)) == [EventKind.CANCELLED]


def test_time_never_goes_back() -> None:
    desk = Desk()
    desk.books.advance(10)
    assert desk.books.advance(5) == []
    assert desk.books.now_ns == 10


def test_a_limit_lock_is_told_when_it_changes() -> None:
    desk = Desk()
    desk.books.submit(0, BUY, 4095, 1)
    assert desk.books.advance(1) == [], "the edge of the domain is no band"
    desk.books.cancel(A)
    desk.books.set_band(0, 100, 200)
    desk.books.submit(0, BUY, 200, 1)
    assert desk.books.advance(2) == [row(EventKind.LIMIT_LOCKED, 0, 1, 0, 0, 0, 0)]
    assert desk.books.advance(3) == []
    desk.books.submit(0, SELL, 200, 1)
    desk.books.submit(0, SELL, 100, 1)
    assert desk.books.advance(4) == [row(EventKind.LIMIT_LOCKED, 0, 2, 0, 0, 0, 0)]
    desk.books.set_state(0, State.HALTED)
    assert desk.books.advance(5) == [row(EventKind.LIMIT_LOCKED, 0, 0, 0, 0, 0, 0)]


def test_an_indicative_price_is_told_when_it_changes() -> None:
    desk = Desk()
    desk.books.add_book()
    desk.books.set_state(1, State.PRE_OPEN)
    desk.books.submit(1, BUY, 10, 5)
    assert desk.books.advance(1) == []
    desk.books.submit(1, SELL, 10, 3)
    assert desk.books.advance(2) == [row(EventKind.INDICATED, 0, 1, 10, 3, 2)]
    assert desk.books.advance(3) == []
    desk.books.submit(1, SELL, 10, 3)
    assert desk.books.advance(3) == [row(EventKind.INDICATED, 0, 1, 10, 5, -1)]
    desk.books.cancel_all(1, 0)
    assert desk.books.advance(3) == [row(EventKind.INDICATED, 0, 1, 0, 0, 0)]


def test_each_book_is_looked_at_in_turn_lock_before_queue() -> None:
    """Book 0 reopens, is found locked, and then its queue breaks the lock."""
    desk = Desk()
    desk.books.add_book()
    desk.books.set_state(1, State.PRE_OPEN)
    desk.books.submit(1, BUY, 7, 1)
    desk.books.submit(1, SELL, 7, 1)
    desk.books.submit(0, SELL, 100, 1)
    desk.books.submit(0, BUY, 100, 1)
    desk.books.set_breaker(0, 20_000, 80, 10, 0)
    desk.books.set_band(0, 1, 103)
    desk.books.submit(0, SELL, 103, 1)
    desk.books.submit(0, BUY, 103, 2)
    assert desk.books.state(0) == State.PRE_OPEN
    queued = Ask(SELL, 102, 1, link=Link.OCO)
    desk.enter(queued, [Ask(BUY, 3, 1)])
    ask, bid, queued_sell, queued_buy = (
        order_id(arrival, slot) for arrival, slot in [(5, 3), (6, 2), (7, 4), (8, 5)]
    )
    assert desk.books.advance(10) == [
        row(EventKind.UNCROSSED, bid, ask, 103, 1, 1, 0),
        row(EventKind.STATE_CHANGED, 0, State.OPEN, 103, 0, 0, 0),
        row(EventKind.LIMIT_LOCKED, 0, 1, 0, 0, 0, 0),
        row(EventKind.ACTIVATED, queued_sell, 0, 102, 1, 1),
        row(EventKind.EXECUTED, queued_sell, bid, 103, 1, 0, 0),
        row(EventKind.CANCELLED, queued_buy, Reason.LINKED_ORDER, 3, 1, 0, WAITS),
        row(EventKind.INDICATED, 0, 1, 7, 1, 0),
    ]


def test_each_auction_tells_its_indicative_price_anew() -> None:
    desk = Desk()
    told = row(EventKind.INDICATED, 0, 0, 10, 1, 0)
    for _ in range(2):
        desk.books.set_state(0, State.PRE_OPEN)
        desk.books.submit(0, BUY, 10, 1)
        desk.books.submit(0, SELL, 10, 1)
        assert desk.books.advance(1) == [told]
        assert desk.books.advance(2) == []
        desk.books.set_state(0, State.OPEN)
