"""When the fixings of an index are published: a wall time on the days that it has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from exchange.contracts.calendar import business_days, instant_ns, month_of, utc_day
from exchange.indices.methodology import shipped

LONGEST_GAP_DAYS = 14
"""No calendar has more days on end without a fixing."""


class FixingTime(NamedTuple):
    """A wall time in an IANA time zone; calendar: code of the market on whose business days alone there
    is a fixing, None for every day."""

    clock: str
    time_zone: str
    calendar: str | None = None

    def has_day(self, day: date) -> bool:
        """Return whether a day has a fixing."""
        return self.calendar is None or day in business_days(month_of(day), self.calendar)

    def instant_ns(self, day: date) -> int:
        """Return when the fixing of a day is published, in UTC nanoseconds."""
        return instant_ns(day, self.clock, self.time_zone)

    def days(self, after_ns: int, until_ns: int) -> Iterator[date]:
        """Give the days whose fixing is published after one time and not after the other, in order."""
        # The wall time may lie on the UTC day before or after its own.
        day = utc_day(after_ns) - timedelta(days=1)
        while day <= utc_day(until_ns) + timedelta(days=1):
            if self.has_day(day) and after_ns < self.instant_ns(day) <= until_ns:
                yield day
            day += timedelta(days=1)

    def next_ns(self, after_ns: int) -> int:
        """Return when the first fixing after a time is published.

        Raises ValueError where the calendar has none for LONGEST_GAP_DAYS.
        """
        day = utc_day(after_ns) - timedelta(days=1)
        for later in range(LONGEST_GAP_DAYS + 2):
            candidate = day + timedelta(days=later)
            if self.has_day(candidate) and self.instant_ns(candidate) > after_ns:
                return self.instant_ns(candidate)
        raise ValueError(f"{self.calendar} has no business day within {LONGEST_GAP_DAYS} days")


TRANSACTION_SUFFIX = "_tx_usd"
"""Ends the name of an index of executed rentals, such as h100_tx_usd; every other one is broad."""


def is_transaction(index: str) -> bool:
    """Return whether an index is one of executed rentals."""
    return index.endswith(TRANSACTION_SUFFIX)


@cache
def _shipped() -> dict[str, FixingTime]:
    found = {}
    for methodology in shipped():
        rule = methodology.versions[-1].terms.publication
        calendar = rule.calendar if rule.days == "business_days" else None
        found[methodology.name] = FixingTime(rule.time, rule.time_zone, calendar)
    return found


def fixing_time(index: str) -> FixingTime:
    """Return when an index is published, by its methodology; one without prints like those shipped.

    That is at 16:00 in New York: every day where it is one of executed rentals, else on business days.
    """
    alike = "h100_tx_usd" if is_transaction(index) else "h100_usd"
    return _shipped().get(index, _shipped()[alike])
