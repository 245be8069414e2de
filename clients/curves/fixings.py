"""When a contract's fixings are taken, and which of them a trader has seen."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from exchange.contracts.calendar import NS_PER_SECOND, fixing_days, instant_ns, month_of
from exchange.contracts.spec import shipped
from exchange.contracts.terms import ContractSpec
from marketdata.days import NS_PER_DAY
from marketdata.messages import Instrument

NS_PER_HOUR = 3_600 * NS_PER_SECOND
REMEMBERED_HOURS = 24 * 95
"""More than a quarter, over which the longest mean is taken."""


@cache
def _shipped() -> tuple[ContractSpec, ...]:
    """Return the terms that come with the exchange, read once a process."""
    return tuple(shipped())


class FixingCalendar:
    """Fixing times of listed contracts, by the terms of their families."""

    def __init__(self, specs: Iterable[ContractSpec] | None = None) -> None:
        """Take the terms of families; those that come with the exchange for None."""
        known = _shipped() if specs is None else specs
        self._specs = {spec.family: spec for spec in known}
        self._instants: dict[str, tuple[int, ...]] = {}

    def instants_ns(self, listed: Instrument) -> tuple[int, ...]:
        """Return when the fixings of a contract are taken, in order; empty for a perpetual.

        A family whose terms are not known settles on the index at its last trading instant.
        """
        found = self._instants.get(listed.name)
        if found is None:
            found = self._instants[listed.name] = tuple(self._taken_ns(listed))
        return found

    def _taken_ns(self, listed: Instrument) -> list[int]:
        if not listed.expiry_ns:
            return []
        spec = self._specs.get(listed.family)
        if spec is None or spec.listing is None or spec.settlement is None:
            return [listed.expiry_ns]
        rule = spec.listing
        zone = ZoneInfo(rule.time_zone)
        last_day = datetime.fromtimestamp(listed.expiry_ns // NS_PER_SECOND, zone).date()
        days = fixing_days(
            month_of(last_day), spec.settlement.fixings, rule.last_trading_day, rule.calendar
        )
        return [instant_ns(day, rule.last_trading_time, rule.time_zone) for day in days]


class FixingRecord:
    """What each index last showed before a time, to the hour, as far as the trader watched."""

    def __init__(self) -> None:
        self._hours: dict[str, list[int]] = {}
        self._prices: dict[str, list[int]] = {}

    def see(self, index_name: str, price_micros: int, now_ns: int) -> None:
        """Take in what an index shows now; time never runs back."""
        hours = self._hours.setdefault(index_name, [])
        prices = self._prices.setdefault(index_name, [])
        hour = now_ns // NS_PER_HOUR
        if hours and hours[-1] >= hour:
            prices[-1] = price_micros
            return
        hours.append(hour)
        prices.append(price_micros)
        if len(hours) > 2 * REMEMBERED_HOURS:
            del hours[:REMEMBERED_HOURS], prices[:REMEMBERED_HOURS]

    def known_micros(
        self,
        index_name: str,
        instants_ns: Sequence[int],
        now_ns: int,
        default_micros: float,
        published: Mapping[int, int] | None = None,
    ) -> list[float]:
        """Return the fixings taken by now: as published, else the last price seen before, else the default.

        published: by day since 1970-01-01. The default stands for the time before the trader came.
        """
        hours, prices = self._hours.get(index_name, []), self._prices.get(index_name, [])
        known: list[float] = []
        for instant in instants_ns:
            if instant > now_ns:
                break
            fixed = published.get(instant // NS_PER_DAY) if published else None
            if fixed is None:
                place = bisect_left(hours, instant // NS_PER_HOUR)
                fixed = prices[place - 1] if place else None
            known.append(default_micros if fixed is None else float(fixed))
        return known
