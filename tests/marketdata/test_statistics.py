"""24-hour statistics against a sum over all trades."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from marketdata.statistics import DAY_MINUTES, DayStatistics, RollingDay

MINUTE_NS = 60 * 10**9


def naive(trades: list[tuple[int, int, int]], ts_ns: int) -> DayStatistics:
    oldest = ts_ns // MINUTE_NS - DAY_MINUTES
    kept = [t for t in trades if t[0] // MINUTE_NS > oldest]
    if not kept:
        return DayStatistics()
    prices = [t[1] for t in kept]
    return DayStatistics(
        sum(t[2] for t in kept),
        sum(t[1] * t[2] for t in kept),
        prices[0],
        max(prices),
        min(prices),
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 59, 600, 20_000, 86_399, 86_460]),
            st.integers(1, 9),
            st.integers(1, 5),
            st.booleans(),
            st.integers(0, 90_000),
        ),
        max_size=30,
    )
)
def test_statistics_equal_a_sum_over_all_trades(
    steps: list[tuple[int, int, int, bool, int]],
) -> None:
    day, undisturbed = RollingDay(), RollingDay()
    trades = []
    ts_ns = 10**18
    for gap_s, price, lots, roll, later_s in steps:
        ts_ns += gap_s * 10**9
        trades.append((ts_ns, price, lots))
        for kept in (day, undisturbed):
            kept.record(ts_ns, price, lots)
            if roll:
                kept.roll(ts_ns)
        later_ns = ts_ns + later_s * 10**9
        assert day.at(later_ns) == naive(trades, later_ns)
        assert day.at(ts_ns) == naive(trades, ts_ns)
        assert day.dump() == undisturbed.dump()
    restored = RollingDay()
    restored.load(day.dump())
    assert restored.at(ts_ns) == naive(trades, ts_ns)


def test_bars_are_bounded_when_rolled() -> None:
    day = RollingDay()
    for minute in range(3 * DAY_MINUTES):
        day.record(minute * MINUTE_NS, 1, 1)
        day.roll(minute * MINUTE_NS)
    assert len(day.dump()) == DAY_MINUTES
