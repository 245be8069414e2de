"""The breaker's window, computed by hand: 10 % of 100 is 10, of 120 is 12."""

from __future__ import annotations

from matching.reference_breaker import Breaker


def test_the_range_is_around_the_prices_of_the_window() -> None:
    breaker = Breaker(move=100_000, window_ns=8, pause_ns=1)
    assert breaker.range_ticks(None) is None
    breaker.trade(100)
    assert breaker.range_ticks(100) == (90, 110)
    breaker.move_on(7)
    breaker.trade(120)
    assert breaker.range_ticks(120) == (108, 110)
    breaker.move_on(8)
    assert breaker.range_ticks(120) == (108, 132)


def test_an_empty_window_holds_the_last_price() -> None:
    breaker = Breaker(move=100_000, window_ns=8, pause_ns=1)
    breaker.trade(100)
    breaker.trade(120)
    breaker.move_on(8)
    assert breaker.range_ticks(115) == (104, 126)
    breaker.trade(50)
    breaker.begin_anew()
    assert breaker.range_ticks(115) == (104, 126)


def test_a_bucket_is_an_eighth_of_the_window_rounded_down() -> None:
    breaker = Breaker(move=100_000, window_ns=87, pause_ns=1)
    breaker.trade(100)
    breaker.move_on(79)
    assert breaker.range_ticks(200) == (90, 110)
    breaker.move_on(80)
    assert breaker.range_ticks(200) == (180, 220)


def test_moves_of_negative_prices_count_by_their_size() -> None:
    breaker = Breaker(move=100_000, window_ns=8, pause_ns=1)
    assert breaker.range_ticks(-100) == (-110, -90)
    assert breaker.range_ticks(9) == (9, 9)


def test_without_a_move_there_is_no_range() -> None:
    assert Breaker(pause_ns=5).range_ticks(100) is None
