"""What a lease token is worth: the mean rental price of a quarter, month by month off the strip.

A lot of the token pays, at the end of its quarter, the mean of the daily transaction index over the
quarter's days on so many GPU-hours: the rental cash flow of one GPU, kept until the quarter ends. The
mean over the quarter is the mean of the months' means by their days, and each month's mean is what
its future settles on, so

    fair price = Σ days(m)/days(quarter) · F(m)

with F(m) the mark of the month's future, which inside its month holds the fixings known so far. The
net asset value of a token is fair price × GPU-hours × discount factor to the payment.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from clients.civil import month_of_ns
from clients.messages import Side
from clients.participants.fair_value import years_to_expiry
from clients.view import MarketView
from marketdata.messages import Instrument

MONTHS_A_QUARTER = 3

Month: TypeAlias = tuple[int, int]
"""Year and month."""


def month_of(expiry_ns: int) -> Month:
    """Return the contract month of an expiry."""
    return month_of_ns(expiry_ns)


def quarter_of(expiry_ns: int) -> dict[Month, int]:
    """Return the days of each of the three months that end with that of an expiry."""
    year, month = month_of(expiry_ns)
    months: dict[Month, int] = {}
    for back in reversed(range(MONTHS_A_QUARTER)):
        number = year * 12 + month - 1 - back
        each = (number // 12, number % 12 + 1)
        months[each] = calendar.monthrange(*each)[1]
    return months


class MonthMarks:
    """The last mark of each contract month, kept after the month has expired."""

    def __init__(self) -> None:
        self._micros: dict[Month, float] = {}

    def update(self, view: MarketView, strip: Iterable[str], now_ns: int) -> None:
        """Take the marks of the contracts that still trade."""
        for name in strip:
            listed, ticks = view.instruments.get(name), view.mark_ticks(name)
            if listed is not None and ticks is not None and now_ns < listed.expiry_ns:
                self._micros[month_of(listed.expiry_ns)] = ticks * listed.tick_micros

    def __getitem__(self, month: Month) -> float:
        """Return a month's mark in micro-dollars per GPU-hour. Raises KeyError without one."""
        return self._micros[month]

    def fair_micros(self, token: Instrument, spot_micros: float | None = None) -> float | None:
        """Return the token's fair price in micro-dollars per GPU-hour.

        A month without a mark, such as one that was over before this began, counts at
        ``spot_micros``; None where that is missing too.
        """
        return _mean_of(quarter_of(token.expiry_ns), self._micros, spot_micros)

    def tradable_micros(
        self, token: Instrument, view: MarketView, strip: Iterable[str], side: Side, now_ns: int
    ) -> float | None:
        """Return what the token's strip costs to buy, or fetches: at the others' best prices.

        A month that has expired counts at its last mark; None where a month has no price.
        """
        prices = dict(self._micros)
        for name in strip:
            listed = view.instruments.get(name)
            if listed is None or now_ns >= listed.expiry_ns:
                continue
            bid, ask = view.outside_best(name)
            touch = ask if side is Side.BUY else bid
            prices.pop(month_of(listed.expiry_ns), None)
            if touch is not None:
                prices[month_of(listed.expiry_ns)] = touch * listed.tick_micros
        return _mean_of(quarter_of(token.expiry_ns), prices, None)


def _mean_of(
    months: Mapping[Month, int], prices: Mapping[Month, float], default: float | None
) -> float | None:
    total = 0.0
    for month, days in months.items():
        price = prices.get(month, default)
        if price is None:
            return None
        total += days * price
    return total / sum(months.values())


def net_asset_value_micros(
    fair_micros: float, token: Instrument, now_ns: int, rate_a_year: float
) -> int:
    """Return what one token is worth today: its expected payment, discounted."""
    years = years_to_expiry(token, now_ns)
    discount = float((1 + rate_a_year) ** years)
    return round(fair_micros * token.contract_hours / discount)


def strip_lots(
    held_tokens: Mapping[str, int], view: MarketView, strip: Iterable[str], now_ns: int
) -> dict[str, int]:
    """Return the strip that offsets tokens, in lots by contract.

    A token's month is offset by its share of the token's hours, to whole lots; a month that has expired
    is known and needs no offset.
    """
    hours: dict[Month, float] = {}
    for name, lots in held_tokens.items():
        token = view.instruments.get(name)
        if token is None or now_ns >= token.expiry_ns:
            continue
        months = quarter_of(token.expiry_ns)
        for month, days in months.items():
            share = days / sum(months.values())
            hours[month] = hours.get(month, 0.0) - lots * token.contract_hours * share
    wanted: dict[str, int] = {}
    for name in strip:
        listed = view.instruments.get(name)
        if listed is not None and now_ns < listed.expiry_ns:
            open_hours = hours.get(month_of(listed.expiry_ns), 0.0)
            wanted[name] = round(open_hours / listed.contract_hours)
    return wanted
