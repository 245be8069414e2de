"""The breaker's range is that of the prices within the window, whatever was traded before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matching.book import OrderBooks
from matching.layout import Side
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
