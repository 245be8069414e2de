"""When a family trades: the trading day, its call for the opening auction, and its end.

A family without a session table trades round the clock; its day ends at the daily close of its
listing rule, or at midnight UTC where it has none.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from exchange.contracts.calendar import NS_PER_SECOND, business_days, instant_ns, month_of
from exchange.contracts.terms import ContractSpec, Session
from matching.layout import State

LONGEST_BREAK_DAYS = 14
"""No market's holidays are longer; the search for the next trading day ends there."""


def is_trading_day(session: Session, day: date) -> bool:
    """Return whether a family trades on a day of its own time zone."""
    return session.days == "all_days" or day in business_days(month_of(day), session.calendar)


def state_at(session: Session, ts_ns: int) -> State:
    """Return the state that the session calendar asks for: CLOSED, PRE_OPEN or OPEN."""
    day = local_day(session.time_zone, ts_ns)
    if not is_trading_day(session, day):
        return State.CLOSED
    state = State.CLOSED
    for clock, begins in (
        (session.pre_open, State.PRE_OPEN),
        (session.open, State.OPEN),
        (session.close, State.CLOSED),
    ):
        if instant_ns(day, clock, session.time_zone) <= ts_ns:
            state = begins
    return state


def local_day(time_zone: str, ts_ns: int) -> date:
    """Return the day in which a time lies in an IANA time zone."""
    return datetime.fromtimestamp(ts_ns / NS_PER_SECOND, ZoneInfo(time_zone)).date()


def day_end_ns(spec: ContractSpec, ts_ns: int) -> int:
    """Return when the trading day that is running, or comes next, ends: after ``ts_ns``."""
    if spec.session is not None:
        session = spec.session
        day = local_day(session.time_zone, ts_ns)
        for later in range(LONGEST_BREAK_DAYS):
            candidate = day + timedelta(days=later)
            end_ns = instant_ns(candidate, session.close, session.time_zone)
            if end_ns > ts_ns and is_trading_day(session, candidate):
                return end_ns
        raise ValueError(f"{spec.family} has no trading day within {LONGEST_BREAK_DAYS} days")
    clock, time_zone = "00:00", "UTC"
    if spec.listing is not None:
        clock, time_zone = spec.listing.last_trading_time, spec.listing.time_zone
    day = local_day(time_zone, ts_ns)
    end_ns = instant_ns(day, clock, time_zone)
    return end_ns if end_ns > ts_ns else instant_ns(day + timedelta(days=1), clock, time_zone)
