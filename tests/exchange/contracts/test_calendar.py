"""Business days against the published holidays of the New York Stock Exchange, and instants in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from exchange.contracts.calendar import (
    LONGEST_MONTH_HOURS,
    ContractMonth,
    business_days,
    fixing_days,
    instant_ns,
    known_calendar,
    last_trading_day,
    month_of,
    utc_day,
)

# As published by the exchange for 2026 and 2027.
NYSE_HOLIDAYS = [
    "2026-01-01",
    "2026-01-19",
    "2026-02-16",
    "2026-04-03",
    "2026-05-25",
    "2026-06-19",
    "2026-07-03",
    "2026-09-07",
    "2026-11-26",
    "2026-12-25",
    "2027-01-01",
    "2027-01-18",
    "2027-02-15",
    "2027-03-26",
    "2027-05-31",
    "2027-06-18",
    "2027-07-05",
    "2027-09-06",
    "2027-11-25",
    "2027-12-24",
]


@pytest.mark.parametrize("year", [2026, 2027])
@pytest.mark.parametrize("month", range(1, 13))
def test_business_days_are_weekdays_without_published_holidays(year: int, month: int) -> None:
    found = business_days(ContractMonth(year, month), "XNYS")
    days = np.arange(f"{year}-{month:02d}", 31, dtype="datetime64[D]")
    days = days[days.astype("datetime64[M]") == np.datetime64(f"{year}-{month:02d}")]
    open_days = days[np.is_busday(days, holidays=NYSE_HOLIDAYS)]
    assert np.array_equal(np.array(found, "datetime64[D]"), open_days)


@pytest.mark.parametrize(
    ("month", "business", "civil"),
    [
        (ContractMonth(2026, 11), "2026-11-30", "2026-11-30"),
        (ContractMonth(2027, 1), "2027-01-29", "2027-01-31"),
        (ContractMonth(2027, 2), "2027-02-26", "2027-02-28"),
        (ContractMonth(2027, 5), "2027-05-28", "2027-05-31"),
        (ContractMonth(2028, 2), "2028-02-29", "2028-02-29"),
    ],
)
def test_last_trading_day(month: ContractMonth, business: str, civil: str) -> None:
    assert last_trading_day(month, "last_business_day", "XNYS") == date.fromisoformat(business)
    assert last_trading_day(month, "last_day", "XNYS") == date.fromisoformat(civil)


def test_fixing_days() -> None:
    month = ContractMonth(2026, 11)
    averaged = fixing_days(month, "business_days", "last_business_day", "XNYS")
    assert len(averaged) == 20
    assert date(2026, 11, 26) not in averaged
    assert len(fixing_days(month, "all_days", "last_business_day", "XNYS")) == 30
    assert fixing_days(month, "last_day", "last_business_day", "XNYS") == [date(2026, 11, 30)]


def test_a_quarter_crosses_years_and_leap_days() -> None:
    """January 2028 ends the quarter of 1 November; March 2028 that of 1 January, with 29 February."""
    for month, first, count in ((1, date(2027, 11, 1), 92), (3, date(2028, 1, 1), 91)):
        days = fixing_days(ContractMonth(2028, month), "quarter_days", "last_day", "XNYS")
        assert days == [first + timedelta(number) for number in range(count)]
        assert days[-1] == ContractMonth(2028, month).last_day


@pytest.mark.parametrize(
    ("month", "hours"),
    [
        (ContractMonth(2027, 2), 672),
        (ContractMonth(2028, 2), 696),
        (ContractMonth(2026, 11), 720),
        (ContractMonth(2026, 12), 744),
    ],
)
def test_hours_of_a_month(month: ContractMonth, hours: int) -> None:
    assert month.hours == hours <= LONGEST_MONTH_HOURS


def test_months_run_over_the_year() -> None:
    assert ContractMonth(2026, 11).later(3) == ContractMonth(2027, 2)
    assert ContractMonth(2027, 1).later(-1) == ContractMonth(2026, 12)
    assert month_of(date(2026, 12, 31)) == ContractMonth(2026, 12)


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        ("2026-11-30", "2026-11-30T22:00:00"),
        ("2026-07-31", "2026-07-31T21:00:00"),
    ],
)
def test_instants_follow_daylight_saving(day: str, utc: str) -> None:
    ts_ns = instant_ns(date.fromisoformat(day), "16:00", "America/Chicago")
    assert ts_ns == int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()) * 10**9
    assert utc_day(ts_ns) == date.fromisoformat(day)


def test_utc_day_ends_at_midnight() -> None:
    midnight_ns = instant_ns(date(2026, 11, 30), "00:00", "UTC")
    assert utc_day(midnight_ns) == date(2026, 11, 30)
    assert utc_day(midnight_ns - 1) == date(2026, 11, 29)


def test_known_calendars() -> None:
    assert known_calendar("XNYS")
    assert not known_calendar("XXXX")
