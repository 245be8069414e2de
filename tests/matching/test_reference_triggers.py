"""Which stops a price reaches, and in what order their turn comes."""

from __future__ import annotations

from matching.layout import (
    LEVEL_PENDING,
    EventKind,
    Reason,
    Side,
    State,
    TriggerSource,
    TriggerWhen,
)

from .reference_desk import Ask, Desk, kinds, order_id, row

BUY, SELL = Side.BUY, Side.SELL
RISES, FALLS = TriggerWhen.RISES, TriggerWhen.FALLS
MARK, INDEX, LAST = TriggerSource.MARK, TriggerSource.INDEX, TriggerSource.LAST
A, B, C, D, E, F = (order_id(number + 1, number) for number in range(6))


def stop(when: int, trigger_ticks: int, source: int = MARK) -> Ask:
    return Ask(BUY, 1, 1, source=source, when=when, trigger_ticks=trigger_ticks)


def trailing(when: int, trail_ticks: int, source: int = MARK) -> Ask:
    return Ask(BUY, 1, 1, source=source, when=when, trailing=True, trail_ticks=trail_ticks)


def activated(desk: Desk, price: int, source: int = MARK) -> list[tuple[int, int]]:
    events = desk.books.set_price(0, source, price)
    assert set(kinds(events)) <= {EventKind.ACTIVATED}
    return [(event[2], event[3]) for event in events]


def test_rises_come_before_falls_each_nearest_first_then_by_id() -> None:
    desk = Desk()
    for when, trigger in [(RISES, 60), (FALLS, 40), (RISES, 55), (FALLS, 45), (RISES, 60)]:
        desk.enter(stop(when, trigger))
    assert activated(desk, 50) == []
    crossed = Desk()
    for when, trigger in [(FALLS, 60), (RISES, 45), (FALLS, 70), (RISES, 40), (FALLS, 60)]:
        crossed.enter(stop(when, trigger))
    assert activated(crossed, 50) == [(D, 40), (B, 45), (C, 70), (A, 60), (E, 60)]


def test_only_the_named_source_is_watched() -> None:
    desk = Desk()
    desk.enter(stop(RISES, 50))
    assert activated(desk, 60, INDEX) == []
    assert desk.books.waiting(0) == [(A, 0, BUY, 1, 1, LEVEL_PENDING, 50)]
    assert activated(desk, 50) == [(A, 50)]


def test_a_trailing_stop_follows_and_comes_after_the_fixed_ones() -> None:
    desk = Desk()
    desk.books.set_price(0, MARK, 100)
    desk.enter(trailing(RISES, 5))
    desk.enter(trailing(FALLS, 5))
    desk.enter(stop(RISES, 103))
    assert [waiting[6] for waiting in desk.books.waiting(0)] == [105, 95, 103]
    assert activated(desk, 98) == []
    assert [waiting[6] for waiting in desk.books.waiting(0)] == [103, 95, 103]
    assert activated(desk, 103) == [(C, 103), (A, 103)]
    assert [waiting[6] for waiting in desk.books.waiting(0)] == [98]
    assert activated(desk, 98) == [(B, 98)]


def test_a_stop_that_is_there_already_is_refused() -> None:
    desk = Desk()
    desk.books.set_price(0, MARK, 100)
    reached = row(EventKind.REJECTED, 0, Reason.TRIGGER_REACHED, 1, 1)
    assert desk.enter(stop(RISES, 100)) == [reached]
    assert desk.enter(stop(FALLS, 100)) == [reached]
    assert kinds(desk.enter(stop(FALLS, 99))) == [EventKind.ACCEPTED]


def test_triggers_are_looked_at_only_while_open() -> None:
    desk = Desk()
    desk.books.set_price(0, MARK, 100)
    desk.enter(stop(RISES, 110))
    desk.enter(trailing(FALLS, 5))
    desk.books.set_state(0, State.HALTED)
    assert activated(desk, 120) == []
    assert [waiting[6] for waiting in desk.books.waiting(0)] == [110, 95]
    assert desk.books.set_state(0, State.OPEN) == [
        row(EventKind.STATE_CHANGED, 0, State.OPEN, 0, 0, 0, 0),
        row(EventKind.ACTIVATED, A, 110, 1, 1, 1),
    ]
    assert desk.books.waiting(0)[0][6] == 115


def test_the_last_price_is_that_of_the_whole_match() -> None:
    desk = Desk()
    desk.enter(Ask(SELL, 50, 1, source=LAST, when=FALLS, trigger_ticks=10))
    desk.enter(Ask(SELL, 50, 1, source=LAST, when=RISES, trigger_ticks=12))
    desk.books.submit(0, SELL, 10, 1)
    desk.books.submit(0, SELL, 11, 1)
    events = desk.books.submit(0, BUY, 11, 2)
    assert kinds(events) == [EventKind.ACCEPTED, EventKind.EXECUTED, EventKind.EXECUTED]
    assert desk.books.book_prices(0) == (11, None, None)
