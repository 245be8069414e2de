"""Civil time of market instants, for traders that know no clock: months, dates, daily closes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marketdata.days import day_number

NS_PER_S = 1_000_000_000


def month_of_ns(ts_ns: int) -> tuple[int, int]:
    """Return the year and the month of an instant (UTC)."""
    moment = datetime.fromtimestamp(ts_ns // NS_PER_S, UTC)
    return moment.year, moment.month


def days_of(dates: str) -> frozenset[int]:
    """Return ISO dates, by commas, as days since 1970-01-01. Raises ValueError for what is no date."""
    words = [word.strip() for word in dates.split(",") if word.strip()]
    return frozenset(day_number(date.fromisoformat(word)) for word in words)


class DailyClose:
    """A wall time of a time zone at which every day of the market closes.

    Raises ValueError for a time that is not ``HH:MM`` or a zone that does not exist.
    """

    def __init__(self, clock: str, time_zone: str) -> None:
        try:
            self._clock = time.fromisoformat(clock)
            self._zone = ZoneInfo(time_zone)
        except (ValueError, ZoneInfoNotFoundError) as error:
            raise ValueError(f"close {clock}, time_zone {time_zone}: {error}") from None

    def on_ns(self, day: date) -> int:
        """Return the close of a local day."""
        return int(datetime.combine(day, self._clock, self._zone).timestamp()) * NS_PER_S

    def next_ns(self, now_ns: int) -> int:
        """Return the first close at or after an instant."""
        day = self._local_day(now_ns)
        close_ns = self.on_ns(day)
        return close_ns if close_ns >= now_ns else self.on_ns(day + timedelta(days=1))

    def before_ns(self, close_ns: int) -> int:
        """Return the close of the local day before that of a close."""
        return self.on_ns(self._local_day(close_ns) - timedelta(days=1))

    def _local_day(self, ts_ns: int) -> date:
        return datetime.fromtimestamp(ts_ns // NS_PER_S, self._zone).date()
