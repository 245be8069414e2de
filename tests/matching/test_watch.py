"""The breaker's range is that of the prices within the window, whatever was traded before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matching.book import OrderBooks
from matching.layout import Side, State, TriggerSource
from tests.matching.verbs import Verbs

BUY, SELL = Side
EVERYTHING = (0, 4095)


def trade(books: Verbs, price_ticks: int) -> None:
    books.submit(0, SELL, price_ticks, 1)
    books.submit(0, BUY, price_ticks, 1)


def test_there_is_no_range_without_a_price_or_a_move(books: Verbs) -> None:
    books.set_breaker(0, 100_000, 80, 10, 0)
    assert books.range_ticks(0) == EVERYTHING
    trade(books, 100)
    assert books.range_ticks(0) == (90, 110)
    books.set_breaker(0, 0, 80, 0, 0)
    assert books.range_ticks(0) == EVERYTHING


def test_the_range_is_cut_to_the_domain_and_rounds_the_move_down(books: Verbs) -> None:
    trade(books, 99)
    books.set_breaker(0, 100_000, 80, 10, 0)
    assert books.range_ticks(0) == (90, 108)
    books.set_breaker(0, 1_000_000, 80, 10, 0)
    assert books.range_ticks(0) == (0, 198)


def test_a_move_in_ticks_does_not_shrink_towards_zero() -> None:
    books = Verbs(OrderBooks())
    books.add_book(base_ticks=-2_048)
    for price_ticks in (0, -3):
        trade(books, price_ticks)
        books.set_breaker(0, -5, 80, 10, 0)
        assert books.range_ticks(0) == (price_ticks - 5, price_ticks + 5)
    books.set_breaker(0, -(1 << 18), 80, 10, 0)
    assert books.range_ticks(0) == (-2_048, 2_047)


def test_a_new_breaker_begins_with_the_last_price_alone(books: Verbs) -> None:
    for price_ticks in (100, 200):
        trade(books, price_ticks)
    books.set_breaker(0, 100_000, 80, 10, 0)
    assert books.range_ticks(0) == (180, 220)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(-5, 5)), max_size=30))
def test_the_window_is_that_of_a_list_of_all_trades(moves: list[tuple[int, int]]) -> None:
    """Buckets of 10 ns; one is left out once it is eight buckets old."""
    books = Verbs(OrderBooks())
    books.add_book()
    trade(books, 100)
    books.set_breaker(0, 100_000, 80, 10, 0)
    now_ns, last_ticks = 0, 100
    trades: list[tuple[int, int]] = []
    for passed_ns, by_ticks in moves:
        now_ns += passed_ns
        books.advance(now_ns)
        inside = [ticks for bucket, ticks in trades if now_ns // 10 - bucket < 8] or [last_ticks]
        low, high = min(inside), max(inside)
        expected = (high - high // 10, low + low // 10)
        assert books.range_ticks(0) == expected
        ticks = min(max(last_ticks + by_ticks, expected[0]), expected[1])
        trade(books, ticks)
        assert books.state(0) == 1
        trades.append((now_ns // 10, ticks))
        last_ticks = ticks


def test_a_reference_stands_in_for_the_last_price_until_the_next_trade(books: Verbs) -> None:
    trade(books, 100)
    books.set_breaker(0, 100_000, 80, 10, 0)
    trade(books, 105)
    assert books.range_ticks(0) == (95, 115)
    assert books.set_reference(0, 70) == []
    assert books.range_ticks(0) == (63, 77)
    books.advance(500)
    assert books.range_ticks(0) == (63, 77)
    trade(books, 75)
    assert books.range_ticks(0) == (68, 82)
    books.advance(1000)
    assert books.range_ticks(0) == (68, 82)


def test_a_reference_is_cut_to_the_domain_and_needs_a_breaker(books: Verbs) -> None:
    books.set_reference(0, 70)
    books.set_breaker(0, 100_000, 80, 10, 0)
    assert books.range_ticks(0) == EVERYTHING
    books.set_reference(0, 10**9)
    assert books.range_ticks(0) == (3686, 4095)
    books.set_reference(0, -5)
    assert books.range_ticks(0) == (0, 0)
    books.set_breaker(0, 100_000, 80, 10, 0)
    assert books.range_ticks(0) == EVERYTHING


def test_a_trade_far_from_the_last_but_near_the_reference_trips_nothing(books: Verbs) -> None:
    trade(books, 100)
    books.set_breaker(0, 50_000, 80, 10, 0)
    books.set_reference(0, 70)
    trade(books, 71)
    assert (books.state(0), books.book_prices(0)[0]) == (State.OPEN, 71)


def test_an_auction_without_volume_leaves_the_range_around_the_mark(books: Verbs) -> None:
    trade(books, 100)
    books.set_breaker(0, 50_000, 80, 10, 2)
    for mark_ticks, range_ticks in ((None, (95, 105)), (70, (67, 73)), (10**9, (3891, 4095))):
        if mark_ticks is not None:
            books.set_price(0, TriggerSource.MARK, mark_ticks)
        books.set_state(0, State.PRE_OPEN)
        books.set_state(0, State.OPEN)
        assert books.range_ticks(0) == range_ticks


def test_a_tripped_breaker_does_not_trip_again_at_prices_near_the_mark(books: Verbs) -> None:
    trade(books, 100)
    books.set_breaker(0, 50_000, 80, 10, 2)
    books.set_price(0, TriggerSource.MARK, 70)
    ask = books.submit(0, Side.SELL, 70, 1)[0][2]
    books.submit(0, Side.BUY, 70, 1)
    assert books.state(0) == State.PRE_OPEN
    books.cancel(ask)
    books.advance(10)
    assert (books.state(0), books.range_ticks(0)) == (State.OPEN, (67, 73))
    books.submit(0, Side.SELL, 70, 1)
    assert (books.state(0), books.book_prices(0)[0]) == (State.OPEN, 70)


def test_a_contract_that_never_traded_has_no_range_after_an_empty_auction(books: Verbs) -> None:
    books.set_breaker(0, 50_000, 80, 10, 2)
    books.set_price(0, TriggerSource.MARK, 70)
    books.set_state(0, State.PRE_OPEN)
    books.set_state(0, State.OPEN)
    assert books.range_ticks(0) == EVERYTHING
