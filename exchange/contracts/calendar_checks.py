"""What must hold of listing rules, fixings and trading hours."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from functools import cache

from exchange.contracts.calendar import known_calendar
from exchange.contracts.price_checks import Fault
from exchange.contracts.sessions import longest_minutes
from exchange.contracts.terms import ContractSpec, Listing, Session, Settlement

FEWEST_DAYS = {"business_days": 18, "all_days": 28, "quarter_days": 89, "last_day": 1}
"""Fixing days that every month has: a February of 20 weekdays keeps 18 after two holidays, February to
April have 89 days."""

_DAY_MINUTES = 24 * 60


def faults(spec: ContractSpec) -> Iterator[Fault]:
    """Give (dotted field, reason, advice) for each rule of the calendar that cannot be kept."""
    if spec.listing is not None:
        yield from _listing(spec.listing)
    if spec.settlement is not None:
        yield from _settlement(spec.settlement)
    if spec.session is not None:
        yield from _session(spec.session)


def _listing(listing: Listing) -> Iterator[Fault]:
    if listing.listed_months > listing.rule_months:
        reason = f"{listing.listed_months} is more than the rule lists"
        yield "listing.listed_months", reason, f"choose at most {listing.rule_months}"
    yield from _place("listing", listing.time_zone, listing.calendar)


def _settlement(settlement: Settlement) -> Iterator[Fault]:
    most = FEWEST_DAYS[settlement.fixings]
    if settlement.fewest_fixings > most:
        reason = f"{settlement.fewest_fixings} is more than the {most} that every month has"
        yield "settlement.fewest_fixings", reason, f"choose at most {most}"


def _session(session: Session) -> Iterator[Fault]:
    if longest_minutes(session) > _DAY_MINUTES:
        clocks = f"{session.pre_open}, {session.open}, {session.close}"
        reason = f"{clocks} do not follow on one another within a day"
        yield (
            "session.open",
            reason,
            "give pre_open, open and close in this order, 24 hours at most",
        )
    yield from _place("session", session.time_zone, session.calendar)


def _place(table: str, time_zone: str, calendar: str) -> Iterator[Fault]:
    if time_zone not in _time_zones():
        reason = f"{time_zone!r} is not a time zone"
        yield f"{table}.time_zone", reason, "write an IANA name, such as America/Chicago"
    if not known_calendar(calendar):
        reason = f"{calendar!r} is not a known market calendar"
        yield f"{table}.calendar", reason, "write a market code, such as XNYS"


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
