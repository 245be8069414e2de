"""When the venue's day ends: with its families' trading hours, else at midnight UTC."""

from __future__ import annotations

from collections.abc import Sequence

from exchange.contracts import sessions
from exchange.contracts.terms import ContractSpec
from marketdata.days import NS_PER_DAY


def day_end_ns(specs: Sequence[ContractSpec], ts_ns: int) -> int:
    """Return when the day that is running ends, after ``ts_ns``.

    That is once the last of the families with a session table has closed; a day on which one of them
    does not trade is joined to the next. Without such a family days end at midnight UTC.
    """
    ends = [sessions.day_end_ns(spec, ts_ns) for spec in specs if spec.session is not None]
    return max(ends, default=(ts_ns // NS_PER_DAY + 1) * NS_PER_DAY)


class DayClock:
    """Tells once of each day that it is over; since_ns: time of the last command before."""

    def __init__(self, specs: Sequence[ContractSpec], since_ns: int) -> None:
        self._specs = specs
        self._end_ns = day_end_ns(specs, since_ns)

    @property
    def end_ns(self) -> int:
        """When the day that is running ends."""
        return self._end_ns

    def over(self, now_ns: int) -> int | None:
        """Return the day that is over, in days since 1970-01-01; None while it runs.

        After days in which nobody asked it is the first of them, which contains the others.
        """
        if now_ns < self._end_ns:
            return None
        # Midnight still belongs to the day that it ends.
        day = (self._end_ns - 1) // NS_PER_DAY
        self._end_ns = day_end_ns(self._specs, now_ns)
        return day
