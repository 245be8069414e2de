"""Market time against a wall clock of the test's own."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.market_clock import REAL_TIME_PPM, MarketClock, rate_ppm

NS = 1_000_000_000
NOON_NS = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()) * NS


class Wall:
    def __init__(self) -> None:
        self.ns = NOON_NS

    def __call__(self) -> int:
        return self.ns


def test_ten_days_pass_in_a_minute() -> None:
    wall = Wall()
    clock = MarketClock(rate_ppm(10), wall_ns=wall)
    assert clock.now_ns() == NOON_NS
    wall.ns += 60 * NS
    assert clock.now_ns() == NOON_NS + 10 * 86_400 * NS
    assert clock.rate == 14_400
    assert clock.span_ns(6 * NS) == 86_400 * NS


def test_real_time_is_the_wall_clock_unless_the_log_is_ahead_of_it() -> None:
    wall = Wall()
    assert rate_ppm(None) == REAL_TIME_PPM
    assert MarketClock(since_ns=NOON_NS - 7 * NS, wall_ns=wall).now_ns() == NOON_NS
    ahead = MarketClock(since_ns=NOON_NS + 7 * NS, wall_ns=wall)
    assert ahead.now_ns() == NOON_NS + 7 * NS
    wall.ns += NS
    assert ahead.now_ns() == NOON_NS + 8 * NS


@pytest.mark.parametrize("since_ns", [NOON_NS - 10**18, NOON_NS + 10**17])
def test_a_fast_market_stood_still_while_nobody_ran_it(since_ns: int) -> None:
    wall = Wall()
    clock = MarketClock(rate_ppm(1), since_ns, wall)
    assert clock.now_ns() == since_ns
    wall.ns += NS
    assert clock.now_ns() == since_ns + 1_440 * NS


def test_another_process_runs_the_same_clock() -> None:
    wall = Wall()
    clock = MarketClock(rate_ppm(2.5), NOON_NS + 5, wall)
    other = MarketClock.of(clock.terms, wall)
    for _ in range(5):
        wall.ns += 123_456_789
        assert other.now_ns() == clock.now_ns()


@given(st.integers(1, 10**12), st.integers(0, 10**15))
def test_spans_turn_into_one_another(ppm: int, wall_ns: int) -> None:
    clock = MarketClock(ppm)
    market_ns = clock.span_ns(wall_ns)
    assert (market_ns == 0) == (wall_ns == 0)
    # Rounded up, then down: at most the nanoseconds that one of the market is worth are gained.
    assert wall_ns <= clock.wall_span_ns(market_ns) <= wall_ns + REAL_TIME_PPM // ppm


@given(
    st.integers(1, 10**12),
    st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=30),
)
def test_it_never_goes_back_and_is_exact(ppm: int, steps: list[int]) -> None:
    wall = Wall()
    clock = MarketClock(ppm, wall_ns=wall)
    furthest, former = NOON_NS, clock.now_ns()
    for step in steps:
        wall.ns += step
        furthest = max(furthest, wall.ns)
        now = clock.now_ns()
        assert now >= former
        elapsed = Fraction(furthest - NOON_NS) * ppm / 10**6
        assert now == NOON_NS + elapsed // 1
        former = now


def test_a_fast_market_is_held_and_goes_on_from_there() -> None:
    wall = Wall()
    clock = MarketClock(rate_ppm(10), wall_ns=wall)
    wall.ns += NS
    clock.hold()
    follower = MarketClock.of(clock.terms, wall)
    held_ns = clock.now_ns()
    wall.ns += 3_600 * NS
    assert clock.now_ns() == held_ns == NOON_NS + 14_400 * NS
    assert follower.now_ns() == held_ns
    clock.release()
    wall.ns += NS
    follower.follow(clock.terms)
    assert follower.now_ns() == clock.now_ns()
    assert clock.now_ns() == held_ns + 14_400 * NS
    real = MarketClock(wall_ns=wall)
    real.hold()
    wall.ns += NS
    assert real.now_ns() == wall.ns
    real.release()
    assert real.now_ns() == wall.ns


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="rate_ppm 0"):
        MarketClock(0)
