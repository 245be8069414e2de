"""Days as they are counted: from 1970-01-01, in UTC where an instant is meant."""

from __future__ import annotations

from datetime import date, timedelta

NS_PER_DAY = 86_400 * 1_000_000_000

_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Return the days from 1970-01-01 to a date."""
    return (day - _EPOCH).days


def date_of(day: int) -> date:
    """Return the date of a number of days since 1970-01-01; raises OverflowError beyond the year 9999."""
    return _EPOCH + timedelta(days=day)


def day_of(ts_ns: int) -> int:
    """Return the UTC day in which an instant lies."""
    return ts_ns // NS_PER_DAY
