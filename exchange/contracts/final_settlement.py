"""The final settlement price of a contract month, from the published fixings alone.

It is the mean over the month's fixing days, rounded half up to a micro-dollar per GPU-hour. A day without
a published value takes the last one published within `look_back_days` calendar days before it (which may
lie in the month before); where there is none the day is left out of the mean. When fewer than
`fewest_fixings` days have a value of their own, no rule settles the contract: an operator does.

The version of a fixing that is in force at settlement counts; what is restated later changes nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple

from exchange.contracts.calendar import ContractMonth, fixing_days
from exchange.contracts.terms import ContractSpec
from marketdata.days import date_of, day_number

Published = Mapping[tuple[str, int], tuple[int, int]]
"""(index, days since 1970-01-01) -> (micro-dollars per GPU-hour, version)."""


class Fixing(NamedTuple):
    """What one fixing day contributes.

    source: published on the day, looked_back (published on `of`), or excluded, with price_micros and version 0.
    """

    day: date
    source: Literal["published", "looked_back", "excluded"]
    price_micros: int = 0
    version: int = 0
    of: date | None = None


class FinalSettlement(NamedTuple):
    """A settlement price and what it is the mean of."""

    price_micros: int
    fixings: tuple[Fixing, ...]


class SettlementUndecidedError(Exception):
    """The rule gives no price: too few fixings are published; `fixings` tells what there is."""

    def __init__(self, reason: str, fixings: tuple[Fixing, ...]) -> None:
        self.fixings = fixings
        super().__init__(reason)


def settlement_price(spec: ContractSpec, month: ContractMonth, published: Published) -> int:
    """Return the final settlement price of a contract month in micro-dollars per GPU-hour.

    Raises as final_settlement does.
    """
    return final_settlement(spec, month, published).price_micros


def final_settlement(
    spec: ContractSpec, month: ContractMonth, published: Published
) -> FinalSettlement:
    """Return the final settlement of a contract month with each day's contribution.

    published: fixings of every index as they stand, such as the core keeps. Raises ValueError for a
    family that does not settle, SettlementUndecidedError where an operator must decide.
    """
    if spec.listing is None or spec.settlement is None:
        raise ValueError(f"{spec.family} does not settle: it has no expiry")
    rule = spec.settlement
    calendar = (spec.listing.last_trading_day, spec.listing.calendar)
    days = fixing_days(month, rule.fixings, *calendar)
    fixings = tuple(_fixing(spec.index, day, rule.look_back_days, published) for day in days)
    own = sum(fixing.source == "published" for fixing in fixings)
    prices = [fixing.price_micros for fixing in fixings if fixing.source != "excluded"]
    # A single fixing may be looked back to: there is nothing else that it could be held against.
    needed = 0 if len(days) == 1 else rule.fewest_fixings
    if own < needed or not prices:
        raise SettlementUndecidedError(
            f"{spec.family} {month.year}-{month.month:02d}: {own} of {len(days)} fixings of {spec.index} "
            f"are published, the rule needs {max(needed, 1)}: an operator decides the settlement price",
            fixings,
        )
    return FinalSettlement((2 * sum(prices) + len(prices)) // (2 * len(prices)), fixings)


def _fixing(index: str, day: date, look_back_days: int, published: Published) -> Fixing:
    number = day_number(day)
    for earlier in range(look_back_days + 1):
        found = published.get((index, number - earlier))
        if found is not None:
            price_micros, version = found
            source: Literal["published", "looked_back"] = "looked_back" if earlier else "published"
            return Fixing(day, source, price_micros, version, date_of(number - earlier))
    return Fixing(day, "excluded")
