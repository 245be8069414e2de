"""Stops: which price wakes which order, and in which turn."""

from __future__ import annotations

import pytest

from matching.layout import EventKind, Side, State, TriggerSource, TriggerWhen
from tests.matching.reference_desk import Ask
from tests.matching.verbs import Verbs

BUY, SELL = Side
LAST, MARK, INDEX = TriggerSource.LAST, TriggerSource.MARK, TriggerSource.INDEX
RISES, FALLS = TriggerWhen


def woken(rows: list[tuple[int, ...]]) -> list[tuple[int, int]]:
    """Return order ids and triggers of those that were activated."""
    return [(one[2], one[3]) for one in rows if one[0] == EventKind.ACTIVATED]


@pytest.mark.parametrize("source", [MARK, INDEX])
@pytest.mark.parametrize(("when", "near", "reached"), [(RISES, 104, 105), (FALLS, 96, 95)])
def test_a_trigger_is_reached_from_its_side(
    books: Verbs, source: int, when: int, near: int, reached: int
) -> None:
    books.set_price(0, source, 100)
    stop = Ask(BUY, 5, 1, source=source, when=when, trigger_ticks=reached)
    order_id = books.ask(stop)[0][2]
    assert books.set_price(0, MARK + INDEX - source, reached) == []
    assert books.set_price(0, source, near) == []
    assert woken(books.set_price(0, source, reached)) == [(order_id, reached)]


def test_those_nearest_wake_first_and_of_equals_the_earliest(books: Verbs) -> None:
    books.set_price(0, MARK, 100)
    rising = {
        books.ask(Ask(BUY, 5, 1, source=MARK, trigger_ticks=ticks))[0][2]: ticks
        for ticks in (110, 105, 110, 107)
    }
    expected = sorted(rising.items(), key=lambda one: (one[1], one[0]))
    assert woken(books.set_price(0, MARK, 200)) == expected
    falling = {
        books.ask(Ask(BUY, 5, 1, source=MARK, when=FALLS, trigger_ticks=ticks))[0][2]: ticks
        for ticks in (110, 105, 110, 107)
    }
    expected = sorted(falling.items(), key=lambda one: (-one[1], one[0]))
    assert woken(books.set_price(0, MARK, 0)) == expected


@pytest.mark.parametrize(("when", "sign"), [(RISES, 1), (FALLS, -1)])
def test_a_trailing_trigger_follows_at_its_distance_and_never_back(
    books: Verbs, when: int, sign: int
) -> None:
    books.set_price(0, MARK, 100)
    trail = Ask(BUY, 5, 1, source=MARK, when=when, trailing=True, trail_ticks=10)
    order_id = books.ask(trail)[0][2]
    for moved, trigger in ((0, 10), (-5, 5), (-20, -10), (-12, -10), (-11, -10)):
        assert books.set_price(0, MARK, 100 + sign * moved) == []
        assert books.waiting(0)[0][6] == 100 + sign * trigger
    assert woken(books.set_price(0, MARK, 100 - sign * 10)) == [(order_id, 100 - sign * 10)]


def test_the_last_price_wakes_within_the_command_that_made_it(books: Verbs) -> None:
    books.enter(SELL, 100, 1)
    stop = books.ask(Ask(SELL, 90, 1, source=LAST, when=FALLS, trigger_ticks=100))[0][2]
    bid = books.enter(BUY, 95, 1)
    rows = books.submit(0, BUY, 100, 1)
    assert woken(rows) == [(stop, 100)]
    assert rows[-1][:5] == (EventKind.EXECUTED, 0, stop, bid, 95)


def test_stops_wake_one_another_within_one_command(books: Verbs) -> None:
    """Each stop sells into the next bid, whose price wakes the next stop."""
    books.enter(BUY, 100, 1)
    books.submit(0, SELL, 100, 1)
    for price_ticks in (99, 98, 97):
        books.enter(BUY, price_ticks, 1)
    stops = [
        books.ask(Ask(SELL, 90, 1, source=LAST, when=FALLS, trigger_ticks=ticks))[0][2]
        for ticks in (98, 99)
    ]
    rows = books.submit(0, SELL, 99, 1)
    assert woken(rows) == [(stops[1], 99), (stops[0], 98)]
    assert books.book_prices(0)[0] == 97


def test_nothing_wakes_before_the_book_is_open(books: Verbs) -> None:
    books.set_price(0, MARK, 100)
    order_id = books.ask(Ask(BUY, 5, 1, source=MARK, trigger_ticks=105))[0][2]
    books.set_state(0, State.HALTED)
    assert books.set_price(0, MARK, 110) == []
    assert woken(books.set_state(0, State.OPEN)) == [(order_id, 105)]
