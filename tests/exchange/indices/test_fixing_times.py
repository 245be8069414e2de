"""Fixing times against instants worked out by hand, and days against a naive walk."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.indices.fixing_times import FixingTime, fixing_time
from marketdata.days import NS_PER_DAY, day_number

BROAD, TRANSACTION = fixing_time("h100_usd"), fixing_time("h100_tx_usd")
NS = 1_000_000_000
START_NS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * NS


def ns(year: int, month: int, day: int, hour: int) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) * NS


def test_names_tell_the_kind_of_index() -> None:
    assert fixing_time("tpu_tx_usd") == FixingTime("16:00", "America/New_York")
    assert fixing_time("tpu_usd") == FixingTime("16:00", "America/New_York", "XNYS")
    # Those that are shipped say so themselves.
    assert fixing_time("b200_tx_usd").has_day(date(2026, 11, 22))
    assert not fixing_time("b200_usd").has_day(date(2026, 11, 22))


def test_wall_times_follow_summer_and_winter() -> None:
    assert TRANSACTION.instant_ns(date(2026, 7, 1)) == ns(2026, 7, 1, 20)
    assert TRANSACTION.instant_ns(date(2026, 12, 1)) == ns(2026, 12, 1, 21)
    assert BROAD.instant_ns(date(2026, 12, 1)) == ns(2026, 12, 1, 21)


def test_broad_prints_on_business_days_alone() -> None:
    # Thursday is Thanksgiving; the weekend has no fixing either.
    week = list(BROAD.days(ns(2026, 11, 24, 0), ns(2026, 12, 1, 0)))
    assert [day.day for day in week] == [24, 25, 27, 30]
    assert BROAD.next_ns(ns(2026, 11, 25, 21)) == ns(2026, 11, 27, 21)
    assert day_number(date(1970, 1, 2)) == 1


def test_a_market_without_business_days_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = FixingTime("16:00", "UTC", "XNYS")
    monkeypatch.setattr("exchange.indices.fixing_times.business_days", lambda month, code: [])
    with pytest.raises(ValueError, match="XNYS has no business day"):
        closed.next_ns(START_NS)


@given(
    st.sampled_from([BROAD, TRANSACTION, FixingTime("23:30", "Asia/Tokyo")]),
    st.integers(0, 400 * NS_PER_DAY),
    st.integers(0, 40 * NS_PER_DAY),
)
def test_days_are_those_whose_instant_lies_between(
    times: FixingTime, after: int, length: int
) -> None:
    after_ns, until_ns = START_NS + after, START_NS + after + length
    first = date(2025, 12, 20)
    every = [first + timedelta(days=n) for n in range(480)]
    wanted = [
        day for day in every if times.has_day(day) and after_ns < times.instant_ns(day) <= until_ns
    ]
    assert list(times.days(after_ns, until_ns)) == wanted
    later = [times.instant_ns(day) for day in every if times.has_day(day)]
    assert times.next_ns(after_ns) == min(at for at in later if at > after_ns)
