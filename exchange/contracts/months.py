"""Which contract months are open, and when each stops trading."""

from __future__ import annotations

from functools import lru_cache

from exchange.contracts.calendar import (
    ContractMonth,
    fixing_days,
    instant_ns,
    last_trading_day,
    local_day,
    month_of,
    utc_day,
)
from exchange.contracts.terms import ContractSpec, Listing

_MONTHS_PER_QUARTER = 3


def contract_months(listing: Listing, at_ns: int, count: int | None = None) -> list[ContractMonth]:
    """Return the contract months that are open at `at_ns`, nearest first.

    count: how many, `listed_months` if not given; an expired one counts no more from its last trading
    instant on.
    """
    # The local month may still be the former one: an expired contract is passed over below.
    month = month_of(utc_day(at_ns)).later(-1)
    months: list[ContractMonth] = []
    while len(months) < (listing.listed_months if count is None else count):
        if is_in_cycle(month, listing) and expiry_ns(month, listing) > at_ns:
            months.append(month)
        month = month.later(1)
    return months


def is_in_cycle(month: ContractMonth, listing: Listing) -> bool:
    """Return whether the rule lists a contract of a month."""
    return listing.cycle == "monthly" or month.month % _MONTHS_PER_QUARTER == 0


@lru_cache(maxsize=8_192)
def expiry_ns(month: ContractMonth, listing: Listing) -> int:
    """Return the last trading instant of a contract month in UTC nanoseconds."""
    day = last_trading_day(month, listing.last_trading_day, listing.calendar)
    return instant_ns(day, listing.last_trading_time, listing.time_zone)


def month_of_expiry(last_ns: int, listing: Listing) -> ContractMonth:
    """Return the contract month whose last trading instant is given.

    It is the month of the listing's own time zone: an evening in Chicago is the next day in UTC.
    """
    return month_of(local_day(listing.time_zone, last_ns))


def fixing_instants_ns(spec: ContractSpec, month: ContractMonth) -> list[int]:
    """Return when the fixings of a contract month are taken, in order; empty where nothing settles."""
    if spec.listing is None or spec.settlement is None:
        return []
    rule = spec.listing
    days = fixing_days(month, spec.settlement.fixings, rule.last_trading_day, rule.calendar)
    return [instant_ns(day, rule.last_trading_time, rule.time_zone) for day in days]


def contract_hours(spec: ContractSpec, month: ContractMonth) -> int:
    """Return the GPU-hours of one lot of a contract month.

    Raises ValueError for a spread, whose lots are those of its legs.
    """
    hours = spec.contract.hours
    if hours == "legs":
        raise ValueError(f"{spec.family} has the hours of its legs")
    return month.hours if hours == "month" else hours
