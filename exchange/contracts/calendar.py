"""Contract months, their business days, fixing days and last trading days.

Holidays come from the `holidays` library: it is kept, knows the markets by their codes (ISO 10383)
and brings only python-dateutil, where exchange_calendars and pandas_market_calendars bring pandas
for sessions and breaks that are not needed here.
"""

from __future__ import annotations

import calendar as civil
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

from marketdata.days import date_of, day_of

LONGEST_MONTH_HOURS = 744
NS_PER_SECOND = 1_000_000_000

_SATURDAY = 5


class ContractMonth(NamedTuple):
    """A month of delivery; ordered by time."""

    year: int
    month: int

    @property
    def first_day(self) -> date:
        """First day of the month."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """Last day of the month, business day or not."""
        return date(self.year, self.month, civil.monthrange(self.year, self.month)[1])

    @property
    def days(self) -> list[date]:
        """Every day of the month."""
        count = self.last_day.day
        return [self.first_day + timedelta(days=offset) for offset in range(count)]

    @property
    def hours(self) -> int:
        """Hours of the month in UTC: 672 to 744."""
        return 24 * self.last_day.day

    def later(self, months: int) -> ContractMonth:
        """Return the month that lies this many months later (or earlier, when negative)."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return ContractMonth(year, month + 1)


def month_of(day: date) -> ContractMonth:
    """Return the contract month in which a day lies."""
    return ContractMonth(day.year, day.month)


@cache
def known_calendar(code: str) -> bool:
    """Return whether a market code names a holiday calendar."""
    return code in holidays.list_supported_financial()


@cache
def _holidays(code: str, year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays(code, years=year))


def business_days(month: ContractMonth, code: str) -> list[date]:
    """Return the weekdays of a month that are no holiday of the market named by `code`, in order.

    Raises NotImplementedError where `code` is not known (see known_calendar).
    """
    return list(_business_days(month, code))


@lru_cache(maxsize=8_192)
def _business_days(month: ContractMonth, code: str) -> tuple[date, ...]:
    closed = _holidays(code, month.year)
    return tuple(day for day in month.days if day.weekday() < _SATURDAY and day not in closed)


def holiday_names(month: ContractMonth, code: str) -> list[tuple[date, str]]:
    """Return the weekdays of a month that are holidays of a market, each with its name, in order."""
    named = holidays.financial_holidays(code, years=month.year)
    return [(day, named[day]) for day in month.days if day.weekday() < _SATURDAY and day in named]


def last_trading_day(month: ContractMonth, rule: str, code: str) -> date:
    """Return the last trading day of a month under `rule`: last_business_day or last_day."""
    if rule == "last_day":
        return month.last_day
    return business_days(month, code)[-1]


def fixing_days(month: ContractMonth, fixings: str, rule: str, code: str) -> list[date]:
    """Return the days whose index values settle the contract of a month.

    fixings: business_days, all_days, quarter_days (all days of the three months that end with this one)
    or last_day (the last trading day under `rule` alone).
    """
    if fixings == "all_days":
        return month.days
    if fixings == "quarter_days":
        return [day for back in (2, 1, 0) for day in month.later(-back).days]
    if fixings == "last_day":
        return [last_trading_day(month, rule, code)]
    return business_days(month, code)


@lru_cache(maxsize=65_536)
def instant_ns(day: date, clock: str, time_zone: str) -> int:
    """Return the UTC nanoseconds of a wall time ``HH:MM`` on a day in an IANA time zone."""
    moment = datetime.combine(day, time.fromisoformat(clock), ZoneInfo(time_zone))
    return int(moment.timestamp()) * NS_PER_SECOND


def utc_day(ts_ns: int) -> date:
    """Return the UTC day in which a time lies."""
    return date_of(day_of(ts_ns))


def local_day(time_zone: str, ts_ns: int) -> date:
    """Return the day in which a time lies in an IANA time zone."""
    return datetime.fromtimestamp(ts_ns // NS_PER_SECOND, ZoneInfo(time_zone)).date()
