"""What is shown of the books."""

from __future__ import annotations

import pytest

from matching.layout import LEVEL_PENDING, LEVEL_QUEUED, Side, State, TriggerSource
from tests.matching.reference_desk import Ask
from tests.matching.verbs import OWNERS, Verbs

BUY, SELL = Side


def test_an_order_is_shown_whole_wherever_it_is(books: Verbs) -> None:
    iceberg = books.ask(Ask(SELL, 50, 9, display_lots=2), owner=3)[0][2]
    books.submit(0, BUY, 50, 3)
    books.set_price(0, TriggerSource.MARK, 10)
    stop = Ask(BUY, 20, 4, source=TriggerSource.MARK, trigger_ticks=30)
    pending = books.ask(stop, owner=2)[0][2]
    assert tuple(books.order(iceberg)) == (iceberg, 0, SELL, 50, 6, 3, 3, SELL, 0)
    assert tuple(books.order(pending)) == (pending, 0, BUY, 20, 4, 0, 2, stop.terms, LEVEL_PENDING)
    assert books.orders(0, SELL) == [(iceberg, 3, 50, 1, 3, 5)]
    assert books.waiting(0) == [(pending, 2, BUY, 20, 4, LEVEL_PENDING, 30)]
    books.set_state(0, State.PRE_OPEN)
    books.set_price(0, TriggerSource.MARK, 30)
    assert books.order(pending).level_code == LEVEL_PENDING
    for strange in (0, -1, pending + 1, 1 << 62):
        assert books.order(strange) is None


def test_a_reducer_that_stands_aside_is_queued(books: Verbs) -> None:
    books.set_state(0, State.PRE_OPEN)
    books.set_holding(1, 0, 4)
    order_id = books.ask(Ask(SELL, 50, 4, instructions=16), owner=1)[0][2]
    assert books.order(order_id).level_code == LEVEL_QUEUED


def test_prices_time_and_range_begin_unknown(books: Verbs) -> None:
    assert books.now_ns == 0
    assert books.state(0) == State.OPEN
    assert (books.best_bid(0), books.best_ask(0)) == (None, None)
    assert books.book_prices(0) == (None, None, None)
    assert books.range_ticks(0) == (0, 4095)
    assert books.indicative(0) == (None, 0, 0)
    books.set_price(0, TriggerSource.INDEX, -7)
    assert books.book_prices(0) == (None, None, -7)


def test_the_indicative_price_is_that_of_an_uncross_now(books: Verbs) -> None:
    books.set_state(0, State.PRE_OPEN)
    books.submit(0, BUY, 102, 5)
    books.submit(0, SELL, 100, 3)
    assert books.indicative(0) == (102, 3, 2)
    books.submit(0, SELL, 101, 4)
    assert books.indicative(0) == (101, 5, -2)


def test_owners_beyond_the_table_are_an_error(books: Verbs) -> None:
    for owner in (-1, OWNERS):
        with pytest.raises(ValueError, match="owner"):
            books.holding(owner, 0)
    assert books.protection(OWNERS, 0) is None


def test_depth_stops_at_the_levels_asked_for(books: Verbs) -> None:
    for price_ticks in (10, 12, 12, 4095, 4000):
        books.submit(0, SELL, price_ticks, 2)
    assert books.depth(0, SELL, 2) == [(10, 2, 1), (12, 4, 2)]
    assert books.depth(0, SELL, 0) == []
    assert [price for price, _, _ in books.depth(0, SELL)] == [10, 12, 4000, 4095]
    assert books.level(0, SELL, 11) == (0, 0)
    assert books.level(0, BUY, 12) == (0, 0)
    assert books.level(0, SELL, 5000) == (0, 0)
