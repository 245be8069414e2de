"""When something on the market's calendar is due next: what a step that spans hours may not pass over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from exchange.contracts.calendar import NS_PER_SECOND, instant_ns, local_day
from exchange.contracts.terms import ContractSpec, Session
from marketdata.days import NS_PER_DAY

NS_PER_HOUR = 3_600 * NS_PER_SECOND


def next_ns(specs: Sequence[ContractSpec], after_ns: int) -> int:
    """Return the first time after another at which families may open or close, or fund, or a day begin.

    At most the next midnight UTC, with which terms of risk change. Where nothing turns out to be due
    nothing is lost.
    """
    return min(_instants(specs, after_ns))


def _instants(specs: Sequence[ContractSpec], after_ns: int) -> Iterator[int]:
    yield (after_ns // NS_PER_DAY + 1) * NS_PER_DAY
    intervals = {spec.funding.interval_hours * NS_PER_HOUR for spec in specs if spec.funding}
    for interval_ns in intervals:
        yield (after_ns // interval_ns + 1) * interval_ns
    for session in dict.fromkeys(spec.session for spec in specs if spec.session is not None):
        yield from _boundaries(session, after_ns)


def _boundaries(session: Session, after_ns: int) -> Iterator[int]:
    """Give the wall times of a session table around a time, whether or not it is a trading day."""
    today = local_day(session.time_zone, after_ns)
    for clock in (session.pre_open, session.open, session.close):
        for days in (0, 1):
            boundary_ns = instant_ns(today + timedelta(days=days), clock, session.time_zone)
            if boundary_ns > after_ns:
                yield boundary_ns
