"""When a family trades: the trading day, its call for the opening auction, and its end.

A family without a session table trades round the clock; its day ends at the daily close of its
listing rule, or at midnight UTC where it has none. A trading day is the one on which it closes: a
session that opens on Sunday evening is Monday's.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from exchange.contracts.calendar import (
    business_days,
    instant_ns,
    local_day,
    month_of,
)
from exchange.contracts.terms import ContractSpec, Session
from matching.layout import State

LONGEST_BREAK_DAYS = 14
"""No market's holidays are longer; the search for the next trading day ends there."""


class TradingDay(NamedTuple):
    """When a day's orders are collected, when it opens and when it closes, in UTC nanoseconds."""

    pre_open_ns: int
    open_ns: int
    close_ns: int


def round_the_clock(spec: ContractSpec) -> ContractSpec:
    """Return the family without its trading hours: every instrument is open until it expires."""
    return msgspec.structs.replace(spec, session=None)


def is_trading_day(session: Session, day: date) -> bool:
    """Return whether a family has a session that closes on a day of its own time zone."""
    return session.days == "all_days" or day in business_days(month_of(day), session.calendar)


def trading_day(session: Session, day: date) -> TradingDay:
    """Return the times of the session that closes on a day."""
    opens = day if session.open < session.close else day - timedelta(days=1)
    collects = opens if session.pre_open < session.open else opens - timedelta(days=1)
    return TradingDay(
        instant_ns(collects, session.pre_open, session.time_zone),
        instant_ns(opens, session.open, session.time_zone),
        instant_ns(day, session.close, session.time_zone),
    )


def longest_minutes(session: Session) -> int:
    """Return the minutes from pre_open to close by the clock: at most a day, or sessions overlap."""
    pre_open, opens, close = map(_minutes, (session.pre_open, session.open, session.close))
    collecting = (opens - pre_open - 1) % (24 * 60) + 1
    trading = (close - opens - 1) % (24 * 60) + 1
    return collecting + trading


def state_at(session: Session, ts_ns: int) -> State:
    """Return the state that the session calendar asks for: CLOSED, PRE_OPEN or OPEN."""
    day = local_day(session.time_zone, ts_ns)
    # The session that is running closes today or tomorrow.
    for closing in (day, day + timedelta(days=1)):
        if is_trading_day(session, closing):
            times = trading_day(session, closing)
            if times.pre_open_ns <= ts_ns < times.close_ns:
                return State.OPEN if times.open_ns <= ts_ns else State.PRE_OPEN
    return State.CLOSED


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


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
