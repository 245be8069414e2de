"""Which instruments the families list at a given time, as listing commands state them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from exchange.contracts.calendar import (
    NS_PER_SECOND,
    ContractMonth,
    instant_ns,
    last_trading_day,
    month_of,
    utc_day,
)
from exchange.contracts.problems import ContractError, Problem
from exchange.contracts.terms import MICROS, ContractSpec, Curve, Listing
from exchange.core.instrument import InstrumentSpec
from matching.layout import LEVELS_STEP

BASE_TICKS = 1
"""Lowest price of a listed instrument: one tick, so that a book itself refuses a price of zero."""

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NS_PER_YEAR = 31_536_000 * NS_PER_SECOND
_MONTHS_PER_QUARTER = 3


def instruments(
    specs: Iterable[ContractSpec], at_ns: int, index_price_micros: Mapping[str, int]
) -> list[InstrumentSpec]:
    """Return what trades at `at_ns`, family by family, dated contracts in order of expiry.

    A dated family lists its next `listed_months` contract months; the current one counts until its
    last trading instant has passed. index_price_micros: underlying -> micro-dollars per GPU-hour,
    from which the first marks follow. The position limit is that of the spot month where the
    contract month has begun, else that of a single month.

    Raises ContractError where an underlying has no index price or two families share a name.
    """
    listed: list[InstrumentSpec] = []
    families: set[str] = set()
    problems: list[Problem] = []
    for spec in specs:
        if spec.family in families:
            problems.append(
                Problem(spec.family, 0, "family", "is specified twice", "rename or remove one")
            )
        elif index_price_micros.get(spec.underlying, 0) <= 0:
            reason = f"there is no index price of {spec.underlying}"
            problems.append(
                Problem(spec.family, 0, "underlying", reason, "give observed prices of it")
            )
        else:
            listed += _family(spec, at_ns, index_price_micros[spec.underlying])
        families.add(spec.family)
    if problems:
        raise ContractError(problems)
    return listed


def contract_months(listing: Listing, at_ns: int) -> list[ContractMonth]:
    """Return the contract months that are open at `at_ns`, nearest first."""
    # The local month may still be the former one: an expired contract is passed over below.
    month = month_of(utc_day(at_ns)).later(-1)
    months: list[ContractMonth] = []
    while len(months) < listing.listed_months:
        if _in_cycle(month, listing) and expiry_ns(month, listing) > at_ns:
            months.append(month)
        month = month.later(1)
    return months


def expiry_ns(month: ContractMonth, listing: Listing) -> int:
    """Return the last trading instant of a contract month in UTC nanoseconds."""
    day = last_trading_day(month, listing.last_trading_day, listing.calendar)
    return instant_ns(day, listing.last_trading_time, listing.time_zone)


def dated_name(family: str, month: ContractMonth, listing: Listing) -> str:
    """Return a dated instrument's name: the family and the last trading day, ``GPU1-30NOV26``."""
    day = last_trading_day(month, listing.last_trading_day, listing.calendar)
    return f"{family}-{day.day:02d}{_MONTHS[day.month - 1]}{day.year % 100:02d}"


def contract_hours(spec: ContractSpec, month: ContractMonth) -> int:
    """Return the GPU-hours of one lot of a contract month."""
    hours = spec.contract.hours
    return month.hours if hours == "month" else hours


def _family(spec: ContractSpec, at_ns: int, index_micros: int) -> Iterator[InstrumentSpec]:
    if spec.listing is None or spec.curve is None:
        yield _instrument(
            spec,
            name=f"{spec.family}-PERPETUAL",
            hours=int(spec.contract.hours),
            created_ns=at_ns,
            expiry_ns=0,
            reference_micros=float(index_micros),
            max_position_lots=spec.limits.single_month_lots,
        )
        return
    for month in contract_months(spec.listing, at_ns):
        end_ns = expiry_ns(month, spec.listing)
        yield _instrument(
            spec,
            name=dated_name(spec.family, month, spec.listing),
            hours=contract_hours(spec, month),
            created_ns=at_ns,
            expiry_ns=end_ns,
            reference_micros=_forward_micros(spec, spec.curve, month, end_ns, at_ns, index_micros),
            max_position_lots=spec.limits.single_month_lots,
        )


def _instrument(
    spec: ContractSpec,
    *,
    name: str,
    hours: int,
    created_ns: int,
    expiry_ns: int,
    reference_micros: float,
    max_position_lots: int,
) -> InstrumentSpec:
    breaker = spec.breaker
    levels = -(-spec.max_price_ticks // LEVELS_STEP) * LEVELS_STEP
    reference_ticks = round(reference_micros / spec.tick_micros)
    return InstrumentSpec(
        name=name,
        family=spec.family,
        underlying=spec.underlying,
        index=spec.index,
        perpetual=spec.perpetual,
        tick_micros=spec.tick_micros,
        contract_hours=hours,
        created_ns=created_ns,
        expiry_ns=expiry_ns,
        base_ticks=BASE_TICKS,
        levels=levels,
        reference_ticks=min(max(reference_ticks, BASE_TICKS), BASE_TICKS + levels - 1),
        initial_margin_ppm=spec.margin.initial_ppm,
        maintenance_margin_ppm=spec.margin.maintenance_ppm,
        band_ppm=spec.limits.band_ppm,
        max_order_lots=spec.limits.max_order_lots,
        max_position_lots=max_position_lots,
        maker_fee_micros=spec.fees.maker_micros,
        taker_fee_micros=spec.fees.taker_micros,
        settlement_fee_micros=0 if spec.perpetual else spec.fees.settlement_micros,
        block_minimum_lots=spec.limits.block_lots,
        max_order_micros=(spec.limits.max_order_usd or 0) * MICROS,
        reportable_lots=spec.limits.reportable_lots or 0,
        accountability_lots=spec.limits.accountability_lots or 0,
        family_accountability_lots=spec.limits.all_months_accountability_lots or 0,
        breaker_move_ppm=breaker.move_ppm if breaker else 0,
        breaker_window_ns=breaker.window_seconds * NS_PER_SECOND if breaker else 0,
        breaker_pause_ns=breaker.pause_seconds * NS_PER_SECOND if breaker else 0,
        breaker_max_extensions=breaker.max_extensions if breaker else 0,
    )


def _forward_micros(
    spec: ContractSpec,
    curve: Curve,
    month: ContractMonth,
    end_ns: int,
    at_ns: int,
    index_micros: int,
) -> float:
    """Price the middle of what is left of the fixings on the curve."""
    start_ns = end_ns
    if spec.settlement is not None and spec.settlement.fixings != "last_day":
        start_ns = instant_ns(month.first_day, "00:00", "UTC")
    middle_ns = (max(start_ns, at_ns) + end_ns) // 2
    years = (middle_ns - at_ns) / _NS_PER_YEAR
    return index_micros * math.exp(float(curve.slope_per_year) * years)


def _in_cycle(month: ContractMonth, listing: Listing) -> bool:
    return listing.cycle == "monthly" or month.month % _MONTHS_PER_QUARTER == 0
