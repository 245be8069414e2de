"""A new trigger or trail: where it wakes then, what keeps its place, what is refused."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Link, Reason, Side, State, TriggerSource, TriggerWhen
from tests.matching.reference_desk import Ask, row
from tests.matching.verbs import Verbs

BUY, SELL = Side
LAST, MARK = TriggerSource.LAST, TriggerSource.MARK
RISES, FALLS = TriggerWhen
AMENDED, ACTIVATED = EventKind.AMENDED, EventKind.ACTIVATED


def stop(books: Verbs, trigger_ticks: int, *, source: int = MARK, when: int = RISES) -> int:
    """Enter a buy at 10 that waits for a trigger, and return its id."""
    ask = Ask(BUY, 10, 1, source=source, when=when, trigger_ticks=trigger_ticks)
    return int(books.ask(ask)[0][2])


def trailing(books: Verbs, trail_ticks: int, *, when: int = FALLS) -> int:
    """Enter a sell at 90 whose trigger follows the mark, and return its id."""
    ask = Ask(SELL, 90, 1, source=MARK, when=when, trailing=True, trail_ticks=trail_ticks)
    return int(books.ask(ask)[0][2])


def trigger_of(books: Verbs, order_id: int) -> int:
    """The trigger of a waiting order."""
    return next(int(order[6]) for order in books.waiting(0) if order[0] == order_id)


@pytest.mark.parametrize("source", [MARK, TriggerSource.INDEX])
@pytest.mark.parametrize("trigger_ticks", [0, 30, 70, 4095])
def test_a_stop_wakes_at_its_new_trigger_and_not_at_the_old_one(
    books: Verbs, source: int, trigger_ticks: int
) -> None:
    when = RISES if trigger_ticks > 50 else FALLS
    books.set_price(0, source, 50)
    order_id = stop(books, 49 if when == FALLS else 51, source=source, when=when)
    other = stop(books, 48 if when == FALLS else 52, source=source, when=when)
    rows = books.amend(order_id, 10, 1, trigger_ticks=trigger_ticks)
    assert rows == [row(AMENDED, order_id, 10, 10, 1, 1, 1)]
    nearer = trigger_ticks + (1 if when == FALLS else -1)
    assert [one[2] for one in books.set_price(0, source, nearer)] == [other]
    woken = books.set_price(0, source, trigger_ticks)
    assert woken == [row(ACTIVATED, order_id, trigger_ticks, 10, 1, 1)]


def test_a_stop_on_the_last_price_is_looked_at_where_it_stands_now(books: Verbs) -> None:
    near, far = stop(books, 60, source=LAST), stop(books, 80, source=LAST)
    books.amend(near, 10, 1, trigger_ticks=90)
    books.amend(far, 10, 1, trigger_ticks=55)
    books.enter(SELL, 55, 1)
    assert books.submit(0, BUY, 55, 1)[-1] == row(ACTIVATED, far, 55, 10, 1, 1)
    assert trigger_of(books, near) == 90


def test_price_size_and_trigger_change_together_or_not_at_all(books: Verbs) -> None:
    order_id = stop(books, 60)
    before = books.waiting(0)
    for price_ticks, qty_lots, trigger_ticks, reason in (
        (4096, 2, 70, Reason.INVALID_PRICE),
        (11, 0, 70, Reason.INVALID_QTY),
        (11, 2, 4096, Reason.INVALID_TRIGGER),
        (11, 2, -1, Reason.INVALID_TRIGGER),
    ):
        rows = books.amend(order_id, price_ticks, qty_lots, trigger_ticks=trigger_ticks)
        assert rows == [row(EventKind.REJECTED, order_id, reason, price_ticks, qty_lots)]
        assert books.waiting(0) == before
    assert books.amend(order_id, 11, 2, trigger_ticks=70)[0][0] == AMENDED
    assert books.waiting(0)[0][3:] == (11, 2, -1, 70)


def test_orders_keep_their_places_when_their_triggers_meet(books: Verbs) -> None:
    first, second, third = (stop(books, ticks) for ticks in (90, 80, 70))
    for order_id in (third, second, first):
        books.amend(order_id, 10, 1, trigger_ticks=60)
    assert [order[0] for order in books.waiting(0)] == [first, second, third]
    assert [one[2] for one in books.set_price(0, MARK, 60)] == [first, second, third]


def test_trailing_orders_keep_their_places(books: Verbs) -> None:
    books.set_price(0, MARK, 50)
    first, second = trailing(books, 20), trailing(books, 10)
    books.amend(first, 90, 1, trail_ticks=5)
    assert [one[2] for one in books.set_price(0, MARK, 40)] == [first, second]


@pytest.mark.parametrize(("when", "peak", "back"), [(FALLS, 70, 66), (RISES, 30, 34)])
def test_a_new_trail_hangs_on_the_peak_that_was_followed(
    books: Verbs, when: int, peak: int, back: int
) -> None:
    away = -1 if when == FALLS else 1
    books.set_price(0, MARK, 50)
    order_id = trailing(books, 10, when=when)
    books.set_price(0, MARK, peak)
    books.set_price(0, MARK, back)
    assert trigger_of(books, order_id) == peak + away * 10
    books.amend(order_id, 90, 1, trail_ticks=25)
    assert trigger_of(books, order_id) == peak + away * 25
    refused = books.amend(order_id, 90, 1, trail_ticks=4)
    assert refused == [row(EventKind.REJECTED, order_id, Reason.TRIGGER_REACHED, 90, 1)]
    assert trigger_of(books, order_id) == peak + away * 25
    books.amend(order_id, 90, 1, trail_ticks=5)
    # It goes on following from there.
    books.set_price(0, MARK, peak - away)
    assert trigger_of(books, order_id) == peak + away * 4
    woken = books.set_price(0, MARK, peak + away * 4)
    assert woken == [row(ACTIVATED, order_id, peak + away * 4, 90, 1, 1)]


@pytest.mark.parametrize(("when", "reached", "beyond"), [(RISES, 50, 51), (FALLS, 50, 49)])
@pytest.mark.parametrize("state", [State.OPEN, State.PRE_OPEN])
def test_a_trigger_that_is_there_already_is_refused(
    books: Verbs, when: int, reached: int, beyond: int, state: State
) -> None:
    books.set_price(0, MARK, 50)
    order_id = stop(books, 80 if when == RISES else 20, when=when)
    books.set_state(0, state)
    rows = books.amend(order_id, 10, 1, trigger_ticks=reached)
    assert rows == [row(EventKind.REJECTED, order_id, Reason.TRIGGER_REACHED, 10, 1)]
    assert books.amend(order_id, 10, 1, trigger_ticks=beyond)[0][0] == AMENDED
    books.set_state(0, State.HALTED)
    rows = books.amend(order_id, 10, 1, trigger_ticks=reached)
    assert rows == [row(EventKind.REJECTED, order_id, Reason.NOT_OPEN, 10, 1)]


def test_only_what_waits_for_its_trigger_gets_a_new_one_of_its_kind(books: Verbs) -> None:
    books.set_price(0, MARK, 50)
    resting = books.enter(BUY, 5, 1)
    fixed, following, woken = stop(books, 60), trailing(books, 10), stop(books, 55)
    assert books.set_price(0, MARK, 55)[0][2] == woken
    for order_id, new in (
        (resting, {"trigger_ticks": 60}),
        (woken, {"trigger_ticks": 60}),
        (fixed, {"trail_ticks": 5}),
        (fixed, {"trigger_ticks": 60, "trail_ticks": 5}),
        (following, {"trigger_ticks": 40}),
        (following, {"trail_ticks": 0}),
        (following, {"trail_ticks": 4096}),
    ):
        (answer,) = books.amend(order_id, 10, 1, **new)
        assert answer == row(EventKind.REJECTED, order_id, Reason.INVALID_TRIGGER, 10, 1)
    unknown = books.amend(7, 10, 1, trigger_ticks=60)
    assert unknown == [row(EventKind.REJECTED, 7, Reason.UNKNOWN_ORDER, 10, 1)]


def test_a_dormant_order_is_not_looked_at_before_its_turn(books: Verbs) -> None:
    books.set_price(0, MARK, 50)
    fixed = Ask(SELL, 5, 1, source=MARK, when=FALLS, trigger_ticks=10)
    following = Ask(SELL, 5, 1, source=MARK, when=FALLS, trailing=True, trail_ticks=30)
    ids = [one[2] for one in books.ask(Ask(BUY, 30, 1, link=Link.OTO), [fixed, following])]
    assert books.amend(ids[1], 5, 1, trigger_ticks=60)[0][0] == AMENDED
    assert books.amend(ids[2], 5, 1, trail_ticks=7)[0][0] == AMENDED
    assert trigger_of(books, ids[2]) == 0
    rows = books.submit(0, SELL, 30, 1)
    assert rows[-1] == row(ACTIVATED, ids[1], 60, 5, 1, 1)
    assert trigger_of(books, ids[2]) == 43


def test_what_still_waits_in_the_queue_goes_on_behind_an_amend(books: Verbs) -> None:
    books.set_price(0, MARK, 50)
    ids = [stop(books, 60) for _ in range(70)]
    books.amend(ids[-1], 10, 1, trigger_ticks=90)
    assert len(books.set_price(0, MARK, 60)) == 64
    rows = books.amend(ids[-1], 10, 1, trigger_ticks=80)
    assert [one[2] for one in rows] == [ids[-1], *ids[64:69]]
